"""Rings of many polygons in flat arrays, each ring under a tree of boxes in the ring's own order.

A ring is spatially coherent in its own order, so a tree that only halves it needs no sorting. And
a stretch of ring that lies wholly to one side of a box can be replaced by its two ends without any
point of the box noticing: that makes one descent a point-in-polygon test, a window query and the
input of the area integral, whatever the size of the polygon.
"""

from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

LEAF_EDGES = 4
GROUP_RINGS = 16
_POLYGON = 3


class Soup(NamedTuple):
    """Rings of n features: shells run counter-clockwise, holes clockwise, each ring closed.

    `xy` float64[v, 2] in metres; ring r is `xy[ring[r] : ring[r + 1]]`, feature f has the rings
    `feature[f]` to `feature[f + 1]` (exclusive), `hole` bool[r]; `area` float64[n], planar m2.
    """

    xy: NDArray[np.float64]
    ring: NDArray[np.int64]
    feature: NDArray[np.int64]
    hole: NDArray[np.bool_]
    area: NDArray[np.float64]


class Tree(NamedTuple):
    """Boxes in preorder: node k spans edges `low[k]` to `high[k]`; `skip[k]` is what follows it.

    Edge e runs from `xy[e]` to `xy[e + 1]`. A node over several whole rings has `low` -1, a leaf
    has `leaf` true. Feature f has the nodes `feature[f]` to `feature[f + 1]` (exclusive).
    """

    box: NDArray[np.float64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    skip: NDArray[np.int64]
    leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]


def soup_of(geometry: NDArray[np.object_]) -> Soup:
    """Return the rings of valid, not empty Polygons and MultiPolygons, object[n]."""
    lengths, rings, hole = _ring_lengths(geometry)
    ring = _offsets(lengths)
    feature = _offsets(rings)
    xy = shapely.get_coordinates(geometry)
    area = np.zeros(len(geometry))
    orient(xy, ring, feature, hole, area)
    return Soup(xy, ring, feature, hole, area)


def _offsets(count: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])


