"""Drawing: areas that offices draw over the land, on the grid and inside the county."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from guotu.lib.fiction.land import Land
from guotu.lib.fiction.mesh import GRID_M, rounded
from guotu.lib.fiction.terrain import Floats, Ints

Shapes = NDArray[np.object_]
LEAST_M2 = 200.0


def settled(shapes: Shapes, outline: shapely.Geometry | None = None) -> tuple[Shapes, Ints]:
    """Return polygons of `shapes` within the outline on the 0.1 mm grid, and which shape each was.

    A shape in several parts stays one multipolygon; parts under 200 m2 and lines are dropped.
    """
    if outline is not None:
        crossing = ~shapely.covers(outline, shapes)
        shapes = shapes.copy()
        shapes[crossing] = shapely.intersection(shapes[crossing], outline)
    shapes = shapely.set_precision(shapes, GRID_M)
    parts, which = shapely.get_parts(shapes, return_index=True)
    good = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) >= LEAST_M2)
    parts, which = parts[good], which[good]
    kept = np.unique(which)
    made = []
    for one in kept:
        own = parts[which == one]
        made.append(own[0] if len(own) == 1 else shapely.multipolygons(own))
    result = np.empty(len(made), object)
    result[:] = made
    return result, kept


def blocks(land: Land, chosen: NDArray[np.bool_], apart: Ints) -> Ints:
    """Return for each parcel its connected block among `chosen` parcels of equal `apart`, or -1."""
    a, b = land.edge_left, land.edge_right
    inland = (a >= 0) & (b >= 0)
    a, b = a[inland], b[inland]
    joined = chosen[a] & chosen[b] & (apart[a] == apart[b])
    count = len(chosen)
    graph = coo_array((np.ones(int(joined.sum())), (a[joined], b[joined])), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    label = np.full(count, -1, np.int64)
    label[chosen] = np.unique(part[chosen], return_inverse=True)[1]
    return label


def blob(
    centre: Floats, reach_m: float, rng: np.random.Generator, points: int = 48
) -> shapely.Polygon:
    """Return a round, uneven area."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = np.ones(points)
    for wave in range(2, 7):
        reach += 0.3 / wave * rng.normal() * np.cos(wave * turn + rng.uniform(0, 6.3))
    reach = np.clip(reach, 0.5, 1.6) * reach_m
    return shapely.Polygon(
        rounded(np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None] + centre)
    )


def yard(
    centre: Floats, along_rad: float, length_m: float, width_m: float, rng: np.random.Generator
) -> shapely.Polygon:
    """Return a building site: a quadrilateral with a corner or two cut off or drawn out."""
    corner = np.asarray([[-1, -1], [0.2, -1.05], [1, -1], [1, 0.3], [0.85, 1], [-0.3, 1], [-1, 1]])
    corner = corner + rng.uniform(-0.12, 0.12, corner.shape)
    local = corner * np.asarray([length_m, width_m]) / 2
    turn = np.asarray(
        [[np.cos(along_rad), np.sin(along_rad)], [-np.sin(along_rad), np.cos(along_rad)]]
    )
    return shapely.Polygon(rounded(local @ turn + centre))


def picked(weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    """Return up to `count` different rows, likelier where `weight` is more; none where it is 0."""
    open_rows = np.flatnonzero(weight > 0)
    key = np.log(rng.random(len(open_rows))) / weight[open_rows]
    return open_rows[np.argsort(-key, kind="stable")[:count]]


def as_objects(shapes: Sequence[Any]) -> Shapes:
    """Return a list of geometries as an array."""
    made = np.empty(len(shapes), object)
    made[:] = shapes
    return made
