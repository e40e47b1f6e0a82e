"""An import with validity, codes and legal area against a bare read and write of the same file."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from trials._atlas import EPSG, apart
from trials.harness import Figure, Scale

TITLE = "导入 20 万图斑：有效性、编码、法定面积，对照裸读裸写"
TIMED = True
FAULTS = {
    "one_by_one": "面积逐个图斑计算",
    "unchecked": "不查图形有效性",
}
GOAL = 4.0
BROKEN = 25  # bow-ties and unknown codes planted in the file, so many of each
_CODES = ("0101", "0103", "0301", "0702", "1006", "1104A", "0201K")


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the ratio to the bare work, and what the checks found of what was planted."""
    parcels = scale.count(200_000, least=20_000)
    runs = 1 if scale.faulty else 3
    got = apart("trials.import_speed:work", fault, parcels=parcels, runs=runs)
    share = got["import_s"] / got["bare_s"]
    yield Figure(
        f"导入 {got['read']:,} 个图斑，不切片不查拓扑",
        f"≤ 裸读写的 {GOAL:g} 倍",
        f"{share:.2f} 倍（导入 {got['import_s']:.2f} s，pyogrio 读 + GeoParquet 写 "
        f"{got['bare_s']:.2f} s，中位数，{runs} 次）",
        share <= GOAL,
    )
    closes = got["read"] == got["accepted"] + got["rejected"] + got["quarantined"]
    found = (got["rejected"], got["quarantined"])
    yield Figure(
        "同一次导入查出的坏编码与坏图形",
        f"各 {BROKEN} 个，账目相符",
        f"剔除 {found[0]}，待确认 {found[1]}，采用 {got['accepted']:,}",
        closes and found == (BROKEN, BROKEN),
    )


def work(folder: Path, fault: str | None, parcels: int, runs: int) -> dict[str, Any]:
    """Time both on one file, turn about, in the county of this process."""
    from guotu.core.atlas.publishing import import_layer
    from guotu.core.journal.actions import COUNTY, perform

    _plant(fault)
    path = _file(folder / "landuse.gpkg", parcels)
    _bare(path, folder)  # the first reading warms the disk's cache for both
    ours, bare, report = [], [], {}
    for _ in range(runs):
        bare.append(_seconds(lambda: _bare(path, folder)))
        began = time.perf_counter()
        report = import_layer("landuse", path, tiles=False, topology=False)
        ours.append(time.perf_counter() - began)
        perform(
            "atlas.withdraw", COUNTY, reason="再试一次", layer="landuse", name=report["release"]
        )
    return {
        "import_s": statistics.median(ours),
        "bare_s": statistics.median(bare),
        "read": report["read"],
        "accepted": report["accepted"],
        "rejected": len(report["rejected"]),
        "quarantined": len(report["quarantined"]),
    }


def _seconds(job: Any) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _bare(path: Path, folder: Path) -> None:
    import geopandas

    geopandas.read_file(path, engine="pyogrio", use_arrow=True).to_parquet(folder / "bare.parquet")


def _file(path: Path, parcels: int) -> Path:
    import pyogrio

    from guotu.core.atlas.rules import land_class
    from trials._parcels import coverage

    land = np.array(coverage(parcels).parcels, object)
    count = len(land)
    rng = np.random.default_rng(5)
    codes = np.array(_CODES, object)[rng.integers(0, len(_CODES), count)]
    names = np.array([land_class(code).name for code in codes], object)  # type: ignore[union-attr]
    area = np.round(shapely.area(land), 2)
    broken = rng.choice(count, 2 * BROKEN, replace=False)
    codes[broken[:BROKEN]] = "9999"
    for row in broken[BROKEN:]:
        west, south, east, north = land[row].bounds
        land[row] = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    unit = np.array([f"4306261012{row % 300:02d}0000000" for row in range(count)], object)
    village = np.array([f"青石村{row % 300}组" for row in range(count)], object)
    fields = {
        "BSM": np.array([f"4306262010{row:08d}" for row in range(count)], object),
        "TBBH": np.array([f"{row:08d}" for row in range(count)], object),
        "DLBM": codes,
        "DLMC": names,
        "QSXZ": np.array(["30"] * count, object),
        "QSDWDM": unit,
        "QSDWMC": village,
        "ZLDWDM": unit,
        "ZLDWMC": village,
        "TBMJ": area,
        "KCXS": np.zeros(count),
        "KCMJ": np.zeros(count),
        "TBDLMJ": area,
    }
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(land),
        field_data=list(fields.values()),
        fields=np.array(list(fields), object),
        geometry_type="Polygon",
        crs=f"EPSG:{EPSG}",
        driver="GPKG",
        layer="landuse",
    )
    return path


def _plant(fault: str | None) -> None:
    from guotu.core.atlas.publishing import batch
    from guotu.core.atlas.publishing import geometry as shapes

    whole = batch.legal_areas
    if fault == "one_by_one":
        batch.legal_areas = lambda geometry, frame: np.concatenate(
            [whole(geometry[row : row + 1], frame) for row in range(len(geometry))]
        )
    if fault == "unchecked":
        shapes.invalid = lambda geometry, before, ids: []
