"""What a ribbon of time is made of: a place, what is known there and since when, papers, rules."""

import datetime
from dataclasses import dataclass
from typing import Literal

import shapely

# is: so in that time; out: not there in that time; change: came between two known days; act: done
# on one day; withdrawn, superseded: said once, no longer in force; fault: could not be read.
Kind = Literal["is", "out", "change", "act", "withdrawn", "superseded", "rule", "fault"]


@dataclass(frozen=True)
class LifePlace:
    """A place and the two clocks it is asked by: so on `day`, as known on `known_on`.

    `lon` and `lat` in degrees (CGCS2000), `x` and `y` in metres in the county's frame `epsg`;
    `county` is the code of the county, `division` that of the village or township the place lies
    in, "" where no release says.
    """

    lon: float
    lat: float
    x: float
    y: float
    epsg: int
    county: str
    division: str
    day: datetime.date
    known_on: datetime.date

    @property
    def point(self) -> shapely.Point:
        """Return the place as a point in the county's frame."""
        return shapely.Point(self.x, self.y)


@dataclass(frozen=True)
class LifePaper:
    """The paper something rests on: its name, its number, and the address that opens it."""

    name: str
    number: str = ""
    address: str = ""


@dataclass(frozen=True)
class LifeRule:
    """A rule that was in force then: its article, where that was read, whether it is sure."""

    title: str
    article: str
    source: str
    certainty: str


@dataclass(frozen=True)
class LifeEvent:
    """One thing known at a place.

    `start` and `end` are the first and the last day for which it is known; `end` None is until
    the day looked from, `start` None since before anything is known. `sequence` is the journal
    number of the act; `recorded` the day on which it became known; `division` the place it
    belongs to, "" for the place itself.
    """

    start: datetime.date | None
    end: datetime.date | None
    lane: str
    title: str
    detail: str = ""
    paper: LifePaper | None = None
    rule: tuple[LifeRule, ...] = ()
    address: str = ""
    sequence: int | None = None
    secrecy: str = "internal"
    kind: Kind = "is"
    recorded: datetime.date | None = None
    division: str = ""
