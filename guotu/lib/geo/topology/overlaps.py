"""Land that two features both claim: whole duplicates first, then overlaps of an exact size."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.topology.edges import Edges, outlines
from guotu.lib.geo.topology.faults import Fault, Tolerances
from guotu.lib.geo.topology.work import Geometries, places, surfaces, threaded

Rows = NDArray[np.int64]


@dataclass
class Coverage:
    """Valid, distinct features with their names, an index of them, and both kinds of edges.

    `matched` are the edges with a partner (`partner`, a row each), `loose` those without.
    """

    geometry: Geometries
    ids: list[str]
    tree: shapely.STRtree
    matched: Edges
    partner: Rows
    loose: Edges


def duplicates(
    geometry: Geometries, edges: Edges, ids: list[str]
) -> tuple[list[Fault], NDArray[np.bool_]]:
    """Return a fault for each set of features of the same outline, and which rows repeat another.

    Where a ring begins, which way it runs and how coordinates differ below the grid is no matter.
    """
    outline = outlines(edges, len(geometry))
    order = np.argsort(outline, kind="stable")
    repeats = np.zeros(len(geometry), dtype=bool)
    begins = np.flatnonzero(np.r_[True, np.diff(outline[order]) != 0])
    faults = []
    for rows in np.split(order, begins[1:]):
        if len(rows) > 1:
            repeats[rows[1:]] = True
            names = tuple(ids[row] for row in rows)
            faults.append(_fault("duplicate", names, shapely.get_parts(geometry[rows[0]])))
    return faults, repeats


def overlaps(land: Coverage, tolerances: Tolerances, threads: int) -> list[Fault]:
    """Return the overlaps of a coverage, pair by pair; a touch is not an overlap.

    Wherever land is claimed twice, the outline of that land has a loose edge: so it is enough to
    try the features about loose edges, and from each pair that overlaps to go on to the features
    next to either.
    """
    waiting = _beginnings(land)
    seen = waiting
    neighbours: _Neighbours | None = None
    faults: list[Fault] = []
    while len(waiting):
        one, other = np.divmod(waiting, len(land.geometry))
        hit, found = _tried(land, one, other, tolerances, threads)
        faults += found
        if not hit.any():
            break
        neighbours = neighbours or _Neighbours(land)
        reached = neighbours.of(one[hit], other[hit])
        waiting = np.setdiff1d(reached, seen)
        seen = np.union1d(seen, waiting)
    return faults


def _beginnings(land: Coverage) -> Rows:
    """Return pairs (one * n + other) of features such that a loose edge of one may be in the
    other, by boxes."""
    owner = land.loose.owner
    if not len(owner):
        return np.zeros(0, dtype=np.int64)
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    ends = land.loose.points[np.stack([land.loose.first, land.loose.last])]
    low = np.minimum.reduceat(ends.min(axis=0), begins)
    high = np.maximum.reduceat(ends.max(axis=0), begins)
    box, other = land.tree.query(shapely.box(*low.T, *high.T))
    return _pairs(owner[begins][box], other, len(land.geometry))


def _pairs(one: Rows, other: Rows, size: int) -> Rows:
    apart = one != other
    one, other = one[apart], other[apart]
    return np.unique(np.minimum(one, other) * size + np.maximum(one, other))


def _tried(
    land: Coverage, one: Rows, other: Rows, tolerances: Tolerances, threads: int
) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Return which pairs overlap, and their faults."""
    shared = threaded(
        shapely.intersection, land.geometry[one], land.geometry[other], threads=threads, chunk=512
    )
    part, row = surfaces(shared, tolerances.hairline_m, tolerances.least_area_m2)
    hit = np.zeros(len(one), dtype=bool)
    hit[row] = True
    faults = []
    for pair in np.flatnonzero(hit):
        first, last = np.searchsorted(row, [pair, pair + 1])
        pieces, a, b = part[first:last], one[pair], other[pair]
        same = _is_all_of(land.geometry[a], pieces, tolerances)
        same &= _is_all_of(land.geometry[b], pieces, tolerances)
        rule = "duplicate" if same else "overlap"
        faults.append(_fault(rule, (land.ids[a], land.ids[b]), pieces))
    return hit, faults


def _is_all_of(shape: shapely.Geometry, pieces: Geometries, tolerances: Tolerances) -> bool:
    left = float(shapely.area(shape)) - float(shapely.area(pieces).sum())
    return bool(
        left
        < max(tolerances.least_area_m2, tolerances.hairline_m * float(shapely.length(shape)) / 2)
    )


def _fault(rule: str, names: tuple[str, ...], pieces: Geometries) -> Fault:
    area = shapely.area(pieces)
    largest = pieces[[int(area.argmax())]]
    if shapely.is_valid(largest).all():
        x, y = places(largest)[0].tolist()
    else:
        x, y = shapely.get_coordinates(largest)[0].tolist()
    return Fault(rule, names, x, y, float(area.sum()))


class _Neighbours:
    """Which features share an edge with which."""

    def __init__(self, land: Coverage) -> None:
        self.size = len(land.geometry)
        pair = np.unique(land.matched.owner * self.size + land.partner)
        owner, self.other = np.divmod(pair, self.size)
        self.begins = np.searchsorted(owner, np.arange(self.size + 1))

    def of(self, one: Rows, other: Rows) -> Rows:
        """Return the pairs of a neighbour of either with the other one."""
        found = [_pairs(*self._beside(a, b), self.size) for a, b in ((one, other), (other, one))]
        return np.unique(np.concatenate(found))

    def _beside(self, row: Rows, with_row: Rows) -> tuple[Rows, Rows]:
        spans = [self.other[self.begins[a] : self.begins[a + 1]] for a in row.tolist()]
        counts = [len(span) for span in spans]
        return np.concatenate(spans), np.repeat(with_row, counts)
