"""Pages of supervised tasks: the list with its lights and its map, and one task."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from guotu.core.cases import actions as _actions  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Case, Source, Task
from guotu.core.cases.queries import task_readers, task_tables, task_thresholds, tasks
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.rules.lights import WORDS
from guotu.core.cases.views.mapped import on_map
from guotu.core.cases.views.task_steps import steps_of
from guotu.core.journal.actions import Actor
from guotu.core.people import queries as people
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request
from guotu.core.people.scope import covers

READ, ASSIGN = "tasks.read", "tasks.assign"
MOST_POINTS = 2000
VIEWS = [
    ("", gettext_lazy("全部")),
    ("leader", gettext_lazy("领导看：红灯黄灯")),
    ("organ", gettext_lazy("机关看：局内单位")),
    ("grassroots", gettext_lazy("基层看：乡镇")),
]
# How the map's points are coloured: the same words as those of cases.
_ON_MAP = {"red": "overdue", "yellow": "near", "green": "later", "ended": "done"}


@require_GET
@needs_power(READ)
def tasks_page(request: HttpRequest) -> HttpResponse:
    """The tasks the reader may see, by filters, a page at a time, beside their map."""
    actor, filters = actor_of_request(request), tasks.asked(request.GET)
    page, rows = tasks.page(actor, filters, request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "query": filters.query(),
        "views": [
            (word, title, filters.query(view=word), word == filters.view) for word, title in VIEWS
        ],
        "lights": task_tables.lights(actor),
        "colours": [
            (colour, WORDS[colour], filters.query(light=colour))
            for colour in ("red", "yellow", "green")
        ],
        "states": Task.STATES,
        "kinds": Source.KINDS,
        "priorities": Task.PRIORITIES,
        "units": people.units(),
        "divisions": [one for one in people.divisions() if covers(actor.areas, one.code)],
        "may_assign": has_power(request, ASSIGN),
        "rule": task_thresholds.lights_rule(),
    }
    return render(request, "cases/tasks/list.html", context)


@require_GET
@needs_power(READ)
def tasks_geojson(request: HttpRequest) -> HttpResponse:
    """The tasks of the list that have a place, as points with the light of each."""
    found = tasks.tasks(actor_of_request(request), tasks.asked(request.GET))
    placed = found.filter(longitude__isnull=False)[:MOST_POINTS]
    return on_map([_point(one) for one in placed])


def _point(task: Task) -> dict[str, Any]:
    shown = tasks.light_of(task)
    told = {
        "light": _ON_MAP[shown.colour],
        "number": task.number,
        "title": task.title,
        "why": "，".join(shown.why),
        "address": reverse("task", args=[task.pk]),
    }
    spot = [round(float(task.longitude or 0), 7), round(float(task.latitude or 0), 7)]
    place = {"type": "Point", "coordinates": spot}
    return {"type": "Feature", "properties": told, "geometry": place}


@require_GET
@needs_power(READ)
def task_page(request: HttpRequest, number: int) -> HttpResponse:
    """One task: its next steps first, then what was said, who does it, what was reported."""
    actor = actor_of_request(request)
    task = task_readers.task_of(actor, number)
    if task is None:
        raise Http404
    feedback = list(task.feedback.select_related("unit", "file"))
    changes = task.changes.select_related("post__unit", "unit_before", "unit_after")
    context = {
        "task": task,
        "light": tasks.light_of(task),
        "source": task.source,
        "assisting": [one.unit for one in task.assisting.select_related("unit")],
        "milestones": list(task.milestones.all()),
        "feedback": feedback,
        "changes": list(changes),
        "case": _case_of(actor, task),
        "division": people.division(task.division) if task.division else None,
        "extent": _extent(task),
        "steps": steps_of(request, task, feedback),
        "rule": task_thresholds.lights_rule(),
    }
    return render(request, "cases/tasks/task.html", context)


def _case_of(actor: Actor, task: Task) -> Case | None:
    seen = Case.objects.filter(visible(actor), pk=task.case_id or 0)
    return seen.first() if task.case_id else None


def _extent(task: Task) -> str:
    if task.longitude is None or task.latitude is None:
        return ""
    spot = f"{task.longitude:.6f},{task.latitude:.6f}"
    return f"{spot},{spot}"
