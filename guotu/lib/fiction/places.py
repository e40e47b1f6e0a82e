"""Places: where the town, the markets, the villages and their hamlets stand on the land."""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy import ndimage

from guotu.lib.fiction.terrain import Floats, Ints, Terrain


@dataclass(frozen=True)
class Places:
    """Flat terrain nodes: the county town, township seats (the town first), village seats, hamlets.

    `fields` are places a track must reach; `dams` hold back reservoirs.
    """

    town: Ints
    markets: Ints
    seats: Ints
    hamlets: Ints
    fields: Ints
    dams: Ints


def _thinned(terrain: Terrain, score: Floats, apart_m: float, wanted: int) -> Ints:
    """Return up to `wanted` nodes of highest score, none in the square of another."""
    open_nodes = np.flatnonzero(np.isfinite(score))
    order = open_nodes[np.argsort(-score[open_nodes], kind="stable")]
    box = np.floor((terrain.node_xy(order) - np.asarray(terrain.origin)) / apart_m).astype(np.int64)
    taken: set[tuple[int, int]] = set()
    chosen = []
    for node, x, y in zip(order.tolist(), box[:, 0].tolist(), box[:, 1].tolist(), strict=True):
        if (x, y) in taken:
            continue
        # Squares that touch at a side are kept apart too.
        taken.update(((x, y), (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)))
        chosen.append(node)
        if len(chosen) == wanted:
            break
    return np.asarray(chosen, np.int64)


def _inner(terrain: Terrain, outline: shapely.Geometry, margin_m: float) -> Floats:
    xy = terrain.node_xy(np.arange(terrain.height.size))
    inside = shapely.contains_xy(outline, xy).reshape(terrain.shape)
    depth = ndimage.distance_transform_edt(inside) * terrain.step_m
    return np.asarray(np.where(depth > margin_m, depth, np.nan).ravel())


def choose(
    terrain: Terrain,
    outline: shapely.Geometry,
    townships: int,
    villages: int,
    hamlets: int,
    rng: np.random.Generator,
) -> Places:
    """Return the places of a county; every list holds at least one node inside the outline."""
    margin = min(250.0, 0.04 * float(np.sqrt(shapely.area(outline))))
    depth = _inner(terrain, outline, margin)
    area = float(shapely.area(outline))
    flat = np.exp(-((terrain.slope_deg / 5.0) ** 2)).ravel()
    plain = ndimage.uniform_filter(flat.reshape(terrain.shape), max(3, int(900 / terrain.step_m)))
    water = np.log1p(ndimage.maximum_filter(terrain.upstream_km2, size=9)).ravel()
    dry = np.where(terrain.upstream_km2.ravel() > 1.5, np.nan, 0.0)
    inside = depth * 0 + dry
    chance = rng.gumbel(size=depth.size)
    town = _thinned(
        terrain,
        inside + 7 * plain.ravel() + 0.9 * water + 6 * depth / np.nanmax(depth),
        1e3,
        1,
    )
    foot = flat * np.exp(-((terrain.above_stream_m.ravel() / 14.0) ** 2))
    away = np.hypot(*(terrain.node_xy(np.arange(depth.size)) - terrain.node_xy(town)).T)
    apart = np.sqrt(area / townships)
    far = np.where(away > 0.55 * apart, 0.0, np.nan)
    markets = _thinned(
        terrain,
        inside + far + 3 * plain.ravel() + water + 0.4 * chance,
        apart * 0.62,
        townships - 1,
    )
    seats = _thinned(
        terrain, inside + 5 * foot + 0.6 * chance, 0.62 * np.sqrt(area / villages), villages
    )
    chance = rng.gumbel(size=depth.size)
    clusters = _thinned(
        terrain, inside + 5 * foot + chance, 0.55 * np.sqrt(area / hamlets), hamlets
    )
    tracks = _thinned(
        terrain,
        inside + 3 * flat + rng.gumbel(size=depth.size),
        0.42 * np.sqrt(area / hamlets),
        hamlets * 2,
    )
    markets = np.r_[town, markets]
    seats = np.unique(np.r_[markets, seats])
    return Places(town, markets, seats, clusters, tracks, _dams(terrain, depth, chance))


def _dams(terrain: Terrain, depth: Floats, chance: Floats) -> Ints:
    upstream = terrain.upstream_km2.ravel()
    narrow = terrain.slope_deg.ravel() + ndimage.maximum_filter(terrain.slope_deg, 7).ravel()
    fit = (upstream > 2.5) & (upstream < 25) & (narrow > 20)
    score = np.where(fit & np.isfinite(depth), 0.1 * narrow + chance, np.nan)
    wanted = max(1, int(np.isfinite(depth).sum() * terrain.step_m**2 / 60e6))
    return _thinned(terrain, score, 2500.0, wanted)
