"""Real land of others: the communes of France as a protected layer, moved to 114 E and narrowed.

No frame of CGCS2000 reaches France, and one 3-degree zone is narrower than it. So longitudes are
moved east and narrowed to three quarters about the meridian 114 E: the communes keep their vertices
in number, their order and their shared edges, and all of them fit the county's frame. The overseas
departments are moved by whole degrees.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from trials import _brute
from trials._county import begin, home_of, publish, releases
from trials._reviewer import Reviewer
from trials._sites import sites
from trials.harness import SHARED_DATA, Figure, Scale

TITLE = "real data of others: 35,357 communes as a protected layer"
FAULTS = {
    "box_hits": "a feature's box counts as the feature",
    "planar_overlap": "the area of an overlap is taken in the plane and not by the law",
}
SOURCE = SHARED_DATA / "polygons" / "france_communes_2018.parquet"
COMMUNES, SITES = 35_357, 1_000
MIDDLE_DEG, MERIDIAN_DEG, NARROWED = 2.5, 114.0, 0.75
# Overseas departments, each moved by whole degrees of its own (lon, lat) into the same zone.
OVERSEAS = {
    "971": np.array([174.0, 18.0]),
    "972": np.array([175.0, 18.0]),
    "973": np.array([166.0, 24.0]),
    "974": np.array([58.0, 44.0]),
    "976": np.array([69.0, 34.0]),
}
TILE_M = 100_000.0


@dataclass
class _Seen:
    sites: int = 0
    pairs: int = 0
    whole: int = 0
    differing: list[str] = field(default_factory=list)


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield what was imported, and the reviews that differ from plain Shapely."""
    if not SOURCE.exists():
        yield Figure("the communes", "0 differences", f"{SOURCE} is not here", None)
        return
    home = home_of(COMMUNES, "trials.review_communes")
    report = json.loads((home / "communes.json").read_text())
    kept = report["accepted"] + len(report["rejected"]) + len(report["quarantined"])
    yield Figure(
        "communes（moved to 114 E and narrowed to ¾）read = accepted + rejected + held back",
        f"{COMMUNES:,}",
        f"{report['read']:,} = {report['accepted']:,} + {len(report['rejected'])} + "
        f"{len(report['quarantined'])}",
        report["read"] == COMMUNES == kept,
    )
    layer = _brute.Layer.read(releases(home)["communes"])
    seen = _Seen()
    with Reviewer(home, fault) as reviewer:
        for plot in _plots(layer, scale.count(SITES, least=30)):
            _compare(plot, layer, reviewer.review([plot]), seen)
    yield Figure(
        f"{seen.sites:,} sites（{seen.whole} of them whole communes with all their neighbours）: "
        "communes overlapped, and m² each, against plain Shapely",
        "0 differ",
        f"{len(seen.differing)} of {seen.pairs:,} pairs differ"
        + ("：" + "；".join(seen.differing[:3]) if seen.differing else ""),
        not seen.differing,
    )


def _plots(layer: _brute.Layer, wanted: int) -> Iterator[shapely.Geometry]:
    """Yield sites on the communes' boundaries, and whole communes, near the meridian."""
    west, south, east, north = 300_000.0, 4_700_000.0, 700_000.0, 5_500_000.0
    rng = np.random.default_rng(23)
    middle = (layer.boxes[:, :2] + layer.boxes[:, 2:]) / 2
    inside = (middle > (west, south)).all(axis=1) & (middle < (east, north)).all(axis=1)
    rows = np.flatnonzero(inside)
    corners = shapely.get_coordinates(layer.geometry[rng.choice(rows, 2_000)])
    drawn = sites(rng, shapely.box(west, south, east, north), corners)
    for number in range(wanted):
        if number % 10 == 9:
            yield layer.geometry[rng.choice(rows)]
        else:
            yield next(drawn)


def _compare(
    plot: shapely.Geometry, layer: _brute.Layer, result: dict[str, Any], seen: _Seen
) -> None:
    seen.sites += 1
    seen.whole += plot.area > 1_000_000
    if "refused" in result:
        seen.differing.append(result["refused"])
        return
    found = [f for f in result["findings"] if f["layer"] == "communes"]
    told = {one["feature"]: one["area_m2"] for f in found for one in f["features"]}
    true = {}
    for row in layer.near(plot):
        area, width = _brute.overlap_m2(plot, layer, np.array([row]))
        if area >= 1 or width > 0.001:
            true[str(layer.value("feature", row))] = area
    seen.pairs += len(true)
    for name in told.keys() | true.keys():
        # A rounding of 0.1 mm on a long edge is worth a few units in the last digit.
        if abs(told.get(name, 0.0) - true.get(name, 0.0)) > 0.01:
            seen.differing.append(f"{name} {told.get(name, 0.0)} / {true.get(name, 0.0):.4f}")


def build() -> None:
    """Begin a county whose survey is a chessboard, and import the communes as a protected layer."""
    begin()
    from django.conf import settings

    from guotu.core.atlas.publishing import import_layer
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.lib.geo.crs import frame_of

    perform(
        "atlas.add_layer",
        COUNTY,
        name="communes",
        title="法国市镇（移至东经 114 度并收窄）",
        kind="protected",
        protection={"verdict": "block", "clause": "试验所设", "certainty": "sure"},
    )
    with tempfile.TemporaryDirectory() as folder:
        tiles, fields = _chessboard()
        publish("landuse", tiles, fields, frame_of(4547), Path(folder))
        path = Path(folder) / "communes.parquet"
        _moved(path)
        report = import_layer("communes", path, tiles=False, topology=False)
    (settings.GUOTU_HOME / "communes.json").write_text(json.dumps(report, default=str))


def _chessboard() -> tuple[np.ndarray, pa.Table]:
    column, row = np.meshgrid(np.arange(1, 9), np.arange(44, 57))
    west, south = (column * TILE_M).ravel(), (row * TILE_M).ravel()
    tiles = shapely.box(west, south, west + TILE_M, south + TILE_M)
    codes = ["0301" if (c + r) % 2 else "0404" for c, r in zip(column.flat, row.flat, strict=True)]
    count = len(tiles)
    fields = pa.table(
        {
            "TBBH": [f"{n:04d}" for n in range(count)],
            "DLBM": codes,
            "QSXZ": ["30"] * count,
            "ZLDWMC": ["试验村"] * count,
        }
    )
    return tiles, fields


def _moved(path: Path) -> None:
    from guotu.lib.geo import formats
    from guotu.lib.geo.crs import frame_of

    table = pq.read_table(SOURCE)
    geometry = shapely.from_wkb(table.column("geometry").to_numpy())
    moved = _eastward(geometry, table.column("code").to_pylist())
    names = [name for name in table.column_names if name in ("code", "nom")]
    formats.write(path, moved, table.select(names), frame_of(4490))


def _eastward(geometry: np.ndarray, code: list[str]) -> np.ndarray:
    department = np.array([one[:3] for one in code])
    moved = shapely.transform(
        geometry,
        lambda at: np.c_[(at[:, 0] - MIDDLE_DEG) * NARROWED + MERIDIAN_DEG, at[:, 1]],
    )
    for name, by in OVERSEAS.items():
        rows = department == name
        moved[rows] = shapely.transform(geometry[rows], lambda at, by=by: at + by)
    return moved


if __name__ == "__main__":
    build()
