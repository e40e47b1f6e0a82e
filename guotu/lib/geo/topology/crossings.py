"""Where the boundary of an invalid feature crosses, touches or runs along itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.topology.edges import marks
from guotu.lib.geo.topology.faults import Fault
from guotu.lib.geo.topology.work import Geometries

_PLACE = re.compile(r"\[(\S+) (\S+)\]")
_POINT, _LINE = 0, 1
# Bounds on time and memory, not on what is a fault: a scribble crosses itself without end, and
# nobody mends it place by place.
MOST_OF_ONE_FEATURE = 1_000
_SEGMENTS_AT_ONCE = 16


@dataclass
class _Outline:
    """The segments of one feature: ring by ring, with the twice signed area run up before each."""

    rings: Geometries
    is_hole: NDArray[np.bool_]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    ring: NDArray[np.int64]
    swept: NDArray[np.float64]
    origin: NDArray[np.float64]


def crossings(geometry: Geometries, ids: list[str], spiked: set[str], grid_m: float) -> list[Fault]:
    """Return a fault for each place where an invalid feature meets itself.

    The size is the smaller of the two loops that a crossing parts a ring into, or what two rings
    that cross have between them. A boundary that goes out and back along one line is a spike,
    and no crossing if the feature is among the `spiked`. Of one feature at most
    `MOST_OF_ONE_FEATURE` places are told. What no pair of segments explains (a
    hole outside its shell) is placed where GEOS found it, with size 0.
    """
    faults: list[Fault] = []
    for shape, name in zip(geometry, ids, strict=True):
        found = _of_one(shape, name, name in spiked, grid_m)
        if not found and name not in spiked:
            found = [_as_told(shape, name)]
        faults += found
    return faults


def _of_one(shape: shapely.Geometry, name: str, is_spiked: bool, grid_m: float) -> list[Fault]:
    outline = _outline(shape)
    segments = np.stack([outline.start, outline.end], axis=1)
    lines = np.asarray(shapely.linestrings(segments), dtype=object)
    tree = shapely.STRtree(lines)
    found: dict[object, Fault] = {}
    for begin in range(0, len(lines), _SEGMENTS_AT_ONCE):
        near, other = tree.query(lines[begin : begin + _SEGMENTS_AT_ONCE], predicate="intersects")
        one = near + begin
        one, other = one[one < other], other[one < other]
        for key, fault in _met(outline, lines, one, other, name, is_spiked, grid_m):
            found.setdefault(key, fault)
        if len(found) >= MOST_OF_ONE_FEATURE:
            break
    return list(found.values())[:MOST_OF_ONE_FEATURE]


def _met(
    outline: "_Outline",
    lines: Geometries,
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    name: str,
    is_spiked: bool,
    grid_m: float,
) -> Iterator[tuple[object, Fault]]:
    """Yield the faults among pairs of segments, each under what it has in common with others."""
    apart = ~_follow(outline, one, other)
    one, other = one[apart], other[apart]
    meeting = np.asarray(shapely.intersection(lines[one], lines[other]), dtype=object)
    kind = shapely.get_dimensions(meeting)
    same = outline.ring[one] == outline.ring[other]
    is_back = same & is_spiked  # out and back along one line: told as a spike
    counts = ((kind == _LINE) | ((kind == _POINT) & same)) & ~is_back
    counts |= _is_proper(outline, one, other, meeting)
    rows = np.flatnonzero(counts)[: 2 * MOST_OF_ONE_FEATURE]
    middle = shapely.get_coordinates(shapely.centroid(meeting[rows]))
    for row, point, mark in zip(rows, middle, marks(middle, grid_m).tolist(), strict=True):
        a, b = one[row], other[row]
        size = _loop(outline, a, b, point) if same[row] else _between(outline, a, b)
        key = mark if same[row] else (outline.ring[a], outline.ring[b])
        yield key, Fault("self_crossing", (name,), float(point[0]), float(point[1]), size)


def _outline(shape: shapely.Geometry) -> _Outline:
    parts = shapely.get_parts(shape)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_hole = np.r_[False, ring_part[1:] == ring_part[:-1]]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inner = np.flatnonzero((ring[1:] == ring[:-1]) & (points[1:] != points[:-1]).any(axis=1))
    start, end = points[inner], points[inner + 1]
    origin = points[0]
    one, other = start - origin, end - origin
    twice = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    swept = np.r_[0.0, np.cumsum(twice)]
    return _Outline(rings, is_hole, start, end, ring[inner], swept, origin)


def _follow(
    outline: _Outline, one: NDArray[np.int64], other: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which pairs of segments follow one another in a ring."""
    first = np.searchsorted(outline.ring, outline.ring[one])
    last = np.searchsorted(outline.ring, outline.ring[one], side="right") - 1
    next_to = (other == one + 1) | ((one == first) & (other == last))
    return np.asarray(next_to & (outline.ring[one] == outline.ring[other]))


def _is_proper(
    outline: _Outline, one: NDArray[np.int64], other: NDArray[np.int64], meeting: Geometries
) -> NDArray[np.bool_]:
    """Say which pairs cross within both segments: two rings may touch, but not cross."""
    point = np.full((len(one), 2), np.nan)
    is_point = shapely.get_type_id(meeting) == 0
    point[is_point] = shapely.get_coordinates(meeting[is_point])
    ends = (outline.start[one], outline.end[one], outline.start[other], outline.end[other])
    at_end = np.any([(end == point).all(axis=1) for end in ends], axis=0)
    return np.asarray(is_point & ~at_end)


def _loop(outline: _Outline, a: int, b: int, point: NDArray[np.float64]) -> float:
    """Return the smaller of the two loops of a ring that meets itself on segments a < b."""
    first = np.searchsorted(outline.ring, outline.ring[a])
    last = np.searchsorted(outline.ring, outline.ring[a], side="right")
    here = point - outline.origin
    leave, come = outline.end[a] - outline.origin, outline.start[b] - outline.origin
    loop = outline.swept[b] - outline.swept[a + 1]
    loop += here[0] * leave[1] - here[1] * leave[0] + come[0] * here[1] - come[1] * here[0]
    whole = outline.swept[last] - outline.swept[first]
    return float(min(abs(loop), abs(whole - loop)) / 2)


def _between(outline: _Outline, a: int, b: int) -> float:
    """Return what two rings that cross share, or how much of a hole lies outside its shell."""
    rows = outline.ring[[a, b]]
    one, other = np.asarray(shapely.polygons(outline.rings[rows]), dtype=object)
    if not (one.is_valid and other.is_valid):
        return 0.0
    if outline.is_hole[rows[0]] == outline.is_hole[rows[1]]:
        return float(one.intersection(other).area)
    shell, hole = (other, one) if outline.is_hole[rows[0]] else (one, other)
    return float(hole.difference(shell).area)


def _as_told(shape: shapely.Geometry, name: str) -> Fault:
    told = _PLACE.search(str(shapely.is_valid_reason(shape)))
    x, y = map(float, told.groups()) if told else shapely.get_coordinates(shape)[0].tolist()
    return Fault("self_crossing", (name,), x, y, 0.0)
