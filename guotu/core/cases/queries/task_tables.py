"""Tables over supervised tasks, by unit and by source; each a fixed few queries."""

import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.utils import timezone

from guotu.core.cases.models import Feedback, Source, Task
from guotu.core.cases.queries.task_readers import visible, visible_sources
from guotu.core.cases.queries.tasks import has_light
from guotu.core.cases.rules.lights import GREEN, RED, YELLOW
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor

COUNTED = ("dispatched", "fed_back", "closed", "late", "red", "yellow", "green")
_MOST = 50


def late(today: datetime.date) -> Q:
    """Return the condition of tasks late on a day: owed past their date, or reported done after.

    What was reported done in time is not late while its check is awaited.
    """
    owed = Q(state__in=("proposed", "open"), due_on__lt=today)
    return owed | Q(state__in=("reported", "closed"), reported_on__gt=F("due_on"))


def counts(today: datetime.date) -> dict[str, Any]:
    """Return what is counted of a heap of tasks; what was given up counts nowhere."""
    return {
        "dispatched": Count("pk", filter=~Q(state__in=("dropped", "proposed"))),
        "fed_back": Count("pk", filter=~Q(state="dropped") & Q(heard_at__gt=F("opened_at"))),
        "closed": Count("pk", filter=Q(state="closed")),
        "late": Count("pk", filter=late(today)),
        "red": Count("pk", filter=has_light(RED, today)),
        "yellow": Count("pk", filter=has_light(YELLOW, today)),
        "green": Count("pk", filter=has_light(GREEN, today)),
        "silent_since": Min("heard_at", filter=Q(state="open")),
    }


def by_unit(tasks: QuerySet[Task]) -> list[dict[str, Any]]:
    """Return a row for each main unit of some tasks, the reddest first. Two queries.

    Dispatched, fed back, closed with proof, late, and lights; `accuracy` is (found true, checked)
    of the unit's reports, None where none was checked; `stalled_days` how long the open task that
    has been silent longest has been so.
    """
    today = clock.today()
    grouped = tasks.order_by().values("unit_id", "unit__name")
    heaps: list[Any] = list(grouped.annotate(**counts(today)))
    told = Feedback.objects.filter(task__in=tasks.order_by().values("pk")).exclude(verdict="")
    checked = told.order_by().values("unit_id")
    judged = checked.annotate(all=Count("pk"), true=Count("pk", filter=Q(verdict="confirmed")))
    accuracy = {row["unit_id"]: (row["true"], row["all"]) for row in judged}
    rows: list[dict[str, Any]] = [
        {
            **row,
            "unit": row["unit__name"],
            "accuracy": accuracy.get(row["unit_id"]),
            "stalled_days": days_since(row["silent_since"], today),
        }
        for row in heaps
    ]
    return sorted(rows, key=lambda row: (-row["red"], -row["yellow"], row["unit"]))


def sums(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the last row of a table of heaps."""
    return {name: sum(row[name] for row in rows) for name in COUNTED}


def lights(actor: Actor) -> dict[str, int]:
    """Return how many tasks an actor sees under each light, and how many altogether. One query."""
    seen = Task.objects.filter(visible(actor)).order_by()
    found: dict[str, int] = seen.aggregate(
        **{name: counts(clock.today())[name] for name in ("red", "yellow", "green", "closed")}
    )
    return found


def by_source(actor: Actor, most: int = _MOST) -> list[dict[str, Any]]:
    """Return the latest sources and how the tasks of each stand: what became of each decision.

    Two queries.
    """
    today = clock.today()
    found = Source.objects.filter(visible_sources(actor)).select_related("serves", "giver")
    sources = list(found[:most])
    seen = Task.objects.filter(visible(actor), source__in=[one.pk for one in sources])
    heaps = seen.order_by().values("source_id").annotate(**counts(today), all=Count("pk"))
    by_id = {row["source_id"]: row for row in heaps}
    none = dict.fromkeys((*COUNTED, "all"), 0)
    return [{"source": one, **(by_id.get(one.pk) or none)} for one in sources]


def days_since(at: datetime.datetime | None, today: datetime.date) -> int | None:
    """Return how many days ago a moment was, by the county's days; None where there is none."""
    return None if at is None else (today - timezone.localdate(at)).days
