"""What cases and supervised tasks add to the ribbon of a place: what was asked and decided."""

import datetime
import math
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guotu.core.atlas.life import LifeEvent, LifePlace, life_source
from guotu.core.cases.models import Case, Task
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.queries.marks import LIVE
from guotu.core.cases.queries.task_readers import visible as visible_tasks
from guotu.core.journal.actions import Actor

# A case knows its place as a point: what lies within this of the place pressed is taken for there.
NEAR_M = 30.0
_DEGREE_M = 111_300.0
MOST = 100


@life_source(order=50, title=gettext_lazy("办件"), powers=["cases.read"])
def cases_at(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield each case whose place is here, from when it was taken in until it was closed."""
    found = Case.objects.filter(visible(viewer), _near(place)).select_related("process")
    left = ("process__files", "process__program", "process__declared")
    for case in found.defer(*left).order_by("opened_at")[:MOST]:
        began = timezone.localdate(case.opened_at)
        # As known then: what was not yet opened is not, what closed later still was under way.
        if began > place.known_on:
            continue
        closed = timezone.localdate(case.closed_at) if case.closed_at else None
        if closed is not None and closed > place.known_on:
            closed = None
        yield LifeEvent(
            began,
            closed,
            _("办件：%(title)s") % {"title": case.process.title},
            f"{case.number} {case.title}",
            detail=_told(case, closed),
            address=_address("case", case.pk),
            sequence=case.sequence,
            secrecy=case.secrecy or "internal",
            kind="act" if closed == began else "is",
            division=case.division,
        )


@life_source(order=60, title=gettext_lazy("督办"), powers=["tasks.read"])
def tasks_at(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield each supervised task whose place is here, from its giving out to its closing."""
    found = Task.objects.filter(visible_tasks(viewer), _near(place)).select_related("unit")
    for task in found.order_by("opened_at")[:MOST]:
        began = timezone.localdate(task.opened_at)
        if began > place.known_on:
            continue
        closed = timezone.localdate(task.closed_at) if task.closed_at else None
        if closed is not None and closed > place.known_on:
            closed = None
        yield LifeEvent(
            began,
            closed,
            _("督办事项"),
            f"{task.number} {task.title}",
            detail=_("主办 %(unit)s，期限 %(day)s")
            % {"unit": task.unit.name, "day": task.due_on.isoformat()},
            address=_address("task", task.pk),
            sequence=task.sequence,
            kind="is",
            division=task.division,
        )


def _near(place: LifePlace) -> Q:
    """Return the condition of what lies near a place; a box, that the index serves."""
    north = NEAR_M / _DEGREE_M
    east = north / max(math.cos(math.radians(place.lat)), 0.01)
    return Q(
        longitude__gte=place.lon - east,
        longitude__lte=place.lon + east,
        latitude__gte=place.lat - north,
        latitude__lte=place.lat + north,
    )


def _told(case: Case, closed: datetime.date | None) -> str:
    if case.state in LIVE or closed is None:
        return _("办理中")
    return str(case.get_state_display())


def _address(name: str, number: int) -> Any:
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse(name, args=[number])
    except NoReverseMatch:
        return ""
