"""The county's own days over the published calendar; every clock that they touch is dated anew."""

from collections.abc import Iterable, Sequence
from datetime import date

from guotu.core.cases.actions import clocks
from guotu.core.cases.models import CalendarDay, CalendarYear
from guotu.core.cases.queries import clocks as reads
from guotu.core.cases.rules import clocks as rules
from guotu.core.journal.actions import Act, action
from guotu.lib.days import days_between
from guotu.lib.refusal import Refusal

_LONGEST_HOLIDAY_DAYS = 15
_LONGEST_NUMBER = 64


@action("cases.set_calendar_day", power="cases.calendar")
def set_calendar_day(act: Act, *, on: date, working: bool, number: str) -> int:
    """Put one day over the calendar, by the paper `number`; return how many clocks moved."""
    _check_number(number)
    CalendarDay.objects.create(on=on, working=working, number=number, sequence=act.sequence)
    act.subject = f"calendar:{on.isoformat()}"
    return _redate_all(act, [on], number)


@action("cases.enter_calendar_year", power="cases.calendar")
def enter_calendar_year(
    act: Act, *, year: int, number: str, off: Sequence[tuple[date, date]], on: Sequence[date]
) -> int:
    """Enter the notice that settles a year: holidays (first, last) and weekend days worked.

    What was reckoned with the year is dated anew and no longer provisional. Returns how many
    clocks moved.
    """
    _check_number(number)
    days = _days_of(year, off, on)
    CalendarDay.objects.bulk_create(
        CalendarDay(on=day, working=working, number=number, sequence=act.sequence)
        for day, working in sorted(days.items())
    )
    CalendarYear.objects.create(year=year, number=number, sequence=act.sequence)
    act.subject = f"calendar:{year}"
    act.outcome["days"] = len(days)
    return _redate_all(act, [*days, date(year, 1, 1)], number)


def _days_of(year: int, off: Iterable[tuple[date, date]], on: Iterable[date]) -> dict[date, bool]:
    days: dict[date, bool] = {}
    for first, last in off:
        if not 0 <= (last - first).days < _LONGEST_HOLIDAY_DAYS:
            raise Refusal(
                "假期的起止不对",
                where=f"{first.isoformat()} 至 {last.isoformat()}",
                remedy="先写第一天，再写最后一天",
            )
        days |= dict.fromkeys(days_between(first, last), False)
    days |= dict.fromkeys(on, True)
    if wrong := [day for day in on if day.weekday() < 5]:
        raise Refusal(
            "调休上班的日子应当是周六或周日", where=wrong[0].isoformat(), remedy="对照通知改正"
        )
    if wrong := [day for day in days if day.year not in (year - 1, year)]:
        raise Refusal("日子不在这一年", where=wrong[0].isoformat(), remedy="对照通知改正")
    if not any(day.year == year and not working for day, working in days.items()):
        raise Refusal("通知里没有放假的日子", where=str(year), remedy="对照通知补齐")
    return days


def _redate_all(act: Act, days: Sequence[date], number: str) -> int:
    known, moved = reads.county_calendar(), 0
    for clock in reads.touched_by(days).select_related("case", "step"):
        before, pauses = clock.due_at, reads.pauses_of(clock)
        ends = rules.ends(clock.terms, clock.started_at, known, pauses)
        if (ends.at, ends.provisional) == (before, clock.provisional):
            continue
        if clocks.redate(act, clock, known, pauses):
            clocks.record(act, clock, "calendar", number, before, clock.due_at)
            moved += 1
    act.outcome["moved"] = moved
    act.tell("change", what="calendar", text=number, moved=moved)
    return moved


def _check_number(number: str) -> None:
    if not number.strip() or len(number) > _LONGEST_NUMBER:
        raise Refusal(
            "没有写依据，或写得太长",
            where=number[:_LONGEST_NUMBER],
            rule="工作日历以国务院办公厅和上级的通知为准",
            remedy=f"写明文号，不超过 {_LONGEST_NUMBER} 字",
        )
