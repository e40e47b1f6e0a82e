"""What a reader takes along: tables of accounts and statements, and land as GeoJSON."""

import io
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from openpyxl import Workbook

from guotu.core.atlas.queries import county
from guotu.core.atlas.tables import table_to_take
from guotu.core.atlas.wording import mark_said
from guotu.core.ledger import queries, showing
from guotu.core.ledger.models import Account
from guotu.core.ledger.rules import unit_title
from guotu.core.people.doors import needs_power
from guotu.lib.spreadsheet import plain_cell


@require_GET
@needs_power("ledger.read")
def accounts_csv(request: HttpRequest) -> HttpResponse:
    """The accounts of the page as a table."""
    head = [
        *(_("账册"), _("账目"), _("名称"), _("维度"), _("单位")),
        *(_("余额"), _("已预留"), _("待收"), _("可用")),
    ]
    rows = []
    for row in showing.listed(request):
        account = row["account"]
        told = [account.book.title, account.code, account.title, showing.dimension_words(account)]
        figures = [row[name] for name in ("balance", "going", "coming", "free")]
        rows.append([*told, unit_title(account.book.unit), *figures])
    return table_to_take("ledger-accounts.csv", head, rows)


@require_GET
@needs_power("ledger.read")
def account_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The statement of an account as a table."""
    account = showing.account_of(request, number)
    head, rows = _statement(request, account)
    return table_to_take(f"ledger-account-{number}.csv", head, rows)


@require_GET
@needs_power("ledger.read")
def account_xlsx(request: HttpRequest, number: int) -> HttpResponse:
    """The statement of an account as a workbook."""
    account = showing.account_of(request, number)
    head, rows = _statement(request, account)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("对账单"))
    if said := mark_said(county()):
        sheet.append([said])
    sheet.append([account.book.title, account.title, unit_title(account.book.unit)])
    sheet.append(head)
    for row in rows:
        sheet.append([plain_cell(value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    answer = HttpResponse(
        kept.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="ledger-account-{number}.xlsx"'
    return answer


@require_GET
@needs_power("ledger.read")
def account_geojson(request: HttpRequest, number: int) -> HttpResponse:
    """The land that an account holds, in lon/lat."""
    return _land(queries.pieces_held(showing.account_of(request, number)))


@require_GET
@needs_power("ledger.read")
def transfer_geojson(request: HttpRequest, number: int) -> HttpResponse:
    """The land that a transfer moved, in lon/lat."""
    return _land(queries.pieces_moved(showing.transfer_of(request, number)))


def _land(pieces: Any) -> HttpResponse:
    body = json.dumps(showing.features_of(pieces), ensure_ascii=False)
    return HttpResponse(body, content_type="application/geo+json")


def _statement(request: HttpRequest, account: Account) -> tuple[list[str], list[list[Any]]]:
    head = [
        *(_("日期"), _("转账"), _("行为记录"), _("种类"), _("对方账户")),
        *(_("数额"), _("余额变动"), _("余额"), _("已预留"), _("事由")),
    ]
    told = showing.movements(request, account)
    first = [
        "",
        "",
        "",
        _("期初"),
        "",
        "",
        "",
        told["opening"]["balance"],
        told["opening"]["going"],
    ]
    rows: list[list[Any]] = [[*first, ""]]
    for row in told["rows"]:
        one = row["movement"]
        transfer = one.transfer
        rows.append(
            [
                *(transfer.on.isoformat(), transfer.pk, transfer.sequence),
                *(_(transfer.get_kind_display()), one.other.title, row["amount"], row["change"]),
                *(row["after"], row["going"], transfer.reason),
            ]
        )
    last = ["", "", "", _("期末"), "", "", "", told["closing"]["balance"], told["closing"]["going"]]
    return head, [*rows, [*last, ""]]
