"""Reads of the register on both clocks: what held on a day, as known at a moment; lineage."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import LessThanOrEqual

from guotu.core.journal.models import Entry
from guotu.core.people.scope import prefixes
from guotu.core.register.models import Descent, Thing, Version
from guotu.lib.refusal import Refusal

# A moment, or the number of the last act that counts; None is all that is known.
Known = int | datetime.datetime | None
Areas = Iterable[str] | None


def as_of(
    kind: str, *, valid_on: datetime.date, known_at: Known = None, areas: Areas = None
) -> QuerySet[Version]:
    """Return what held of every thing of a kind on a day, as known at a moment, by code.

    `areas` are division codes that the division must lie in; None is the whole county.
    """
    found = known(Version.objects.filter(kind=kind), known_at).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=valid_on), valid_from__lte=valid_on
    )
    return within_areas(found, areas).order_by("code")


def known(found: QuerySet[Version], at: Known) -> QuerySet[Version]:
    """Return of some versions those that were known, and not yet superseded, at a moment."""
    if at is None:
        return found.filter(superseded_sequence__isnull=True)
    sequence = sequence_at(at)
    return found.filter(
        Q(superseded_sequence__isnull=True) | Q(superseded_sequence__gt=sequence),
        # Nearly all was recorded before: an index of it would only bring a sort of nearly all.
        LessThanOrEqual(F("sequence") + 0, sequence),
    )


def sequence_at(at: int | datetime.datetime) -> int:
    """Return the number of the last act recorded by a moment; -1 before the first."""
    if isinstance(at, int):
        return at
    last = Entry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    low, high = -1, -1 if last is None else last
    # Moments never fall from act to act, so that halving finds the place by the primary key.
    while low < high:
        middle = (low + high + 1) // 2
        if Entry.objects.filter(sequence=middle, recorded_at__lte=at).exists():
            low = middle
        else:
            high = middle - 1
    return low


def within_areas(found: QuerySet[Version], areas: Areas) -> QuerySet[Version]:
    """Return of some versions those of divisions in one of `areas`; None is the whole county."""
    if areas is None:
        return found
    lying = Q(pk__in=[])
    for prefix in prefixes(areas):
        # A range, not LIKE, for which neither store would use the index.
        lying |= Q(division__gte=prefix, division__lt=prefix + ":")
    return found.filter(lying)


def thing(kind: str, code: str) -> Thing | None:
    """Return the thing of a kind with a code, or None."""
    return Thing.objects.filter(kind=kind, code=code).first()


def needed(kind: str, code: str) -> Thing:
    """Return the thing of a kind with a code, or raise Refusal."""
    found = thing(kind, code)
    if found is None:
        raise Refusal("登记簿里没有这个对象", f"{kind} {code}", remedy="核对编码")
    return found


def history(one: Thing, *, known_at: Known = None) -> list[Version]:
    """Return what a thing has been, in order of days, as known at a moment."""
    return list(known(Version.objects.filter(thing=one), known_at).order_by("valid_from"))


def everything_said(one: Thing) -> list[Version]:
    """Return every version ever recorded of a thing, superseded ones too, as recorded."""
    return list(Version.objects.filter(thing=one).order_by("sequence", "valid_from", "id"))


@dataclass(frozen=True)
class Changes:
    """What acts of a range recorded of a kind, and what they took back, in order of acts."""

    recorded: list[Version]
    superseded: list[Version]


def changes_between(kind: str, after: int, until: int, *, areas: Areas = None) -> Changes:
    """Return what the acts after number `after`, up to and with `until`, changed of a kind."""
    of_kind = within_areas(Version.objects.filter(kind=kind), areas)
    new = of_kind.filter(sequence__gt=after, sequence__lte=until)
    old = of_kind.filter(superseded_sequence__gt=after, superseded_sequence__lte=until)
    return Changes(
        list(new.order_by("sequence", "code", "valid_from", "id")),
        list(old.order_by("superseded_sequence", "code", "valid_from", "id")),
    )


@dataclass(frozen=True)
class Kin:
    """A thing that another came of or became, so many generations away by the nearest way."""

    thing: Thing
    generation: int


_WALK = """
WITH RECURSIVE walk(id, generation) AS (
    SELECT CAST(%s AS bigint), 0
    UNION
    SELECT d.{to}, w.generation + 1 FROM walk w JOIN register_descent d ON d.{back} = w.id
    WHERE w.generation < %s AND d.sequence <= %s
)
SELECT id, MIN(generation) FROM walk WHERE generation > 0 GROUP BY id
"""
_EVER = 2**62


def ancestors(one: Thing, generations: int = 50, *, known_at: Known = None) -> list[Kin]:
    """Return what a thing came of, the nearest first, then by code."""
    return _walk(one, generations, known_at, _WALK.format(to="parent_id", back="child_id"))


def descendants(one: Thing, generations: int = 50, *, known_at: Known = None) -> list[Kin]:
    """Return what a thing became, the nearest first, then by code."""
    return _walk(one, generations, known_at, _WALK.format(to="child_id", back="parent_id"))


def _walk(one: Thing, generations: int, at: Known, sql: str) -> list[Kin]:
    sequence = _EVER if at is None else sequence_at(at)
    with connection.cursor() as cursor:
        cursor.execute(sql, [one.pk, generations, sequence])
        found: dict[Any, int] = dict(cursor.fetchall())
    things = Thing.objects.in_bulk(list(found))
    kin = [Kin(things[key], generation) for key, generation in found.items()]
    return sorted(kin, key=lambda each: (each.generation, each.thing.code))


def descents_among(things: Iterable[int]) -> list[Descent]:
    """Return the edges of the lineage whose two ends are among these things (ids)."""
    wanted = list(things)
    found = Descent.objects.filter(parent__in=wanted, child__in=wanted)
    return list(found.select_related("parent", "child").order_by("on", "sequence", "id"))
