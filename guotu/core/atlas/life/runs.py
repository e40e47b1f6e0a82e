"""Turns what each release says of a place into runs of the same state, and what lies between.

Pure. Two releases that say the same leave the time between them unchanged as far as known; two
that differ say that it changed between their dates, and never on which day.
"""

import datetime
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from guotu.core.atlas import rules
from guotu.lib.refusal import Refusal

Relation = Literal["same", "changed", "likely_same", "incomparable"]


@dataclass(frozen=True)
class Thing:
    """One feature as far as it identifies a state: class code, owner, kind of right, or name."""

    code: str = ""
    owner: str = ""
    right: str = ""
    label: str = ""


@dataclass(frozen=True)
class Seen:
    """What one release says at the place: `things` is None where it could not be read."""

    release: int
    released: datetime.date
    code_system: str
    things: tuple[Thing, ...] | None

    @property
    def state(self) -> tuple[str, tuple[Thing, ...]]:
        """Return what must be equal for nothing to have changed."""
        things = self.things or ()
        coded = any(thing.code for thing in things)
        return (self.code_system if coded else "", things)


@dataclass(frozen=True)
class Run:
    """Consecutive releases that say the same; `last` is the last of them."""

    seen: list[Seen] = field(default_factory=list)

    @property
    def first(self) -> Seen:
        """Return the first release of the run."""
        return self.seen[0]

    @property
    def last(self) -> Seen:
        """Return the last release of the run."""
        return self.seen[-1]


def in_force(seen: Iterable[Seen]) -> tuple[list[Seen], list[Seen]]:
    """Split releases, in order of date and entry, into those in force and those superseded.

    Of several of the same date the one entered last holds; the others were never the state.
    """
    latest: dict[datetime.date, Seen] = {}
    superseded: list[Seen] = []
    for one in sorted(seen, key=lambda each: (each.released, each.release)):
        if one.released in latest:
            superseded.append(latest[one.released])
        latest[one.released] = one
    return list(latest.values()), superseded


def runs_of(seen: Iterable[Seen]) -> list[Run]:
    """Return the runs of equal states, in order; one that could not be read stands alone."""
    found: list[Run] = []
    for one in seen:
        before = found[-1].last if found else None
        readable = one.things is not None and before is not None and before.things is not None
        if readable and before is not None and before.state == one.state:
            found[-1].seen.append(one)
        else:
            found.append(Run([one]))
    return found


def changes(runs: list[Run]) -> Iterator[tuple[Run, Run]]:
    """Return each pair of runs, one after the other, that could both be read."""
    for before, after in itertools.pairwise(runs):
        if before.last.things is not None and after.first.things is not None:
            yield before, after


@dataclass(frozen=True)
class Compared:
    """How one state stands to the next; `source` is the crosswalk's, where one was used."""

    relation: Relation
    source: str = ""
    certainty: str = ""


def compared(before: Seen, after: Seen) -> Compared:
    """Say whether two states differ, by a crosswalk where their code systems do."""
    if not _needs_crosswalk(before, after):
        return Compared("same" if before.state == after.state else "changed")
    old, new = before.things or (), after.things or ()
    if len(old) != 1 or len(new) != 1:
        return Compared("incomparable")
    try:
        walk = rules.crosswalk(old[0].code, before.code_system, after.code_system, after.released)
    except Refusal:
        return Compared("incomparable")
    if not walk.codes:
        return Compared("incomparable", walk.source, walk.certainty)
    if new[0].code not in walk.codes or _beside_class(old[0]) != _beside_class(new[0]):
        return Compared("changed", walk.source, walk.certainty)
    sure = len(walk.codes) == 1 and walk.certainty == "sure"
    return Compared("same" if sure else "likely_same", walk.source, walk.certainty)


def _needs_crosswalk(before: Seen, after: Seen) -> bool:
    both = bool(before.things) and bool(after.things)
    return both and bool(before.state[0] and after.state[0]) and before.state[0] != after.state[0]


def _beside_class(thing: Thing) -> tuple[str, str, str]:
    return thing.owner, thing.right, thing.label
