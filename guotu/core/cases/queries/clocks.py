"""Reads of clocks: which are due, by which calendar, whose they are and who stands above."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q, QuerySet

from guotu.core.cases.models import CalendarDay, CalendarYear, Clock, ClockChange
from guotu.core.people.models import Post, Unit
from guotu.lib.days import ZONE, Calendar, Pause, calendar

OPEN = ("running", "suspended")
_LEVELS = 16


@dataclass(frozen=True)
class Fire:
    """A clock that has something to say: which, under which date, and the stage it is at."""

    clock: int
    revision: int
    stage: int
    at: datetime

    @property
    def key(self) -> str:
        """Return the idempotency key of saying it: one for each stage of each date."""
        return f"clock-{self.clock}-{self.revision}-{self.stage}"


@dataclass(frozen=True)
class Seat:
    """Who is told: a post, and the person where it is a named one's."""

    post_id: int
    person_id: int | None = None


def county_calendar() -> Calendar:
    """Return the published calendar with the county's own days over it; the last entry prevails."""
    days = CalendarDay.objects.order_by("id").values_list("on", "working")
    years = CalendarYear.objects.values_list("year", flat=True)
    return calendar(dict(days), set(years))


def calendar_days(year: int) -> list[CalendarDay]:
    """Return the days of a year that the county has put over the calendar, in order of entry."""
    return list(CalendarDay.objects.filter(on__year=year).order_by("on", "id"))


def due_by(now: datetime, most: int, leave_out: Iterable[int] = ()) -> list[Fire]:
    """Return the clocks that have something to say by now, the longest due first; one query.

    The partial index on `next_at` is all it reads, however many clocks wait or have ended.
    """
    found = Clock.objects.filter(next_at__isnull=False, next_at__lte=now).order_by("next_at")
    if left := list(leave_out):
        found = found.exclude(pk__in=left)
    rows = found.values_list("pk", "revision", "stage", "next_at")[:most]
    return [Fire(pk, revision, stage, at) for pk, revision, stage, at in rows if at]


def running(case_id: int) -> QuerySet[Clock]:
    """Return the clocks of a case that run or stand still."""
    return Clock.objects.filter(case_id=case_id, state__in=OPEN)


def timers_by(clock: Clock) -> list[Clock]:
    """Return the timers of the same case that are drawn by the same limit, not yet lengthened."""
    if not clock.limit or clock.case_id is None:
        return []
    drawn = running(clock.case_id).filter(kind="timer", limit=clock.limit, extended=False)
    return list(drawn.order_by("pk"))


def failing() -> QuerySet[Clock]:
    """Return the clocks that could not do what was due, the worst first."""
    return Clock.objects.filter(failures__gt=0, state="running").order_by("-failures", "pk")


def overdue(now: datetime) -> QuerySet[Clock]:
    """Return the limits that have passed while nobody has done what they wait for."""
    return Clock.objects.filter(kind="limit", state="running", due_at__lt=now)


def pauses_of(clock: Clock) -> list[Pause]:
    """Return the times (from, to) in which a clock stood still and runs again."""
    changes = ClockChange.objects.filter(clock=clock, kind__in=("suspend", "resume"))
    found: list[Pause] = []
    begun: datetime | None = None
    for change in changes.order_by("id"):
        if change.kind == "suspend":
            begun = change.at
        elif begun is not None:
            found.append((begun, change.at))
            begun = None
    return found


def touched_by(days: Iterable[date]) -> QuerySet[Clock]:
    """Return the open clocks that days of the calendar may move.

    What is due before the first of them stays, but for terms counted back from an event.
    """
    first = datetime.combine(min(days), time(), ZONE)
    may = Q(due_at__gte=first) | Q(terms__sense="before")
    return Clock.objects.filter(may, state__in=OPEN).order_by("pk")


def owners(clock: Clock) -> list[Seat]:
    """Return whose clock it is: of the step, of the case's waiting steps, of the task's unit."""
    if clock.step is not None and clock.step.post_id is not None:
        return [Seat(clock.step.post_id, clock.step.person_id)]
    if clock.case is not None:
        waiting = clock.case.steps.filter(state="waiting", post__isnull=False).order_by("pk")
        seats = [Seat(post, person) for post, person in waiting.values_list("post", "person")]
        if not seats and clock.case.opened_post_id is not None:
            seats = [Seat(clock.case.opened_post_id)]
        return list(dict.fromkeys(seats))
    return _of_task(clock.task_id) if clock.task_id is not None else []


def heads(seats: Iterable[Seat]) -> list[Seat]:
    """Return the posts that decide in the units of those seats, or stand above where none does."""
    units = _units(seats)
    found = _deciding(units)
    own = {seat.post_id for seat in seats}
    return [seat for seat in found if seat.post_id not in own] or leaders(seats)


def leaders(seats: Iterable[Seat]) -> list[Seat]:
    """Return the posts that decide in the nearest unit above with one; else the county's top."""
    above = _above(_units(seats))
    for _ in range(_LEVELS):
        if not above:
            break
        if found := _deciding(above):
            return found
        above = _above(above)
    return _deciding(set(Unit.objects.filter(above__isnull=True).values_list("pk", flat=True)))


def seats_of(to: str, clock: Clock) -> list[Seat]:
    """Return who is told at a stage: owner, head or leader; whoever stands above where none is."""
    seats = owners(clock)
    if to == "owner":
        return seats or leaders(seats)
    return heads(seats) if to == "head" else leaders(seats)


def _of_task(number: int) -> list[Seat]:
    posts = Post.objects.filter(unit__tasks=number).order_by("pk")
    chosen = list(posts.exclude(tag="decide")) or list(posts)
    return [Seat(post.pk) for post in chosen]


def _units(seats: Iterable[Seat]) -> set[int]:
    posts = Post.objects.filter(pk__in=[seat.post_id for seat in seats])
    return {unit for unit in posts.values_list("unit_id", flat=True) if unit is not None}


def _above(units: set[int]) -> set[int]:
    found = Unit.objects.filter(pk__in=units).values_list("above_id", flat=True)
    return {unit for unit in found if unit is not None}


def _deciding(units: set[int]) -> list[Seat]:
    posts = Post.objects.filter(unit_id__in=units, tag="decide").order_by("pk")
    return [Seat(pk) for pk in posts.values_list("pk", flat=True)]
