"""The county's own days over the calendar: what they touch is dated anew, or settled."""

from datetime import date

import pytest

from guotu.core.cases.models import CalendarYear, Clock, ClockChange
from guotu.core.cases.queries import clocks as reads
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import Actor, perform
from guotu.lib.days import day_of
from guotu.lib.refusal import Refusal
from tests.core.cases.clocked import at, do, fire_all, office

_NOTICE = "国办发明电〔2026〕9号"
_YEAR = {
    "year": 2027,
    "number": _NOTICE,
    "off": [
        (date(2027, 1, 1), date(2027, 1, 3)),
        (date(2027, 2, 5), date(2027, 2, 11)),
        (date(2027, 4, 3), date(2027, 4, 5)),
    ],
    "on": [date(2027, 1, 30), date(2027, 2, 20)],
}


@pytest.fixture
def desk(db):
    """Give a case with its step and posts."""
    with county_clock.simulated(at("2026-02-27T09:00")):
        return office()


def due_day(clock):
    return day_of(Clock.objects.get(pk=clock.pk).due_at)


def test_one_day_moves_the_clocks_that_run_over_it_and_no_others(desk):
    over = desk.started(limit="licence.decision")
    before = desk.started(limit="house.step")
    told = {"on": date(2026, 3, 18), "working": False, "number": "县政府办通知"}
    done = do("cases.set_calendar_day", "2026-03-10T10:00", **told)
    assert (due_day(over), due_day(before)) == (date(2026, 3, 31), date(2026, 3, 5))
    assert done.outcome["moved"] == 1
    change = ClockChange.objects.get()
    assert (change.kind, change.ground) == ("calendar", "县政府办通知")
    assert reads.county_calendar().is_working(date(2026, 3, 17))
    assert not reads.county_calendar().is_working(date(2026, 3, 18))


def test_the_last_entry_of_a_day_prevails(desk):
    clock = desk.started(limit="licence.decision")
    for working in (False, True):
        told = {"on": date(2026, 3, 18), "working": working, "number": "通知"}
        do("cases.set_calendar_day", "2026-03-10T10:00", **told)
    assert due_day(clock) == date(2026, 3, 30)
    assert len(reads.calendar_days(2026)) == 2


def test_a_notice_settles_a_year(desk):
    clock = desk.started("2027-01-25T09:00", limit="licence.decision")
    assert Clock.objects.get(pk=clock.pk).provisional
    assert due_day(clock) == date(2027, 2, 24)
    do("cases.enter_calendar_year", "2027-01-25T10:00", **_YEAR)
    held = Clock.objects.get(pk=clock.pk)
    # 9, 10 and 11 February fall out; 30 January and 20 February, Saturdays, are worked.
    assert due_day(clock) == date(2027, 2, 25)
    assert not held.provisional
    assert CalendarYear.objects.get().number == _NOTICE


def test_a_clock_that_does_not_move_says_nothing_twice(desk):
    clock = desk.started("2026-12-21T09:00", limit="house.step")
    fire_all("2026-12-26T10:00")
    said = Clock.objects.get(pk=clock.pk).stage
    assert said > 1
    do("cases.enter_calendar_year", "2026-12-26T11:00", **_YEAR)
    held = Clock.objects.get(pk=clock.pk)
    assert (held.stage, held.revision) == (said, 0)


def test_a_term_counted_back_moves_with_the_days_before_its_event(desk):
    clock = desk.started(limit="licence.hearing_notice", event=date(2026, 3, 20))
    told = {"on": date(2026, 3, 18), "working": False, "number": "通知"}
    do("cases.set_calendar_day", "2026-03-03T10:00", **told)
    assert due_day(clock) == date(2026, 3, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": " "},
        {"on": [date(2027, 2, 22)]},
        {"off": [(date(2027, 1, 3), date(2027, 1, 1))]},
        {"off": [(date(2027, 1, 1), date(2027, 2, 1))]},
        {"off": [(date(2029, 1, 1), date(2029, 1, 1))]},
        {"off": []},
    ],
)
def test_a_notice_that_cannot_be_right_is_refused(desk, wrong):
    with pytest.raises(Refusal):
        do("cases.enter_calendar_year", "2027-01-25T10:00", **_YEAR | wrong)


def test_the_calendar_asks_for_its_power(desk):
    actor = Actor(None, desk.clerk.pk, frozenset({"cases.suspend"}))
    with county_clock.simulated(at("2027-01-25T10:00")), pytest.raises(Refusal, match="权限"):
        perform("cases.enter_calendar_year", actor, **_YEAR)
