"""What readers and writers meet seldom: each still gets its plain answer."""

import json
import sqlite3
import struct
from pathlib import Path
from typing import Any

import ezdxf
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from guotu.lib.geo import crs, formats
from guotu.lib.geo.formats import dbf, geoparquet, nested, points, points_frame, writing_tables
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal

ZONE = crs.frame_of(4547)
BOX = shapely.box(460_000, 3_176_000, 460_100, 3_176_100)
FEW = Limits(**vars(Limits.site()) | {"max_features": 1})


def test_a_table_of_plain_letters_is_utf8(tmp_path: Path) -> None:
    formats.write(tmp_path / "a.shp", [BOX], pa.table({"name": ["plain"]}), ZONE)
    (tmp_path / "a.cpg").unlink()
    assert dbf.encoding_of(tmp_path / "a.shp") == ("UTF-8", None)


@pytest.mark.parametrize("backlink", [b"", b"\r".ljust(264, b"\x00")])
def test_the_list_of_fields_ends_with_its_head_or_before_a_backlink(
    tmp_path: Path, backlink: bytes
) -> None:
    """Some writers leave out the byte that ends the list, FoxPro puts 263 bytes after it."""
    text = "平江".encode("gbk")
    start = 64 + len(backlink)
    head = struct.pack("<BBBBIHH20x", 3, 26, 1, 1, 1, start, 1 + len(text))
    field = b"NAME".ljust(11, b"\x00") + b"C" + b"\x00" * 4 + bytes([len(text), 0]) + b"\x00" * 14
    (tmp_path / "a.dbf").write_bytes(head + field + backlink + b" " + text)
    (tmp_path / "a.shp").write_bytes(b"")
    assert dbf.encoding_of(tmp_path / "a.shp")[0] == "GBK"


def test_a_drawing_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    ezdxf.new("R2010").saveas(path)
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    with pytest.raises(Refusal, match="DXF 不完整或有错误"):
        formats.read(path, ZONE)


def test_a_parquet_without_the_geo_mark_is_no_geoparquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(Refusal, match="不是 GeoParquet"):
        geoparquet._geometry(pq.ParquetFile(tmp_path / "a.parquet"), "a.parquet")


def test_what_else_stands_in_a_kml_polygon_is_passed_over(tmp_path: Path) -> None:
    ring = "<LinearRing><coordinates>113,28 113.1,28 113.1,28.1 113,28</coordinates></LinearRing>"
    (tmp_path / "a.kml").write_text(
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon>'
        f"<tessellate>1</tessellate><outerBoundaryIs>{ring}</outerBoundaryIs>"
        "</Polygon></Placemark></Document></kml>"
    )
    (shape,) = formats.read(tmp_path / "a.kml").geometry
    assert shape.geom_type == "Polygon"


def test_an_array_of_uneven_positions_is_unfit() -> None:
    assert nested._positions([]) == (b"", False)
    with pytest.raises(nested.Unfit, match="维数不同"):
        nested._positions([[1, 2], [1, 2, 3]])


def view(path: Path, *_: Any) -> Path:
    formats.write(path, [BOX], pa.table({"name": ["a"]}), ZONE)
    with sqlite3.connect(path) as store:
        table = store.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
        store.execute(f'ALTER TABLE "{table}" RENAME TO "kept"')
        store.execute(f'CREATE VIEW "{table}" AS SELECT * FROM "kept"')
    return path


def test_a_view_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="数据库视图"):
        formats.read(view(tmp_path / "a.gpkg"))


def test_a_layer_whose_geometry_went_missing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gpkg"
    formats.write(path, [BOX], pa.table({"name": ["a"]}), ZONE)
    real = formats.ogr.open_arrow

    class Renamed:
        def __init__(self, *given: Any, **named: Any) -> None:
            self.opened = real(*given, **named)

        def __enter__(self) -> Any:
            meta, reader = self.opened.__enter__()
            return meta | {"geometry_name": "elsewhere"}, reader

        def __exit__(self, *fault: Any) -> Any:
            return self.opened.__exit__(*fault)

    monkeypatch.setattr(formats.ogr, "open_arrow", Renamed)
    with pytest.raises(Refusal, match="图层没有图形"):
        formats.read(path)


PLOT = "4,1,{n},甲,面,,,,@\nJ1,1,3176000,460000\nJ2,1,3176000,460100\nJ3,1,3176100,460100\n"


def test_more_plots_than_may_be_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PLOT.format(n=1) + PLOT.format(n=2))
    with pytest.raises(Refusal, match="图形太多"):
        formats.read(tmp_path / "a.txt", ZONE, limits=FEW)


def test_fields_apart_by_blanks_are_split_and_trailing_commas_dropped(tmp_path: Path) -> None:
    assert points._split("J1 1 3 4") == ["J1", "1", "3", "4"]
    (tmp_path / "a.txt").write_text(PLOT.format(n=1).replace("460000\n", "460000,,\n"))
    assert formats.read(tmp_path / "a.txt", ZONE).read == 1


def test_a_plot_without_a_finite_point_has_no_place() -> None:
    assert points._place(np.zeros((0, 2))) == (None, None)
    assert points._place(np.array([[np.nan, 1.0]])) == (None, None)


def test_without_one_usable_point_no_frame_is_found() -> None:
    found = points_frame.settle({}, [np.array([[np.inf, 1.0], [1e9, 1e9]])], "a.txt")
    assert found.declared is None


def test_a_layer_of_nothing_has_no_bounds_and_is_still_written(tmp_path: Path) -> None:
    nothing = np.array([], dtype=object)
    formats.write(
        tmp_path / "a.parquet", nothing, pa.table({"name": pa.array([], pa.string())}), ZONE
    )
    about = json.loads(pq.read_schema(tmp_path / "a.parquet").metadata[b"geo"])
    assert "bbox" not in about["columns"]["geometry"]


def test_points_and_planes_do_not_go_into_one_shapefile() -> None:
    with pytest.raises(Refusal, match="同一个 Shapefile"):
        writing_tables._one_type(np.array([shapely.Point(0, 0), BOX], dtype=object), None)


def test_kinds_of_shape_that_differ_share_a_geopackage(tmp_path: Path) -> None:
    east, north = 460_000, 3_176_000
    shapes = np.array(
        [shapely.Point(east, north), shapely.box(east, north, east + 9, north + 9)], object
    )
    path = tmp_path / "mixed.gpkg"
    formats.write(path, shapes, pa.table({"name": ["点", "面"]}), ZONE)
    assert {one.geom_type for one in formats.read(path).geometry} == {"Point", "Polygon"}
