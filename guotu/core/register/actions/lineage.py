"""Splits, merges, reshapes and exchanges: parents end, children begin, and all the land is told."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from guotu.core.atlas.queries import county_frame
from guotu.core.journal.actions import Act, action
from guotu.core.register import catalogue
from guotu.core.register.actions.versions import WRITE, begin, end
from guotu.core.register.actions.writing import life_of, name_of, spans_of
from guotu.core.register.models import Descent, Thing, Version
from guotu.core.register.rules import Kind, check_ended
from guotu.lib.geo.lineage import TITLES, Parcels, Share, Verb, shares
from guotu.lib.refusal import Refusal


@dataclass(frozen=True)
class Child:
    """A thing that begins by a change: its area follows from what comes to it."""

    code: str
    geometry: Any
    facts: Mapping[str, Any] = field(default_factory=dict)
    division: str = ""


@action("register.split", power=WRITE)
def split(
    act: Act, *, parent: Thing, on: datetime.date, children: Sequence[Child], source: str = ""
) -> list[Thing]:
    """Split one thing into several on a day; see `guotu.lib.geo.lineage` for what is refused."""
    return _succeed(act, "split", [parent], on, children, source)


@action("register.merge", power=WRITE)
def merge(
    act: Act, *, parents: Sequence[Thing], on: datetime.date, child: Child, source: str = ""
) -> list[Thing]:
    """Merge several things into one on a day."""
    return _succeed(act, "merge", parents, on, [child], source)


@action("register.reshape", power=WRITE)
def reshape(
    act: Act,
    *,
    parents: Sequence[Thing],
    on: datetime.date,
    children: Sequence[Child],
    source: str = "",
) -> list[Thing]:
    """Move the boundaries between several things on a day, n to m."""
    return _succeed(act, "reshape", parents, on, children, source)


@action("register.exchange", power=WRITE)
def exchange(
    act: Act,
    *,
    parents: Sequence[Thing],
    on: datetime.date,
    children: Sequence[Child],
    source: str = "",
) -> list[Thing]:
    """Swap parts between things on a day; each child stands in the place of its parent."""
    return _succeed(act, "exchange", parents, on, children, source)


def _succeed(
    act: Act,
    verb: Verb,
    parents: Sequence[Thing],
    on: datetime.date,
    children: Sequence[Child],
    source: str,
) -> list[Thing]:
    kind = _kind_of(verb, parents, children)
    last = [_ending(kind, parent, on) for parent in parents]
    found = shares(
        verb,
        _parcels([one.geometry for one in last], [name_of(kind, one.code) for one in parents]),
        [_area_of(kind, one) for one in last],
        _parcels([one.geometry for one in children], [name_of(kind, one.code) for one in children]),
        county_frame(),
        catalogue.tolerance(on),
    )
    for parent in parents:
        end(act, thing=parent, on=on)
    born = [_born(act, kind, one, on, place, found, source) for place, one in enumerate(children)]
    Descent.objects.bulk_create(
        Descent(
            parent=parents[share.parent],
            child=born[share.child],
            on=on,
            verb=verb,
            area_dm2=share.area_dm2,
            source=source,
            sequence=act.sequence,
        )
        for share in found
    )
    codes = {"parents": [one.code for one in parents], "children": [one.code for one in born]}
    act.tell("change", what=f"register.{verb}", of=kind.name, on=str(on), **codes)
    return born


def _kind_of(verb: Verb, parents: Sequence[Thing], children: Sequence[Child]) -> Kind:
    names = {parent.kind for parent in parents}
    if len(names) != 1 or len({parent.pk for parent in parents}) != len(parents):
        raise Refusal(
            f"{TITLES[verb]}的原地块不对",
            "、".join(one.code for one in parents),
            remedy="同种地块各列一次",
        )
    kind = catalogue.kind(names.pop())
    codes = [child.code for child in children]
    if not kind.has_area or len(set(codes)) != len(codes):
        what = "新地块编码重复" if kind.has_area else f"{kind.title}不是地块，没有{TITLES[verb]}"
        raise Refusal(what, "、".join(codes), remedy="核对种类和编码")
    return kind


def _ending(kind: Kind, parent: Thing, on: datetime.date) -> Version:
    life = life_of(parent)
    check_ended(spans_of(life), on, name_of(kind, parent.code))
    return life[-1]


def _area_of(kind: Kind, version: Version) -> int:
    if not version.area_dm2:
        raise Refusal("原地块没有面积", name_of(kind, version.code), remedy="先更正面积再办")
    return version.area_dm2


def _parcels(shapes: Sequence[Any], names: Sequence[str]) -> Parcels:
    geometry = np.empty(len(shapes), object)
    geometry[:] = shapes
    return Parcels(geometry, names)


def _born(
    act: Act,
    kind: Kind,
    child: Child,
    on: datetime.date,
    place: int,
    found: Sequence[Share],
    source: str,
) -> Thing:
    return begin(
        act,
        kind=kind.name,
        code=child.code,
        on=on,
        facts=child.facts,
        geometry=child.geometry,
        area_dm2=sum(share.area_dm2 for share in found if share.child == place),
        division=child.division,
        source=source,
    )
