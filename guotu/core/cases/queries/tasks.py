"""Supervised tasks as a list: cut by filters, told with their lights, in a few queries whatever.

The light of a row is told by the pure rule; the condition that filters by it says the same in SQL,
which a test holds.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from guotu.core.cases.models import Assisting, Task
from guotu.core.cases.queries.task_readers import unit_of, visible
from guotu.core.cases.queries.task_thresholds import thresholds
from guotu.core.cases.rules.lights import (
    GREEN,
    LIVE,
    RED,
    YELLOW,
    Known,
    Light,
    Thresholds,
    light,
)
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.rules.codes import stem

PER_PAGE = 50
_ALL = "all"


@dataclass(frozen=True)
class Filters:
    """What the list is cut by; empty is no cut. `state` without a word is all that is owed.

    `view` is one of three ways to look at the one list: leader (what is not green, weightiest
    first), organ (units of the county), grassroots (units in a township, or tasks that lie there).
    """

    text: str = ""
    view: str = ""
    light: str = ""
    state: str = ""
    unit: str = ""
    source: str = ""
    kind: str = ""
    division: str = ""
    priority: str = ""
    board: str = ""
    mine: str = ""
    sort: str = ""

    def query(self, **other: str) -> str:
        """Return the filters as the query of an address; `other` takes the place of some."""
        told = {one.name: getattr(self, one.name) for one in fields(self)} | other
        return urlencode({name: value for name, value in told.items() if value})

    @property
    def is_plain(self) -> bool:
        """Say whether nothing is cut."""
        return replace(self, sort="") == Filters()


def asked(told: Mapping[str, str]) -> Filters:
    """Return the filters of a query; what is no filter is passed over."""
    # PostgreSQL knows no NUL in a text.
    names = [one.name for one in fields(Filters)]
    return Filters(**{name: told.get(name, "").replace("\x00", "").strip()[:64] for name in names})


def tasks(actor: Actor, filters: Filters) -> QuerySet[Task]:
    """Return the tasks that an actor may see, cut by filters, in order, with source and unit."""
    found = Task.objects.filter(visible(actor)).select_related("source", "unit")
    for name, cut in _CUTS.items():
        if value := getattr(filters, name):
            found = found.filter(cut(value))
    if filters.state != _ALL:
        found = found.filter(_state(filters.state))
    if filters.light:
        found = found.filter(has_light(filters.light))
    if filters.mine:
        unit = unit_of(actor) or 0
        helped = Assisting.objects.filter(unit_id=unit).values("task_id")
        found = found.filter(Q(unit_id=unit) | Q(pk__in=helped))
    weighty = filters.sort == "weight" or (filters.view == "leader" and not filters.sort)
    order = ("-priority", "next_on", "id") if weighty else ("next_on", "-priority", "id")
    return found.order_by(*order)


@dataclass(frozen=True)
class Row:
    """A task in a list: with its light on the day, and the units that assist."""

    task: Task
    light: Light
    assisting: list[str]


def page(actor: Actor, filters: Filters, number: Any) -> tuple[Page[Task], list[Row]]:
    """Return a page of the list and its rows; a constant number of queries."""
    found = Paginator(tasks(actor, filters), PER_PAGE).get_page(number)
    return found, rows_of(found.object_list)


def rows_of(found: Iterable[Task]) -> list[Row]:
    """Return tasks with their lights of today and the names of assisting units; one query more."""
    held = list(found)
    known = thresholds()
    today = clock.today()
    assisting: dict[int, list[str]] = {}
    helped = Assisting.objects.filter(task_id__in=[one.pk for one in held]).order_by("pk")
    for task_id, name in helped.values_list("task_id", "unit__name"):
        assisting.setdefault(task_id, []).append(name)
    return [Row(one, light(known_of(one), today, known), assisting.get(one.pk, [])) for one in held]


def light_of(task: Task, on: datetime.date | None = None) -> Light:
    """Return the light of one task on a day (today); no query."""
    return light(known_of(task), on or clock.today(), thresholds())


def known_of(task: Task) -> Known:
    """Return what the rule of lights asks of a task; no query."""
    return Known(
        state=task.state,
        due_on=task.due_on,
        next_on=task.next_on,
        opened_on=timezone.localdate(task.opened_at),
        heard_on=timezone.localdate(task.heard_at),
        priority=task.priority,
        received=task.received_at is not None,
        doubted=task.doubted,
        reported_on=task.reported_on,
    )


def has_light(colour: str, on: datetime.date | None = None) -> Q:
    """Return the condition of tasks that show a light on a day (today)."""
    today, known = on or clock.today(), thresholds()
    live = Q(state__in=LIVE)
    red = live & (Q(doubted=True) | (~Q(state="reported") & Q(next_on__lt=today)))
    if colour == RED:
        return red
    yellow = live & ~red & (_owed_yellow(today, known) | _reported_yellow(today, known))
    if colour == YELLOW:
        return yellow
    if colour == GREEN:
        return live & ~red & ~yellow
    return ~live if colour == "ended" else Q(pk__in=[])


def _reported_yellow(today: datetime.date, known: Thresholds) -> Q:
    return Q(state="reported", reported_on__lt=_before(today, known.check_days))


def _owed_yellow(today: datetime.date, known: Thresholds) -> Q:
    found = Q(state="proposed", opened_at__lt=_start(_before(today, known.confirm_days)))
    waiting = _start(_before(today, known.receive_days))
    found |= Q(state="open", received_at__isnull=True, opened_at__lt=waiting)
    last = max(len(known.near_days), len(known.silent_days)) - 1
    for priority in range(last + 1):
        such = Q(priority=priority) if priority < last else Q(priority__gte=priority)
        near = Q(state__in=("proposed", "open"), next_on__lte=known.near_until(priority, today))
        silent = _start(known.silent_since(priority, today))
        found |= such & (near | Q(state="open", heard_at__lt=silent))
    return found


def _before(today: datetime.date, days: int) -> datetime.date:
    return today - datetime.timedelta(days)


def _start(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def _state(word: str) -> Q:
    return Q(state=word) if word else Q(state__in=LIVE)


def _number(field: str, text: str) -> Q:
    known = text.isascii() and text.isdigit() and len(text) < 18
    return Q(**{field: int(text)}) if known else Q(pk__in=[])


def _text(words: str) -> Q:
    return Q(title__contains=words) | Q(number__contains=words) | Q(sentence__contains=words)


def _view(word: str) -> Q:
    if word == "leader":
        return has_light(RED) | has_light(YELLOW)
    grassroots = ~Q(unit__division_code="") | ~Q(division="")
    return {"organ": Q(unit__division_code=""), "grassroots": grassroots}.get(word, Q())


_CUTS = {
    "text": _text,
    "view": _view,
    "unit": lambda text: _number("unit_id", text),
    "source": lambda text: _number("source_id", text),
    "kind": lambda text: Q(source__kind=text),
    "division": lambda text: Q(division__startswith=stem(text) or "-"),
    "priority": lambda text: _number("priority", text),
    "board": lambda text: Q(board_sequence__isnull=False),
}
