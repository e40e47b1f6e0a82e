"""Every format reads what it wrote, to 0.1 mm, and says what it could not hold."""

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guotu.lib.geo import crs, formats
from guotu.lib.geo.guard import read_apart
from guotu.lib.refusal import Refusal

ZONE, PREFIXED, LON_LAT = crs.frame_of(4547), crs.frame_of(4526), crs.frame_of(4490)
HOLED = shapely.Polygon(
    [(460_000.1234, 3_176_000), (461_000, 3_176_000.5), (461_000, 3_177_000), (460_000, 3_177_000)],
    [[(460_400, 3_176_400), (460_400, 3_176_600), (460_600, 3_176_600), (460_600, 3_176_400)]],
)
BOX = shapely.box(462_000, 3_176_000, 463_000.7, 3_176_500.55555)
TWO = shapely.MultiPolygon([BOX, shapely.box(465_000, 3_176_000, 465_100, 3_176_100)])
SHAPES = np.array([HOLED, BOX, TWO], dtype=object)
FIELDS = pa.table(
    {"地块编号": ["甲", "乙", "丙"], "地块名称": ["一", None, "三,@"], "n": [1, None, 3]}
)
ALL = [".gpkg", ".shp", ".zip", ".parquet", ".geojson", ".json", ".kml", ".txt"]


def moved(features: formats.Features) -> Any:
    return crs.transform(features.geometry, features.frame, ZONE)


def gap(one: Any, other: Any) -> float:
    return float(shapely.hausdorff_distance(one, other).max())


@pytest.mark.parametrize("suffix", ALL)
def test_polygons_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"地块{suffix}"
    formats.write(path, SHAPES, FIELDS, ZONE)
    features = formats.read(path)
    assert gap(moved(features), SHAPES) <= 1e-4
    assert [shape.is_valid for shape in features.geometry] == [True] * 3
    assert shapely.get_num_interior_rings(shapely.get_parts(features.geometry[0])).tolist() == [1]
    assert (features.read, features.rejected, features.ids) == (3, [], ["1", "2", "3"])
    number = next(name for name in features.fields.column_names if name.startswith("地块编"))
    assert features.fields.column(number).to_pylist() == ["甲", "乙", "丙"]


@pytest.mark.parametrize("suffix", [".gpkg", ".zip", ".parquet", ".txt", ".geojson"])
def test_a_frame_with_zone_prefix_is_kept(tmp_path: Path, suffix: str) -> None:
    shapes = crs.transform(SHAPES, ZONE, PREFIXED)
    formats.write(tmp_path / f"a{suffix}", shapes, FIELDS, PREFIXED)
    features = formats.read(tmp_path / f"a{suffix}")
    assert features.frame == (LON_LAT if suffix == ".geojson" else PREFIXED)
    assert gap(moved(features), SHAPES) <= 1e-4


def test_closed_polylines_come_back_from_dxf(tmp_path: Path) -> None:
    notes = formats.write(tmp_path / "a.dxf", SHAPES, FIELDS, ZONE)
    assert {note.change for note in notes} == {"DXF 放不下属性", "孔洞另成闭合多段线"}
    features = formats.read(tmp_path / "a.dxf", ZONE)
    outlines = [HOLED.exterior, *HOLED.interiors, BOX.exterior, *(p.exterior for p in TWO.geoms)]
    assert gap(features.geometry, shapely.polygons(outlines)) <= 1e-4


@pytest.mark.parametrize("suffix", [".gpkg", ".zip", ".parquet", ".geojson", ".kml"])
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("kind", [shapely.Point, shapely.LineString])
def test_points_and_lines_come_back(tmp_path: Path, suffix: str, many: bool, kind: Any) -> None:
    places = [(460_000.25, 3_176_000), (460_100, 3_176_050)]
    shape = kind(places[0] if kind is shapely.Point else places)
    gather = {shapely.Point: shapely.MultiPoint, shapely.LineString: shapely.MultiLineString}
    shapes = np.array([gather[kind]([shape, shape]) if many else shape], dtype=object)
    formats.write(tmp_path / f"a{suffix}", shapes, pa.table({"a": [1]}), ZONE)
    features = formats.read(tmp_path / f"a{suffix}")
    assert gap(moved(features), shapes) <= 1e-4
    # A Shapefile has lines of many parts only by their parts.
    assert features.geometry[0].geom_type == shapes[0].geom_type


