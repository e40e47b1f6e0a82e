"""Random sites of every shape and size, from 100 m2 to 80 ha, somewhere in a box."""

import math
from collections.abc import Iterator

import numpy as np
import shapely

LEAST_M2, MOST_M2 = 100.0, 800_000.0


def sites(
    rng: np.random.Generator, within: shapely.Geometry, centres: np.ndarray | None = None
) -> Iterator[shapely.Polygon]:
    """Yield valid polygons on the 0.1 mm grid whose middle lies in `within`, without end.

    Sizes are spread evenly over the powers of ten. `centres` [n, 2]: middles are drawn from these.
    """
    west, south, east, north = within.bounds
    shapely.prepare(within)
    while True:
        if centres is None:
            middle = rng.uniform((west, south), (east, north))
        else:
            middle = centres[rng.integers(len(centres))] + rng.normal(0, 20, 2)
        if not shapely.contains_xy(within, *middle):
            continue
        size = math.exp(rng.uniform(math.log(LEAST_M2), math.log(MOST_M2)))
        shape = _shape(rng, middle, size)
        if shape.is_valid and shape.area > LEAST_M2 / 2:
            yield shape


def _shape(rng: np.random.Generator, middle: np.ndarray, size_m2: float) -> shapely.Polygon:
    kind = int(rng.integers(4))
    if kind == 0:
        ring = _star(rng, int(rng.integers(5, 60)), 0.45)
    elif kind == 1:
        ring = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * rng.uniform(0.3, 1.5, 2)
    elif kind == 2:  # a road
        ring = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (1, rng.uniform(0.02, 0.1))
    else:
        ring = _star(rng, 4 * int(rng.integers(2, 9)), 0.9)
    turn = rng.uniform(0, 2 * np.pi)
    turned = ring @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    scale = math.sqrt(size_m2 / shapely.Polygon(turned).area)
    shell = np.round(turned * scale + middle, 4)
    holes = []
    if kind == 0 and rng.random() < 0.3:
        holes.append(np.round(_star(rng, 7, 0.3) * scale * 0.25 + middle, 4))
    return shapely.Polygon(shell, holes)


def _star(rng: np.random.Generator, corners: int, least: float) -> np.ndarray:
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = rng.uniform(1 - least, 1, corners)
    return np.c_[reach * np.cos(angle), reach * np.sin(angle)]
