"""Supervised tasks to take along: the list as a table, the bulletin (督查通报) as a document."""

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.atlas.queries import county
from guotu.core.atlas.tables import table_to_take, workbook_to_take
from guotu.core.cases.queries import task_misses, task_tables, tasks
from guotu.core.cases.task_bulletin import Bulletin, paper_of
from guotu.core.cases.views.tasks import READ
from guotu.core.files.marking import mark
from guotu.core.journal import clock
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.gongwen.writing import document
from guotu.lib.refusal import Refusal

MOST_EXPORTED = 10_000
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WIDTHS = (16, 10, 44, 20, 24, 30, 8, 12, 12, 10, 30, 44)


@require_GET
@needs_power(READ)
def tasks_export(request: HttpRequest, form: str) -> HttpResponse:
    """The list, filtered the same way, as a table to take along, with its sum in the last row."""
    found = tasks.tasks(actor_of_request(request), tasks.asked(request.GET))
    rows = tasks.rows_of(found[: MOST_EXPORTED + 1])
    if len(rows) > MOST_EXPORTED:
        rule = _("一次最多导出 %(number)s 件") % {"number": f"{MOST_EXPORTED:,}"}
        remedy = _("用单位或来源筛选后再导出")
        raise Refusal(_("事项太多，不能一次导出"), rule=rule, remedy=remedy)
    told = [*map(_row, rows), _sum(rows)]
    if form == "csv":
        return table_to_take("tasks.csv", _head(), told)
    return workbook_to_take("tasks.xlsx", _("督办事项"), _WIDTHS, _head(), told)


def _head() -> list[str]:
    return [
        *(_("编号"), _("灯"), _("事项"), _("主办单位"), _("协办单位"), _("来源"), _("优先")),
        *(_("期限"), _("最近节点"), _("状态"), _("亮灯理由"), _("原话")),
    ]


def _row(row: tasks.Row) -> list[Any]:
    task = row.task
    return [
        *(task.number, row.light.word, task.title, task.unit.name, "、".join(row.assisting)),
        *(task.source.title, task.get_priority_display(), task.due_on.isoformat()),
        *(task.next_on.isoformat(), task.get_state_display(), "，".join(row.light.why)),
        task.sentence,
    ]


def _sum(rows: list[tasks.Row]) -> list[Any]:
    told = {"all": len(rows), "red": sum(one.light.colour == "red" for one in rows)}
    words = _("合计 %(all)s 件，其中红灯 %(red)s 件") % told
    return [words, *[""] * (len(_head()) - 1)]


@require_GET
@needs_power(READ)
def bulletin(request: HttpRequest) -> HttpResponse:
    """The week's bulletin as a draft without a number of its own, to be issued as a document."""
    actor, today = actor_of_request(request), clock.today()
    owed = tasks.tasks(actor, tasks.asked({}))
    everything = tasks.tasks(actor, tasks.asked({"state": "all"}))
    since = today - datetime.timedelta(7)
    told = Bulletin(
        place=county().name,
        on=today,
        since=since,
        units=task_tables.by_unit(everything),
        red=tasks.rows_of(owed.filter(tasks.has_light("red"))[:30]),
        closed=tasks.rows_of(everything.filter(state="closed", closed_at__date__gte=since)[:30]),
        missed=len(task_misses.misses(actor)),
    )
    answer = HttpResponse(document(paper_of(told, mark())), content_type=_DOCX)
    answer["Content-Disposition"] = f'attachment; filename="bulletin-{today.isoformat()}.docx"'
    return answer
