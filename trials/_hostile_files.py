"""The hostile files themselves, by the fault that each carries."""

import os
import stat
import struct
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from trials._hostile_makers import (
    GOOD,
    Maker,
    collections,
    cut,
    geojson,
    geopackage,
    kml,
    lying_size_zip,
    nested_zip,
    overlapping_zip,
    parquet,
    patched,
    polygon,
    shapefile,
    sparse,
    square,
    text,
    zipped,
)

WKB = {
    "nested_collections": collections(11_600),
    "two_collections": collections(2),
    "multi_in_multi": collections(300, code=6),
    "points_of_4_billion": polygon((1.0, 1.0), count=0xFFFFFFFF),
    "rings_of_4_billion": polygon((1.0, 1.0), rings=0xFFFFFFFF),
    "parts_of_4_billion": struct.pack("<BII", 1, 6, 0xFFFFFFFF),
    "huge_1e200": square(1e200),
    "nan": square(float("nan")),
    "infinity": square(float("inf")),
    "largest_double": square(1.7976931348623157e308),
    "open_ring": polygon((460_000, 3_176_000), (460_100, 3_176_000), (460_100, 3_176_100)),
    "two_point_ring": polygon((460_000, 3_176_000), (460_000, 3_176_000)),
    "cut_in_half": square(3_176_000)[:40],
    "curve_polygon": struct.pack("<BII", 1, 10, 0),
    "tin": struct.pack("<BII", 1, 16, 0),
    "unknown_type": struct.pack("<BII", 1, 99, 0),
    "byte_order_7": b"\x07" + square(3_176_000)[1:],
    "no_bytes": b"",
    "rubbish": bytes(range(256)),
    "out_of_the_country": square(99_000_000.0),
}


LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)
)
RECURSIVE_VIEW = (
    "create view loop as with recursive c(x) as (select 1 union all select x+1 from c) "
    "select x as fid, (select geom from site) as geom from c;"
    "insert into gpkg_contents(table_name,data_type,identifier,srs_id) "
    "values('loop','features','loop',4547);"
    "insert into gpkg_geometry_columns values('loop','geom','POLYGON',4547,0,0);"
    "delete from gpkg_geometry_columns where table_name='site';"
    "delete from gpkg_contents where table_name='site';"
)
DXF_HEAD = "0\nSECTION\n2\nENTITIES\n"
DXF_TAIL = "0\nENDSEC\n0\nEOF\n"


def dxf(x: str, bulge: str = "0") -> Maker:
    body = "".join(f"10\n{a}\n20\n{b}\n42\n{bulge}\n" for a, b in ((x, 1), (2, 5), (9, 9)))
    return text(f"{DXF_HEAD}0\nLWPOLYLINE\n8\n0\n90\n3\n70\n1\n{body}{DXF_TAIL}")


def plot(*lines: str, head: str = "坐标系=2000国家大地坐标系\n几度分带=3\n带号=38\n") -> Maker:
    corners = "\n".join(lines)
    return text(f"[属性描述]\n{head}[地块坐标]\n4,1,1,甲,面,,,,@\n{corners}\n")


def files() -> Iterator[tuple[str, Maker]]:
    """Yield (file name, maker)."""
    for name, wkb in WKB.items():
        yield f"wkb_{name}.parquet", parquet([wkb])
        if name not in ("no_bytes",):
            yield f"wkb_{name}.gpkg", geopackage(wkb)
    yield "nulls.parquet", parquet([None, None])
    yield "one_good_rest_bad.parquet", parquet([shapely.to_wkb(GOOD), *WKB.values(), None])
    yield from _json()
    yield from _archives()
    yield from _xml()
    yield from _headers()
    yield from _strangers()


def _json() -> Iterator[tuple[str, Maker]]:
    yield "deep_arrays.geojson", geojson("[" * 700_000 + "]" * 700_000)
    nest = '{"type":"GeometryCollection","geometries":['
    yield "deep_collections.geojson", text(nest * 40_000 + "]}" * 40_000)
    yield "deep_properties.geojson", text('{"type":"Feature","properties":' + '{"a":' * 100_000)
    for name, value in {
        "nan": "NaN",
        "infinity": "-Infinity",
        "1e200": "1e200",
        "1e400": "1e400",
        "null": "null",
        "words": '"113.5"',
        "digits_400": "1" * 400,
    }.items():
        yield f"{name}.geojson", geojson(f"[[[113,28],[113.1,{value}],[113.1,28.1],[113,28]]]")
    yield "digits_9000.geojson", geojson("[" + "1" * 9_000 + ",2]", "Point")
    yield "ragged.geojson", geojson("[[[113,28],[113.1],[113.1,28.1],[113,28]]]")
    yield "numbers_for_rings.geojson", geojson("[1,2,3]")
    yield "million_vertices.geojson", geojson("[[" + ",".join(["[113.1,28.1]"] * 1_200_000) + "]]")
    yield "cut.geojson", text('{"type":"FeatureCollection","features":[{"type":"Fea')
    yield "list.geojson", text("[1,2,3]")
    yield "not_geo.json", text('{"a": 1}')
    yield "latin.geojson", text(b'{"type":"FeatureCollection","features":[],"n":"\xff\xfe"}')
    yield "no_feature.geojson", text('{"type":"FeatureCollection","features":[]}')
    yield "features_are_numbers.geojson", text('{"type":"FeatureCollection","features":[1,2]}')
    crs = '"crs":{"type":"name","properties":{"name":"http://127.0.0.1:9/crs"}},'
    body = '"features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[113,28]}}]'
    yield "crs_by_link.geojson", text(f'{{"type":"FeatureCollection",{crs}{body}}}')
    yield "sparse_40_gb.geojson", sparse


