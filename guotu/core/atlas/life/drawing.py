"""Lays a ribbon out along the years: where each bar begins and ends, in per cent of the width."""

import datetime
from dataclasses import dataclass

from guotu.core.atlas.life.events import LifeEvent
from guotu.core.atlas.life.ribbon import Ribbon

_LEAST_YEARS = 3
_MOST_TICKS = 8
_LEAST_WIDTH = 0.8


@dataclass(frozen=True)
class Bar:
    """One event as drawn: `left` and `width` in per cent; `number` is its row's, from 1.

    A width of 0 lies wholly before the axis: it is a row and no bar. `begins_before` and `goes_on`
    say that it reaches past the axis or the day.
    """

    number: int
    event: LifeEvent
    left: float
    width: float
    begins_before: bool
    goes_on: bool


@dataclass(frozen=True)
class DrawnLane:
    """One lane as drawn."""

    title: str
    bars: list[Bar]


@dataclass(frozen=True)
class Drawn:
    """A ribbon as drawn: its lanes, and the years along its axis with their place in per cent."""

    lanes: list[DrawnLane]
    ticks: list[tuple[int, float]]


def drawn(ribbon: Ribbon) -> Drawn:
    """Lay out the lanes that say something; rules do not stretch the axis, they are clipped."""
    first, last = _span(ribbon)
    day = ribbon.place.day
    numbers = iter(range(1, 1 + sum(len(lane.events) for lane in ribbon.shown)))
    lanes = [
        DrawnLane(lane.title, [_bar(next(numbers), one, first, last, day) for one in lane.events])
        for lane in ribbon.shown
    ]
    return Drawn(lanes, _ticks(first, last))


def _span(ribbon: Ribbon) -> tuple[datetime.date, datetime.date]:
    """Return the axis: whole years from the first thing known to the end of the day's year."""
    days = [
        event.start
        for lane in ribbon.lanes
        for event in lane.events
        if event.start is not None and event.kind != "rule"
    ]
    last = ribbon.place.day.year + 1
    first = min([day.year for day in days], default=last - _LEAST_YEARS)
    return datetime.date(min(first, last - _LEAST_YEARS), 1, 1), datetime.date(last, 1, 1)


def _bar(
    number: int,
    event: LifeEvent,
    first: datetime.date,
    last: datetime.date,
    day: datetime.date,
) -> Bar:
    start = max(event.start or first, first)
    end = max(min(event.end or day, last), start)
    if event.end is not None and event.end < first:
        return Bar(number, event, 0, 0, begins_before=True, goes_on=False)
    whole = (last - first).days
    left = 100 * (start - first).days / whole
    width = max(100 * (end - start).days / whole, _LEAST_WIDTH)
    if start == end and event.kind in ("is", "out"):
        # Known of one day alone: drawn before it, for what changed afterwards begins there.
        left = max(left - width, 0)
    return Bar(
        number,
        event,
        round(min(left, 100 - _LEAST_WIDTH), 2),
        round(min(width, 100 - left) if left < 100 - _LEAST_WIDTH else _LEAST_WIDTH, 2),
        event.start is None or event.start < first,
        event.end is None,
    )


def _ticks(first: datetime.date, last: datetime.date) -> list[tuple[int, float]]:
    years = range(first.year, last.year)
    step = -(-len(years) // _MOST_TICKS)
    whole = (last - first).days
    return [
        (year, round(100 * (datetime.date(year, 1, 1) - first).days / whole, 2))
        for year in years[::step]
    ]
