"""Spikes: where a boundary runs out and comes back on itself, or cuts in and comes back."""

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.topology.edges import marks
from guotu.lib.geo.topology.faults import Fault, Tolerances
from guotu.lib.geo.topology.work import Geometries


def spikes(geometry: Geometries, ids: list[str], tolerances: Tolerances) -> list[Fault]:
    """Return the spikes of polygons, object[n]; the geometry may be invalid.

    A spike is a vertex with an angle under `spike_angle_deg` whose shorter side is at least
    `spike_length_m` long and whose sides are at most `spike_width_m` apart at the end of it. Its
    size is the triangle of the two sides cut to the shorter. A spike that neighbours share is one
    fault.
    """
    points, ring, owner = _vertices(geometry, tolerances.spike_tip_m)
    before, after = _around(ring)
    back, on = points[before] - points, points[after] - points
    side = np.minimum(np.hypot(*back.T), np.hypot(*on.T))
    cross = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0])
    angle = np.arctan2(cross, (back * on).sum(axis=1))
    sharp = (angle < np.radians(tolerances.spike_angle_deg)) & (before != after)
    sharp &= side >= tolerances.spike_length_m
    sharp &= 2 * side * np.sin(angle / 2) <= tolerances.spike_width_m * (1 + 1e-9)
    rows = np.flatnonzero(sharp)
    sizes = side[rows] ** 2 * np.sin(angle[rows]) / 2
    return _at_one_place(points[rows], owner[rows], sizes, ids, tolerances.grid_m)


def _vertices(
    geometry: Geometries, tip_m: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return vertices, ring and owner of each; of vertices nearer than `tip_m` the first alone."""
    parts, part_owner = shapely.get_parts(geometry, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    step = np.hypot(*np.diff(points, axis=0, append=np.nan).T)
    inner = np.r_[ring[1:] == ring[:-1], [False]]
    # The closing point goes with the rest: it is where its ring began.
    kept = inner.copy()
    kept[1:] &= ~((step[:-1] < tip_m) & inner[:-1])
    points, ring = points[kept], ring[kept]
    return points, ring, part_owner[ring_part[ring]]


def _around(ring: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index of the vertex before and after each, round its ring."""
    size = len(ring)
    begins = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    ends = np.r_[begins[1:], size] - 1
    before, after = np.arange(size) - 1, np.arange(size) + 1
    before[begins], after[ends] = ends, begins
    return before, after


def _at_one_place(
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    sizes: NDArray[np.float64],
    ids: list[str],
    grid_m: float,
) -> list[Fault]:
    found: dict[int, list[int]] = {}
    for row, mark in enumerate(marks(points, grid_m).tolist()):
        found.setdefault(mark, []).append(row)
    return [
        Fault(
            "spike",
            tuple(dict.fromkeys(ids[owner[row]] for row in rows)),
            float(points[rows[0], 0]),
            float(points[rows[0], 1]),
            float(sizes[rows].max()),
        )
        for rows in found.values()
    ]