def _archives() -> Iterator[tuple[str, Maker]]:
    yield "bomb_flat.zip", zipped({"a.geojson": b" " * 600_000_000})
    yield "bomb_many.zip", zipped({f"{i}.shp": b"\x00" * 2_000_000 for i in range(99)})
    yield "bomb_nested.zip", text(nested_zip(5))
    yield "bomb_overlapping.zip", overlapping_zip
    yield "lying_size.zip", lying_size_zip
    yield "many_entries.zip", zipped({f"{i}.shp": b"" for i in range(5_000)})
    yield "climbs_out.zip", zipped({"../../tmp/a.shp": b"x"})
    yield "climbs_out_backwards.zip", zipped({"..\\..\\a.shp": b"x"})
    yield "absolute.zip", zipped({"/etc/a.shp": b"x"})
    yield "drive.zip", zipped({"C:\\a.shp": b"x"})
    yield "symlink.zip", zipped({"a.shp": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    yield "device.zip", zipped({"a.shp": b""}, mode=stat.S_IFCHR | 0o666)
    yield "password.zip", zipped({"a.shp": b"x" * 50}, flag=1)
    yield "nothing.zip", zipped({})
    yield "cut.zip", cut(zipped({"a.shp": os.urandom(9_000)}), 0.5)
    yield "office.zip", zipped({"word/document.xml": b"<w/>"})
    yield "two_sites.zip", zipped({"a.kml": b"<kml/>", "b.kml": b"<kml/>"})
    yield "no_kml.kmz", zipped({"a.png": b"x"})
    yield "laughs.kmz", zipped({"doc.kml": (LAUGHS + "]><kml>&a11;</kml>").encode()})
    yield "long_name.zip", zipped({"a" * 5_000 + ".shp": b"x"})


def _xml() -> Iterator[tuple[str, Maker]]:
    mark = "<Placemark><Point><coordinates>{}</coordinates></Point></Placemark>"
    yield "laughs.kml", kml("&a11;", LAUGHS + "]>")
    outside = "<!DOCTYPE k [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    yield "outside_entity.kml", kml("<name>&x;</name>", outside)
    yield "outside_dtd.kml", kml("", "<!DOCTYPE kml SYSTEM 'http://127.0.0.1:9/a.dtd'>")
    yield "quadratic.kml", kml("&q;" * 50_000, f"<!DOCTYPE k [<!ENTITY q '{'q' * 50_000}'>]>")
    yield "deep.kml", kml("<Folder>" * 200_000)
    yield "nan.kml", kml(mark.format("nan,28"))
    yield "1e200.kml", kml(mark.format("1e200,28"))
    yield "words.kml", kml(mark.format("east,north"))
    yield "cut.kml", text("<?xml version='1.0'?><kml><Document><Placemark>")
    yield "picture.kml", text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    yield "utf7.kml", text("<?xml version='1.0' encoding='utf-7'?><kml/>")
    network = "<NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink>"
    yield "network_link.kml", kml(network)


def _headers() -> Iterator[tuple[str, Maker]]:
    yield "shp_length.zip", shapefile(shp=(24, struct.pack(">i", 2**30)))
    yield "shp_negative_length.zip", shapefile(shp=(24, struct.pack(">i", -5)))
    yield "shp_type.zip", shapefile(shp=(32, struct.pack("<i", 77)))
    yield "shp_multipatch.zip", shapefile(shp=(32, struct.pack("<i", 31)))
    yield "shp_record_length.zip", shapefile(shp=(104, struct.pack(">i", 2**30)))
    yield "shp_parts.zip", shapefile(shp=(144, struct.pack("<i", 2**30)))
    yield "shp_points.zip", shapefile(shp=(148, struct.pack("<i", 2**30)))
    yield "shp_negative_points.zip", shapefile(shp=(148, struct.pack("<i", -9)))
    yield "shp_part_start.zip", shapefile(shp=(152, struct.pack("<i", 2**30)))
    yield "shp_nan.zip", shapefile(shp=(156, struct.pack("<d", float("nan"))))
    yield "shp_1e200.zip", shapefile(shp=(156, struct.pack("<d", 1e200)))
    yield "shx_length.zip", shapefile(shx=(24, struct.pack(">i", 2**30)))
    yield "shx_offset.zip", shapefile(shx=(100, struct.pack(">i", 2**30)))
    yield "dbf_rows.zip", shapefile(dbf=(4, struct.pack("<I", 2**31)))
    yield "dbf_head.zip", shapefile(dbf=(8, struct.pack("<H", 65_000)))
    yield "dbf_width.zip", shapefile(dbf=(10, struct.pack("<H", 0)))
    yield "dbf_cut.zip", shapefile(dbf=(20, b""))
    yield "prj_rubbish.zip", shapefile(prj=(0, b"PROJCS[" * 20))
    yield "alone.shp", text(struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 50) + bytes(72))
    good = geopackage()
    yield "gpkg_page.gpkg", patched(good, 16, b"\x00\x03")
    yield "gpkg_pages.gpkg", patched(good, 28, struct.pack(">I", 2**31))
    yield "gpkg_schema.gpkg", patched(good, 100, os.urandom(4_000))
    yield "gpkg_cut.gpkg", cut(good, 0.5)
    yield "gpkg_not.gpkg", patched(good, 68, b"\x00\x00\x00\x00")
    yield "gpkg_endless_view.gpkg", geopackage(sql=RECURSIVE_VIEW)
    fine = parquet([shapely.to_wkb(GOOD)])
    yield "parquet_footer.parquet", patched(fine, -8, struct.pack("<I", 2**31))
    yield "parquet_small_footer.parquet", patched(fine, -8, struct.pack("<I", 20))
    yield "parquet_rubbish.parquet", patched(fine, -300, os.urandom(200))
    yield "parquet_pages.parquet", patched(fine, 4, os.urandom(60))
    yield "parquet_cut.parquet", cut(fine, 0.7)
    yield "parquet_no_geo.parquet", lambda path: pq.write_table(pa.table({"a": [1]}), path)


def _strangers() -> Iterator[tuple[str, Maker]]:
    source = "<OGRVRTDataSource><OGRVRTLayer name='a'><SrcDataSource>{}</SrcDataSource>"
    yield "reach_out.vrt", text(source.format("/vsicurl/http://127.0.0.1:9/a.shp"))
    yield "reach_in.vrt", text(source.format("/etc/passwd"))
    yield "renamed_vrt.shp", text(source.format("/etc/passwd"))
    yield "link.gml", text("<gml:f xmlns:xlink='x' xlink:href='http://127.0.0.1:9/a.gml'/>")
    yield "wkt.csv", text("id,wkt\n1," + "GEOMETRYCOLLECTION(" * 5_000)
    yield "program.shp", text(b"\x7fELF" + bytes(2_000))
    yield "picture.gpkg", text(b"\x89PNG\r\n\x1a\n" + bytes(2_000))
    yield "drawing.dwg", text(b"AC1032" + bytes(2_000))
    yield "drawing.dxf", text(b"AC1032" + bytes(2_000))
    yield "packed.rar", text(b"Rar!\x1a\x07\x00" + bytes(200))
    yield "packed.gz", text(b"\x1f\x8b" + bytes(200))
    yield "empty.geojson", text("")
    yield "spaces.txt", text(" " * 5_000)
    yield "database.shp", text(b"SQLite format 3\x00" + bytes(4_000))
    yield "json.gpkg", text('{"type":"FeatureCollection","features":[]}')
    yield "pipe.geojson", os.mkfifo
    yield "folder.gdb", lambda path: path.mkdir()
    yield "link.txt", lambda path: path.symlink_to("/etc/passwd")
    yield "dxf_1e200.dxf", dxf("1e200")
    yield "dxf_nan.dxf", dxf("nan")
    yield "dxf_bulge.dxf", dxf("1", bulge="1e300")
    yield "dxf_words.dxf", dxf("east")
    yield "dxf_cut.dxf", text(DXF_HEAD + "0\nLWPOLYLINE\n8\n")
    yield "dxf_rubbish.dxf", text(DXF_HEAD.encode() + os.urandom(5_000))
    corners = ("J1,1,3176000,460000", "J2,1,3176000,460100", "J3,1,3176100,460100")
    yield "zone_conflict.txt", plot(*(c.replace(",46", ",3946") for c in corners), corners[0])
    yield "datum_80.txt", plot(*corners, head="坐标系=1980西安坐标系\n带号=38\n")
    yield "huge.txt", plot(*corners[:2], "J3,1,1e200,460100", corners[0])
    yield "nan.txt", plot(*corners[:2], "J3,1,nan,460100", corners[0])
    yield "too_few_points.txt", plot(corners[0], corners[1])
    yield "rubbish_line.txt", plot(corners[0], "<script>alert(1)</script>", corners[2])
