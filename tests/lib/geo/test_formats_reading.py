"""What each format's reader takes, changes (and notes), rejects by feature, or refuses whole."""

import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from pyogrio.raw import write_arrow

from guotu.lib.geo import crs, formats
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal

ZONE = crs.frame_of(4547)
BOX = shapely.box(460_000, 3_176_000, 460_100, 3_176_100)
RING = [[113, 28], [113.1, 28], [113.1, 28.1], [113, 28]]


def changes(features: formats.Features) -> list[str]:
    return [note.change for note in features.notes]


def rules(features: formats.Features) -> list[str]:
    return [one.rule for one in features.rejected]


# ---- Shapefile


def shapefile(folder: Path, encoding: str, **how: Any) -> Path:
    path = folder / "a.shp"
    names = ["水田" * 20, "平江县汉昌街道"]
    table = pa.table({"名称": names, "geometry": pa.array(shapely.to_wkb([BOX, BOX]))})
    how = {"geometry_name": "geometry", "geometry_type": "Polygon", "crs": "EPSG:4547"} | how
    write_arrow(table, path, driver="ESRI Shapefile", encoding=encoding, **how)
    return path


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_the_encoding_of_a_shapefile_is_declared_or_found_and_noted(
    tmp_path: Path, encoding: str
) -> None:
    path = shapefile(tmp_path, encoding)
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    raw[29] = 0
    table.write_bytes(raw)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    found = formats.read(path)
    assert found.fields.column("名称").to_pylist()[1] == "平江县汉昌街道"
    assert changes(found)[0] == f"没有声明文字编码，经辨认按 {encoding} 读取"
    path.with_suffix(".cpg").write_text("936" if encoding == "GBK" else "65001")
    declared = formats.read(path)
    assert (changes(declared), declared.encoding) == ([], encoding)
    wrong = "UTF-8" if encoding == "GBK" else "big5hkscs"
    path.with_suffix(".cpg").write_text("ASCII" if encoding == "UTF-8" else wrong)
    assert "实为" in changes(formats.read(path))[0]
    path.with_suffix(".cpg").write_text("nonsense")
    assert "经辨认" in changes(formats.read(path))[0]


def test_the_language_byte_of_a_dbf_counts_as_declared(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "GBK")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    raw = bytearray(path.with_suffix(".dbf").read_bytes())
    raw[29] = 0x4D
    path.with_suffix(".dbf").write_bytes(raw)
    assert changes(formats.read(path)) == []


