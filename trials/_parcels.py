"""Land made up for measuring: a gap-free coverage of parcels, and red lines of two kinds.

All of it lies in metres on the 0.1 mm grid, about where EPSG:4547 has a county.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

ORIGIN = (460_000.0, 3_176_000.0)
CELL_M = 60.0
RED_LINES_A_SIDE = 7


@dataclass(frozen=True)
class Coverage:
    """Parcels that share every boundary vertex with their neighbours, and their extent."""

    parcels: NDArray[np.object_]
    width_m: float
    height_m: float


def coverage(parcels: int, seed: int = 1) -> Coverage:
    """Return about `parcels` parcels of 20 to 95 vertices, row by row."""
    rng = np.random.default_rng(seed)
    rows = max(1, round(parcels**0.5))
    columns = max(1, round(parcels / rows))
    paths = _Paths(rng, rows, columns)
    row, column = np.divmod(np.arange(rows * columns), columns)
    below = row * columns + column
    left = paths.horizontal + row * (columns + 1) + column
    sides = np.stack([below, left + 1, below + columns, left], axis=1)
    forward = np.broadcast_to([True, True, False, False], sides.shape)
    count = paths.count[sides]
    first = paths.first[sides] + np.where(forward, 0, count)
    step = np.where(forward, 1, -1)
    index = _ramps(first.ravel(), step.ravel(), count.ravel())
    owner = np.repeat(np.repeat(np.arange(len(row)), 4), count.ravel())
    rings = shapely.linearrings(paths.points[index], indices=owner)
    return Coverage(shapely.polygons(rings), columns * CELL_M, rows * CELL_M)


class _Paths:
    """The boundary lines of a jittered lattice: horizontal ones first, then vertical ones."""

    def __init__(self, rng: np.random.Generator, rows: int, columns: int) -> None:
        node = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
        node = (node + rng.uniform(-0.2, 0.2, node.shape)) * CELL_M
        start = np.concatenate([node[:, :-1].reshape(-1, 2), node[:-1].reshape(-1, 2)])
        end = np.concatenate([node[:, 1:].reshape(-1, 2), node[1:].reshape(-1, 2)])
        self.horizontal = (rows + 1) * columns
        self.count = rng.integers(5, 24, len(start))  # a side has that many segments
        length = self.count + 1
        self.first = np.concatenate([[0], np.cumsum(length)[:-1]])
        line = np.repeat(np.arange(len(start)), length)
        place = np.arange(len(line)) - self.first[line]
        inner = (place > 0) & (place < self.count[line])
        along = (place + np.where(inner, rng.uniform(-0.3, 0.3, len(line)), 0)) / self.count[line]
        run = (end - start)[line]
        swing = rng.uniform(-0.08, 0.08, len(start))[line] * np.sin(np.pi * along)
        swing += np.where(inner, rng.uniform(-0.012, 0.012, len(line)), 0)
        normal = np.stack([-run[:, 1], run[:, 0]], axis=1)
        points = start[line] + run * along[:, None] + normal * swing[:, None]
        self.points = np.round(points + ORIGIN, 4)


def _ramps(
    first: NDArray[np.int64], step: NDArray[np.int64], count: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return first, first + step, ... (`count` of them) for each row, in one array."""
    begin = np.concatenate([[0], np.cumsum(count)[:-1]])
    row = np.repeat(np.arange(len(first)), count)
    return first[row] + step[row] * (np.arange(len(row)) - begin[row])


def star(
    rng: np.random.Generator, centre: tuple[float, float], radius_m: float, vertices: int
) -> shapely.Polygon:
    """Return a simple polygon with a ragged outline of `vertices` vertices."""
    angle = (np.arange(vertices) + rng.uniform(-0.3, 0.3, vertices)) * (2 * np.pi / vertices)
    wave = np.arange(2, 2 + min(vertices // 6, 400))
    size = 0.35 * rng.uniform(0.4, 1, len(wave)) / wave**1.1
    phase = rng.uniform(0, 2 * np.pi, len(wave))
    reach = np.ones(vertices)
    for number, amount, shift in zip(wave, size, phase, strict=True):
        reach += amount * np.cos(number * angle + shift)
    reach = np.clip(reach, 0.25, None) * (radius_m / reach.max())
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None] + centre
    return shapely.Polygon(np.round(outline, 4))


def independent_red_lines(land: Coverage, seed: int = 2) -> NDArray[np.object_]:
    """Return 49 polygons of 300 to 3,000 vertices whose edges are no parcel's."""
    rng = np.random.default_rng(seed)
    cell = np.array([land.width_m, land.height_m]) / RED_LINES_A_SIDE
    found = []
    for number in range(RED_LINES_A_SIDE**2):
        row, column = divmod(number, RED_LINES_A_SIDE)
        centre = (np.array([column, row]) + 0.5) * cell + ORIGIN
        outer = star(rng, tuple(centre), 0.48 * cell.min(), int(rng.integers(300, 3_000)))
        hole = star(rng, tuple(centre), 0.08 * cell.min(), int(rng.integers(40, 200)))
        found.append(shapely.Polygon(outer.exterior, [hole.exterior]))
    return np.array(found, object)


def shared_red_lines(land: Coverage, seed: int = 2) -> NDArray[np.object_]:
    """Return 49 unions of whole parcels: every edge of theirs is a parcel's edge."""
    blobs = independent_red_lines(land, seed)
    inside = shapely.STRtree(shapely.point_on_surface(land.parcels))
    blob, parcel = inside.query(blobs, predicate="intersects")
    return np.array(
        [
            shapely.coverage_union_all(land.parcels[parcel[blob == number]])
            for number in range(len(blobs))
        ],
        object,
    )


def giant(land: Coverage, vertices: int, seed: int = 3) -> shapely.MultiPolygon:
    """Return one multipolygon of at least `vertices` vertices over much of the land."""
    rng = np.random.default_rng(seed)
    width = min(land.width_m, land.height_m)
    centre = (ORIGIN[0] + land.width_m / 2, ORIGIN[1] + land.height_m / 2)
    main = star(rng, centre, 0.42 * width, round(vertices * 0.85))
    corners = [
        star(
            rng,
            (centre[0] + a * 0.44 * land.width_m, centre[1] + b * 0.44 * land.height_m),
            0.05 * width,
            round(vertices * 0.0376),
        )
        for a in (-1, 1)
        for b in (-1, 1)
    ]
    apart = [corner for corner in corners if not corner.intersects(main)]
    return shapely.MultiPolygon([main, *apart])
