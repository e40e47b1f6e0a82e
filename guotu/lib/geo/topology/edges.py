"""The edges of a coverage, matched exactly: an edge run both ways by two features lies inside it.

Coordinates are compared on the 0.1 mm grid. An edge that two features run in opposite directions
needs no geometry to be believed; only what is left over goes to the slow and exact tests.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.topology.work import Geometries, ramps

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass
class Edges:
    """Directed edges, the owner's land on their left: `points[first[i]]` to `points[last[i]]`."""

    points: NDArray[np.float64]
    mark: NDArray[np.uint64]  # one a point, equal where points are equal on the grid
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    owner: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: NDArray[Any]) -> "Edges":
        """Return some of the edges."""
        return Edges(self.points, self.mark, self.first[rows], self.last[rows], self.owner[rows])

    def key(self) -> NDArray[np.uint64]:
        """Return uint64[n], the same for an edge and its reverse."""
        one, other = self.mark[self.first], self.mark[self.last]
        return _mixed((one + other) ^ _mixed(one * other))

    def lines(self) -> Geometries:
        """Return the edges as lines, object[n]."""
        ends = np.stack([self.points[self.first], self.points[self.last]], axis=1)
        return np.asarray(shapely.linestrings(ends))


def edges_of(geometry: Geometries, grid_m: float) -> Edges:
    """Return the edges of polygons, owner by owner; edges that begin and end alike are left out.

    `geometry` is object[n] of polygons and multipolygons; `owner` counts its rows. Shells are run
    counter-clockwise and holes clockwise, whatever way the file has them.
    """
    parts, part_owner = shapely.get_parts(geometry, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_hole = np.zeros(len(rings), dtype=bool)
    is_hole[1:] = ring_part[1:] == ring_part[:-1]
    points, ring = shapely.get_coordinates(rings, return_index=True)
    begin = np.flatnonzero(ring[1:] == ring[:-1])
    owner = part_owner[ring_part[ring[begin]]]
    turned = (shapely.is_ccw(rings) == is_hole)[ring[begin]]
    mark = marks(points, grid_m)
    edges = Edges(points, mark, begin + turned, begin + 1 - turned, owner.astype(np.int64))
    return edges.take(mark[edges.first] != mark[edges.last])


def marks(points: NDArray[np.float64], grid_m: float) -> NDArray[np.uint64]:
    """Return uint64[n], equal for points that are equal on the grid."""
    step = np.rint(points / grid_m).astype(np.int64).view(np.uint64)
    return _mixed(_mixed(step[:, 0] + _ODD) + step[:, 1])


def _mixed(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64: each bit of the answer hangs on each bit of the word."""
    word = (word ^ (word >> np.uint64(30))) * _MIX[0]
    word = (word ^ (word >> np.uint64(27))) * _MIX[1]
    return word ^ (word >> np.uint64(31))


def outlines(edges: Edges, owners: int) -> NDArray[np.uint64]:
    """Return uint64[owners], the same for features that have the same edges."""
    directed = _mixed(edges.key() + (edges.mark[edges.first] < edges.mark[edges.last]))
    total = np.zeros(owners, dtype=np.uint64)
    if len(edges):
        begins = np.flatnonzero(np.r_[True, edges.owner[1:] != edges.owner[:-1]])
        total[edges.owner[begins]] = np.add.reduceat(directed, begins)
    return total


def partners(edges: Edges) -> NDArray[np.int64]:
    """Return int64[n], the feature on the other side of each edge; -1 where there is not one.

    An edge has a partner if exactly two features run it, one each way.
    """
    partner = np.full(len(edges), -1, dtype=np.int64)
    if not len(edges):
        return partner
    key = edges.key()
    order = np.argsort(key)
    key = key[order]
    begins = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    count = np.diff(np.r_[begins, len(key)])
    begins = begins[count == 2]
    one, other = order[begins], order[begins + 1]
    opposite = edges.mark[edges.first[one]] == edges.mark[edges.last[other]]
    opposite &= edges.owner[one] != edges.owner[other]
    one, other = one[opposite], other[opposite]
    partner[one], partner[other] = edges.owner[other], edges.owner[one]
    return partner


def divided(edges: Edges, near_m: float, grid_m: float) -> Edges:
    """Return the edges divided at each vertex of others that lies on them (a T-junction).

    The vertex is taken as it is, so that both sides then run the same edges; `near_m` is how far
    off the edge rounding may have put it.
    """
    if not len(edges):
        return edges
    vertex = np.unique(np.r_[edges.first, edges.last])
    vertex = vertex[np.unique(edges.mark[vertex], return_index=True)[1]]
    tree = shapely.STRtree(edges.lines())
    found, edge = tree.query(
        shapely.points(edges.points[vertex]), predicate="dwithin", distance=near_m
    )
    point = vertex[found]
    is_end = edges.mark[point] == edges.mark[edges.first[edge]]
    is_end |= edges.mark[point] == edges.mark[edges.last[edge]]
    point, edge = point[~is_end], edge[~is_end]
    begin, end = edges.points[edges.first[edge]], edges.points[edges.last[edge]]
    run = end - begin
    along = ((edges.points[point] - begin) * run).sum(axis=1) / (run * run).sum(axis=1)
    order = np.lexsort((along, edge))
    return _chained(edges, edge[order], point[order])


def _chained(edges: Edges, edge: NDArray[np.int64], point: NDArray[np.int64]) -> Edges:
    """Put `point`, in order along its `edge`, between the ends of that edge."""
    extra = np.bincount(edge, minlength=len(edges))
    row = np.repeat(np.arange(len(edges)), extra + 1)
    place = ramps(extra + 1)
    offset = np.cumsum(extra) - extra
    first, last = edges.first[row], edges.last[row]
    inner = place > 0
    first[inner] = point[(offset[row] + place - 1)[inner]]
    inner = place < extra[row]
    last[inner] = point[(offset[row] + place)[inner]]
    chained = Edges(edges.points, edges.mark, first, last, edges.owner[row])
    return chained.take(chained.mark[first] != chained.mark[last])
