"""When a term ends: day after, months and years, hours that run on, pauses and an extension."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.days import ZONE, Term, calendar, due, duration, latest, merged
from guotu.lib.refusal import Refusal

KNOWN = calendar()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def last_day(term, start, **more):
    return due(term, at(start), KNOWN, **more).at.date().isoformat()


@pytest.mark.parametrize(
    ("amount", "unit", "start", "ends"),
    [
        # Friday is not counted; Monday is the first day.
        (1, "working_days", "2026-03-06T10:00", "2026-03-09"),
        (5, "working_days", "2026-03-06T10:00", "2026-03-13"),
        # Over the Spring Festival; Saturday 28 February is worked in exchange.
        (5, "working_days", "2026-02-13T10:00", "2026-02-27"),
        (6, "working_days", "2026-02-13T10:00", "2026-02-28"),
        # Ten calendar days end on Sunday 26 April and move to Monday.
        (10, "calendar_days", "2026-04-16T09:00", "2026-04-27"),
        # A last day in the National Day holiday moves behind it.
        (15, "calendar_days", "2026-09-18T09:00", "2026-10-08"),
        # A Saturday that is worked is no reason to move.
        (8, "calendar_days", "2026-10-02T09:00", "2026-10-10"),
        (1, "months", "2026-01-31T09:00", "2026-02-28"),
        (6, "months", "2025-08-31T09:00", "2026-02-28"),
        (1, "years", "2024-02-29T09:00", "2025-02-28"),
        (2, "years", "2024-05-20T09:00", "2026-05-20"),
        (12, "months", "2025-12-15T09:00", "2026-12-15"),
    ],
)
def test_the_last_day(amount, unit, start, ends):
    assert last_day(Term(amount, unit), start) == ends


def test_a_day_ends_at_midnight_in_china():
    found = due(Term(1, "working_days"), at("2026-03-06T10:00"), KNOWN)
    assert found.at.isoformat() == "2026-03-09T23:59:59.999999+08:00"


def test_the_day_is_that_of_china_whatever_the_zone_of_the_moment():
    moment = datetime.fromisoformat("2026-03-05T17:30:00+00:00")  # already the sixth in China
    assert due(Term(1, "working_days"), moment, KNOWN).at.date() == date(2026, 3, 9)


def test_a_term_that_does_not_move_ends_on_a_holiday():
    assert last_day(Term(10, "calendar_days", roll=False), "2026-04-16T09:00") == "2026-04-26"


def test_hours_begin_at_once_and_run_on_over_holidays():
    found = due(Term(12, "hours"), at("2026-10-01T20:30"), KNOWN)
    assert found.at == at("2026-10-02T08:30")


def test_hours_stand_still_for_a_pause_to_the_minute():
    pauses = [(at("2026-10-01T22:00"), at("2026-10-02T01:15"))]
    found = due(Term(12, "hours"), at("2026-10-01T20:30"), KNOWN, pauses)
    assert found.at == at("2026-10-02T11:45")
    late = [(at("2026-10-03T00:00"), at("2026-10-04T00:00"))]
    assert due(Term(12, "hours"), at("2026-10-01T20:30"), KNOWN, late).at == at("2026-10-02T08:30")


def test_a_pause_is_left_out_its_first_day_counted_and_its_last_not():
    # Without: 3, 4, 5, 6, 9 March. From the 4th to the 6th: the 3rd and 4th count, then the 9th on.
    pauses = [(at("2026-03-04T09:00"), at("2026-03-06T16:00"))]
    assert last_day(Term(5, "working_days"), "2026-03-02T09:00") == "2026-03-09"
    assert last_day(Term(5, "working_days"), "2026-03-02T09:00", pauses=pauses) == "2026-03-11"


def test_a_pause_within_a_day_leaves_the_last_day_where_it_was():
    pauses = [(at("2026-03-04T09:00"), at("2026-03-04T16:00"))]
    assert last_day(Term(5, "working_days"), "2026-03-02T09:00", pauses=pauses) == "2026-03-09"


def test_overlapping_pauses_count_once():
    one = [(at("2026-03-04T09:00"), at("2026-03-10T09:00"))]
    two = [
        (at("2026-03-04T09:00"), at("2026-03-09T09:00")),
        (at("2026-03-05T09:00"), at("2026-03-10T09:00")),
    ]
    assert merged(two) == one
    term = Term(30, "calendar_days")
    assert last_day(term, "2026-03-02T09:00", pauses=one) == last_day(
        term, "2026-03-02T09:00", pauses=two
    )


def test_a_last_day_does_not_move_into_a_pause():
    # Ten days end on Saturday 14 March; paused from then until Wednesday: Thursday it is.
    pauses = [(at("2026-03-14T09:00"), at("2026-03-18T09:00"))]
    assert last_day(Term(10, "calendar_days"), "2026-03-04T09:00", pauses=pauses) == "2026-03-19"


def test_months_are_longer_by_what_stood_still():
    pauses = [(at("2026-03-10T09:00"), at("2026-03-20T09:00"))]
    assert last_day(Term(3, "months"), "2026-03-02T09:00", pauses=pauses) == "2026-06-12"


def test_an_extension_of_the_same_unit_lengthens_the_term():
    more = Term(10, "working_days")
    assert last_day(Term(20, "working_days"), "2026-03-02T09:00", extension=more) == last_day(
        Term(30, "working_days"), "2026-03-02T09:00"
    )
    # 60 days end on a Sunday; 60 and 30 are 90 from the beginning.
    more = Term(30, "calendar_days")
    assert last_day(Term(60, "calendar_days"), "2026-03-04T09:00", extension=more) == "2026-06-02"


def test_an_extension_of_another_unit_begins_where_the_term_ended():
    more = Term(10, "working_days")
    assert last_day(Term(60, "calendar_days"), "2026-03-04T09:00", extension=more) == "2026-05-19"


def test_what_lies_in_a_year_without_a_notice_is_provisional():
    assert not due(Term(5, "working_days"), at("2026-12-20T09:00"), KNOWN).provisional
    assert due(Term(20, "working_days"), at("2026-12-20T09:00"), KNOWN).provisional
    assert due(Term(30, "calendar_days"), at("2026-12-20T09:00"), KNOWN).provisional
    assert not due(Term(30, "calendar_days", roll=False), at("2026-12-20T09:00"), KNOWN).provisional
    assert not due(Term(800, "hours"), at("2026-12-20T09:00"), KNOWN).provisional


def test_the_latest_day_leaves_the_whole_term_between():
    # A hearing on Friday 20 March: seven working days lie between it and Tuesday the 10th.
    assert latest(Term(7, "working_days"), date(2026, 3, 20), KNOWN).at.date() == date(2026, 3, 10)
    assert latest(Term(20, "calendar_days"), date(2026, 3, 31), KNOWN).at.date() == date(
        2026, 3, 10
    )
    assert latest(Term(1, "months"), date(2026, 3, 31), KNOWN).at.date() == date(2026, 2, 27)
    assert latest(Term(4, "hours"), date(2026, 3, 31), KNOWN).at == at("2026-03-30T20:00")


@given(st.integers(1, 60), st.dates(date(2020, 3, 1), date(2026, 12, 1)))
def test_latest_is_the_last_day_from_which_the_term_ends_before_the_event(amount, event):
    term = Term(amount, "working_days")
    day = latest(term, event, KNOWN).at
    assert due(term, day, KNOWN).at.date() < event
    assert due(term, day + timedelta(days=1), KNOWN).at.date() >= event


@given(
    st.sampled_from(["working_days", "calendar_days", "months"]),
    st.integers(1, 40),
    st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_a_pause_never_brings_a_term_forward_and_a_day_term_ends_worked(
    unit, amount, first, after, length
):
    start = datetime.combine(first, datetime.min.time(), ZONE) + timedelta(hours=9)
    begun = start + timedelta(days=after)
    term = Term(amount, unit)
    plain = due(term, start, KNOWN).at
    paused = due(term, start, KNOWN, [(begun, begun + timedelta(days=length))]).at
    assert KNOWN.is_working(paused.date())
    assert paused >= plain
    if begun > plain:
        assert paused == plain


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("P10D", 10, "calendar_days"),
        ("P2W", 14, "calendar_days"),
        ("P3M", 3, "months"),
        ("P1Y", 1, "years"),
        ("PT4H", 4, "hours"),
        ("PT30M", 30, "minutes"),
        ("PT1H30M", 90, "minutes"),
    ],
)
def test_durations_of_drawings(text, amount, unit):
    assert duration(text) == Term(amount, unit, roll=False)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1D2M", "P1M10D", "P1DT4H", "PT10S", "10D", "P0D"]
)
def test_other_durations_are_refused(text):
    with pytest.raises(Refusal):
        duration(text)


@pytest.mark.parametrize(
    "told",
    [(0, "hours"), (-1, "hours"), (True, "hours"), (1.5, "hours"), (3, "weeks"), (30_000, "years")],
)
def test_a_term_that_cannot_be_is_refused(told):
    with pytest.raises(Refusal):
        Term(*told)


def test_a_start_names_its_zone():
    with pytest.raises(ValueError, match="zone"):
        due(Term(1, "hours"), datetime(2026, 1, 1), KNOWN)  # noqa: DTZ001 - that is the point


def test_a_term_goes_through_plain_values():
    term = Term(3, "months", roll=False)
    assert Term.from_dict(term.as_dict()) == term
    assert str(term) == "3个月"
