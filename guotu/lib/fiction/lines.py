"""Lines: rivers, ditches and roads as centre lines with a width that changes along them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse.csgraph import dijkstra

from guotu.lib.fiction.terrain import Floats, Ints, Terrain, catchment, grid_graph

_RIVER_KM2 = 2.2
_BROOK_KM2 = 0.45
_WIDE_KM2 = 60.0
TRACK_RANK = 40
"""Ditches and field tracks rank no higher than this."""


@dataclass(frozen=True)
class Line:
    """A ribbon of land: class code, centre line `xy` (n x 2, metres), half width at each point.

    Where two ribbons meet, the one with the higher `rank` takes the crossing.
    """

    code: str
    rank: int
    xy: Floats
    half_width_m: Floats


def chains(parent: Ints, keep: NDArray[np.bool_], weight: Floats) -> Iterable[Ints]:
    """Yield the stems of the kept part of a tree, each from its source down to where it ends.

    `parent` is the flat index each node leads to (itself at the root); a kept node's parent is
    kept too. At a joint the child of the greatest `weight` goes on and the others end there.
    """
    nodes = np.flatnonzero(keep)
    moving = nodes[parent[nodes] != nodes]
    order = moving[np.lexsort((moving, weight[moving], parent[moving]))]
    is_main = np.zeros(parent.size, bool)
    last = np.flatnonzero(np.r_[np.diff(parent[order]) != 0, True]) if len(order) else order
    is_main[order[last]] = True
    has_child = np.zeros(parent.size, bool)
    has_child[parent[moving]] = True
    for source in moving[~has_child[moving]]:
        path = [int(source)]
        while True:
            at = path[-1]
            if parent[at] == at:
                break
            path.append(int(parent[at]))
            if not is_main[at]:
                break
        yield np.asarray(path)


def _smooth(xy: Floats, nodes: float) -> Floats:
    # The ends stay, so that joints stay joined.
    if len(xy) < 3:
        return xy
    straight = np.linspace(0, 1, len(xy))[:, None] * (xy[-1] - xy[0]) + xy[0]
    bend = ndimage.gaussian_filter1d(
        np.vstack([-(xy - straight)[:0:-1], xy - straight, -(xy - straight)[-2::-1]]),
        nodes,
        axis=0,
    )
    middle = bend[len(xy) - 1 : 2 * len(xy) - 1]
    middle[[0, -1]] = 0
    return np.asarray(straight + middle, np.float64)


def resampled(line: Line, spacing_m: float) -> Line:
    """Return the line with points about `spacing_m` apart, its ends kept."""
    reach = np.r_[0, np.cumsum(np.hypot(*np.diff(line.xy, axis=0).T))]
    count = max(1, round(float(reach[-1]) / spacing_m))
    stops = np.linspace(0, reach[-1], count + 1)
    xy = np.column_stack([np.interp(stops, reach, line.xy[:, axis]) for axis in (0, 1)])
    return replace(line, xy=xy, half_width_m=np.interp(stops, reach, line.half_width_m))


def waters(terrain: Terrain, scale: float = 1.0) -> list[Line]:
    """Return rivers (1101) and ditches (1107) where enough land drains; widths grow downstream.

    `scale` is how much coarser than usual the county is mapped.
    """
    upstream = terrain.upstream_km2.ravel()
    least = _BROOK_KM2 * scale**1.5
    lines = []
    for path in chains(terrain.down, upstream >= least, upstream):
        area = np.minimum(upstream[path], upstream[path[-2]])
        half = np.clip(1.35 * np.sqrt(area), 1.0, 45.0)
        xy = _smooth(terrain.node_xy(path), 2.5)
        river = int(np.searchsorted(area, _RIVER_KM2 * scale))
        if river > 1:
            lines.append(Line("1107", 20, xy[: river + 1], half[: river + 1]))
        if river < len(area) - 1:
            rank = 100 + int(half[-1])
            lines.append(Line("1101", rank, xy[river:], half[river:]))
    return lines


def _road_cost(terrain: Terrain) -> Floats:
    cost = 1 + (terrain.slope_deg / 7.0) ** 2
    wet = ndimage.grey_dilation(np.minimum(terrain.upstream_km2, 400.0), size=(3, 3))
    return np.asarray(cost + 6 * np.clip(wet / _RIVER_KM2, 0, 1) + np.sqrt(wet), np.float64)


def _routes(cost: Floats, roots: Ints, goals: Ints) -> tuple[Ints, Floats]:
    graph = grid_graph(cost).tocsr()
    _, before, _ = dijkstra(
        graph, directed=False, indices=roots, min_only=True, return_predecessors=True
    )
    nodes = np.arange(before.size)
    parent = np.where(before < 0, nodes, before).astype(np.int64)
    used = np.zeros(before.size)
    used[goals] = 1
    return parent, catchment(parent, used)


def roads(
    terrain: Terrain,
    town: Ints,
    markets: Ints,
    hamlets: Ints,
    plots: Ints,
    rng: np.random.Generator,
) -> list[Line]:
    """Return the roads: 1003 from town to markets, 1006 to hamlets, narrow 1006 out to plots.

    All four are flat node indices; every road is the cheapest way to the network before it.
    """
    cost = _road_cost(terrain) * np.exp(0.25 * rng.normal(size=terrain.shape))
    lines: list[Line] = []
    roots = np.asarray(town)
    kinds = (("1003", 60, 5.0, markets, 2.2), ("1006", 50, 2.6, hamlets, 1.5))
    for code, rank, half, goals, smooth in (*kinds, ("1006", TRACK_RANK, 1.8, plots, 1.2)):
        if not len(goals):
            continue
        parent, traffic = _routes(cost, roots, goals)
        for path in chains(parent, traffic > 0, traffic):
            xy = _smooth(terrain.node_xy(path), smooth)
            lines.append(Line(code, rank, xy, np.full(len(path), half)))
        used = np.flatnonzero(traffic)
        roots = np.unique(np.r_[roots, used])
        cost = cost.copy()
        cost.ravel()[used] *= 0.5
    return lines


def on_level(line: Line, terrain: Terrain) -> Line | None:
    """Return the longest stretch of a street on level, dry ground; None where it is too short."""
    wide = ndimage.maximum_filter(terrain.upstream_km2, size=5) > _WIDE_KM2
    good = terrain.at(terrain.slope_deg, line.xy) < 11.0
    good &= ~wide.ravel()[terrain.node_at(line.xy)]
    edges = np.flatnonzero(np.diff(np.r_[False, good, False].astype(int)))
    if not len(edges):
        return None
    longest = int(np.argmax(np.diff(edges)[::2])) * 2
    begin, end = edges[longest], edges[longest + 1]
    if end - begin < 4:
        return None
    return replace(line, xy=line.xy[begin:end], half_width_m=line.half_width_m[begin:end])


def streets(
    centre: Floats, turn_rad: float, radius_m: float, block_m: float, rng: np.random.Generator
) -> list[Line]:
    """Return a town's street grid (1004): two directions, uneven blocks, shorter to the rim."""
    lines = []
    for direction in (turn_rad, turn_rad + np.pi / 2):
        along = np.asarray([np.cos(direction), np.sin(direction)])
        aside = np.asarray([-along[1], along[0]])
        offset = -radius_m * 0.9
        while offset < radius_m * 0.9:
            reach = np.sqrt(radius_m**2 - offset**2) * rng.uniform(0.75, 1.0)
            steps = np.linspace(-reach, reach, max(3, int(reach / 15)))
            bow = 0.03 * radius_m * np.sin(steps / radius_m * 2 + direction)
            xy = centre + steps[:, None] * along + (offset + bow)[:, None] * aside
            half = 6.0 if rng.random() < 0.25 else 3.5
            lines.append(Line("1004", 70, xy, np.full(len(xy), half)))
            offset += block_m * rng.uniform(0.75, 1.35)
    return lines
