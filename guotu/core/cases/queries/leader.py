"""What a leader must see in two minutes: what is late, what soon will be, what is stuck, where."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet

from guotu.core.cases.models import Case, Step
from guotu.core.cases.queries import marks
from guotu.core.cases.queries.cases import visible
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor

LONGEST = 10


@dataclass(frozen=True)
class Glance:
    """The figures: of all cases, by unit, by step; and the steps that wait longest.

    A case that waits at two units counts at both, and once in `total`.
    """

    total: dict[str, int]
    units: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    longest: list[Step]


def glance(actor: Actor) -> Glance:
    """Return the figures of the cases that an actor may see; four queries."""
    seen = Case.objects.filter(visible(actor), marks.live())
    waiting = Step.objects.filter(state="waiting", kind__in=("user", "manual"), case__in=seen)
    units = _counted(waiting, "post__unit_id", "post__unit__name")
    steps = _counted(waiting, "case__kind", "name")
    left = ("case__process__files", "case__process__program", "case__process__declared")
    longest = waiting.filter(came_at__lt=marks.stuck_since()).select_related(
        "case__process", "post__unit"
    )
    return Glance(
        _total(seen),
        sorted(units, key=lambda one: (-one["stuck"], -one["overdue"], -one["waiting"])),
        sorted(steps, key=lambda one: (-one["stuck"], -one["overdue"], -one["waiting"])),
        list(longest.defer(*left).order_by("came_at", "id")[:LONGEST]),
    )


def days_since(moment: datetime.datetime) -> int:
    """Return for how many whole days something has been waiting."""
    return max(0, (clock.now() - moment).days)


def _total(seen: QuerySet[Case]) -> dict[str, int]:
    stuck = Step.objects.filter(
        state="waiting", kind__in=("user", "manual"), came_at__lt=marks.stuck_since()
    )
    return seen.aggregate(
        live=Count("pk"),
        suspended=Count("pk", filter=Q(state="suspended")),
        overdue=Count("pk", filter=marks.overdue()),
        near=Count("pk", filter=marks.near()),
        stuck=Count("pk", filter=Q(pk__in=stuck.values("case_id"))),
    )


def _counted(waiting: QuerySet[Step], *by: str) -> list[dict[str, Any]]:
    stuck = Q(came_at__lt=marks.stuck_since())
    rows = (
        waiting.order_by()
        .values(*by)
        .annotate(
            waiting=Count("case_id", distinct=True),
            overdue=Count("case_id", filter=marks.overdue("case__"), distinct=True),
            near=Count("case_id", filter=marks.near("case__"), distinct=True),
            stuck=Count("case_id", filter=stuck, distinct=True),
            since=Min("came_at"),
        )
    )
    return [{**row, "days": days_since(row["since"])} for row in rows.annotate(label=F(by[-1]))]
