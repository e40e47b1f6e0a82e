"""When a legal term ends, walked day by day: apart from the product, sharing nothing with it.

Which days are worked is what the package `chinesecalendar` says of a published year. For 2027, that
no notice has settled, weekends and the statutory days are written out here once more.
"""

import datetime
from dataclasses import dataclass, field
from typing import Any

ONE_DAY = datetime.timedelta(days=1)
_2027 = {(1, 1), (2, 5), (2, 6), (2, 7), (2, 8), (4, 5), (5, 1), (5, 2), (6, 9), (9, 15)}
_2027 |= {(10, 1), (10, 2), (10, 3)}
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def absent() -> str | None:
    """Return why there is nothing to walk by, or None."""
    try:
        import chinese_calendar  # noqa: F401
    except ImportError:
        return "没有 chinesecalendar（pip install 'guotu[trials]'）"
    return None


@dataclass
class Case:
    """One term: how long, from when, when it stood still, and by how much it was lengthened."""

    number: int
    key: str
    amount: int
    unit: str
    start: datetime.datetime
    ground: str = ""
    pauses: list[tuple[datetime.datetime, datetime.datetime]] = field(default_factory=list)
    more: int = 0
    more_at: datetime.datetime | None = None


def is_worked(day: datetime.date, overrides: dict[datetime.date, bool]) -> bool:
    """Say whether a day is worked."""
    import chinese_calendar

    if day in overrides:
        return overrides[day]
    if day.year == 2027:
        return day.isoweekday() < 6 and (day.month, day.day) not in _2027
    worked: bool = chinese_calendar.is_workday(day)
    return worked


def walk(case: Case, overrides: dict[datetime.date, bool]) -> tuple[datetime.datetime, bool]:
    """Return the last moment of a case's term, to the minute, and whether it is provisional."""
    amount = case.amount + case.more
    if case.unit == "hours":
        return _minutes(case, amount * 60), False
    days = _days_after(case.start.date(), case.pauses)
    if case.unit == "working_days":
        counted = [day for day, stands in days if not stands and is_worked(day, overrides)]
        last = counted[amount - 1]
        looked_at = [day for day, _ in days if day <= last]
    else:
        length = (_later(case.start.date(), amount, case.unit) - case.start.date()).days
        running = [day for day, stands in days if not stands]
        end = running[length - 1]
        last = next(day for day in running if day >= end and is_worked(day, overrides))
        looked_at = [day for day, _ in days if end <= day <= last]
    unsure = any(day.year > 2026 and day not in overrides for day in looked_at)
    return datetime.datetime.combine(last, datetime.time(23, 59), CHINA), unsure


def _days_after(start: datetime.date, pauses: Any) -> list[tuple[datetime.date, bool]]:
    found = []
    day = start
    while day < datetime.date(2027, 12, 31):
        day += ONE_DAY
        found.append((day, any(a.date() < day <= b.date() for a, b in pauses)))
    return found


def _later(day: datetime.date, amount: int, unit: str) -> datetime.date:
    if unit == "calendar_days":
        return day + amount * ONE_DAY
    months = amount * {"months": 1, "years": 12}[unit]
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    number = day.day
    while True:
        try:
            return datetime.date(year, month, number)
        except ValueError:
            number -= 1


def _minutes(case: Case, left: int) -> datetime.datetime:
    at = case.start
    while left:
        if not any(a <= at < b for a, b in case.pauses):
            left -= 1
        at += datetime.timedelta(minutes=1)
    return at
