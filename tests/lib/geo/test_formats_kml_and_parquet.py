"""KML and KMZ read without GDAL, and GeoParquet with its own ways of naming a frame."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely

from guotu.lib.geo import formats
from guotu.lib.geo.guard import Limits
from guotu.lib.refusal import Refusal

RING = "113,28 113.1,28,5 113.1,28.1\n113,28"
OUTER = (
    f"<outerBoundaryIs><LinearRing><coordinates>{RING}</coordinates></LinearRing></outerBoundaryIs>"
)
POINT = "<Point><coordinates>113,28</coordinates></Point>"
LINE = "<LineString><coordinates>113,28 114,29</coordinates></LineString>"
PLAIN_RING = RING.replace(",5", "")
POLYGON = f"<Polygon>{OUTER.replace(',5', '')}</Polygon>"


def kml(*placemarks: str) -> str:
    inside = "".join(f"<Placemark>{one}</Placemark>" for one in placemarks)
    space = 'xmlns="http://www.opengis.net/kml/2.2"'
    return f"<kml {space}><Document><Folder>{inside}</Folder></Document></kml>"


def read(tmp_path: Path, text: str, **how: Any) -> formats.Features:
    (tmp_path / "a.kml").write_text(text)
    return formats.read(tmp_path / "a.kml", **how)


def test_placemarks_of_every_type_are_read(tmp_path: Path) -> None:
    features = read(
        tmp_path,
        kml(
            POINT,
            LINE,
            POLYGON,
            f"<MultiGeometry>{POINT}{POINT}</MultiGeometry>",
            f"<MultiGeometry>{POLYGON}{POLYGON}</MultiGeometry>",
            f"<LinearRing><coordinates>{PLAIN_RING}</coordinates></LinearRing>",
        ),
    )
    assert [shape.geom_type for shape in features.geometry] == [
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiPolygon",
        "LineString",
    ]
    assert (features.frame.epsg, features.notes) == (4490, [])


def test_attributes_of_a_placemark(tmp_path: Path) -> None:
    data = (
        "<name> 甲 </name><description/><ExtendedData>"
        '<Data name="a"><value>1</value></Data><Data name="b"/>'
        '<SchemaData><SimpleData name="c">2</SimpleData></SchemaData><Other name="d"/>'
        "</ExtendedData>"
    )
    features = read(tmp_path, kml(data + POINT))
    expected = {"name": "甲", "description": None, "a": "1", "b": None, "c": "2"}
    assert features.fields.to_pylist() == [expected]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("", "null_geometry"),
        ("<Track/>", "geometry_type"),
        (POINT + LINE, "geometry_collection"),
        (f"<MultiGeometry>{POINT}{LINE}</MultiGeometry>", "geometry_collection"),
        ("<MultiGeometry/>", "null_geometry"),
        (f"<MultiGeometry><MultiGeometry>{POINT}</MultiGeometry></MultiGeometry>", "nesting"),
        (POINT.replace("28", "north"), "coordinate"),
        (POINT.replace("28", "nan"), "coordinate"),
        (POINT.replace("28", "1e200"), "coordinate"),
        (POINT.replace("28", "88"), "extent"),
        (POINT.replace("113,28", ""), "empty_geometry"),
        (f"<Polygon>{OUTER}{OUTER}</Polygon>".replace(",5", ""), "malformed"),
        (f"<Polygon>{OUTER}</Polygon>", "coordinate"),
        ("<Polygon/>", "empty_geometry"),
    ],
)
def test_a_bad_placemark_costs_only_itself(tmp_path: Path, body: str, rule: str) -> None:
    features = read(tmp_path, kml(POINT, body, POINT))
    assert [one.rule for one in features.rejected] == [rule]
    assert features.ids == ["1", "3"]


def test_heights_are_dropped_and_noted(tmp_path: Path) -> None:
    features = read(tmp_path, kml(POINT.replace("113,28", "113,28,9")))
    assert [(note.change, note.count) for note in features.notes] == [("去掉高程（Z）", 1)]


def test_a_kmz_is_a_zip_of_one_kml(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", kml(POLYGON))
        archive.writestr("files/icon.png", b"x")
    assert formats.read(tmp_path / "a.kmz").read == 1


def test_xml_that_is_no_kml_and_too_many_placemarks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="不是 KML"):
        read(tmp_path, "<svg/>")
    few = Limits(**vars(Limits.site()) | {"max_features": 1})
    with pytest.raises(Refusal, match="图形太多"):
        read(tmp_path, kml(POINT, POINT), limits=few)


# ---- GeoParquet

LON_LAT_BOX = shapely.to_wkb(shapely.box(113, 28, 114, 29))
ZONE_BOX = shapely.to_wkb(shapely.box(460_000, 3_176_000, 460_100, 3_176_100))


def parquet(path: Path, geo: Any, wkb: bytes = ZONE_BOX, **columns: Any) -> Path:
    table = pa.table({"g": pa.array([wkb], pa.binary()), **columns})
    text = geo if isinstance(geo, str) else json.dumps(geo)
    pq.write_table(table.replace_schema_metadata({"geo": text}), path)
    return path


def about(**more: Any) -> dict[str, Any]:
    return {"version": "1.1.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB"} | more}}


@pytest.mark.parametrize(
    ("crs", "wkb", "epsg"),
    [
        ({"id": {"authority": "EPSG", "code": 4547}}, ZONE_BOX, 4547),
        (pyproj.CRS.from_epsg(4547).to_json_dict(), ZONE_BOX, 4547),
        (pyproj.CRS.from_user_input("OGC:CRS84").to_json_dict(), LON_LAT_BOX, 4490),
        (None, LON_LAT_BOX, 4490),
    ],
)
def test_the_frame_of_a_geoparquet(tmp_path: Path, crs: Any, wkb: bytes, epsg: int) -> None:
    path = parquet(tmp_path / "a.parquet", about(crs=crs), wkb)
    assert formats.read(path).frame.epsg == epsg


def test_a_frame_without_id_is_known_by_its_parameters(tmp_path: Path) -> None:
    crs = pyproj.CRS.from_epsg(4547).to_json_dict()
    crs.pop("id")
    path = parquet(tmp_path / "a.parquet", about(crs=crs))
    assert formats.read(path).frame.epsg == 4547


def test_no_crs_is_lon_lat_and_the_covering_is_not_an_attribute(tmp_path: Path) -> None:
    sides = ["xmin", "ymin", "xmax", "ymax"]
    covering = {"bbox": {side: ["box", side] for side in sides}}
    box = [dict.fromkeys(sides, 1.0)]
    path = parquet(tmp_path / "a.parquet", about(covering=covering), LON_LAT_BOX, box=box, n=[1])
    features = formats.read(path)
    assert (features.frame.epsg, features.fields.column_names) == (4490, ["n"])


@pytest.mark.parametrize(
    ("geo", "what"),
    [
        ("{", "不是 GeoParquet"),
        ("[]", "不是 GeoParquet"),
        ({"primary_column": "x", "columns": {"x": {}}}, "不是 GeoParquet"),
        ({"primary_column": "g", "columns": {"g": 5}}, "不是 GeoParquet"),
        ({"primary_column": "g", "columns": {"g": {"encoding": "point"}}}, "不是 WKB"),
        (about(crs={"id": 5}), "写法不认识"),
        (about(crs=[5]), "写法不认识"),
    ],
)
def test_what_is_no_geoparquet_is_refused(tmp_path: Path, geo: Any, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        formats.read(parquet(tmp_path / "a.parquet", geo))


def test_a_text_column_is_no_geometry(tmp_path: Path) -> None:
    table = pa.table({"g": ["POINT (1 2)"]}).replace_schema_metadata({"geo": json.dumps(about())})
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(Refusal, match="不是 WKB"):
        formats.read(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("limit", "most", "what"),
    [
        ("max_features", 0, "图形太多"),
        ("max_fields", 0, "目录与内容不符"),
        ("max_unzipped_bytes", 10, "展开后太大"),
    ],
)
def test_a_geoparquet_is_weighed_before_it_is_read(
    tmp_path: Path, limit: str, most: int, what: str
) -> None:
    limits = Limits(**vars(Limits.site()) | {limit: most})
    with pytest.raises(Refusal, match=what):
        formats.read(parquet(tmp_path / "a.parquet", about()), limits=limits)


# ---- zips, whatever is in them


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, kml(POINT))
    return path


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (["a.png"], "没有可读的图形文件"),
        (["a.kml", "b.kml"], "几个图形文件：a.kml、b.kml"),
        (["a.shp"], "内容与名称不符"),
    ],
)
def test_a_zip_must_hold_one_readable_thing(tmp_path: Path, names: list[str], what: str) -> None:
    with pytest.raises(Refusal, match=what):
        formats.read(zipped(tmp_path / "a.zip", *names))


def test_what_breaks_a_reader_is_refused_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("inside a library")

    monkeypatch.setattr(formats.reading.kml, "read_kml", broken)
    with pytest.raises(Refusal, match="无法读取"):
        read(tmp_path, kml(POINT))


def test_a_job_is_read_as_it_asks(tmp_path: Path) -> None:
    path = zipped(tmp_path / "0123abcd", "a.kml")
    job = {"epsg": 4490, "filename": "a.kmz", "layer": None}
    got = formats.reading.read_job(path, Limits.site(), tmp_path, job)
    assert (got.epsg, got.read) == (4490, 1)
    assert (tmp_path / "unpacked" / "a.kml").exists()


def test_a_kept_file_without_suffix_is_known_by_its_content(tmp_path: Path) -> None:
    table = pa.table({"a": [1]})
    shape = [shapely.from_wkb(LON_LAT_BOX)]
    formats.write(tmp_path / "a.gpkg", shape, table, formats.reading.frame_of(4490))
    kept = (tmp_path / "a.gpkg").rename(tmp_path / "0123abcd")
    assert formats.read(kept).format == "GeoPackage"
