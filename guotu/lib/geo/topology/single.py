"""Faults within one feature: size, slenderness, the direction of its rings."""

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.topology.faults import Direction, Fault, Tolerances
from guotu.lib.geo.topology.work import Geometries, places


def too_small_or_thin(
    geometry: Geometries,
    ids: list[str],
    minimum_m2: NDArray[np.float64],
    tolerances: Tolerances,
) -> list[Fault]:
    """Return slivers, and parcels under the least area that are no slivers.

    `geometry` is object[n] of valid surfaces, `minimum_m2` float64[n].
    """
    area, length = shapely.area(geometry), shapely.length(geometry)
    width, compactness = 2 * area / length, 4 * np.pi * area / length**2
    sliver = width < tolerances.sliver_width_m
    sliver &= compactness < tolerances.sliver_compactness
    small = (area < minimum_m2) & ~sliver
    faults = []
    for rule, rows in (("sliver", np.flatnonzero(sliver)), ("minimum_area", np.flatnonzero(small))):
        for row, (x, y) in zip(rows.tolist(), _somewhere(geometry[rows]).tolist(), strict=True):
            faults.append(Fault(rule, (ids[row],), x, y, float(area[row])))
    return faults


def _somewhere(geometry: Geometries) -> NDArray[np.float64]:
    """Return a point in the largest part of each feature."""
    parts, row = shapely.get_parts(geometry, return_index=True)
    order = np.lexsort((-shapely.area(parts), row))
    largest = order[np.unique(row[order], return_index=True)[1]]
    return places(parts[largest])


def wrong_direction(geometry: Geometries, ids: list[str], direction: Direction) -> list[Fault]:
    """Return the rings that run the wrong way.

    By "consistent", a hole must run against its shell and the shells of a feature one way; by
    "ogc", shells also run counter-clockwise (OGC 06-103r4); by "survey", clockwise (Shapefile).
    """
    parts, part_row = shapely.get_parts(geometry, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    is_shell = np.ones(len(rings), dtype=bool)
    is_shell[1:] = ring_part[1:] != ring_part[:-1]
    owner = part_row[ring_part]
    ccw = shapely.is_ccw(rings)
    shell_of_part = np.flatnonzero(is_shell)[ring_part]
    wanted_shell = ccw[_main_shell(rings, is_shell, owner)][owner]
    if direction != "consistent":
        wanted_shell = np.full(len(rings), direction == "ogc")
    wanted = np.where(is_shell, wanted_shell, ~ccw[shell_of_part])
    if direction != "consistent":
        wanted = np.where(is_shell, wanted_shell, ~wanted_shell)
    rows = np.flatnonzero(ccw != wanted)
    surface = np.asarray(shapely.polygons(rings[rows]), dtype=object)
    sizes = np.asarray(shapely.area(surface)).tolist()
    return [
        Fault("ring_direction", (ids[owner[row]],), x, y, size)
        for row, (x, y), size in zip(
            rows.tolist(), _ring_places(surface).tolist(), sizes, strict=True
        )
    ]


def _main_shell(
    rings: Geometries, is_shell: NDArray[np.bool_], owner: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return for each owner (by row) the index of its longest shell, against which others stand."""
    shells = np.flatnonzero(is_shell)
    order = shells[np.lexsort((-shapely.length(rings[shells]), owner[shells]))]
    main = np.zeros(int(owner.max()) + 1, dtype=np.int64)
    owners, first = np.unique(owner[order], return_index=True)
    main[owners] = order[first]
    return main


def _ring_places(surface: Geometries) -> NDArray[np.float64]:
    """A ring of an invalid feature may cross itself: then its first point stands for it."""
    valid = shapely.is_valid(surface)
    found = np.zeros((len(surface), 2))
    found[valid] = places(surface[valid])
    for row in np.flatnonzero(~valid):
        found[row] = shapely.get_coordinates(surface[row])[0]
    return found
