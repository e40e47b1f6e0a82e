"""Runs terms in a county as acts, in the order in which they happen, and tells their dates."""

import dataclasses
import datetime
import importlib
import itertools
from typing import Any
from unittest import mock

from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Clock
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, Act, action, perform
from guotu.lib.days import Term
from trials.clocks import Case, drawn

days_calendar = importlib.import_module("guotu.lib.days.calendar")
days_term = importlib.import_module("guotu.lib.days.term")


@action("trial.start_clock", power="trial.start_clock")
def start_clock(act: Act, **told: Any) -> int:
    """Begin a clock, as some act of a case would."""
    return clocks.start(act, **told).pk


def begin() -> None:
    """Begin a county whose moments are simulated."""
    from trials import _stores

    with county_clock.simulated(datetime.datetime(2019, 12, 1, tzinfo=datetime.UTC)):
        _stores.begin()


def answer(number: int, overrides: dict[str, bool], fault: str) -> dict[str, Any]:
    """Do all that befell the cases drawn; return (moment, provisional) of each by its number."""
    plant(fault)
    numbers: dict[int, int] = {}
    events = itertools.chain(*map(_events, drawn(number)), _override_events(overrides))
    for at, what, case in sorted(events, key=lambda one: one[0]):
        with county_clock.simulated(at):
            _do(what, case, numbers)
    found = Clock.objects.in_bulk(numbers.values())
    return {
        str(number): [found[pk].due_at.isoformat(), found[pk].provisional]
        for number, pk in numbers.items()
    }


def _events(case: Case) -> list[tuple[datetime.datetime, str, Any]]:
    found: list[tuple[datetime.datetime, str, Any]] = [(case.start, "start", case)]
    for begun, ended in case.pauses:
        found += [(begun, "suspend", case), (ended, "resume", case)]
    if case.more_at is not None:
        found.append((case.more_at, "extend", case))
    return found


def _override_events(overrides: dict[str, bool]) -> list[Any]:
    # Told in the middle of 2026, when many clocks run.
    at = datetime.datetime(2026, 6, 1, 10, tzinfo=datetime.UTC)
    return [
        (at, "override", {"on": datetime.date.fromisoformat(day), "working": worked})
        for day, worked in overrides.items()
    ]


def _do(what: str, case: Any, numbers: dict[int, int]) -> None:
    if what == "override":
        perform("cases.set_calendar_day", COUNTY, number="试验", **case)
        return
    if what == "start":
        length = None if case.key else Term(case.amount, case.unit)
        done = perform("trial.start_clock", COUNTY, limit=case.key, term=length)
        numbers[case.number] = done.answer
        return
    clock = numbers[case.number]
    if what == "suspend":
        perform("cases.suspend_clock", COUNTY, clock=clock, ground=case.ground)
    elif what == "resume":
        perform("cases.resume_clock", COUNTY, clock=clock)
    else:
        told = {"amount": case.more, "unit": case.unit}
        perform("cases.extend_clock", COUNTY, reason="案情复杂", clock=clock, **told)


def plant(fault: str) -> None:
    """Change the product in this process alone, as a careless hand would."""
    if fault == "same_day":
        real = days_term._ends
        early = datetime.timedelta(days=1)
        mock.patch.object(
            days_term, "_ends", lambda term, start, *more: real(term, start - early, *more)
        ).start()
    elif fault == "make_up_ignored":
        known = days_calendar.published()
        plain = dataclasses.replace(known, on=frozenset())
        mock.patch.object(days_calendar, "published", return_value=plain).start()
    elif fault == "pause_counted":
        mock.patch.object(days_term, "merged", return_value=[]).start()
    elif fault == "no_roll":
        counted = days_term._counted
        mock.patch.object(
            days_term,
            "_counted",
            lambda term, *more: counted(dataclasses.replace(term, roll=False), *more),
        ).start()
