"""Checks a coverage in whole tenths of a millimetre, by nothing but its vertices."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

_GRID_PER_M = 10_000


@dataclass(frozen=True)
class Fit:
    """How the shapes fit: steps that no neighbour walks back, doubled steps, and area left over.

    `loose` counts steps walked one way only, less those of the outline; `doubled` steps that two
    shapes walk the same way; `twice_area_off` is twice the area of the shapes less twice the
    outline's, in square tenths of a millimetre.
    """

    loose: int
    doubled: int
    twice_area_off: int
    off_grid: int

    @property
    def whole(self) -> bool:
        """Say whether there is no gap, no overlap, and not one unit of area over or short."""
        return not (self.loose or self.doubled or self.twice_area_off or self.off_grid)


def fit(shapes: NDArray[np.object_], outline: shapely.Geometry) -> Fit:
    """Return how polygons fit together and into an outline that shares their vertices."""
    steps, area, off_grid = _steps(shapes)
    rim, rim_area, rim_off = _steps(np.asarray([outline], object))
    forward, times = np.unique(steps, return_counts=True)
    back = np.unique(_turned(steps))
    loose = np.setdiff1d(forward, back)
    unmatched = len(np.setxor1d(loose, np.unique(rim)))
    return Fit(unmatched, int((times > 1).sum()), area - rim_area, off_grid + rim_off)


def _steps(shapes: NDArray[np.object_]) -> tuple[NDArray[np.void], int, int]:
    """Return directed steps (shells counter-clockwise), twice the area, points off the grid."""
    polygons = shapely.orient_polygons(shapely.get_parts(shapes))
    rings, _ = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(points * _GRID_PER_M).astype(np.int64)
    off_grid = int((np.abs(whole / _GRID_PER_M - points) > 1e-9 * np.abs(points)).any(axis=1).sum())
    along = ring[1:] == ring[:-1]
    ends = np.hstack([whole[:-1], whole[1:]])[along]
    low = whole.min(axis=0)
    x0, y0, x1, y1 = (ends - np.tile(low, 2)).T.astype(object)
    return _packed(ends), int((x0 * y1 - x1 * y0).sum()), off_grid


def _packed(ends: NDArray[np.int64]) -> NDArray[np.void]:
    return np.ascontiguousarray(ends).view(np.dtype((np.void, 32))).ravel()


def _turned(steps: NDArray[np.void]) -> NDArray[np.void]:
    ends = steps.view(np.int64).reshape(-1, 4)
    return _packed(ends[:, [2, 3, 0, 1]])