def test_text_cut_in_mid_character_is_noted(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8")
    raw = path.with_suffix(".dbf").read_bytes()
    text = "平江县汉昌街道".encode()
    assert raw.count(text) == 1
    path.with_suffix(".dbf").write_bytes(raw.replace(text, text[:-1] + b" "))
    path.with_suffix(".cpg").write_text("UTF-8")
    features = formats.read(path)
    assert features.fields.column("名称").to_pylist()[1].strip() == "平江县汉昌街"
    assert changes(features) == ["字段 名称 中不成字的字节被略去"]


def test_a_shapefile_without_table_or_frame(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "UTF-8")
    path.with_suffix(".dbf").unlink()
    assert changes(formats.read(path)) == ["缺少属性表（.dbf），只读入图形"]
    path.with_suffix(".prj").unlink()
    with pytest.raises(Refusal) as caught:
        formats.read(path)
    assert "4547" in str(caught.value)
    assert formats.read(path, ZONE).frame == ZONE


# ---- GeoPackage


def geopackage(path: Path, shapes: list[Any], **how: Any) -> Path:
    wkb = [shape if isinstance(shape, bytes | None) else shapely.to_wkb(shape) for shape in shapes]
    table = pa.table({"geometry": pa.array(wkb, pa.binary())})
    how = {"geometry_name": "geometry", "geometry_type": "Unknown", "crs": "EPSG:4547"} | how
    write_arrow(table, path, driver="GPKG", **how)
    return path


def test_heights_and_measures_are_dropped_and_noted(tmp_path: Path) -> None:
    high = shapely.force_3d(BOX, 55.0)
    measured = struct.pack("<BI3d", 1, 2001, 460_000, 3_176_000, 7)
    features = formats.read(geopackage(tmp_path / "a.gpkg", [BOX, high, measured]))
    assert not shapely.has_z(features.geometry).any()
    assert not shapely.has_m(features.geometry).any()
    assert [(note.change, note.count) for note in features.notes] == [
        ("去掉高程（Z）", 1),
        ("去掉量测值（M）", 1),
    ]
    assert features.geometry[1].equals(BOX)


def test_curves_and_collections_cost_their_feature_only(tmp_path: Path) -> None:
    curve = struct.pack("<BII", 1, 8, 3) + struct.pack("<6d", 1, 1, 2, 2, 3, 1)
    collection = shapely.GeometryCollection([BOX])
    features = formats.read(geopackage(tmp_path / "a.gpkg", [curve, BOX, collection]))
    assert rules(features) == ["curve", "geometry_collection"]
    assert features.ids == ["2"]


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    write_arrow(pa.table({"a": [1]}), tmp_path / "a.gpkg", driver="GPKG", layer="a")
    with pytest.raises(Refusal, match="没有带图形的图层"):
        formats.read(tmp_path / "a.gpkg")


def test_an_odd_layer_type_and_a_file_without_layers_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = geopackage(tmp_path / "a.gpkg", [BOX])

    def fail(error: type[Exception]) -> Any:
        def raises(*_: object, **__: object) -> None:
            raise error("from within")

        return raises

    for name, error, what in [
        ("list_layers", pyogrio.errors.GeometryError, "图形类型不支持"),
        ("list_layers", pyogrio.errors.DataSourceError, "没有可读的矢量图层"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(pyogrio, name, fail(error))
            with pytest.raises(Refusal, match=what):
                formats.read(path)
    for error, what in [
        (pyogrio.errors.GeometryError, "图形类型不支持"),
        (pyogrio.errors.CRSError, "坐标系定义无法解读"),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr("guotu.lib.geo.formats.ogr.open_arrow", fail(error))
            with pytest.raises(Refusal, match=what):
                formats.read(path)


def test_too_many_features_are_refused(tmp_path: Path) -> None:
    few = Limits(**vars(Limits.site()) | {"max_features": 1})
    path = geopackage(tmp_path / "a.gpkg", [BOX, BOX])
    with pytest.raises(Refusal, match="图形太多"):
        formats.read(path, limits=few)
    wide = Limits(**vars(Limits.site()) | {"max_fields": 0})
    with pytest.raises(Refusal, match="字段太多"):
        formats.read(path, limits=wide)


# ---- GeoJSON


def feature(coordinates: Any, kind: str = "Polygon", **more: Any) -> dict[str, Any]:
    shape = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": {"a": 1}, "geometry": shape} | more


def read_json(tmp_path: Path, document: Any, **how: Any) -> formats.Features:
    text = document if isinstance(document, str) else json.dumps(document)
    (tmp_path / "a.geojson").write_text(text)
    return formats.read(tmp_path / "a.geojson", **how)


def collection(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)} | more


def test_without_crs_it_is_lon_lat_unless_a_person_says_otherwise(tmp_path: Path) -> None:
    assert read_json(tmp_path, collection(feature([RING]))).frame.epsg == 4490
    metres = [[[x, y] for x, y in BOX.exterior.coords]]
    with pytest.raises(Refusal):
        read_json(tmp_path, collection(feature(metres)))
    assert read_json(tmp_path, collection(feature(metres)), crs=ZONE).frame == ZONE


@pytest.mark.parametrize("name", ["EPSG:4547", "urn:ogc:def:crs:EPSG::4547"])
def test_an_old_style_crs_is_honoured(tmp_path: Path, name: str) -> None:
    metres = [[[x, y] for x, y in BOX.exterior.coords]]
    member = {"type": "name", "properties": {"name": name}}
    assert read_json(tmp_path, collection(feature(metres), crs=member)).frame == ZONE


def test_other_writings_of_crs(tmp_path: Path) -> None:
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_json(tmp_path, collection(feature([RING]), crs=crs84)).frame.epsg == 4490
    assert read_json(tmp_path, collection(feature([RING]), crs=None)).frame.epsg == 4490
    for odd in (5, {"properties": 5}, {"properties": {"name": 5}}):
        with pytest.raises(Refusal, match="写法不认识"):
            read_json(tmp_path, collection(feature([RING]), crs=odd))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (feature([[[113, 28], [float("nan"), 28], [113, 29], [113, 28]]]), "coordinate"),
        (feature([[[113, 28], [float("inf"), 28], [113, 29], [113, 28]]]), "coordinate"),
        (feature([[[113, 28], [1e200, 28], [113, 29], [113, 28]]]), "coordinate"),
        (feature([[[113, 28], ["113", 28], [113, 29], [113, 28]]]), "coordinate"),
        (feature([[[113, 28], [113], [113, 29], [113, 28]]]), "coordinate"),
        (feature([[[113], [113], [113], [113]]]), "coordinate"),
        (feature([[[113, 28], [170, 28], [113, 29], [113, 28]]]), "extent"),
        (feature([[*RING[:3], [113, 29]]]), "ring_open"),
        (feature([RING[:2]]), "ring_short"),
        (feature(None), "malformed"),
        (feature([1, 2]), "malformed"),
        (feature([]), "empty_geometry"),
        (feature([], "Point"), "empty_geometry"),
        (feature([], "MultiPoint"), "empty_geometry"),
        (feature([RING], "Circle"), "geometry_type"),
        (feature([RING], geometry=5), "geometry_type"),
        (feature([RING], geometry=None), "null_geometry"),
        (feature([], geometry={"type": "GeometryCollection"}), "geometry_collection"),
        (5, "malformed"),
        ({"type": "Wrong"}, "malformed"),
    ],
)
def test_a_bad_feature_costs_only_itself(tmp_path: Path, bad: Any, rule: str) -> None:
    good = [feature([RING], id="甲"), feature([RING], id=7, properties=None)]
    features = read_json(tmp_path, collection(good[0], bad, good[1]))
    assert rules(features) == [rule]
    assert (features.ids, features.read) == (["甲", "7"], 3)
    assert features.fields.to_pylist() == [{"a": 1}, {"a": None}]


def test_every_type_is_read(tmp_path: Path) -> None:
    kinds = [
        feature([113, 28], "Point"),
        feature([113, 28, 9], "Point"),
        feature(RING, "LineString"),
        feature([[113, 28]], "MultiPoint"),
        feature([RING], "MultiLineString"),
        feature([[RING], [RING]], "MultiPolygon"),
    ]
    features = read_json(tmp_path, collection(*kinds))
    assert [shape.geom_type for shape in features.geometry] == [
        kind["geometry"]["type"] for kind in kinds
    ]
    assert [(note.change, note.count) for note in features.notes] == [("去掉高程（Z）", 1)]


@pytest.mark.parametrize("document", [feature([RING]), feature([RING])["geometry"]])
def test_a_single_feature_or_geometry_is_read(tmp_path: Path, document: Any) -> None:
    assert read_json(tmp_path, document).read == 1


def test_attributes_keep_their_kind_or_become_text(tmp_path: Path) -> None:
    rows = [
        {"b": True, "i": 1, "f": 1, "m": 1, "n": {"x": 1}, "s": "\ud800x", "h": 2**70},
        {"b": None, "i": 2, "f": 1.5, "m": "x", "n": None, "s": None, "h": 1},
    ]
    features = read_json(tmp_path, collection(*(feature([RING], properties=row) for row in rows)))
    assert features.fields.to_pylist() == [
        {"b": True, "i": 1, "f": 1.0, "m": "1", "n": '{"x": 1}', "s": "?x", "h": str(2**70)},
        {"b": None, "i": 2, "f": 1.5, "m": "x", "n": None, "s": None, "h": "1"},
    ]
    assert len(features.notes) == 3


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "语法错误"),
        ('{"a": ' + "1" * 5_000 + "}", "语法错误"),
        ("[1]", "不是 GeoJSON"),
        ('{"type":"Topology"}', "不是 GeoJSON"),
        ('{"type":"FeatureCollection","features":5}', "不是 GeoJSON"),
        ('{"type":"FeatureCollection","features":[]}', "没有图形"),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        read_json(tmp_path, text)


