"""The published calendar: holidays, make-up working days, overrides, and what is provisional."""

from datetime import date, timedelta

import pytest

from guotu.lib.days import calendar, published
from guotu.lib.days.calendar import parsed

# Working days of a year: Mondays to Fridays less the statutory holidays (11, since 2025 13), for
# what is worked in exchange makes up the rest. In 2020 the longer Spring Festival took two more.
WORKING = {2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}


def days_of(year):
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", WORKING)
def test_a_published_year_has_its_working_days(year):
    known = calendar()
    assert sum(known.is_working(day) for day in days_of(year)) == WORKING[year]
    assert not any(known.is_provisional(day) for day in days_of(year))


def test_a_weekend_day_may_be_worked_in_exchange():
    assert date(2026, 2, 14).weekday() == 5
    assert calendar().is_working(date(2026, 2, 14))
    assert not calendar().is_working(date(2026, 2, 16))


def test_a_later_notice_prevails_over_an_earlier_one():
    # The Spring Festival of 2020 was extended: 1 February, to be worked in exchange, was not.
    assert not calendar().is_working(date(2020, 2, 1))
    assert not calendar().is_working(date(2020, 1, 31))
    assert calendar().is_working(date(2020, 2, 3))


def test_a_year_without_a_notice_is_provisional_with_weekends_and_statutory_days():
    known = calendar()
    assert known.is_provisional(date(2027, 3, 1))
    off = [date(2027, 1, 1), date(2027, 2, 5), date(2027, 2, 8), date(2027, 5, 1)]
    off += [date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15), date(2027, 10, 1)]
    assert not any(known.is_working(day) for day in off)
    assert known.is_working(date(2027, 2, 9))
    assert known.is_working(date(2035, 2, 9))
    assert not known.is_working(date(2035, 10, 2))


def test_the_second_of_may_is_a_holiday_since_2025_only():
    data = {
        "statutory": [
            {"effective_from": date(2008, 1, 1), "fixed": ["05-01"]},
            {"effective_from": date(2025, 1, 1), "fixed": ["05-01", "05-02"]},
        ]
    }
    known = parsed(data)
    assert known.is_working(date(2024, 5, 2))
    assert not known.is_working(date(2028, 5, 2))


def test_an_override_prevails_and_settles_its_day():
    day = date(2027, 2, 9)
    known = calendar({day: False, date(2027, 2, 13): True})
    assert not known.is_working(day)
    assert known.is_working(date(2027, 2, 13))
    assert not known.is_provisional(day)
    assert known.is_provisional(date(2027, 2, 10))
    assert published().is_working(day)


def test_a_year_that_is_settled_is_no_longer_provisional():
    known = calendar({date(2027, 2, 9): False}, years=[2027])
    assert not known.is_provisional(date(2027, 7, 1))
    assert known.is_provisional(date(2028, 7, 1))
