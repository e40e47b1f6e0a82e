"""Cover: which class of the third survey each cell is, from its ground, its water and its people.

Classes are those of reference TD/T 1055-2019 as used in the third survey; a cell is one class.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from guotu.lib.fiction.lines import Line, resampled
from guotu.lib.fiction.mesh import Mesh
from guotu.lib.fiction.places import Places
from guotu.lib.fiction.terrain import Floats, Ints, Terrain, first_of, fractal

_FAR_M = 1e6
MARKET_SHARE = 0.19


@dataclass(frozen=True)
class Ground:
    """What is known of each cell: slope, height above its stream and above the lowest, distances.

    `town_share` and `market_share` are the distance to the town's (nearest market's) centre as a
    share of its radius; `dam` is the place in the dams whose water would cover the cell, or -1.
    """

    xy: Floats
    slope_deg: Floats
    height_m: Floats
    above_stream_m: Floats
    river_m: Floats
    road_m: Floats
    hamlet_share: Floats
    town_share: Floats
    market_share: Floats
    dam: Ints
    noise: Floats  # n x 4, deviation 1


def ground(
    terrain: Terrain,
    mesh: Mesh,
    kernel: Floats,
    lines: list[Line],
    places: Places,
    scale: float,
    rng: np.random.Generator,
) -> Ground:
    """Return what is known of each cell of `mesh`; `scale` stretches towns and hamlets."""
    waters = [line for line in lines if line.code == "1101"]
    ways = [line for line in lines if line.code in ("1003", "1006")]
    road_m = _distance(ways, kernel)
    noise = np.column_stack(
        [terrain.at(fractal(terrain.shape, rng, fall), kernel) for fall in (1.6, 1.9, 1.3, 0.9)]
    )
    wobble = 1 + 0.22 * noise[:, 0] + 0.12 * noise[:, 3]
    hamlet_xy = terrain.node_xy(np.r_[places.seats, places.hamlets])
    reach = rng.lognormal(np.log(52.0 * scale), 0.42, len(hamlet_xy))
    away, which = cKDTree(hamlet_xy).query(kernel)
    town = np.hypot(*(kernel - terrain.node_xy(places.town)).T)
    market, _ = cKDTree(terrain.node_xy(places.markets)).query(kernel)
    radius = town_radius_m(float(mesh.cell_area_m2().sum()))
    return Ground(
        xy=kernel,
        slope_deg=terrain.at(terrain.slope_deg, kernel),
        height_m=terrain.at(terrain.height, kernel),
        above_stream_m=terrain.at(terrain.above_stream_m, kernel),
        river_m=_distance(waters, kernel),
        road_m=road_m,
        hamlet_share=away / (reach[which] * np.maximum(wobble, 0.35) * _along_road(road_m)),
        town_share=town / (radius * np.maximum(wobble, 0.5)),
        market_share=market / (MARKET_SHARE * radius * np.maximum(wobble, 0.5)),
        dam=_drowned(terrain, kernel, places.dams),
        noise=noise,
    )


def town_radius_m(county_m2: float) -> float:
    """Return how far the county town reaches: it takes about 1 % of the county."""
    return float(np.sqrt(county_m2 * 0.010 / np.pi))


def _along_road(road_m: Floats) -> Floats:
    # Homes string out along the road and thin out away from it.
    return 0.62 + 1.15 * np.exp(-road_m / 32.0)


def _distance(lines: list[Line], xy: Floats) -> Floats:
    if not lines:
        return np.full(len(xy), _FAR_M)
    dense = np.vstack([resampled(line, 15.0).xy for line in lines])
    return np.asarray(cKDTree(dense).query(xy)[0], np.float64)


def _drowned(terrain: Terrain, xy: Floats, dams: Ints) -> Ints:
    if not len(dams):
        return np.full(len(xy), -1)
    is_dam = np.zeros(terrain.height.size, bool)
    is_dam[dams] = True
    below = first_of(terrain.down, is_dam)[terrain.node_at(xy)]
    rank = np.full(terrain.height.size, -1)
    rank[dams] = np.arange(len(dams))
    found = rank[below]
    level = terrain.height.ravel()[dams] + 13.0
    away = np.hypot(*(xy - terrain.node_xy(dams)[np.maximum(found, 0)]).T)
    wet = (found >= 0) & (terrain.at(terrain.height, xy) < level[np.maximum(found, 0)])
    return np.where(wet & (away < 2200), found, -1)


def classes(land: Ground, rng: np.random.Generator) -> Ints:
    """Return each cell's class as a number (301 for 0301): later lines overrule earlier ones."""
    slope, above, n = land.slope_deg, land.above_stream_m, land.noise
    near_people = np.exp(-land.hamlet_share / 9.0)
    code = np.full(len(slope), 301)
    code[n[:, 1] > 1.05] = 302
    code[n[:, 2] > 1.15] = 307
    high = land.height_m > np.quantile(land.height_m, 0.86)
    code[high & (n[:, 1] < -0.5)] = 305
    code[(slope > 22) & (n[:, 2] < -1.5)] = 305
    code[high & (n[:, 3] > 1.6)] = 404
    code[(slope > 30) & (n[:, 3] < -2.1)] = 1207
    code[(slope > 9) & (n[:, 3] > 2.7)] = 1206
    hillside = (slope < 20) & (above < 75)
    code[hillside & (n[:, 2] > 0.95) & (near_people > 0.3)] = 201
    code[(slope < 24) & (slope > 7) & (n[:, 1] < -1.25) & (near_people > 0.3)] = 202
    dry = slope + above * 0.22 - 12 * near_people + 2.6 * n[:, 3]
    code[dry < 5.5] = 103
    wet = slope * 1.1 + above * 0.5 + land.river_m / 260 + 1.5 * n[:, 0]
    code[wet < 10.5] = 101
    terrace = (slope < 15) & (above < 26) & (n[:, 0] < -0.2) & (near_people > 0.2)
    code[terrace & (wet < 17)] = 101
    lone = rng.random(len(slope))
    code[(code == 101) & (lone < 0.012)] = 1104
    code[(code == 103) & (lone > 0.994)] = 1202
    code[(lone > 0.99) & (lone < 0.992) & (code == 101)] = 1202
    return _settled(land, code, lone)


