"""Underground: mines, the ore that building must not cover, and slopes that may come down."""

import numpy as np
import pyarrow as pa
import shapely

from guotu.lib.fiction import drawing, naming
from guotu.lib.fiction.controls import Layer
from guotu.lib.fiction.drawing import as_objects
from guotu.lib.fiction.land import Land
from guotu.lib.fiction.landuse import Names
from guotu.lib.fiction.mesh import rounded
from guotu.lib.fiction.terrain import Floats


def mines(land: Land, names: Names, rng: np.random.Generator) -> Layer:
    """Return licensed mining areas (their corners are surveyed, so few) round the larger pits."""
    pits = np.flatnonzero(land.code == 602)
    if not len(pits):  # a coarse county shows no pit, yet has its licences
        pits = np.flatnonzero(np.isin(land.code, (301, 305, 307)))
    area = shapely.area(land.geometry[pits])
    largest = pits[np.argsort(-area, kind="stable")[: max(2, len(land.geometry) // 2500)]]
    shapes, columns = [], []
    for number, pit in enumerate(largest.tolist()):
        hull = shapely.convex_hull(land.geometry[pit].buffer(60.0))
        shapes.append(shapely.simplify(hull, 25.0))
        kind = naming.ore(rng)
        columns.append(
            (
                f"{names.village[land.village[pit]]}{kind}矿",
                f"C{names.county_code}2020{number + 1:010d}",
                kind,
                naming.day(rng, "2026-06-30", 3000),
            )
        )
    made, kept = drawing.settled(as_objects(shapes), land.outline)
    chosen = [columns[one] for one in kept]
    fields = ("KSMC", "XKZH", "KZ", "YXQZ")
    return made, pa.table(
        {name: pa.array([one[k] for one in chosen], pa.string()) for k, name in enumerate(fields)}
    )


def ore_cover(land: Land, rng: np.random.Generator) -> Layer:
    """Return ore bodies known below ground."""
    reach = float(np.sqrt(shapely.area(land.outline))) * 0.035
    rows = drawing.picked(np.isin(land.code, (301, 305, 307)).astype(float), 3, rng)
    shapes = [drawing.blob(land.inner[row], reach * rng.uniform(0.5, 1.1), rng) for row in rows]
    made, _ = drawing.settled(as_objects(shapes), land.outline)
    kinds = [naming.ore(rng) for _ in made]
    heads = naming.place_names(len(made), rng)
    table = pa.table(
        {
            "MC": pa.array([f"{head}{kind}矿床" for head, kind in zip(heads, kinds, strict=True)]),
            "LX": pa.array(kinds, pa.string()),
        }
    )
    return made, table


_KINDS = ("滑坡", "崩塌", "不稳定斜坡", "泥石流")


def hazards(land: Land, names: Names, rng: np.random.Generator) -> tuple[Layer, Layer]:
    """Return hazard points on steep ground above homes, and the zones below them in danger.

    Scale by persons under threat (地质灾害防治条例 art. 4 and its grades of 险情).
    """
    home = land.inner[land.code == 702]
    village = land.village[land.code == 702]
    spot, toward, steep = _brow(land, home, rng)
    order = drawing.picked(np.maximum(steep - 9, 0), max(6, len(land.geometry) // 350), rng)
    spot, toward, village = spot[order], toward[order], village[order]
    threatened = np.rint(rng.lognormal(2.9, 0.8, len(order))).astype(int)
    kind = [_KINDS[int(one)] for one in rng.choice(4, len(order), p=[0.5, 0.17, 0.25, 0.08])]
    titles = [f"{names.village[v]}{k}" for v, k in zip(village, kind, strict=True)]
    number = [f"{names.county_code}{one + 1:04d}" for one in range(len(order))]
    scale = ["小型" if one < 100 else "中型" for one in threatened]
    points = as_objects([shapely.Point(at) for at in rounded(spot)])
    point_table = pa.table(
        {
            "BH": number,
            "MC": titles,
            "LX": kind,
            "GM": scale,
            "WXRS": pa.array(threatened, pa.int32()),
            "ZLDWMC": names.village[village],
        }
    )
    shapes = [
        _run_out(spot[k], toward[k], 60 + 3.0 * float(threatened[k]) ** 0.7 * rng.uniform(2, 4))
        for k in range(len(order))
    ]
    made, kept = drawing.settled(as_objects(shapes), land.outline)
    grades = ["高" if threatened[k] > 40 else "中" if threatened[k] > 15 else "低" for k in kept]
    zone_table = pa.table(
        {
            "BH": [number[k] for k in kept],
            "MC": [titles[k] + "危险区" for k in kept],
            "JB": grades,
        }
    )
    return (points, point_table), (made, zone_table)


def _brow(land: Land, home: Floats, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Return for each home the steepest spot near it, the way down from there, and its slope."""
    terrain = land.terrain
    best, spot = np.full(len(home), -1.0), home.copy()
    for turn in np.linspace(0, 2 * np.pi, 12, endpoint=False) + rng.uniform(0, 0.5):
        for reach in (60.0, 110.0):
            there = home + reach * np.asarray([np.cos(turn), np.sin(turn)])
            higher = terrain.at(terrain.height, there) > terrain.at(terrain.height, home) + 6
            inside = shapely.contains_xy(land.outline, there)
            slope = np.where(higher & inside, terrain.at(terrain.slope_deg, there), -1.0)
            better = slope > best
            best[better], spot[better] = slope[better], there[better]
    toward = home - spot
    size = np.maximum(np.hypot(*toward.T), 1e-6)
    return spot, toward / size[:, None], best


def _run_out(top: Floats, toward: Floats, length_m: float) -> shapely.Polygon:
    """Return a tongue of debris: narrow at the scar, wide at the foot."""
    aside = np.asarray([-toward[1], toward[0]])
    along = np.asarray([-0.1, 0.1, 0.35, 0.65, 0.88, 1.0])
    half = np.asarray([0.02, 0.12, 0.18, 0.27, 0.24, 0.1])
    right = top + (along[:, None] * toward - half[:, None] * aside) * length_m
    left = top + (along[:, None] * toward + half[:, None] * aside) * length_m
    return shapely.Polygon(rounded(np.vstack([right, left[::-1]])))
