"""How long a term runs and when it ends, counted as the Civil Code counts (民法典 200 to 204).

The day on which a term begins is not counted (art. 201); a term in hours begins at once. Months and
years end on the day of the same number, or the last of the month (art. 202). A last day that is not
worked moves to the next day that is, and ends at its midnight (art. 203).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from guotu.lib.days.calendar import Calendar, days_between
from guotu.lib.refusal import Refusal

Unit = Literal["working_days", "calendar_days", "hours", "minutes", "months", "years"]
UNITS: dict[str, str] = {
    "working_days": "个工作日",
    "calendar_days": "日",
    "hours": "小时",
    "minutes": "分钟",
    "months": "个月",
    "years": "年",
}
ZONE = ZoneInfo("Asia/Shanghai")
Pause = tuple[datetime, datetime]
_RUNS_ON = {"hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
_MOST = 20_000
_END_OF_DAY = time(23, 59, 59, 999999)
_DURATION = re.compile(
    r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?"
)


@dataclass(frozen=True)
class Term:
    """A length of time (期限): a whole number of a unit.

    `roll` says whether a last day that is not worked moves on; working days need no moving, and
    hours run on whatever the day. Raises Refusal for a unit or number that cannot be.
    """

    amount: int
    unit: Unit
    roll: bool = True

    def __post_init__(self) -> None:
        whole = isinstance(self.amount, int) and not isinstance(self.amount, bool)
        if self.unit not in get_args(Unit) or not whole or not 1 <= self.amount <= _MOST:
            raise Refusal(
                "期限写得不对",
                where=f"{self.amount} {self.unit}"[:64],
                rule=f"期限是 1 到 {_MOST} 的整数，单位是 {'、'.join(get_args(Unit))}",
                remedy="改正数目或单位",
            )

    def __str__(self) -> str:
        return f"{self.amount}{UNITS[self.unit]}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {"amount": self.amount, "unit": self.unit, "roll": self.roll}

    @classmethod
    def from_dict(cls, told: Any) -> "Term":
        """Read what `as_dict` gave."""
        return cls(told["amount"], told["unit"], told.get("roll", True))


@dataclass(frozen=True)
class Due:
    """The last moment of a term (到期), at Asia/Shanghai; provisional where the calendar is."""

    at: datetime
    provisional: bool = False


def duration(text: str) -> Term:
    """Read an ISO 8601 duration of one unit (P10D, P2W, P3M, P1Y, PT4H, PT90M), as drawings have.

    Days are calendar days and do not move. Raises Refusal for anything else.
    """
    found = _DURATION.fullmatch(text.strip())
    parts = {unit: int(said) for unit, said in found.groupdict().items() if said} if found else {}
    if set(parts) == {"hours", "minutes"}:
        parts = {"minutes": parts["hours"] * 60 + parts["minutes"]}
    if len(parts) != 1:
        raise Refusal(
            "时长写得不对",
            where=text[:64],
            rule="ISO 8601 的时长，只用一种单位：P10D（日）、P3M（月）、P1Y（年）、PT4H（小时）",
            remedy="改写时长，或写 limit: 加期限规则的名称",
        )
    unit, amount = parts.popitem()
    if unit in ("weeks", "days"):
        return Term(amount * (7 if unit == "weeks" else 1), "calendar_days", roll=False)
    units: dict[str, Unit] = {
        "years": "years", "months": "months", "hours": "hours", "minutes": "minutes",
    }  # fmt: skip
    return Term(amount, units[unit], roll=False)


def due(
    term: Term,
    start: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    extension: Term | None = None,
) -> Due:
    """Return when a term that began at `start` (with its zone) ends.

    `pauses` are (from, to) moments in which the term stood still. As at the beginning, the day on
    which a pause begins still counts and the day on which the term runs on does not; hours stop
    and run on to the moment. An extension of the same unit lengthens the term itself, so that only
    the new last day moves; one of another unit begins where the term ended.
    """
    if start.tzinfo is None:
        raise ValueError("a start names its zone")
    stood = merged(pauses)
    if extension is None:
        return _ends(term, start, calendar, stood)
    if extension.unit == term.unit:
        whole = Term(term.amount + extension.amount, term.unit, term.roll)
        return _ends(whole, start, calendar, stood)
    first = _ends(term, start, calendar, stood)
    second = _ends(extension, first.at, calendar, stood)
    return Due(second.at, first.provisional or second.provisional)


def latest(term: Term, event: date, calendar: Calendar) -> Due:
    """Return the last moment to do what must be done a term before `event` (a day).

    The whole term lies between: neither the day of doing nor that of the event is counted.
    """
    if term.unit in _RUNS_ON:
        at = datetime.combine(event, time(), ZONE) - term.amount * _RUNS_ON[term.unit]
        return Due(at)
    if term.unit != "working_days":
        return Due(_end_of(_shifted(term, event, -1) - timedelta(days=1)))
    day, left, provisional = event, term.amount, False
    while left:
        day -= timedelta(days=1)
        left -= calendar.is_working(day)
        provisional = provisional or calendar.is_provisional(day)
    return Due(_end_of(day - timedelta(days=1)), provisional)


def merged(pauses: Iterable[Pause]) -> list[Pause]:
    """Return pauses in order, those that overlap as one; empty ones are left out."""
    found: list[Pause] = []
    for begun, ended in sorted(pauses):
        if ended <= begun:
            continue
        if found and begun <= found[-1][1]:
            found[-1] = (found[-1][0], max(ended, found[-1][1]))
        else:
            found.append((begun, ended))
    return found


def day_of(moment: datetime) -> date:
    """Return the day of a moment, at Asia/Shanghai."""
    return moment.astimezone(ZONE).date()


def _ends(term: Term, start: datetime, calendar: Calendar, stood: list[Pause]) -> Due:
    if term.unit in _RUNS_ON:
        return Due(_run_on(start, term.amount * _RUNS_ON[term.unit], stood).astimezone(ZONE))
    paused = {
        day
        for begun, ended in stood
        for day in days_between(day_of(begun) + timedelta(days=1), day_of(ended))
    }
    first = day_of(start)
    if term.unit == "working_days":
        return _worked(term.amount, first, calendar, paused)
    return _counted(term, first, calendar, paused)


def _run_on(start: datetime, length: timedelta, stood: list[Pause]) -> datetime:
    at = start + length
    for begun, ended in stood:
        if begun < at:
            at += max(ended - max(begun, start), timedelta(0))
    return at


def _worked(amount: int, first: date, calendar: Calendar, paused: set[date]) -> Due:
    day, left, provisional = first, amount, False
    while left:
        day += timedelta(days=1)
        left -= calendar.is_working(day) and day not in paused
        provisional = provisional or calendar.is_provisional(day)
    return Due(_end_of(day), provisional)


def _counted(term: Term, first: date, calendar: Calendar, paused: set[date]) -> Due:
    length = (_shifted(term, first, 1) - first).days
    day = first + timedelta(days=length)
    if any(first < one <= day for one in paused):
        day = first
        while length:
            day += timedelta(days=1)
            length -= day not in paused
    provisional = term.roll and calendar.is_provisional(day)
    while term.roll and (day in paused or not calendar.is_working(day)):
        day += timedelta(days=1)
        provisional = provisional or calendar.is_provisional(day)
    return Due(_end_of(day), provisional)


def _shifted(term: Term, day: date, sign: int) -> date:
    """Return the day a term away, without moving; art. 202 where a month has no such day."""
    if term.unit == "calendar_days":
        return day + timedelta(days=sign * term.amount)
    months = sign * term.amount * (12 if term.unit == "years" else 1)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, _END_OF_DAY, ZONE)
