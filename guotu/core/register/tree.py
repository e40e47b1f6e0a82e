"""Lays out a thing's lineage as a small drawing: what it came of above, what it became below."""

from collections.abc import Iterable
from dataclasses import dataclass

from guotu.core.people.scope import covers
from guotu.core.register.models import Thing, Version
from guotu.core.register.queries import ancestors, descendants, descents_among

GENERATIONS = 3
_MOST_ABREAST = 12
_BOX, _GAP, _HIGH, _ROW = 96, 14, 30, 78


@dataclass(frozen=True)
class Node:
    """A thing in the drawing; without a `code` it lies outside the reader's areas, or is many."""

    x: int
    y: int
    text: str
    code: str
    here: bool


@dataclass(frozen=True)
class Link:
    """Land that went from one to another: a line, and its area where it can be read."""

    x1: int
    y1: int
    x2: int
    y2: int
    area_dm2: int

    @property
    def title_x(self) -> int:
        """Return where the area is written."""
        return (self.x1 + self.x2) // 2


@dataclass(frozen=True)
class Tree:
    """The drawing, in pixels."""

    width: int
    height: int
    nodes: list[Node]
    links: list[Link]


def tree_of(one: Thing, areas: Iterable[str] | None) -> Tree | None:
    """Return the drawing of three generations both ways, or None where there is no lineage."""
    rows = _rows(one)
    if len(rows) == 1:
        return None
    width = max(len(things) for things in rows.values()) * (_BOX + _GAP) + _GAP
    places: dict[int, tuple[int, int]] = {}
    for number, things in enumerate(rows.values()):
        start = (width - len(things) * (_BOX + _GAP) + _GAP) // 2
        for column, thing in enumerate(things):
            places[thing.pk] = (start + column * (_BOX + _GAP), 8 + number * _ROW)
    seen = _seen(places, areas)
    everyone = [thing for things in rows.values() for thing in things]
    nodes = [
        Node(
            *places[thing.pk],
            text=_short(thing.code) if thing.pk in seen else "区外",
            code=thing.code if thing.pk in seen else "",
            here=thing == one,
        )
        for thing in everyone
    ]
    return Tree(width, len(rows) * _ROW - _ROW + _HIGH + 16, nodes, _links(places))


def _rows(one: Thing) -> dict[int, list[Thing]]:
    """Return things by row, 0 the thing's own; who came of another stands below it, always."""
    rows: dict[int, list[Thing]] = {0: [one]}
    for sign, found in ((-1, ancestors(one, GENERATIONS)), (1, descendants(one, GENERATIONS))):
        things = {kin.thing.pk: kin.thing for kin in found} | {one.pk: one}
        deep = dict.fromkeys(things, 0)
        steps = [(step.parent_id, step.child_id) for step in descents_among(things)]
        for _round in range(len(things)):
            for parent, child in steps:
                near, far = (child, parent) if sign < 0 else (parent, child)
                deep[far] = max(deep[far], deep[near] + 1)
        for key, thing in things.items():
            if key != one.pk:
                rows.setdefault(sign * deep[key], []).append(thing)
    return {row: rows[row][:_MOST_ABREAST] for row in sorted(rows)}


def _links(places: dict[int, tuple[int, int]]) -> list[Link]:
    return [
        Link(
            places[step.parent_id][0] + _BOX // 2,
            places[step.parent_id][1] + _HIGH,
            places[step.child_id][0] + _BOX // 2,
            places[step.child_id][1],
            step.area_dm2,
        )
        for step in descents_among(places)
    ]


def _seen(things: Iterable[int], areas: Iterable[str] | None) -> set[int]:
    live = Version.objects.filter(thing__in=list(things), superseded_sequence=None)
    return {key for key, code in live.values_list("thing", "division") if covers(areas, code)}


def _short(code: str) -> str:
    tail = code.rpartition("-")[2]
    return tail if len(tail) <= 12 else f"…{tail[-11:]}"
