"""Lists of cases by filters, a page at a time from a key and never by counting off rows."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Avg, Count, Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Cast, Floor
from django.utils.dateparse import parse_datetime

from guotu.core.cases.models import Case, Process, SavedView, Step
from guotu.core.cases.queries import marks
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.queries.desk import mine
from guotu.core.journal.actions import Actor
from guotu.core.people.rules.codes import stem

PER_PAGE = 50
MOST_COUNTED = 1000
MOST_POINTS = 400
_CELLS = 24
_LEFT = ("process__files", "process__program", "process__declared")
_LIVE_WORD, _ALL = "live", "all"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Filters:
    """What a list is cut by; empty is no cut. `state` without a word is all that is under way."""

    text: str = ""
    state: str = ""
    kind: str = ""
    division: str = ""
    unit: str = ""
    step: str = ""
    due: str = ""
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


@dataclass(frozen=True)
class Page:
    """One page: its rows, the key that the next begins after, and how many there are.

    `count` stops at `MOST_COUNTED`: who has more than that filters, and does not page.
    """

    rows: list[Case]
    after: str
    count: int

    @property
    def counted_out(self) -> bool:
        """Say whether there are more than were counted."""
        return self.count > MOST_COUNTED


def asked(told: Mapping[str, str]) -> Filters:
    """Return the filters of a query; what is no filter is passed over."""
    # PostgreSQL knows no NUL in a text.
    names = [one.name for one in fields(Filters)]
    return Filters(**{name: told.get(name, "").replace("\x00", "").strip()[:64] for name in names})


def cases(actor: Actor, filters: Filters) -> QuerySet[Case]:
    """Return the cases that an actor may see, cut by filters, in no order yet."""
    found = Case.objects.filter(visible(actor))
    for name, cut in _CUTS.items():
        if value := getattr(filters, name):
            found = found.filter(cut(value))
    if filters.state != _ALL:
        found = found.filter(_state(filters.state))
    if filters.unit or filters.step or filters.due == "stuck":
        found = found.filter(_standing(filters))
    if filters.mine:
        found = found.filter(pk__in=mine(actor).order_by().values("case_id"))
    return found


def page(actor: Actor, filters: Filters, after: str = "") -> Page:
    """Return the page after a key, with where each case stands; at most four queries.

    By due date first what has one, then what has none; `sort=new` is the latest first.
    """
    found = _shown(cases(actor, filters))
    rows = list(_after(found, filters, after))
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    counted = cases(actor, filters).order_by().values("pk")[: MOST_COUNTED + 1]
    return Page(rows, _key(rows[-1], filters) if more else "", counted.count())


def everything(actor: Actor, filters: Filters, most: int) -> list[Case]:
    """Return at most `most` cases of a list with where they stand, for a table to take along."""
    found = _shown(cases(actor, filters))
    order = ["-id"] if filters.sort == "new" else [F("due_at").asc(nulls_last=True), "id"]
    return list(found.order_by(*order)[:most])


def points(actor: Actor, filters: Filters, box: Box) -> list[dict[str, Any]]:
    """Return what of a list lies in a box (degrees): cases, or where many, heaps with a count.

    Two queries at most.
    """
    west, south, east, north = box
    inside = cases(actor, filters).filter(
        longitude__gte=west, longitude__lte=east, latitude__gte=south, latitude__lte=north
    )
    names = ("pk", "number", "title", "longitude", "latitude", "due_at", "state")
    found = list(inside.order_by().values(*names)[: MOST_POINTS + 1])
    return found if len(found) <= MOST_POINTS else _heaps(inside, box)


def extent(actor: Actor, filters: Filters) -> Box | None:
    """Return the box around the places of a page's worth of a list; None where none has one."""
    spots = cases(actor, filters).filter(longitude__isnull=False).order_by("-id")
    found = list(spots.values_list("longitude", "latitude")[:MOST_POINTS])
    if not found:
        return None
    east, north = zip(*found, strict=True)
    return min(east), min(north), max(east), max(north)


def search(actor: Actor, text: str, limit: int = 6) -> list[Case]:
    """Return cases by number or subject, the latest first; one query."""
    wanted = Q(number__contains=text) | Q(title__contains=text)
    return list(Case.objects.filter(visible(actor)).filter(wanted).order_by("-id")[:limit])


def kinds() -> list[tuple[str, str]]:
    """Return (kind, title) of every kind of case there is a process for."""
    rows = Process.objects.order_by("sequence").values_list("declared", "title")
    found = {str(declared.get("kind") or ""): title for declared, title in rows}
    return sorted((kind, title) for kind, title in found.items() if kind)


