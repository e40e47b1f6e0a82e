"""Partition: edges with a label on each side become polygons that share every vertex."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.fiction.terrain import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Edges:
    """A planar graph: edges `tail -> head` over vertices `xy`; `bend` is a point midway, if any.

    `left` and `right` are labels (faces, cells, parcels, villages: whatever is wanted); -1 is
    outside. Where `has_bend` is false, `bend` means nothing.
    """

    xy: Floats
    tail: Ints
    head: Ints
    left: Ints
    right: Ints
    bend: Floats
    has_bend: Bools


@dataclass(frozen=True)
class _Rings:
    coords: Floats
    offset: Ints  # where each ring begins in coords; closed rings
    label: Ints
    area: Floats


def polygons(edges: Edges, left: Ints, right: Ints) -> tuple[NDArray[np.object_], Ints]:
    """Return the polygons of the labelling (`left`, `right` an edge), and each one's label.

    Labels are in ascending order. A label in several parts that touch at most in points gives
    several polygons. Shells run counter-clockwise.
    """
    kept = np.flatnonzero(left != right)
    rings = _traced(edges, kept, left[kept], right[kept])
    shell = rings.area > 0
    order = np.lexsort((-rings.area, ~shell, rings.label))
    return _assembled(_reordered(rings, order))


def _traced(edges: Edges, kept: Ints, left: Ints, right: Ints) -> _Rings:
    """Walk every half-edge once, keeping its label at the left."""
    origin = np.r_[edges.tail[kept], edges.head[kept]]
    label = np.r_[left, right]
    follows = _next(edges, kept, origin)
    live = label >= 0
    ring, rank = _ranked(follows, live)
    order = np.lexsort((rank, ring))
    order = order[np.count_nonzero(~live) :]  # those outside carry ring -1 and come first
    begin = np.flatnonzero(np.r_[True, np.diff(ring[order]) != 0])
    order, begin = _untouching(order, begin, origin)
    whole = np.tile(kept, 2)
    bent = edges.has_bend[whole[order]]
    steps = 1 + bent.astype(np.int64)
    place = np.r_[0, np.cumsum(steps)]
    closing = np.repeat(np.arange(len(begin)), np.diff(np.r_[begin, len(order)]))
    coords = np.empty((place[-1] + len(begin), 2))
    at = place[:-1] + closing
    coords[at] = edges.xy[origin[order]]
    coords[at[bent] + 1] = edges.bend[whole[order[bent]]]
    offset = place[begin] + np.arange(len(begin))
    last = np.r_[offset[1:], len(coords)] - 1
    coords[last] = coords[offset]
    offset = np.r_[offset, len(coords)]
    return _Rings(coords, offset, label[order[begin]], _ring_area(coords, offset))


def _ring_area(coords: Floats, offset: Ints) -> Floats:
    local = coords - coords[offset[:-1]].repeat(np.diff(offset), axis=0)
    cross = local[:-1, 0] * local[1:, 1] - local[:-1, 1] * local[1:, 0]
    cross[offset[1:-1] - 1] = 0.0  # the step from one ring to the next
    return np.add.reduceat(np.r_[cross, 0.0], offset[:-1]) / 2


def _next(edges: Edges, kept: Ints, origin: Ints) -> Ints:
    """Return for each half-edge the one that continues the walk round the face at its left."""
    count = len(kept)
    first = np.where(edges.has_bend[kept, None], edges.bend[kept], edges.xy[edges.head[kept]])
    final = np.where(edges.has_bend[kept, None], edges.bend[kept], edges.xy[edges.tail[kept]])
    ahead = np.r_[first - edges.xy[edges.tail[kept]], final - edges.xy[edges.head[kept]]]
    order = np.lexsort((np.arctan2(ahead[:, 1], ahead[:, 0]), origin))
    # Clockwise from the twin: the half-edge before it in counter-clockwise order.
    starts = np.r_[True, np.diff(origin[order]) != 0]
    begin = np.flatnonzero(starts)
    before = np.empty(2 * count, np.int64)
    previous = np.roll(order, 1)
    previous[begin] = order[np.r_[begin[1:], 2 * count] - 1]
    before[order] = previous
    twin = np.r_[np.arange(count) + count, np.arange(count)]
    return before[twin]


def _ranked(follows: Ints, live: Bools) -> tuple[Ints, Ints]:
    """Return each half-edge's ring (its least member; -1 where not live) and its place in it."""
    count = len(follows)
    least, jump = np.arange(count), follows.copy()
    while True:
        lower = np.minimum(least, least[jump])
        if np.array_equal(lower, least):
            break
        least, jump = lower, jump[jump]
    is_head = least == np.arange(count)
    # Break each ring before its head, then count steps to the break by doubling.
    ends = is_head[follows]
    left_to_go = np.where(ends, 0, 1)
    jump = np.where(ends, np.arange(count), follows)
    while True:
        further = jump[jump]
        left_to_go = left_to_go + left_to_go[jump]
        if np.array_equal(further, jump):
            break
        jump = further
    ring = np.where(live, least, -1)
    return ring, -left_to_go


