"""`guotu area`: figures in the file's order, what is refused, exit status, and no Django."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from click.testing import CliRunner

from guotu.lib.geo import formats
from guotu.lib.geo.crs import LONLAT, Frame, frame_of, transform
from guotu.lib.refusal import Refusal
from guotu.site.cli.area import command

ZONE = frame_of(4547)
SQUARE = shapely.box(460000, 3176000, 461000, 3177000)
HOLED = SQUARE.difference(shapely.box(460400, 3176400, 460600, 3176600))
TRIANGLE = shapely.Polygon(
    [(461012.345, 3176040.111), (461090.5, 3176055.25), (461040.75, 3176121.875)]
)
BOW_TIE = shapely.Polygon(
    [(460000, 3176000), (460010, 3176010), (460010, 3176000), (460000, 3176010)]
)
GOLDEN = [959963.04, 2980.01, 999961.5]


def kept(path: Path, geometry: list[shapely.Geometry], frame: Frame = ZONE) -> Path:
    rows = np.array(geometry, dtype=object)
    moved = transform(rows, ZONE, frame)
    formats.write(path, moved, pa.table({"MC": [f"第{row}" for row in range(len(rows))]}), frame)
    return path


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(each) for each in arguments], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.stdout


def told(*arguments: object) -> tuple[int, dict[str, Any]]:
    status, text = run(*arguments, "--json")
    return status, json.loads(text)


@pytest.mark.parametrize("name", ["a.gpkg", "a.parquet", "a.zip"])
def test_golden_values_in_the_order_of_the_file(tmp_path: Path, name: str) -> None:
    status, report = told(kept(tmp_path / name, [HOLED, TRIANGLE, SQUARE]))
    assert status == 0
    assert report["crs"] == "EPSG:4547"
    assert [feature["area_m2"] for feature in report["features"]] == GOLDEN
    assert report["total_m2"] == 1962904.55
    assert report["rejected"] == []


def test_longitude_and_latitude_are_measured_in_their_zone(tmp_path: Path) -> None:
    east = shapely.transform(TRIANGLE, lambda points: points + np.array([300_000, 0]))
    path = kept(tmp_path / "a.geojson", [TRIANGLE, east], LONLAT)
    status, report = told(path)
    assert status == 0
    assert (report["crs"], report["computed_in"]) == ("EPSG:4490", ["EPSG:4547", "EPSG:4548"])
    assert report["features"][0]["area_m2"] == pytest.approx(2980.01, abs=0.05)
    assert "3 度带" in run(path)[1]


def test_a_boundary_that_crosses_itself_has_no_area(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.gpkg", [TRIANGLE, BOW_TIE])
    status, report = told(path)
    assert status == 1
    assert len(report["features"]) + len(report["rejected"]) == report["read"] == 2
    [rejected] = report["rejected"]
    assert (rejected["rule"], rejected["x"], rejected["y"]) == ("invalid", 460005, 3176005)
    assert "未接受：要素" in run(path)[1]


def test_a_person_names_the_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.geojson"
    ring = [[list(point) for point in TRIANGLE.exterior.coords]]
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": ring},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    for crs in ("4547", "EPSG:4547"):
        assert told(path, "--crs", crs)[1]["total_m2"] == 2980.01
    with pytest.raises(Refusal):
        told(path)
    with pytest.raises(Refusal):
        told(path, "--crs", "北京54")


def test_the_table_is_chinese_and_sums(tmp_path: Path) -> None:
    status, text = run(kept(tmp_path / "a.gpkg", [TRIANGLE, SQUARE]))
    assert status == 0
    assert "椭球面积（平方米）" in text
    assert text.splitlines()[-1].split() == ["1002941.51", "合计", "2", "个要素"]


def test_django_is_not_loaded() -> None:
    code = "import sys, guotu.site.cli.area; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
