"""`guotu topology`: the fixed JSON keys, the exit status, the table; no county is needed."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely

from guotu.lib.geo.crs import frame_of
from guotu.lib.geo.formats import write
from guotu.site.cli.main import main

SHAPES = [
    shapely.box(460000, 3176000, 460100, 3176100),
    shapely.box(460090, 3176000, 460200, 3176100),
    shapely.box(460300, 3176000, 460315, 3176020),
]


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["topology", *arguments])
    return int(left.value.code or 0)


def layer(folder: Path, shapes: list[shapely.Polygon], **fields: list[str]) -> str:
    path = folder / "layer.gpkg"
    table = pa.table(fields or {"TBBH": [str(row) for row in range(len(shapes))]})
    write(path, np.array(shapes, dtype=object), table, frame_of(4547))
    return str(path)


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = layer(tmp_path, SHAPES, DLBM=["0101", "0101", "0101"])
    assert status_of(path, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == 3
    assert told["rejected"] == []
    first, second = told["errors"]
    assert set(first) == {"rule", "features", "x", "y", "area_m2"}
    assert (first["rule"], len(first["features"])) == ("overlap", 2)
    assert (first["x"], first["y"], first["area_m2"]) == (460095.0, 3176050.0, 1000.0)
    assert (second["rule"], second["area_m2"]) == ("minimum_area", 300.0)


def test_the_least_area_is_the_smallest_where_no_class_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = layer(tmp_path, SHAPES[1:])
    assert status_of(path, "--json") == 0
    assert json.loads(capsys.readouterr().out)["errors"] == []
    assert status_of(path, "--minimum-area", "301") == 1
    assert "小于最小面积" in capsys.readouterr().out


def test_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(layer(tmp_path, SHAPES[:2])) == 1
    line, total = capsys.readouterr().out.splitlines()
    assert line.startswith("重叠\t要素 ")
    assert line.endswith("位置 (460095.000, 3176050.000)\t1000.00 平方米")
    assert total == "共查 2 个面：重叠 1 处。"
    assert status_of(layer(tmp_path, SHAPES[:1])) == 0
    assert "未发现拓扑问题" in capsys.readouterr().out


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.gpkg"
    wrong.write_bytes(b"nothing")
    assert status_of(str(wrong), "--json") == 2
    assert status_of(str(tmp_path / "absent.gpkg")) == 2
    assert status_of(str(wrong), "--crs", "abc") == 2
    assert "Traceback" not in capsys.readouterr().err
