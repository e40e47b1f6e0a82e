"""Polygons being written, ring by ring, into arrays that grow."""

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray


class Sheaf(NamedTuple):
    """Growing arrays of multipolygons; `size` int64[3]: points, rings and polygons so far."""

    xy: NDArray[np.float64]
    ring: NDArray[np.int64]
    part: NDArray[np.int64]
    size: NDArray[np.int64]


def multipolygons(sheaf: Sheaf, geometry: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the polygons `geometry[p]` to `geometry[p + 1]` (exclusive) as one MultiPolygon."""
    points, rings, parts = sheaf.size
    offsets = (sheaf.ring[: rings + 1], sheaf.part[: parts + 1], geometry)
    made: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, sheaf.xy[:points], offsets
    )
    return made


def polygons(sheaf: Sheaf, geometry: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return the same, but a Polygon where there is one and an empty one where there is none."""
    points, rings, parts = sheaf.size
    single = np.diff(geometry) == 1
    made = np.full(len(geometry) - 1, shapely.Polygon(), object)
    alone: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON,
        sheaf.xy[:points],
        (sheaf.ring[: rings + 1], sheaf.part[: parts + 1]),
    )
    made[single] = alone[geometry[:-1][single]]
    for row in np.flatnonzero(np.diff(geometry) > 1):
        made[row] = shapely.MultiPolygon(list(alone[geometry[row] : geometry[row + 1]]))
    return made


@njit(cache=True, nogil=True)
def empty_sheaf() -> Sheaf:
    """Return a sheaf of nothing."""
    return Sheaf(
        np.empty((1024, 2)), np.zeros(64, np.int64), np.zeros(64, np.int64), np.zeros(3, np.int64)
    )


@njit(cache=True, nogil=True)
def with_space(sheaf: Sheaf, points: int, rings: int) -> Sheaf:
    """Return a sheaf that can take so many more points and rings."""
    used, ring_used, part_used = sheaf.size
    xy, ring, part = sheaf.xy, sheaf.ring, sheaf.part
    if used + points > len(xy):
        xy = np.empty((2 * (used + points), 2))
        xy[:used] = sheaf.xy[:used]
    if ring_used + rings + 1 > len(ring):
        ring = np.empty(2 * (ring_used + rings + 1), np.int64)
        ring[: ring_used + 1] = sheaf.ring[: ring_used + 1]
        part = np.empty(2 * (ring_used + rings + 1), np.int64)
        part[: part_used + 1] = sheaf.part[: part_used + 1]
    return Sheaf(xy, ring, part, sheaf.size)


@njit(cache=True, nogil=True)
def add_point(sheaf: Sheaf, x: float, y: float) -> None:
    """Add a point to the ring that is being written."""
    sheaf.xy[sheaf.size[0], 0] = x
    sheaf.xy[sheaf.size[0], 1] = y
    sheaf.size[0] += 1


@njit(cache=True, nogil=True)
def end_ring(sheaf: Sheaf) -> None:
    """Close the ring that is being written."""
    first = sheaf.ring[sheaf.size[1]]
    last = sheaf.size[0] - 1
    if sheaf.xy[first, 0] != sheaf.xy[last, 0] or sheaf.xy[first, 1] != sheaf.xy[last, 1]:
        add_point(sheaf, sheaf.xy[first, 0], sheaf.xy[first, 1])
    sheaf.size[1] += 1
    sheaf.ring[sheaf.size[1]] = sheaf.size[0]


@njit(cache=True, nogil=True)
def end_part(sheaf: Sheaf) -> None:
    """Close the polygon that is being written."""
    sheaf.size[2] += 1
    sheaf.part[sheaf.size[2]] = sheaf.size[1]