def test_points_and_lines_are_drawn_in_dxf(tmp_path: Path) -> None:
    shapes = np.array([shapely.Point(1, 2), shapely.LineString([(1, 2), (3, 4)]), None])
    formats.write(tmp_path / "a.dxf", shapes, pa.table({"a": [1, 2, 3]}), ZONE)
    assert "LWPOLYLINE" in (tmp_path / "a.dxf").read_text()


@pytest.mark.parametrize("suffix", [".gpkg", ".zip", ".parquet", ".geojson", ".kml"])
def test_a_file_without_attributes_comes_back(tmp_path: Path, suffix: str) -> None:
    bare = pa.table({"a": [1, 2, 3]}).select([])
    formats.write(tmp_path / f"a{suffix}", SHAPES, bare, ZONE)
    for features in (formats.read(tmp_path / f"a{suffix}"), read_apart(tmp_path / f"a{suffix}")):
        assert gap(moved(features), SHAPES) <= 1e-4
        assert features.fields.num_rows == 3


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet", ".geojson", ".kml"])
def test_a_null_geometry_is_a_rejected_feature(tmp_path: Path, suffix: str) -> None:
    shapes = np.array([BOX, None, shapely.Polygon()], dtype=object)
    formats.write(tmp_path / f"a{suffix}", shapes, FIELDS, ZONE)
    features = formats.read(tmp_path / f"a{suffix}")
    assert features.read == 3
    assert [one.feature for one in features.rejected] == ["2", "3"]
    assert {one.rule for one in features.rejected} <= {"null_geometry", "empty_geometry"}
    assert len(features.geometry) == features.fields.num_rows == len(features.ids) == 1


def test_a_column_of_ids_becomes_the_features_own(tmp_path: Path) -> None:
    formats.write(tmp_path / "a.geojson", SHAPES, pa.table({"id": ["x", None, "z"]}), ZONE)
    assert formats.read(tmp_path / "a.geojson").ids == ["x", "2", "z"]


def test_long_names_are_cut_for_shapefile_and_noted(tmp_path: Path) -> None:
    fields = pa.table({"永久基本农田面积": [1], "永久基本农田图斑": [2], "Name": [3], "NAME": [4]})
    notes = formats.write(tmp_path / "a.zip", SHAPES[:1], fields, ZONE)
    read = formats.read(tmp_path / "a.zip")
    assert read.fields.column_names == ["永久基", "永久_1", "Name", "NAME_1"]
    assert next(note.change for note in notes) == "字段名 永久基本农田面积 改为 永久基"


def test_reserved_names_and_odd_types_are_noted(tmp_path: Path) -> None:
    fields = pa.table({"fid": [1], "tags": [["a", "b"]], "day": [date(2026, 1, 1)]})
    notes = formats.write(tmp_path / "a.gpkg", SHAPES[:1], fields, ZONE)
    assert {note.change for note in notes} == {"字段名 fid 改为 fid_1", "字段 tags 的值写成文字"}
    read = formats.read(tmp_path / "a.gpkg").fields.to_pylist()[0]
    assert (read["tags"], read["day"]) == ('["a", "b"]', date(2026, 1, 1))


def test_geoparquet_says_what_its_standard_asks(tmp_path: Path) -> None:
    formats.write(tmp_path / "a.parquet", SHAPES, pa.table({"geometry": [1, 2, 3]}), ZONE)
    schema = pq.read_schema(tmp_path / "a.parquet")
    geo = json.loads(schema.metadata[b"geo"])
    about = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert about["crs"]["id"] == {"authority": "EPSG", "code": 4547}
    assert about["geometry_types"] == ["Polygon", "MultiPolygon"]
    assert schema.names == ["geometry_1", "geometry"]