def test_geojson_must_be_utf8_and_few_enough(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_bytes(b'{"type":"\xb2\xe2"}')
    with pytest.raises(Refusal, match="UTF-8"):
        formats.read(tmp_path / "a.geojson")
    few = Limits(**vars(Limits.site()) | {"max_features": 1})
    with pytest.raises(Refusal, match="图形太多"):
        read_json(tmp_path, collection(feature([RING]), feature([RING])), limits=few)


# ---- frames


def test_strays_cost_themselves_and_not_the_frame_of_all(tmp_path: Path) -> None:
    stray = shapely.box(0, 0, 1, 1)
    features = formats.read(geopackage(tmp_path / "a.gpkg", [BOX, stray, BOX]))
    assert (features.frame, rules(features), features.ids) == (ZONE, ["extent"], ["1", "3"])


def test_where_most_lie_outside_the_frame_is_refused(tmp_path: Path) -> None:
    stray = shapely.box(113, 28, 114, 29)
    with pytest.raises(Refusal):
        formats.read(geopackage(tmp_path / "a.gpkg", [BOX, stray, stray, stray]))


def test_a_file_of_bad_features_alone(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "a.gpkg", [None, None])
    features = formats.read(path)
    assert (features.read, len(features.geometry), features.frame) == (2, 0, ZONE)
    assert formats.read(path, crs.frame_of(4526)).frame.epsg == 4526
    table = pa.table({"g": pa.array([None], pa.binary())})
    geo = {"primary_column": "g", "columns": {"g": {"encoding": "WKB", "crs": None}}}
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), tmp_path / "a.parquet")
    with pytest.raises(Refusal, match="没有一个可用的图形"):
        formats.read(tmp_path / "a.parquet")


def test_a_target_frame_is_reached_and_noted(tmp_path: Path) -> None:
    features = read_json(tmp_path, collection(feature([RING])), target=ZONE)
    assert features.frame == ZONE
    assert shapely.bounds(features.geometry)[0][0] == pytest.approx(401_600, abs=200)
    assert "转换到" in changes(features)[-1]
    assert (
        changes(read_json(tmp_path, collection(feature([RING])), target=crs.frame_of(4490))) == []
    )
