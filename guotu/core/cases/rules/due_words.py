"""Reads the day that a Chinese sentence names as its limit: 年底前, 3月底, 三个工作日内, 每月5日.

What it returns is a proposal that a person confirms; where the words leave a choice it takes the
earlier reading. Purely words and days: the walk over working days is handed in.
"""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

# (day, number of working days) -> the day on which they are over
Walk = Callable[[date, int], date]
_NUMBER = "[0-9]{1,3}|[一二两三四五六七八九十]{1,3}"
_DIGITS = {word: at for at, word in enumerate("零一二三四五六七八九")} | {"两": 2}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_TENS_OF_MONTH = {"上旬": 10, "中旬": 20, "下旬": 31}


@dataclass(frozen=True)
class Due:
    """A day read from a sentence: the day, the words it was read from, and whether it comes again.

    `every` is "month", "quarter", "week" or "" for what is owed once.
    """

    on: date
    words: str
    every: str = ""


def due_in(sentence: str, said_on: date, walk: Walk) -> Due | None:
    """Return the limit that a sentence said on a day names, or None where it names none."""
    for pattern, read in _READERS:
        found = re.search(pattern, sentence)
        if found is None:
            continue
        due = read(found, said_on, walk)
        if due is not None:
            return due
    return None


def number_in(words: str) -> int:
    """Return a number to 99 written in Chinese or in digits: 三, 十五, 二十, 7."""
    if words.isascii():
        return int(words)
    tens, mark, ones = words.partition("十")
    if not mark:
        return _DIGITS.get(words, 0)
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _last(year: int, month: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def _day(year: int, month: int, day: int) -> date | None:
    if not 1 <= month <= 12 or day < 1:
        return None
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _coming(found: date | None, said_on: date) -> date | None:
    """Return a day without a year as the next such day: one that has passed is next year's."""
    if found is None or found >= said_on:
        return found
    return _day(found.year + 1, found.month, found.day)


def _year_of(word: str | None, said_on: date) -> int:
    if not word:
        return said_on.year
    if word.startswith("明"):
        return said_on.year + 1
    return int(word[:4]) if word[:4].isdigit() else said_on.year


def _full_date(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    year = _year_of(found["year"], said_on)
    day = _day(year, number_in(found["month"]), number_in(found["day"]))
    named = day if found["year"] else _coming(day, said_on)
    return Due(named, found[0]) if named else None


def _month_end(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    year = _year_of(found["year"], said_on)
    day = _TENS_OF_MONTH.get(found["part"] or "", 31)
    named = _day(year, number_in(found["month"]), day)
    named = named if found["year"] else _coming(named, said_on)
    return Due(named, found[0]) if named else None


def _before_month(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    """Read “6月前”: over by the last day of May."""
    year = _year_of(found["year"], said_on)
    first = _day(year, number_in(found["month"]), 1)
    named = first if found["year"] else _coming(first, said_on)
    return Due(named - timedelta(1), found[0]) if named else None


def _working_days(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    return Due(walk(said_on, number_in(found["count"])), found[0])


def _span(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    count, unit = number_in(found["count"]), found["unit"]
    if unit in ("天", "日"):
        return Due(said_on + timedelta(count), found[0])
    if unit in ("周", "星期", "个星期"):
        return Due(said_on + timedelta(7 * count), found[0])
    month = said_on.month + count
    last = _last(said_on.year, month)
    return Due(min(last, last.replace(day=min(said_on.day, last.day))), found[0])


def _every(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    unit = found["unit"]
    if unit in ("周", "星期"):
        return Due(said_on + timedelta(6 - said_on.weekday()), found[0], "week")
    if unit == "季度":
        month = (said_on.month - 1) // 3 * 3 + 3
        return Due(_last(said_on.year, month), found[0], "quarter")
    if not found["day"]:
        return Due(_last(said_on.year, said_on.month), found[0], "month")
    this = _day(said_on.year, said_on.month, number_in(found["day"]))
    if this is not None and this < said_on:
        after = _last(said_on.year, said_on.month + 1)
        this = _day(after.year, after.month, number_in(found["day"]))
    return Due(this, found[0], "month") if this else None


def _quarter(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    year = _year_of(found["year"], said_on)
    named = _last(year, 3 * _QUARTERS[found["quarter"]])
    named = named if found["year"] or named >= said_on else _last(year + 1, named.month)
    return Due(named, found[0])


def _fixed(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    year, words = said_on.year, found[0]
    ends = {
        "年底": date(year, 12, 31),
        "年末": date(year, 12, 31),
        "年内": date(year, 12, 31),
        "上半年": date(year, 6, 30),
        "下半年": date(year, 12, 31),
        "月底": _last(year, said_on.month),
        "月内": _last(year, said_on.month),
        "周末": said_on + timedelta(6 - said_on.weekday()),
        "周内": said_on + timedelta(6 - said_on.weekday()),
        "下月": _last(year, said_on.month + 1),
        "下周": said_on + timedelta(13 - said_on.weekday()),
        "立即": walk(said_on, 1),
        "马上": walk(said_on, 1),
        "即日": walk(said_on, 1),
        "当日": said_on,
        "当天": said_on,
        "明天": said_on + timedelta(1),
    }
    return next((Due(on, words) for word, on in ends.items() if word in words), None)


def _year_end(found: re.Match[str], said_on: date, walk: Walk) -> Due | None:
    return Due(date(_year_of(found["year"], said_on), 12, 31), found[0])


_YEAR = "(?P<year>(?:20[0-9]{2}|今|明|本)年)"
_READERS: tuple[tuple[str, Callable[[re.Match[str], date, Walk], Due | None]], ...] = (
    (rf"每(?:个)?(?P<unit>月|季度|周|星期)(?:(?P<day>{_NUMBER})[日号])?", _every),
    (rf"{_YEAR}?(?P<month>{_NUMBER})月(?P<day>{_NUMBER})[日号]", _full_date),
    (rf"(?P<count>{_NUMBER})个工作日", _working_days),
    (rf"{_YEAR}?(?P<month>{_NUMBER})月(?P<part>上旬|中旬|下旬|底|末|份)", _month_end),
    (rf"{_YEAR}?(?P<month>{_NUMBER})月(?:以)?前", _before_month),
    (rf"(?P<count>{_NUMBER})(?P<unit>天|日|周|个星期|星期|个月)(?:之)?内", _span),
    (rf"{_YEAR}?第?(?P<quarter>[一二三四1-4])季度(?:末|底|前|内|以前)", _quarter),
    (rf"{_YEAR}(?:年)?(?:底|末|内)", _year_end),
    (
        "上半年|下半年|年底|年末|年内|本月底|本月内|月底|月内|本周末|本周内|周末|周内|下月|下周",
        _fixed,
    ),
    ("立即|马上|即日|当日|当天|明天", _fixed),
)