def _ring_lengths(
    geometry: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the vertices of each ring, the rings of each feature, and which rings are holes.

    Only features of several rings are taken apart: most have one.
    """
    rings = np.ones(len(geometry), np.int64)
    is_polygon = shapely.get_type_id(geometry) == _POLYGON
    several = np.flatnonzero(~is_polygon | (shapely.get_num_interior_rings(geometry) > 0))
    parts, of_feature = shapely.get_parts(geometry[several], return_index=True)
    apart, of_part = shapely.get_rings(parts, return_index=True)
    rings[several] = np.bincount(of_feature[of_part], minlength=len(several))
    is_several = np.zeros(len(geometry), np.bool_)
    is_several[several] = True
    which = np.repeat(is_several, rings)
    lengths = np.empty(len(which), np.int64)
    lengths[which] = shapely.get_num_coordinates(apart)
    lengths[~which] = shapely.get_num_coordinates(geometry[~is_several])
    hole = np.zeros(len(which), np.bool_)
    hole[which] = np.diff(of_part, prepend=-1) == 0
    return lengths, rings, hole


@njit(cache=True, nogil=True)
def orient(
    xy: NDArray[np.float64],
    ring: NDArray[np.int64],
    feature: NDArray[np.int64],
    hole: NDArray[np.bool_],
    area: NDArray[np.float64],
) -> None:
    """Turn every ring of `xy` in place so that its inside is on its left; fill in `area`."""
    for f in range(len(feature) - 1):
        for r in range(feature[f], feature[f + 1]):
            first, last = ring[r], ring[r + 1] - 1
            twice = 0.0
            for e in range(first, last):
                twice += (xy[e, 0] - xy[first, 0]) * (xy[e + 1, 1] - xy[e, 1])
                twice -= (xy[e, 1] - xy[first, 1]) * (xy[e + 1, 0] - xy[e, 0])
            area[f] += -abs(twice) / 2 if hole[r] else abs(twice) / 2
            if (twice < 0) != hole[r]:
                for k in range((last - first + 1) // 2):
                    for axis in range(2):
                        kept = xy[first + k, axis]
                        xy[first + k, axis] = xy[last - k, axis]
                        xy[last - k, axis] = kept


def tree_of(soup: Soup) -> Tree:
    """Return the tree of boxes over `soup`."""
    return Tree(*plant(soup.xy, soup.ring, soup.feature))


@njit(cache=True, nogil=True)
def nodes_of_ring(edges: int) -> int:
    """Return how many nodes a ring of so many edges takes: halved until a leaf is small enough."""
    leaves = 1
    while leaves * LEAF_EDGES < edges:
        leaves *= 2
    return 2 * leaves - 1


@njit(cache=True, nogil=True)
def plant(
    xy: NDArray[np.float64], ring: NDArray[np.int64], feature: NDArray[np.int64]
) -> tuple[
    NDArray[np.float64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.bool_],
    NDArray[np.int64],
]:
    """Return the arrays of a `Tree`."""
    size = count_nodes(ring, feature)
    box = np.empty((size, 4))
    low = np.full(size, -1, np.int64)
    high = np.full(size, -1, np.int64)
    skip = np.empty(size, np.int64)
    leaf = np.zeros(size, np.bool_)
    first = np.zeros(len(feature), np.int64)
    for f in range(len(feature) - 1):
        at = first[f]
        for r in range(feature[f], feature[f + 1]):
            if opens_group(r, f, feature):
                skip[at] = end_of_group(r, f, at, ring, feature)
                at += 1
            at = plant_ring(ring[r], ring[r + 1] - 1, at, low, high, skip, leaf)
        first[f + 1] = at
    for k in range(size - 1, -1, -1):
        if leaf[k]:
            stretch_box(xy, low[k], high[k], box[k])
        else:
            join_children(k, skip, box)
    return box, low, high, skip, leaf, first


@njit(cache=True, nogil=True)
def opens_group(r: int, f: int, feature: NDArray[np.int64]) -> bool:
    """Say whether ring `r` of feature `f` is the first of a group under a node of its own."""
    within = r - feature[f]
    answer: bool = feature[f + 1] - feature[f] > GROUP_RINGS and within % GROUP_RINGS == 0
    return answer


@njit(cache=True, nogil=True)
def end_of_group(
    r: int, f: int, at: int, ring: NDArray[np.int64], feature: NDArray[np.int64]
) -> int:
    """Return the place after the nodes of the group that ring `r` opens, its own being at `at`."""
    end = at + 1
    for member in range(r, min(r + GROUP_RINGS, feature[f + 1])):
        end += nodes_of_ring(ring[member + 1] - ring[member] - 1)
    return end


@njit(cache=True, nogil=True)
def count_nodes(ring: NDArray[np.int64], feature: NDArray[np.int64]) -> int:
    """Return how many nodes the tree over all features takes."""
    size = 0
    for f in range(len(feature) - 1):
        for r in range(feature[f], feature[f + 1]):
            size += opens_group(r, f, feature)
            size += nodes_of_ring(ring[r + 1] - ring[r] - 1)
    return size


@njit(cache=True, nogil=True)
def plant_ring(
    low_edge: int,
    high_edge: int,
    at: int,
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    skip: NDArray[np.int64],
    leaf: NDArray[np.bool_],
) -> int:
    """Write one ring's nodes in preorder from `at` on; return the place after them."""
    end = at + nodes_of_ring(high_edge - low_edge)
    low[at], high[at], skip[at] = low_edge, high_edge, end
    for k in range(at, end):
        span = skip[k] - k
        if span == 1:
            leaf[k] = True
            continue
        left, right = k + 1, k + 1 + (span - 1) // 2
        middle = (low[k] + high[k]) // 2
        low[left], high[left], skip[left] = low[k], middle, right
        low[right], high[right], skip[right] = middle, high[k], skip[k]
    return end


@njit(cache=True, nogil=True)
def stretch_box(xy: NDArray[np.float64], low: int, high: int, box: NDArray[np.float64]) -> None:
    """Write the bounds of the vertices `low` to `high` (inclusive) into `box`."""
    box[0] = box[2] = xy[low, 0]
    box[1] = box[3] = xy[low, 1]
    for v in range(low + 1, high + 1):
        box[0] = min(box[0], xy[v, 0])
        box[1] = min(box[1], xy[v, 1])
        box[2] = max(box[2], xy[v, 0])
        box[3] = max(box[3], xy[v, 1])


@njit(cache=True, nogil=True)
def join_children(k: int, skip: NDArray[np.int64], box: NDArray[np.float64]) -> None:
    """Write the bounds of node k's children, two or a group's rings, into its box."""
    child = k + 1
    box[k] = box[child]
    child = skip[child]
    while child < skip[k]:
        box[k, 0] = min(box[k, 0], box[child, 0])
        box[k, 1] = min(box[k, 1], box[child, 1])
        box[k, 2] = max(box[k, 2], box[child, 2])
        box[k, 3] = max(box[k, 3], box[child, 3])
        child = skip[child]
