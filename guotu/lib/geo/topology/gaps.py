"""Land that nobody claims: what features enclose, and narrow strips between neighbours."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from guotu.lib.geo.topology.edges import Edges
from guotu.lib.geo.topology.faults import Fault, Tolerances
from guotu.lib.geo.topology.overlaps import Coverage
from guotu.lib.geo.topology.work import Geometries, places, ramps, surfaces, threaded

Rows = NDArray[np.int64]


def gaps(land: Coverage, unsound: Geometries, tolerances: Tolerances, threads: int) -> list[Fault]:
    """Return the gaps of a coverage: enclosed ones of any size, then narrow strips.

    `unsound` is the land (object[k], made valid) of features that are out of the check: where it
    lies nobody can say that there is a gap. A hole of a feature that has no neighbour at all is
    meant, and no gap.
    """
    if not len(land.loose):
        return []
    enclosed = _enclosed(land, unsound, tolerances)
    strips = _strips(land, np.concatenate([unsound, enclosed]), tolerances, threads)
    with_neighbour = np.zeros(len(land.geometry), dtype=bool)
    with_neighbour[land.matched.owner] = True
    found = np.concatenate([enclosed, strips])
    faults = []
    for shape, (x, y), near in zip(
        found, places(found).tolist(), _about(land, found, tolerances, threads), strict=True
    ):
        if len(near) > 1 or with_neighbour[near].all():
            names = tuple(land.ids[row] for row in near)
            faults.append(Fault("gap", names, x, y, float(shape.area)))
    return faults


def _enclosed(land: Coverage, unsound: Geometries, tolerances: Tolerances) -> Geometries:
    """Return the faces between loose edges that no feature covers.

    No loose edge runs within a face, so one point of it stands for all.
    """
    noded = shapely.union_all(land.loose.lines())
    faces = shapely.get_parts(shapely.polygonize([noded]))
    faces, _ = surfaces(faces, tolerances.hairline_m, tolerances.least_area_m2)
    within = shapely.point_on_surface(faces)
    # The point may lie just between a vertex and the edge that it was rounded off.
    covered, _ = land.tree.query(within, predicate="dwithin", distance=tolerances.hairline_m / 2)
    faces = np.delete(faces, np.unique(covered))
    if len(unsound) and len(faces):
        doubtful, _ = shapely.STRtree(unsound).query(faces, predicate="intersects")
        faces = np.delete(faces, np.unique(doubtful))
    return np.asarray(faces, dtype=object)


def _strips(land: Coverage, taken: Geometries, tolerances: Tolerances, threads: int) -> Geometries:
    """Return the strips narrower than `gap_width_m` between loose edges that face each other."""
    lines = land.loose.lines()
    one, other = shapely.STRtree(lines).query(
        lines, predicate="dwithin", distance=tolerances.gap_width_m
    )
    apart = land.loose.owner[one] != land.loose.owner[other]
    quads = _facing(land.loose, one[apart], other[apart], tolerances)
    if not len(quads):
        return np.zeros(0, dtype=object)
    strips = shapely.get_parts(shapely.union_all(quads))
    strips, _ = surfaces(strips, tolerances.hairline_m, tolerances.least_area_m2)
    strips = _without(strips, land.geometry, land.tree, threads)
    strips = _without(strips, taken, shapely.STRtree(taken), threads)
    strips, _ = surfaces(strips, tolerances.hairline_m, tolerances.least_area_m2)
    return _joined(strips, tolerances.hairline_m)


def _facing(edges: Edges, one: Rows, other: Rows, tolerances: Tolerances) -> Geometries:
    """Return the quadrilaterals between an edge and the part of another that it faces.

    Both have open land on their right and run nearly opposite ways. In the frame of `one` (along
    it, and away to its right) the other is a line from (t0, h0) to (t1, h1) with t0 < t1, cut to
    the length of `one` and to distances from 0 to the widest gap.
    """
    begin, end = edges.points[edges.first[one]], edges.points[edges.last[one]]
    length = np.hypot(*(end - begin).T)
    way = (end - begin) / length[:, None]
    right = np.stack([way[:, 1], -way[:, 0]], axis=1)
    # The other runs the other way: its last point comes first along `one`.
    low, high = edges.points[edges.last[other]] - begin, edges.points[edges.first[other]] - begin
    t0, t1 = (low * way).sum(axis=1), (high * way).sum(axis=1)
    h0, h1 = (low * right).sum(axis=1), (high * right).sum(axis=1)
    kept = t1 - t0 >= np.cos(np.radians(tolerances.facing_deg)) * np.hypot(t1 - t0, h1 - h0)
    begin, way, right, length = begin[kept], way[kept], right[kept], length[kept]
    t0, t1, h0, h1 = t0[kept], t1[kept], h0[kept], h1[kept]
    rise = (h1 - h0) / (t1 - t0)
    at = np.maximum(t0, 0.0), np.minimum(t1, length)
    at = _cut(at, t0, h0, rise, 0.0, tolerances.gap_width_m)
    away = [np.clip(h0 + rise * (t - t0), 0.0, tolerances.gap_width_m) for t in at]
    thick = (at[1] - at[0] > tolerances.hairline_m) & (sum(away) > 2 * tolerances.hairline_m)
    corners = [
        begin + way * t[:, None] + right * h[:, None]
        for t, h in ((at[0], 0 * away[0]), (at[1], 0 * away[1]), (at[1], away[1]), (at[0], away[0]))
    ]
    return np.asarray(shapely.polygons(np.stack(corners, axis=1)[thick]))


def _cut(
    at: tuple[NDArray[np.float64], NDArray[np.float64]],
    t0: NDArray[np.float64],
    h0: NDArray[np.float64],
    rise: NDArray[np.float64],
    least: float,
    most: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut the range `at` to where h0 + rise * (t - t0) is from `least` to `most`."""
    level = rise == 0
    slope = np.where(level, 1.0, rise)
    ends = np.stack([t0 + (least - h0) / slope, t0 + (most - h0) / slope])
    outside = (h0 < least) | (h0 > most)
    first = np.where(level, np.where(outside, np.inf, -np.inf), ends.min(axis=0))
    last = np.where(level, np.inf, ends.max(axis=0))
    return np.maximum(at[0], first), np.minimum(at[1], last)