def views_of(actor: Actor, page: str) -> list[SavedView]:
    """Return the views of a page that a person keeps."""
    return list(SavedView.objects.filter(person_id=actor.person_id or 0, page=page))


def where(case: Case) -> list[Step]:
    """Return the steps at which a listed case waits, as `page` fetched them."""
    found: list[Step] = getattr(case, "standing_at", [])
    return found


def _shown(found: QuerySet[Case]) -> QuerySet[Case]:
    waiting = Step.objects.filter(state="waiting", kind__in=("user", "manual"))
    waiting = waiting.select_related("post__unit").order_by("id")
    held = Prefetch("steps", queryset=waiting, to_attr="standing_at")
    return found.select_related("process").defer(*_LEFT).prefetch_related(held)


def _after(found: QuerySet[Case], filters: Filters, after: str) -> Iterator[Case]:
    kind, _, rest = after.partition(":")
    moment, _, number = rest.rpartition("_")
    last = int(number) if number.isascii() and number.isdigit() else None
    if filters.sort == "new":
        found = found if last is None else found.filter(pk__lt=last)
        yield from found.order_by("-id")[: PER_PAGE + 1]
        return
    left = PER_PAGE + 1
    if kind != "undated":
        for row in _dated(found, moment, last)[:left]:
            left -= 1
            yield row
    if left:
        bare = found.filter(due_at__isnull=True)
        if kind == "undated" and last is not None:
            bare = bare.filter(pk__gt=last)
        yield from bare.order_by("id")[:left]


def _dated(found: QuerySet[Case], moment: str, last: int | None) -> QuerySet[Case]:
    found = found.filter(due_at__isnull=False)
    at = _moment(moment)
    if at is not None and last is not None:
        found = found.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(pk__gt=last))
    return found.order_by("due_at", "id")


def _key(row: Case, filters: Filters) -> str:
    if filters.sort == "new":
        return f"new:_{row.pk}"
    if row.due_at is None:
        return f"undated:_{row.pk}"
    return f"due:{row.due_at.isoformat()}_{row.pk}"


def _moment(text: str) -> datetime.datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _text(value: str) -> Q:
    return Q(number__contains=value) | Q(title__contains=value)


def _division(value: str) -> Q:
    # A range and no LIKE: an index serves it on both stores.
    first = stem(value)
    return Q(division__gte=first, division__lt=f"{first}:") if first else Q(pk__in=[])


def _due(value: str) -> Q:
    cuts = {"overdue": marks.overdue, "near": marks.near}
    return cuts[value]() if value in cuts else Q()


def _state(value: str) -> Q:
    known = {code for code, _word in Case.STATES}
    return Q(state=value) if value in known else marks.live()


def _standing(filters: Filters) -> Q:
    waiting = Step.objects.filter(case=OuterRef("pk"), state="waiting", kind__in=("user", "manual"))
    if filters.unit.isascii() and filters.unit.isdigit():
        waiting = waiting.filter(post__unit_id=int(filters.unit))
    elif filters.unit == "none":
        waiting = waiting.filter(post__unit_id__isnull=True)
    if filters.step:
        waiting = waiting.filter(name=filters.step)
    if filters.due == "stuck":
        waiting = waiting.filter(came_at__lt=marks.stuck_since())
    return Q(Exists(waiting))


_CUTS = {
    "text": _text,
    "kind": lambda value: Q(kind=value),
    "division": _division,
    "due": _due,
}


def _heaps(inside: QuerySet[Case], box: Box) -> list[dict[str, Any]]:
    west, south, east, north = box
    wide, high = max(east - west, 1e-6) / _CELLS, max(north - south, 1e-6) / _CELLS
    cell = {
        "column": Cast(Floor((F("longitude") - west) / wide), IntegerField()),
        "row": Cast(Floor((F("latitude") - south) / high), IntegerField()),
    }
    told = {"x": Avg("longitude"), "y": Avg("latitude"), "count": Count("pk")}
    told["overdue"] = Count("pk", filter=marks.overdue())
    heaps: Any = inside.order_by().annotate(**cell).values(*cell)
    return list(heaps.annotate(**told))


def current_processes() -> list[Process]:
    """Return the processes that a new case can follow, by title; drawings and program left."""
    found = Process.objects.filter(retired_sequence__isnull=True).order_by("title")
    return list(found.defer("files", "program"))
