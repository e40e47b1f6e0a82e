"""Which days are worked: the published calendar of each year, and what the county puts over it."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

_SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Working days (工作日): what was published, and the days that override it.

    `off` and `on` are days that differ from the plain week: holidays, and weekend days worked in
    exchange (调休上班). `published` are the years that a notice has settled; in any other year a
    date is provisional. `overrides` says of a day whether it is worked, and prevails.
    """

    off: frozenset[date]
    on: frozenset[date]
    published: frozenset[int]
    statutory: tuple[tuple[date, frozenset[str]], ...] = ()
    lunar: frozenset[date] = frozenset()
    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Say whether `day` is worked: override, then notice, then statute, then the week."""
        told = self.overrides.get(day)
        if told is not None:
            return told
        if day in self.off:
            return False
        if day in self.on:
            return True
        return day.weekday() < _SATURDAY and not self._is_statutory(day)

    def is_provisional(self, day: date) -> bool:
        """Say whether what is known of `day` may still change: no notice has settled its year."""
        return day.year not in self.published and day not in self.overrides

    def with_overrides(
        self, days: Mapping[date, bool], published: Iterable[int] = ()
    ) -> "Calendar":
        """Return this calendar with days put over it, and years settled by a notice of later."""
        return Calendar(
            self.off,
            self.on,
            self.published | frozenset(published),
            self.statutory,
            self.lunar,
            {**self.overrides, **days},
        )

    def _is_statutory(self, day: date) -> bool:
        held = [fixed for since, fixed in self.statutory if since <= day]
        return day in self.lunar or (bool(held) and f"{day:%m-%d}" in held[-1])


@cache
def published() -> Calendar:
    """Return the calendar as published, without any override."""
    return parsed(
        tomllib.loads(
            resources.files("guotu.lib.days").joinpath("calendar.toml").read_text("utf-8")
        )
    )


def calendar(overrides: Mapping[date, bool] | None = None, years: Iterable[int] = ()) -> Calendar:
    """Return the published calendar under `overrides` (day to whether it is worked).

    `years` are those that the overrides settle wholly: their dates are no longer provisional.
    """
    known = published()
    return known.with_overrides(overrides or {}, years) if overrides or years else known


def parsed(data: Mapping[str, Any]) -> Calendar:
    """Read a calendar from plain data, as `calendar.toml` gives it; later notices prevail."""
    known: dict[date, bool] = {}
    for notice in sorted(data.get("notice", []), key=lambda each: each["published"]):
        known |= dict.fromkeys(notice["on"], True)
        for first, last in notice["off"]:
            known |= dict.fromkeys(days_between(first, last), False)
    rows = sorted(data.get("statutory", []), key=lambda each: each["effective_from"])
    return Calendar(
        off=frozenset(day for day, worked in known.items() if not worked),
        on=frozenset(day for day, worked in known.items() if worked),
        published=frozenset(notice["year"] for notice in data.get("notice", [])),
        statutory=tuple((row["effective_from"], frozenset(row["fixed"])) for row in rows),
        lunar=frozenset(day for row in data.get("lunar", []) for day in row["days"]),
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