def _without(
    shapes: Geometries, taken: Geometries, tree: shapely.STRtree, threads: int
) -> Geometries:
    """Take from each shape what any of `taken` covers."""
    row, by = tree.query(shapes, predicate="intersects")
    left = shapes.copy()
    turn = ramps(np.bincount(row, minlength=len(shapes)))
    for number in range(int(turn.max(initial=-1)) + 1):
        now = turn == number
        left[row[now]] = threaded(
            shapely.difference, left[row[now]], taken[by[now]], threads=threads, chunk=512
        )
    return left


def _joined(strips: Geometries, near_m: float) -> Geometries:
    """Put strips that meet (at a bend: in a point) into one."""
    if not len(strips):
        return strips
    one, other = shapely.STRtree(strips).query(strips, predicate="dwithin", distance=near_m)
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(strips), len(strips)))
    count, group = connected_components(graph, directed=False)
    order = np.argsort(group, kind="stable")
    members = np.split(strips[order], np.searchsorted(group[order], np.arange(1, count)))
    joined = [one[0] if len(one) == 1 else shapely.union_all(one) for one in members]
    found = np.empty(count, dtype=object)
    found[:] = joined
    return found


def _about(land: Coverage, found: Geometries, tolerances: Tolerances, threads: int) -> list[Rows]:
    """Return for each gap the rows of the features that it lies along, not those at a corner."""
    near_m = 2 * tolerances.hairline_m
    grown = shapely.buffer(found, near_m, join_style="mitre")
    gap, row = land.tree.query(grown, predicate="intersects")
    shared = threaded(
        shapely.intersection, grown[gap], land.geometry[row], threads=threads, chunk=512
    )
    contact = shapely.area(shared)
    # A corner contributes a few squares of near_m, an edge near_m times its length.
    along = contact > 20 * near_m**2
    order = np.lexsort((row[along], gap[along]))
    gap, row = gap[along][order], row[along][order]
    return np.split(row, np.searchsorted(gap, np.arange(1, len(found))))[: len(found)]
