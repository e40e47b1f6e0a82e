"""A county with ten thousand clocks that wait, and some that fall due; and what came of them."""

import datetime
import time
from typing import Any

from guotu.core.cases.models import Clock, Notice
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry

_YEARS = datetime.timedelta(days=1_000)
# It must last so long, and says once that it is full.
_TERMS = {"amount": 1, "unit": "hours", "sense": "least"}


def begin() -> None:
    """Begin the county, with one post that decides: it is told what nobody else is."""
    from trials import _stores

    _stores.begin()
    unit = perform("people.open_unit", COUNTY, name="县局").answer
    told = {"name": "局长", "unit_id": unit.pk, "tag": "decide", "powers": []}
    perform("people.open_post", COUNTY, code="head", **told)


def set_clocks(waiting: int, due: int, a_second: int, after_seconds: float, broken: int) -> float:
    """Set clocks: some wait for years, some fall due one after another, and some are broken.

    A broken one is a drawn timer of a process that is nowhere; they are spread among the others.
    Returns the moment at which the first falls due (seconds since 1970).
    """
    far = county_clock.now() + _YEARS
    rows = [_clock(f"w{number}", far) for number in range(waiting)]
    Clock.objects.bulk_create(rows, batch_size=500)
    first = county_clock.now() + datetime.timedelta(seconds=after_seconds)
    rows = []
    for number in range(due):
        at = first + datetime.timedelta(seconds=number / a_second)
        rows.append(_clock(f"d{number}", at))
        if number % (due // broken) == 0:
            rows.append(_clock(f"b{number}", at, kind="timer"))
    Clock.objects.bulk_create(rows, batch_size=500)
    return first.timestamp()


def came_of_it(patience_seconds: float) -> dict[str, Any]:
    """Wait until all have spoken, or no longer; return how late each was and how often it spoke."""
    until = time.monotonic() + patience_seconds
    mine = Clock.objects.filter(title__startswith="d", state="running")
    while mine.exists() and time.monotonic() < until:
        time.sleep(0.5)
    due = dict(Clock.objects.filter(title__startswith="d").values_list("pk", "due_at"))
    late, acts = [], 0
    for at, outcome in Entry.objects.filter(verb="cases.fire_clock").values_list(
        "recorded_at", "outcome"
    ):
        late.append((at - due[outcome["clock"]]).total_seconds())
        acts += 1
    times: dict[str, int] = {}
    for text in Notice.objects.filter(kind="full").values_list("text", flat=True):
        title = text.split("：")[0]
        times[title] = times.get(title, 0) + 1
    broken = Clock.objects.filter(title__startswith="b")
    return {
        "late": late,
        "acts": acts,
        "due": len(due),
        "told": list(times.values()),
        "broken_tried": sum(one.failures > 0 for one in broken),
        "broken": broken.count(),
        "waiting": Clock.objects.filter(title__startswith="w", state="running").count(),
    }


def _clock(title: str, at: datetime.datetime, kind: str = "limit") -> Clock:
    started = at - datetime.timedelta(hours=1)
    told = {"title": title, "terms": _TERMS, "started_at": started, "due_at": at, "next_at": at}
    return Clock(kind=kind, token=title, sequence=1, **told)
