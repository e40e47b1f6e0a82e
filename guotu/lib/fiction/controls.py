"""Controls: the three lines of the plan (三区三线), approvals given, and what satellites found."""

import numpy as np
import pyarrow as pa
import shapely

from guotu.lib.fiction import drawing, naming
from guotu.lib.fiction.drawing import Shapes, as_objects
from guotu.lib.fiction.land import Land
from guotu.lib.fiction.landuse import CLASS_NAMES, Names, code_text
from guotu.lib.fiction.terrain import Floats, Ints

Layer = tuple[Shapes, pa.Table]
_FARMED = (101, 103)
_WOODED = (301, 302, 305, 307, 404, 1206, 1207)
_URBAN = (501, 601, 701, 801, 802, 809, 810, 1004, 1005)
_FARMLAND_SHARE = 0.8


def _slope(land: Land) -> Floats:
    return land.terrain.at(land.terrain.slope_deg, land.inner)


def basic_farmland(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return blocks of the best cultivated land, about four fifths of it; some cut across parcels.

    Land Administration Law art. 33: normally not less than 80 % of cultivated land.
    """
    area = shapely.area(land.geometry)
    farmed = np.isin(land.code, _FARMED)
    worth = _slope(land) + np.where(land.code == 103, 6.0, 0.0) + rng.gumbel(size=len(area)) * 1.5
    order = np.flatnonzero(farmed)[np.argsort(worth[farmed], kind="stable")]
    enough = np.cumsum(area[order]) < _FARMLAND_SHARE * 1.02 * area[farmed].sum()
    chosen = np.zeros(len(area), bool)
    chosen[order[enough]] = True
    block = drawing.blocks(land, chosen, land.village * 1000 + land.code)
    shapes, label = land.grouped(block)
    first = np.full(int(block.max()) + 1, -1)
    first[block[chosen]] = np.flatnonzero(chosen)
    shapes = _cut_across(shapes, rng)
    shapes, kept = drawing.settled(shapes)
    parcel = first[label[kept]]
    village = land.village[parcel]
    number = np.arange(len(shapes)) + 1
    table = pa.table(
        {
            "BSM": [f"{names.county_code}3001{one:08d}" for one in number],
            "YJJBNTTBBH": [f"{names.county_code}{one:06d}" for one in number],
            "DLBM": code_text(land.code[parcel]),
            "DLMC": [CLASS_NAMES[int(one)] for one in land.code[parcel]],
            "ZLDWDM": names.village_code[village] + "0000000",
            "ZLDWMC": names.village[village],
            "YJJBNTMJ": np.round(shapely.area(shapes), 2),
        }
    )
    return shapes, table


def _cut_across(shapes: Shapes, rng: np.random.Generator) -> Shapes:
    """Take a bite out of one block in twelve: the line was drawn on an older survey."""
    bitten = np.flatnonzero(rng.random(len(shapes)) < 1 / 12)
    result = shapes.copy()
    for index in bitten:
        rim = shapely.get_coordinates(shapely.get_exterior_ring(shapes[index]))
        reach = 0.3 * float(np.sqrt(shapely.area(shapes[index])))
        bite = drawing.blob(rim[int(rng.integers(len(rim)))], reach, rng, points=14)
        result[index] = shapely.difference(shapes[index], bite)
    return result


def eco_redline(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return the red line: high woods and rivers' heads; half of it generalised off the parcels."""
    terrain = land.terrain
    height = terrain.at(terrain.height, land.inner)
    wooded = np.isin(land.code, _WOODED)
    area = shapely.area(land.geometry)
    steep = _slope(land)
    worth = height / max(float(height.max()), 1.0) + steep / 90
    level = _weighted_quantile(worth[wooded], area[wooded], 0.68)
    chosen = wooded & (worth > level)
    block = drawing.blocks(land, chosen, np.zeros(len(area), np.int64))
    shapes, _ = land.grouped(block)
    big = shapely.area(shapes) > 0.0015 * area.sum()
    shapes = shapes[big]
    soft = np.arange(len(shapes)) % 2 == 1
    shapes[soft] = shapely.simplify(shapes[soft], 18 * land.scale)
    shapes = _apart(shapes)
    shapes, _ = drawing.settled(shapes, land.outline)
    kinds = ("水源涵养", "生物多样性维护", "水土保持")
    peaks = naming.place_names(len(shapes), rng, tails="岭山峰尖岩")
    table = pa.table(
        {
            "HXBM": [f"{names.county_code}H{one + 1:03d}" for one in range(len(shapes))],
            "HXMC": [f"{peak}{kinds[one % 3]}生态保护红线" for one, peak in enumerate(peaks)],
            "HXLX": [kinds[one % 3] for one in range(len(shapes))],
            "HXMJ": np.round(shapely.area(shapes), 2),
        }
    )
    return shapes, table


def _weighted_quantile(value: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(value, kind="stable")
    reach = np.cumsum(weight[order])
    return float(value[order][np.searchsorted(reach, share * reach[-1])])


def _apart(shapes: Shapes) -> Shapes:
    """Give ground that two areas share to the earlier one."""
    tree = shapely.STRtree(shapes)
    result = shapes.copy()
    for later, earlier in tree.query(shapes, predicate="intersects").T:
        if earlier < later:
            result[later] = shapely.difference(result[later], result[earlier])
    return result


def urban_boundary(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return the town's and the markets' growth boundaries: what is built and a rim round it."""
    centres = land.terrain.node_xy(land.places.markets)
    urban = np.isin(land.code, _URBAN)
    grown = land.geometry[urban]
    near = np.hypot(
        land.inner[urban][:, None, 0] - centres[None, :, 0],
        land.inner[urban][:, None, 1] - centres[None, :, 1],
    ).argmin(axis=1)
    shapes, titles, kinds = [], [], []
    township = land.township_of[_village_at(land, centres)]
    for place in range(len(centres)):
        own = grown[near == place]
        if not len(own):
            continue
        core = shapely.union_all(own)
        reach = 0.22 * float(np.sqrt(shapely.area(core)))
        ring = shapely.simplify(core.buffer(reach).buffer(-0.45 * reach), 6.0)
        shapes.append(shapely.MultiPolygon([shapely.Polygon(p.exterior) for p in _parts(ring)]))
        titles.append(f"{names.township[township[place]]}城镇开发边界")
        kinds.append("集中建设区" if place == 0 else "乡镇集镇建设区")
    made, kept = drawing.settled(as_objects(shapes), land.outline)
    del rng
    table = pa.table(
        {
            "MC": [titles[one] for one in kept],
            "LX": [kinds[one] for one in kept],
            "MJ": np.round(shapely.area(made), 2),
        }
    )
    return made, table


def _parts(shape: shapely.Geometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if part.area > 400]


def _village_at(land: Land, xy: Floats) -> Ints:
    near = shapely.STRtree(land.geometry).nearest(shapely.points(xy))
    return land.village[np.asarray(near)]


def approved(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return building land already approved, near roads and towns; some of it is in use."""
    count = max(6, len(land.geometry) // 500)
    near_town = np.isin(land.code, (702, 701, 601, 1003)).astype(float)
    rows = drawing.picked(near_town, count, rng)
    shapes, columns = [], []
    for number, row in enumerate(rows.tolist()):
        at = land.inner[row] + rng.normal(0, 60, 2)
        length, width = rng.uniform(50, 190), rng.uniform(35, 120)
        shapes.append(drawing.yard(at, rng.uniform(0, np.pi), length, width, rng))
        year = int(rng.integers(2017, 2026))
        columns.append(
            (
                f"（虚构）政地〔{year}〕{number + 11}号",
                f"{names.village[land.village[row]]}{naming.work(rng)}项目",
                naming.day(rng, f"{year}-01-04", 350),
                ("已使用", "部分使用", "未使用")[int(rng.integers(3))],
            )
        )
    made, kept = drawing.settled(_apart(as_objects(shapes)), land.outline)
    chosen = [columns[one] for one in kept]
    table = pa.table(
        {
            "PWH": [one[0] for one in chosen],
            "XMMC": [one[1] for one in chosen],
            "PZRQ": [one[2] for one in chosen],
            "SYQK": [one[3] for one in chosen],
            "MJ": np.round(shapely.area(made), 2),
        }
    )
    return made, table


def violations(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return patches where building was seen without papers: on fields, beside villages."""
    count = max(5, len(land.geometry) // 600)
    rows = drawing.picked(np.isin(land.code, (101, 103, 201)).astype(float), count, rng)
    shapes = [
        drawing.yard(
            land.inner[row] + rng.normal(0, 12, 2),
            rng.uniform(0, np.pi),
            rng.uniform(16, 60),
            rng.uniform(14, 40),
            rng,
        )
        for row in rows.tolist()
    ]
    made, kept = drawing.settled(_apart(as_objects(shapes)), land.outline)
    rows = rows[kept]
    states = ("待核查", "核查中", "已立案", "已整改", "已复耕")
    table = pa.table(
        {
            "BH": [f"WF{2025}{one + 1:04d}" for one in range(len(made))],
            "DLBM": code_text(land.code[rows]),
            "FXRQ": [naming.day(rng, "2025-01-01", 330) for _ in range(len(made))],
            "ZT": [states[int(rng.integers(len(states)))] for _ in range(len(made))],
            "ZLDWMC": names.village[land.village[rows]],
            "MJ": np.round(shapely.area(made), 2),
        }
    )
    return made, table
