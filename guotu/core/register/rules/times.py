"""When a thing is what: half-open days that follow one another without gap or overlap."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from guotu.lib.refusal import Refusal

Day = datetime.date
_RULE = "一个登记对象的各版本首尾相接，不重叠、不间断；失效日期当日不含"


@dataclass(frozen=True)
class Span:
    """Days from `begin` up to and without `end`; without an end, for good."""

    begin: Day
    end: Day | None

    def part_within(self, begin: Day, end: Day | None) -> "Span | None":
        """Return what of this lies in [begin, end), or None."""
        first = max(self.begin, begin)
        last = min((day for day in (self.end, end) if day is not None), default=None)
        return Span(first, last) if last is None or first < last else None

    def part_before(self, day: Day) -> "Span | None":
        """Return what of this lies before `day`, or None."""
        return self.part_within(self.begin, day)

    def part_from(self, day: Day | None) -> "Span | None":
        """Return what of this lies on `day` and after, or None; nothing lies after for good."""
        return None if day is None else self.part_within(day, None)


def check_appended(life: Sequence[Span], on: Day, name: str) -> None:
    """Raise Refusal unless a thing can be otherwise from `on`: it lives, and nothing is later."""
    last = life[-1]
    if last.end is not None:
        raise Refusal(
            "登记对象已经终止",
            f"{name}，{last.end} 起",
            "终止后不再变更",
            "终止登记有误的，先更正终止日期",
        )
    if on <= last.begin:
        raise Refusal(
            f"{on} 不晚于最近一次变更",
            f"{name}，{last.begin} 起的版本",
            _RULE,
            "改用更正，或核对日期",
        )


def check_ended(life: Sequence[Span], on: Day, name: str) -> None:
    """Raise Refusal unless a thing can end on `on`."""
    check_appended(life, on, name)


def check_corrected(life: Sequence[Span], begin: Day, end: Day | None, name: str) -> None:
    """Raise Refusal unless [begin, end) lies within a thing's life."""
    first, last = life[0].begin, life[-1].end
    if end is not None and end <= begin:
        raise Refusal("更正的起止日期颠倒", f"{begin} 至 {end}", _RULE, "核对日期")
    over = last is not None and (begin >= last or (end is not None and end > last))
    if begin < first or over:
        told = f"{name}，{first} 至 {last or '今'}"
        raise Refusal("更正的日期不在登记对象存续期间内", told, _RULE, "改在存续期间内更正")


def check_life(life: Sequence[Span], begin: Day, end: Day | None, name: str) -> None:
    """Raise Refusal unless a thing can have lived [begin, end): within its first and last version.

    The first version must end after `begin`, the last begin before `end`.
    """
    first, last = life[0], life[-1]
    early = first.end is not None and begin >= first.end
    late = end is not None and (end <= last.begin or end <= begin)
    if early or late:
        raise Refusal(
            "起止日期会使一个版本落空",
            f"{name}，{begin} 至 {end or '今'}",
            _RULE,
            "先更正那个版本的内容",
        )
