"""Shapes for the tests of topology: boxes and grids about a corner of EPSG:4547."""

import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import shapely

from guotu.lib.geo.crs import frame_of
from guotu.lib.geo.topology import Fault, Tolerances, check

FRAME = frame_of(4547)
X, Y = 460_000.0, 3_176_000.0
TABLE = tomllib.loads(
    files("guotu.lib.geo.topology").joinpath("tolerances.toml").read_text("utf-8")
)
TOLERANCES = Tolerances.parse(TABLE)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(X + west, Y + south, X + east, Y + north)


def polygon(*points: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([(X + x, Y + y) for x, y in points])


def grid(columns: int, rows: int, side: float = 100.0) -> list[shapely.Polygon]:
    """Give squares, column by column from the south-west."""
    return [
        box(i * side, j * side, (i + 1) * side, (j + 1) * side)
        for i in range(columns)
        for j in range(rows)
    ]


def checked(*shapes: Any, **options: Any) -> list[Fault]:
    """Check shapes named 0, 1, 2..."""
    names = [str(row) for row in range(len(shapes))]
    options = {"tolerances": TOLERANCES} | options
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    return check(geometry, names, options.pop("frame", FRAME), **options)


def told(faults: list[Fault]) -> list[tuple[str, tuple[str, ...]]]:
    return [(fault.rule, fault.features) for fault in faults]


def only(faults: list[Fault]) -> tuple[str, tuple[str, ...], float, float, float]:
    """Give the one fault there is: rule, features, place from the corner, size, to 0.1 mm."""
    assert len(faults) == 1, faults
    one = faults[0]
    place = round(one.x - X, 4), round(one.y - Y, 4)
    return one.rule, one.features, *place, round(one.area_m2, 4)
