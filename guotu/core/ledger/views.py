"""The pages of the ledger: accounts by book and dimension, a statement, a transfer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guotu.core.ledger import queries, showing
from guotu.core.ledger.models import Account
from guotu.core.ledger.rules import figure_text, unit_title
from guotu.core.ledger.rules.books import known_dimensions
from guotu.core.people.doors import needs_power

_MOST_PIECES = 200


@require_GET
@needs_power("ledger.read")
def accounts_page(request: HttpRequest) -> HttpResponse:
    """The accounts in the reader's areas, by book, on the day; filtered by dimension."""
    groups: dict[int, dict[str, Any]] = {}
    for row in showing.listed(request):
        account: Account = row["account"]
        group = groups.setdefault(
            account.book_id,
            {"book": account.book, "unit": unit_title(account.book.unit), "rows": []},
        )
        group["rows"].append({**row, "words": showing.dimension_words(account)})
    asked = showing.asked_dimensions(request)
    fields = [
        {"name": name, "title": told["title"], "value": asked.get(name, "")}
        for name, told in known_dimensions().items()
    ]
    context = {
        "groups": list(groups.values()),
        "books": queries.books(),
        "chosen": request.GET.get("book", ""),
        "fields": fields,
        "asked": bool(asked) or bool(request.GET.get("book")),
        "query": request.GET.urlencode(),
    }
    return render(request, "ledger/accounts.html", context)


@require_GET
@needs_power("ledger.read")
def account_page(request: HttpRequest, number: int) -> HttpResponse:
    """The statement of an account: opening, movements, closing, and the land it holds."""
    account = showing.account_of(request, number)
    held = queries.pieces_held(account)
    unit = account.book.unit
    limits = {
        name: figure_text(value, unit)
        for name, value in (("least", account.least), ("most", account.most))
        if value is not None
    }
    context = {
        "account": account,
        "unit": unit_title(unit),
        "words": showing.dimension_words(account),
        "limits": limits,
        "pieces": showing.piece_rows(held[:_MOST_PIECES]) if account.holds_land else [],
        "pieces_more": max(0, held.count() - _MOST_PIECES),
        "query": request.GET.urlencode(),
        **showing.movements(request, account),
    }
    return render(request, "ledger/account.html", context)


@require_GET
@needs_power("ledger.read")
def transfer_page(request: HttpRequest, number: int) -> HttpResponse:
    """A transfer: its accounts, its act, what it refers to, its pieces on the map."""
    transfer = showing.transfer_of(request, number)
    unit = transfer.debit.book.unit
    context = {
        "transfer": transfer,
        "amount": figure_text(transfer.amount, unit),
        "unit": unit_title(unit),
        "end": getattr(transfer, "end", None),
        "pieces": showing.piece_rows(queries.pieces_moved(transfer)[:_MOST_PIECES]),
    }
    return render(request, "ledger/transfer.html", context)
