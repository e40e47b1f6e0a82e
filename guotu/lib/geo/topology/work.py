"""Runs array work on both cores and measures pieces of area."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]

_CHUNK = 2048


def threaded(
    work: Callable[..., Any], *arrays: NDArray[Any], threads: int, chunk: int = _CHUNK
) -> NDArray[Any]:
    """Return `work(*arrays)` (n in, n out) reckoned in chunks by `threads` threads."""
    size = len(arrays[0])
    if size <= chunk or threads == 1:
        return np.asarray(work(*arrays))
    spans = [slice(first, first + chunk) for first in range(0, size, chunk)]
    with ThreadPoolExecutor(threads) as pool:
        done = list(pool.map(lambda span: work(*(array[span] for array in arrays)), spans))
    return np.concatenate(done)


def surfaces(
    geometry: Geometries, hairline_m: float, least_area_m2: float
) -> tuple[Geometries, NDArray[np.int64]]:
    """Return the polygons within `geometry` that are of a size to matter, and their rows."""
    parts, row = shapely.get_parts(geometry, return_index=True)
    if len(parts) and (shapely.get_type_id(parts) == 7).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        row = row[inner]
    area = shapely.area(parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        width = 2 * area / shapely.length(parts)
    counts = (area >= least_area_m2) & (width >= hairline_m)
    return parts[counts], row[counts].astype(np.int64)


def places(surface: Geometries) -> NDArray[np.float64]:
    """Return a point of each polygon, float64[n, 2]: its centroid, or a point on its surface."""
    if not len(surface):
        return np.zeros((0, 2))
    point = shapely.centroid(surface)
    outside = ~shapely.intersects(surface, point)
    point[outside] = shapely.point_on_surface(surface[outside])
    return np.stack([shapely.get_x(point), shapely.get_y(point)], axis=1)


def ramps(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, ... count[i] - 1 for each i, in one array."""
    begin = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64)
    return np.arange(int(count.sum())) - np.repeat(begin, count)
