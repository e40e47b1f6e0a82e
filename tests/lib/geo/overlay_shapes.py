"""Shapes for the overlay's tests: random valid polygons of several kinds on a chosen grid."""

import numpy as np
import shapely
from numpy.typing import NDArray


def star(rng: np.random.Generator, centre: NDArray[np.float64], radius_m: float, n: int):
    """Return a ragged polygon of n vertices around `centre`."""
    angle = (np.arange(n) + rng.uniform(-0.4, 0.4, n)) * (2 * np.pi / n)
    reach = radius_m * rng.uniform(0.4, 1, n)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None] + centre
    return shapely.Polygon(points)


def shape(rng: np.random.Generator):
    """Return a box, a star, a star with a hole, two stars, or a star with square bites."""
    centre = rng.uniform(0, 100, 2)
    radius = rng.uniform(1, 40)
    kind = rng.integers(0, 5)
    if kind == 0:
        return shapely.box(*centre, *(centre + rng.uniform(1, 50, 2)))
    outer = star(rng, centre, radius, int(rng.integers(5, 120)))
    if kind == 1:
        return outer
    if kind == 2:
        return outer - star(rng, centre, radius * 0.3, 8)
    if kind == 3:
        return shapely.MultiPolygon([outer, star(rng, centre + 2 * radius, radius, 30)])
    for corner in rng.uniform(-radius, radius, (8, 2)) + centre:
        outer = outer - shapely.box(*corner, *(corner + radius / 12))
    return outer


def shapes(seed: int, count: int, decimals: int, offset=(0.0, 0.0)) -> NDArray[np.object_]:
    """Return about `count` valid polygons whose coordinates have so many decimals."""
    rng = np.random.default_rng(seed)
    found = np.array([shape(rng) for _ in range(count)], object)
    moved = shapely.transform(found, lambda xy: np.round(np.round(xy, decimals) + offset, 4))
    return moved[shapely.is_valid(moved) & ~shapely.is_empty(moved)]


def areas(subject: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the area of every pair's intersection by plain GEOS, float64[n, m]."""
    return shapely.area(shapely.intersection(subject[:, None], other[None, :]))