def _settled(land: Ground, code: Ints, lone: Floats) -> Ints:
    slope = land.slope_deg
    home = (land.hamlet_share < 1) & (slope < 17) & (land.river_m > 18)
    code[home] = 702
    beside_road = (land.road_m < 45) & (slope < 12) & (land.noise[:, 3] > 1.15)
    code[beside_road & (land.hamlet_share < 5)] = 702
    code[(land.market_share < 1) & (slope < 14)] = 701
    code[(land.town_share < 1) & (slope < 16)] = 701
    code[land.dam >= 0] = 1103
    quarry = (
        (land.noise[:, 2] > 2.0)
        & (land.noise[:, 1] > 0.6)
        & (land.road_m < 600)
        & (slope > 8)
        & (land.dam < 0)
    )
    code[quarry & (land.hamlet_share > 2)] = 602
    code[(land.hamlet_share > 1.6) & (land.hamlet_share < 2.2) & (lone < 0.01)] = 802
    return code


_TOWN_USES = np.asarray([701, 501, 802, 801, 809, 810, 601, 1005])
_CENTRE = np.asarray([0.50, 0.26, 0.08, 0.08, 0.01, 0.06, 0.00, 0.01])
_RIM = np.asarray([0.42, 0.08, 0.09, 0.02, 0.05, 0.06, 0.25, 0.03])


def town_blocks(land: Ground, code: Ints, block: Ints, rng: np.random.Generator) -> Ints:
    """Return the classes with each block of town (cells no street divides) given one use or two."""
    blocks = int(block.max()) + 1
    size = np.bincount(block)
    share = np.bincount(block, np.minimum(land.town_share, 1.5)) / np.maximum(size, 1)
    mix = np.minimum(share, 1)[:, None]
    odds = np.cumsum(_CENTRE * (1 - mix) + _RIM * mix, axis=1)
    first = (rng.random(blocks)[:, None] > odds / odds[:, -1:]).sum(axis=1)
    second = (rng.random(blocks)[:, None] > odds / odds[:, -1:]).sum(axis=1)
    side = land.noise[:, 3] > 0.35
    use = np.where(side, second[block], first[block])
    return np.where(code == 701, _TOWN_USES[np.minimum(use, len(_TOWN_USES) - 1)], code)


CODES = {
    101: "0101", 103: "0103", 201: "0201", 202: "0202", 301: "0301", 302: "0302", 305: "0305",
    307: "0307", 404: "0404", 501: "05H1", 601: "0601", 602: "0602", 701: "0701", 702: "0702",
    801: "08H1", 802: "08H2", 809: "0809", 810: "0810", 1005: "1005", 1103: "1103", 1104: "1104",
    1109: "1109", 1202: "1202", 1206: "1206", 1207: "1207",
}  # fmt: skip
LINE_CODES = {"1101": 1101, "1107": 1107, "1003": 1003, "1004": 1004, "1006": 1006}
STATE_OWNED = frozenset({501, 601, 701, 801, 802, 809, 810, 1003, 1004, 1005, 1101, 1103, 1109})

# Usual parcel sizes in hectares, before all are scaled to the number of parcels wanted.
USUAL_HA = {
    101: 0.55, 103: 0.45, 201: 0.8, 202: 0.8, 301: 5.0, 302: 2.5, 305: 3.0, 307: 2.2, 404: 1.5,
    501: 1.0, 601: 3.0, 602: 4.0, 701: 1.2, 702: 0.7, 801: 1.0, 802: 1.5, 809: 1.0, 810: 2.0,
    1005: 1.5, 1103: 400.0, 1104: 50.0, 1109: 5.0, 1202: 3.0, 1206: 3.0, 1207: 3.0,
}  # fmt: skip
