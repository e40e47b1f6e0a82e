"""Makers for the acts of the register: a parcel's life, and who came of whom."""

import datetime
from typing import Any

import shapely

from guotu.core.register.lineage import Child
from guotu.core.register.models import Thing
from trials._acts_lower import survey
from trials._kernel_acts import Given, World, makes, simply

_EAST, _NORTH, _VILLAGE = 470_000.0, 3_176_000.0, "430626100200"
_DLBM = {"DLBM": "0101"}
_BEGUN, _LATER = datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)


def _box(row: int, west: float, south: float, east: float, north: float) -> shapely.Polygon:
    east, west = _EAST + east, _EAST + west
    return shapely.box(west, _NORTH + 200 * row + south, east, _NORTH + 200 * row + north)


def _facts(world: World, shape: Any) -> dict[str, Any]:
    code = f"{_VILLAGE}-{world.name('')}"
    return {"code": code, "facts": _DLBM, "geometry": shape, "division": _VILLAGE}


def _row(world: World) -> int:
    world.taken += 1
    return world.taken


def parcel(world: World, shape: Any) -> Thing:
    """Begin a parcel and return it."""
    done: Thing = world.do("register.begin", kind="landuse", on=_BEGUN, **_facts(world, shape))
    return done


def _whole(world: World) -> Thing:
    return parcel(world, _box(_row(world), 0, 0, 100, 100))


def _halves(world: World, row: int) -> list[Thing]:
    return [
        parcel(world, _box(row, 0, 0, 50, 100)),
        parcel(world, _box(row, 50, 0, 100, 100)),
    ]


def _child(world: World, shape: Any) -> Child:
    return Child(**_facts(world, shape))


@makes("register.begin")
def _begin(world: World) -> Given:
    shape = _box(_row(world), 0, 0, 30, world.chance.randint(5, 90))
    return simply(kind="landuse", on=_BEGUN, **_facts(world, shape))


@makes("register.change")
def _change(world: World) -> Given:
    return simply(thing=_whole(world), on=_LATER, facts={"DLBM": "0301"})


@makes("register.correct")
def _correct(world: World) -> Given:
    return simply(thing=_whole(world), valid_from=_BEGUN, facts={"DLBM": "0702"})


@makes("register.correct_life")
def _correct_life(world: World) -> Given:
    return simply(thing=_whole(world), begun=_BEGUN - datetime.timedelta(days=3))


@makes("register.end")
def _end(world: World) -> Given:
    return simply(thing=_whole(world), on=_LATER)


@makes("register.split")
def _split(world: World) -> Given:
    row, cut = _row(world), world.chance.randint(10, 90)
    whole = parcel(world, _box(row, 0, 0, 100, 100))
    parts = [_box(row, 0, 0, cut, 100), _box(row, cut, 0, 100, 100)]
    return simply(parent=whole, on=_LATER, children=[_child(world, part) for part in parts])


@makes("register.merge")
def _merge(world: World) -> Given:
    row = _row(world)
    child = _child(world, _box(row, 0, 0, 100, 100))
    return simply(parents=_halves(world, row), on=_LATER, child=child)


@makes("register.reshape")
def _reshape(world: World) -> Given:
    row = _row(world)
    parts = [_box(row, 0, 0, 20, 100), _box(row, 20, 0, 100, 100)]
    children = [_child(world, part) for part in parts]
    return simply(parents=_halves(world, row), on=_LATER, children=children)


@makes("register.exchange")
def _exchange(world: World) -> Given:
    row = _row(world)
    first = _box(row, 0, 0, 40, 100).union(_box(row, 40, 0, 60, 50))
    parts = [first, _box(row, 0, 0, 100, 100).difference(first)]
    children = [_child(world, part) for part in parts]
    return simply(parents=_halves(world, row), on=_LATER, children=children)


@makes("register.take_from_release")
def _take_from_release(world: World) -> Given:
    return simply(kind="landuse", release=survey(world))
