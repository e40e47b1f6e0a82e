"""Pages of tables over supervised tasks: by unit, by source, and what was let slip."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.cases.models import Source, Task
from guotu.core.cases.queries import task_misses, task_readers, task_tables, tasks
from guotu.core.cases.views.tasks import ASSIGN, READ
from guotu.core.people import queries as people
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request


@require_GET
@needs_power(READ)
def units_page(request: HttpRequest) -> HttpResponse:
    """A row for each unit: dispatched, fed back, closed with proof, late, its lights."""
    actor = actor_of_request(request)
    rows = task_tables.by_unit(tasks.tasks(actor, tasks.asked({"state": "all"})))
    context = {"rows": rows, "sums": task_tables.sums(rows), "lights": task_tables.lights(actor)}
    return render(request, "cases/tasks/units.html", context)


@require_GET
@needs_power(READ)
def sources_page(request: HttpRequest) -> HttpResponse:
    """The latest sources, and what became of each decision."""
    rows = task_tables.by_source(actor_of_request(request))
    context = {
        "rows": rows,
        "sums": {**task_tables.sums(rows), "all": sum(row["all"] for row in rows)},
        "linked": sum(row["source"].serves_id is not None for row in rows),
        "may_assign": has_power(request, ASSIGN),
    }
    return render(request, "cases/tasks/sources.html", context)


@require_GET
@needs_power(READ)
def source_page(request: HttpRequest, number: int) -> HttpResponse:
    """One source: its words, its tasks with their lights, and duties in it that became no task."""
    actor = actor_of_request(request)
    source = task_readers.source_of(actor, number)
    if source is None:
        raise Http404
    told = tasks.asked({"source": str(source.pk), "state": "all"})
    rows = tasks.rows_of(tasks.tasks(actor, told))
    whole = task_readers.sees_whole(actor)
    names = [one.name for one in people.units()]
    said = {row.task.sentence.strip() for row in rows}
    context: dict[str, Any] = {
        "source": source,
        "rows": rows,
        "whole": whole,
        "left_out": task_misses.left_out(source, said, names) if whole else [],
        "served": list(source.served.all()),
        "may_assign": has_power(request, ASSIGN),
        "unconfirmed": _unconfirmed(request, source, rows),
    }
    return render(request, "cases/tasks/source.html", context)


def _unconfirmed(request: HttpRequest, source: Source, rows: list[tasks.Row]) -> list[Task]:
    """Return the tasks that wait for the reader, who gave them, to confirm them."""
    gives = source.giver_id is not None and source.giver_id == actor_of_request(request).post_id
    waiting = [row.task for row in rows if row.task.state == "proposed"]
    return waiting if gives and has_power(request, "tasks.confirm") else []


@require_GET
@needs_power(READ)
def missed_page(request: HttpRequest) -> HttpResponse:
    """What was let slip, by kind, each a press from where it is put right."""
    found = task_misses.misses(actor_of_request(request))
    groups = [
        {"title": _(title), "misses": [one for one in found if one.kind == kind]}
        for kind, title in task_misses.KINDS.items()
    ]
    context = {"groups": [one for one in groups if one["misses"]], "count": len(found)}
    return render(request, "cases/tasks/missed.html", context)
