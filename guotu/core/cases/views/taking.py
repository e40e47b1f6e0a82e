"""A list of cases as a table to take along: CSV or a workbook, with the sum in its last row."""

import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from guotu.core.atlas.tables import table_to_take, workbook_to_take
from guotu.core.cases.models import Case
from guotu.core.cases.queries import lists, marks

_WIDTHS = (22, 18, 40, 14, 10, 12, 12, 10, 20, 24, 12, 18)


def as_csv(cases: list[Case]) -> HttpResponse:
    """Return cases as a CSV file that a spreadsheet opens as it stands."""
    return table_to_take("cases.csv", _head(), [*map(_row, cases), _sum(cases)])


def as_workbook(cases: list[Case]) -> HttpResponse:
    """Return cases as a workbook, its head kept in sight."""
    rows = [*map(_row, cases), _sum(cases)]
    return workbook_to_take("cases.xlsx", _("办件"), _WIDTHS, _head(), rows)


def _head() -> list[str]:
    return [
        *(_("编号"), _("流程"), _("事由"), _("行政区"), _("状态"), _("受理"), _("到期")),
        *(_("时限"), _("所在步骤"), _("所在岗位"), _("结果"), _("行为记录号")),
    ]


def _row(case: Case) -> list[Any]:
    standing = lists.where(case)
    lights = {"overdue": _("逾期"), "near": _("临期"), "later": _("未到期"), "": ""}
    return [
        *(case.number, case.process.title, case.title, case.division),
        *(_(case.get_state_display()), _day(case.opened_at), _day(case.due_at)),
        lights[marks.light(case.due_at, case.state in marks.LIVE)],
        "、".join(step.name for step in standing),
        "、".join(step.post.name for step in standing if step.post),
        *(case.result, case.sequence),
    ]


def _sum(cases: list[Case]) -> list[Any]:
    late = sum(marks.light(one.due_at, one.state in marks.LIVE) == "overdue" for one in cases)
    told = _("合计 %(all)s 件，其中逾期 %(late)s 件") % {"all": len(cases), "late": late}
    return [told, *[""] * (len(_head()) - 1)]


def _day(at: datetime.datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at else ""