def test_a_zipped_shapefile_declares_utf8(tmp_path: Path) -> None:
    formats.write(tmp_path / "甲.shp.zip", SHAPES, FIELDS, ZONE)
    with zipfile.ZipFile(tmp_path / "甲.shp.zip") as archive:
        names = set(archive.namelist())
        assert archive.read("甲.cpg") == b"UTF-8"
    assert names == {"甲.shp", "甲.shx", "甲.dbf", "甲.prj", "甲.cpg"}


@pytest.mark.parametrize(
    ("name", "shapes", "what"),
    [
        ("a.xyz", SHAPES, "不会写"),
        ("a", SHAPES, "不会写"),
        ("a.txt", np.array([shapely.Point(1, 1)] * 3), "只写面"),
        ("a.shp", np.array([shapely.Point(1, 1), BOX, BOX]), "同一个 Shapefile"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    tmp_path: Path, name: str, shapes: Any, what: str
) -> None:
    with pytest.raises(Refusal, match=what):
        formats.write(tmp_path / name, shapes, FIELDS, ZONE)
    assert list(tmp_path.iterdir()) == []


def test_boundary_points_want_a_zone(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="平面坐标"):
        formats.write(tmp_path / "a.txt", SHAPES, FIELDS, LON_LAT)


def test_rows_and_geometries_must_be_as_many(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 geometries"):
        formats.write(tmp_path / "a.gpkg", SHAPES, FIELDS.slice(0, 2), ZONE)


def test_a_geodatabase_folder_and_its_zip_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "甲.gdb"
    many = [shapely.MultiPolygon([HOLED]), shapely.MultiPolygon([BOX]), TWO]
    fields = FIELDS.append_column("geometry", pa.array(shapely.to_wkb(many)))
    how = {"driver": "OpenFileGDB", "geometry_name": "geometry", "crs": "EPSG:4547"}
    pyogrio.raw.write_arrow(fields, folder, geometry_type="MultiPolygon", layer="地类图斑", **how)
    features = formats.read(folder)
    assert features.format == "FileGDB"
    assert gap(features.geometry, SHAPES) <= 1e-4
    packed = tmp_path / "甲.gdb.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"甲.gdb/{file.name}")
    assert read_apart(packed).fields.column("地块编号").to_pylist() == ["甲", "乙", "丙"]
    assert read_apart(folder).read == 3


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    formats.write(path, SHAPES, FIELDS, ZONE)
    table = FIELDS.append_column("geometry", pa.array(shapely.to_wkb(SHAPES)))
    how = {"driver": "GPKG", "geometry_name": "geometry", "crs": "EPSG:4547", "append": True}
    pyogrio.raw.write_arrow(table, path, geometry_type="Unknown", layer="红线", **how)
    with pytest.raises(Refusal, match="几个图层") as caught:
        formats.read(path)
    assert "红线" in caught.value.remedy
    assert formats.read(path, layer="红线").read == 3
    with pytest.raises(Refusal, match="没有名为"):
        formats.read(path, layer="无")


CORNERS = st.lists(
    st.tuples(st.integers(0, 9_999_999), st.integers(0, 9_999_999)),
    min_size=3,
    max_size=8,
    unique=True,
)


@settings(max_examples=60, deadline=None)
@given(rings=st.lists(CORNERS, min_size=1, max_size=3), frame=st.sampled_from([ZONE, PREFIXED]))
def test_boundary_points_go_round(rings: Any, frame: crs.Frame, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("txt") / "a.txt"
    east = (frame.epsg == 4526 and 38_400_000) or 400_000
    shapes = np.array(
        [
            shapely.Polygon([(east + x / 1e4, 3_100_000 + y / 1e4) for x, y in ring])
            for ring in rings
        ],
        dtype=object,
    )
    formats.write(path, shapes, pa.table({"地块编号": ["x"] * len(rings)}), frame)
    features = formats.read(path)
    assert features.frame == frame
    assert features.notes == []
    for before, after in zip(shapes, features.geometry, strict=True):
        gap_m = np.abs(shapely.get_coordinates(before) - shapely.get_coordinates(after)).max()
        assert gap_m < 1e-6