def _untouching(order: Ints, begin: Ints, origin: Ints) -> tuple[Ints, Ints]:
    """Split each ring that comes back to one of its vertices into rings that do not."""
    ring = np.repeat(np.arange(len(begin)), np.diff(np.r_[begin, len(order)]))
    key = np.lexsort((origin[order], ring))
    again = (np.diff(ring[key]) == 0) & (np.diff(origin[order[key]]) == 0)
    touched = np.unique(ring[key[1:][again]])
    if not len(touched):
        return order, begin
    ends = np.r_[begin[1:], len(order)]
    parts = []
    clean = np.ones(len(begin), bool)
    clean[touched] = False
    for index in touched:
        parts += _simple_loops(order[begin[index] : ends[index]], origin)
    kept = np.repeat(clean, ends - begin)
    sizes = np.r_[(ends - begin)[clean], [len(part) for part in parts]].astype(np.int64)
    return np.concatenate([order[kept], *parts]), np.r_[0, np.cumsum(sizes)[:-1]]


def _simple_loops(ring: Ints, origin: Ints) -> list[Ints]:
    loops: list[Ints] = []
    path: list[int] = []
    place: dict[int, int] = {}
    for half_edge in ring:
        vertex = int(origin[half_edge])
        if vertex in place:
            loops.append(np.asarray(path[place[vertex] :]))
            for gone in path[place[vertex] :]:
                place.pop(int(origin[gone]), None)
            del path[len(path) - len(loops[-1]) :]
        place[vertex] = len(path)
        path.append(int(half_edge))
    loops.append(np.asarray(path))
    return loops


def _reordered(rings: _Rings, order: Ints) -> _Rings:
    size = np.diff(rings.offset)[order]
    offset = np.r_[0, np.cumsum(size)]
    index = np.repeat(rings.offset[:-1][order] - offset[:-1], size) + np.arange(offset[-1])
    return _Rings(rings.coords[index], offset, rings.label[order], rings.area[order])


def _assembled(rings: _Rings) -> tuple[NDArray[np.object_], Ints]:
    """Make polygons: rings stand by label, shells first."""
    shell = rings.area > 0
    several = np.bincount(rings.label[shell], minlength=int(rings.label.max()) + 1) > 1
    plain = ~several[rings.label]
    ring_of = _Rings(rings.coords, rings.offset, rings.label, rings.area)
    simple, simple_label = _from_rings(ring_of, np.flatnonzero(plain))
    parts, part_label = [simple], [simple_label]
    for label in np.flatnonzero(several):
        mine = np.flatnonzero(rings.label == label)
        made = _with_holes(rings, mine[shell[mine]], mine[~shell[mine]])
        parts.append(made)
        part_label.append(np.full(len(made), label))
    geometry, whose = np.concatenate(parts), np.concatenate(part_label)
    order = np.argsort(whose, kind="stable")
    return geometry[order], whose[order]


def _from_rings(rings: _Rings, chosen: Ints) -> tuple[NDArray[np.object_], Ints]:
    part = _reordered(rings, chosen)
    begin = np.flatnonzero(np.r_[True, np.diff(part.label) != 0][: len(chosen)])
    offsets = (part.offset, np.r_[begin, len(part.label)])
    made = shapely.from_ragged_array(shapely.GeometryType.POLYGON, part.coords, offsets)
    return np.asarray(made, object), part.label[begin]


def _with_holes(rings: _Rings, shells: Ints, holes: Ints) -> NDArray[np.object_]:
    def points(ring: int) -> Floats:
        return rings.coords[rings.offset[ring] : rings.offset[ring + 1]]

    outer = np.array([shapely.polygons(points(int(ring))) for ring in shells], dtype=object)
    inner: list[list[Floats]] = [[] for _ in shells]
    for hole in holes:
        ground = shapely.polygons(points(int(hole)))
        holding = np.flatnonzero(shapely.covers(outer, ground))
        inner[holding[-1]].append(points(int(hole)))  # the smallest that holds it
    made = [
        shapely.Polygon(shapely.get_coordinates(shape), holes_of)
        for shape, holes_of in zip(outer, inner, strict=True)
    ]
    return np.asarray(made, object)
