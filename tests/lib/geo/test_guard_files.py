"""What is looked at before a parser: magic, zips, headers, depth of JSON, harmlessness of XML."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import shapely
from pyogrio.raw import write_arrow

from guotu.lib.geo.guard import Limits, archive, content, headers, text
from guotu.lib.refusal import Refusal

SITE = Limits.site()


def tight(**changes: float) -> Limits:
    return Limits(**vars(SITE) | changes)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, raw: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(raw)
        return path

    return write


Put = Callable[[str, bytes], Path]
TABLE = pa.table({"a": ["甲"], "geometry": pa.array([shapely.to_wkb(shapely.box(0, 0, 1, 1))])})


@pytest.fixture
def shapefile(tmp_path: Path) -> Path:
    path = tmp_path / "site.shp"
    write_arrow(
        TABLE,
        path,
        driver="ESRI Shapefile",
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:4547",
        encoding="UTF-8",
    )
    return path


@pytest.fixture
def geopackage(tmp_path: Path) -> Path:
    path = tmp_path / "site.gpkg"
    write_arrow(
        TABLE,
        path,
        driver="GPKG",
        geometry_name="geometry",
        geometry_type="Polygon",
        crs="EPSG:4547",
    )
    return path


def overwrite(path: Path, at: int, new: bytes) -> None:
    raw = bytearray(path.read_bytes())
    raw[at : at + len(new)] = new
    path.write_bytes(raw)


# ---- content


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"PK\x03\x04", "zip"),
        (b"SQLite format 3\x00", "gpkg"),
        (b"PAR1....PAR1", "parquet"),
        (b"\x00\x00\x27\x0a....", "shp"),
        (b"AutoCAD Binary DXF\r\n", "dxf"),
        (b"999\nmade by\n0\nSECTION\n", "dxf"),
        (b"  0\r\nSECTION\r\n", "dxf"),
        (b'\xef\xbb\xbf {"type"', "json"),
        (b'[{"type"', "json"),
        (b"[1,2]", "json"),
        (b"<?xml ?>", "xml"),
        (b"\xff\xfe<\x00", "xml"),
        ("[属性描述]\r\n".encode("gbk"), "txt"),
        (b"J1,1,3176000.1,460000.2\r\n", "txt"),
    ],
)
def test_a_file_is_known_by_its_content(put: Put, raw: bytes, kind: str) -> None:
    assert content.kind_of(put("0123abcd", raw), SITE) == kind


@pytest.mark.parametrize(
    ("name", "raw", "what"),
    [
        ("a.geojson", b"SQLite format 3\x00", "内容与名称不符"),
        ("a.shp", b'{"type"', "内容与名称不符"),
        ("a.dxf", b"AC1032", "DWG"),
        ("a.rar", b"Rar!", "RAR"),
        ("a.shp", b"", "空的"),
        ("a.bin", b"\x00\x01\x02", "认不出"),
        ("a.txt", b"\x00J1,1,3176000.1,460000.2", "认不出"),
    ],
)
def test_what_is_not_what_it_says_is_refused(put: Put, name: str, raw: bytes, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        content.kind_of(put(name, raw), SITE)


def test_the_name_it_was_handed_in_under_counts(put: Put) -> None:
    with pytest.raises(Refusal, match="内容与名称不符"):
        content.kind_of(put("0123abcd", b'{"type"'), SITE, "甲.shp")


def test_only_plain_files_and_filegdb_folders_are_read(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="找不到"):
        content.kind_of(tmp_path / "none", SITE)
    with pytest.raises(Refusal, match="不是 FileGDB"):
        content.kind_of(tmp_path, SITE)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refusal, match="不是普通文件"):
        content.kind_of(tmp_path / "pipe", SITE)
    (tmp_path / "a00000001.gdbtable").write_bytes(b"x")
    assert content.kind_of(tmp_path, SITE) == "gdb"


def test_a_large_file_is_refused_unread(put: Put) -> None:
    with pytest.raises(Refusal, match="文件太大"):
        content.kind_of(put("a.geojson", b"{" * 11), tight(max_bytes=10))


# ---- archive


def packed(entries: dict[str, bytes], mode: int = 0) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, raw in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, raw)
    return made.getvalue()


def unpacked(put: Put, raw: bytes, limits: Limits = SITE) -> list[Path]:
    path = put("site.zip", raw)
    return archive.unpack(path, path.parent / "out", limits, "site.zip")


def test_a_plain_zip_is_unpacked_without_clutter(put: Put) -> None:
    entries = {
        "甲/a.shp": b"1",
        "甲/a.dbf": b"22",
        "__MACOSX/a": b"",
        "b/.DS_Store": b"",
        "c/": b"",
    }
    found = unpacked(put, packed(entries))
    assert {path.name: path.read_bytes() for path in found} == {"a.shp": b"1", "a.dbf": b"22"}


LIMITED = tight(max_zip_entries=3, max_unzipped_bytes=5_000_000)
SYMLINK, DEVICE = stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (packed({}), "是空的"),
        (packed({str(i): b"" for i in range(4)}), "太多"),
        (packed({"a": b"\x00" * 5_000_001}), "压缩炸弹"),
        (packed({"a": b"\x00" * 2_000_000}), "压缩炸弹"),
        (packed({"a": b"x"}, SYMLINK), "链接"),
        (packed({"a": b"x"}, DEVICE), "链接"),
        (packed({"a.ZIP": b"x"}), "还有压缩包"),
        (packed({"../a": b"x"}), "指向包外"),
        (packed({"..\\a": b"x"}), "指向包外"),
        (packed({"/a": b"x"}), "指向包外"),
        (packed({"C:a": b"x"}), "指向包外"),
        (packed({"a" * 401: b"x"}), "指向包外或过长"),
        (packed({"a": os.urandom(999)})[:500], "损坏"),
        (packed({"a": b"x", "a/b": b"x"}), "无法解开"),
    ],
)
def test_a_hostile_zip_is_refused(put: Put, raw: bytes, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        unpacked(put, raw, LIMITED)


def test_overlapping_entries_are_refused(put: Put) -> None:
    raw = packed({"a": os.urandom(50_000)})
    start, end = raw.index(b"PK\x01\x02"), raw.index(b"PK\x05\x06")
    central = raw[start:end]
    tail = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(central), start, 0)
    with pytest.raises(Refusal, match="重叠"):
        unpacked(put, raw[:start] + central * 2 + tail)


def test_a_lying_size_is_refused(put: Put) -> None:
    raw = packed({"a": b" " * 900_000}).replace(struct.pack("<I", 900_000), struct.pack("<I", 10))
    with pytest.raises(Refusal):
        unpacked(put, raw)


def test_more_than_was_promised_is_never_written(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda *_: b"more")
    with pytest.raises(Refusal, match="大小不实"):
        unpacked(put, packed({"a": b"12345678"}))


def test_a_password_is_refused(put: Put) -> None:
    raw = bytearray(packed({"a": b"x" * 20}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    with pytest.raises(Refusal, match="有密码"):
        unpacked(put, bytes(raw))


# ---- headers


def test_a_true_shapefile_passes(shapefile: Path) -> None:
    headers.check_shapefile(shapefile, SITE)
    assert headers.check_dbf(shapefile.with_suffix(".dbf"), SITE) == 1
    shapefile.with_suffix(".dbf").unlink()
    headers.check_shapefile(shapefile, SITE)


@pytest.mark.parametrize(
    ("suffix", "at", "new", "what"),
    [
        (".shp", 0, b"\x01", "文件头"),
        (".shp", 24, struct.pack(">i", 9), "字节"),
        (".shp", 32, struct.pack("<i", 31), "MultiPatch"),
        (".shp", 32, struct.pack("<i", 77), "不存在"),
        (".shp", 104, struct.pack(">i", 2**30), "首个图形"),
        (".shx", 24, struct.pack(">i", 9), "字节"),
        (".dbf", 4, struct.pack("<I", 2**31), "放不下"),
        (".dbf", 4, struct.pack("<I", 0), "数目不等"),
        (".dbf", 8, struct.pack("<H", 9), "字段定义"),
        (".dbf", 10, struct.pack("<H", 0), "字段定义"),
    ],
)
def test_a_lying_header_is_refused(
    shapefile: Path, suffix: str, at: int, new: bytes, what: str
) -> None:
    overwrite(shapefile.with_suffix(suffix), at, new)
    with pytest.raises(Refusal, match=what):
        headers.check_shapefile(shapefile, SITE)


def test_a_shapefile_without_its_index_is_refused(shapefile: Path) -> None:
    shapefile.with_suffix(".shx").unlink()
    with pytest.raises(Refusal, match="配套"):
        headers.check_shapefile(shapefile, SITE)


def test_a_symlink_is_no_companion(shapefile: Path) -> None:
    index = shapefile.with_suffix(".shx")
    index.rename(shapefile.parent / "other")
    index.symlink_to(shapefile.parent / "other")
    assert headers.sibling(shapefile, ".shx") is None


def test_odd_lengths_and_cut_tables_are_refused(shapefile: Path) -> None:
    index, table = shapefile.with_suffix(".shx"), shapefile.with_suffix(".dbf")
    true_table = table.read_bytes()
    table.write_bytes(true_table[:20])
    with pytest.raises(Refusal, match="属性表不完整"):
        headers.check_shapefile(shapefile, SITE)
    table.write_bytes(true_table)
    raw = index.read_bytes()
    index.write_bytes(raw[:24] + struct.pack(">i", 52) + raw[28:104])
    with pytest.raises(Refusal, match="整条"):
        headers.check_shapefile(shapefile, SITE)


def test_an_empty_shapefile_has_no_first_record(shapefile: Path) -> None:
    for suffix in (".shp", ".shx"):
        file = shapefile.with_suffix(suffix)
        raw = file.read_bytes()
        file.write_bytes(raw[:24] + struct.pack(">i", 50) + raw[28:100])
    overwrite(shapefile.with_suffix(".dbf"), 4, struct.pack("<I", 0))
    headers.check_shapefile(shapefile, SITE)


def test_too_many_records_are_refused(shapefile: Path) -> None:
    with pytest.raises(Refusal, match="图形太多"):
        headers.check_shapefile(shapefile, tight(max_features=0))


@pytest.mark.parametrize(
    ("at", "new", "what"),
    [
        (16, b"\x00\x03", "页长"),
        (16, b"\x00\x01", "页"),
        (28, struct.pack(">I", 5_000), "页"),
        (68, b"XXXX", "不是 GeoPackage"),
    ],
)
def test_a_lying_geopackage_is_refused(geopackage: Path, at: int, new: bytes, what: str) -> None:
    headers.check_gpkg(geopackage)
    overwrite(geopackage, at, new)
    with pytest.raises(Refusal, match=what):
        headers.check_gpkg(geopackage)


def test_pages_count_only_where_the_writer_counted_them(geopackage: Path) -> None:
    overwrite(geopackage, 24, b"\x7f\x7f\x7f\x7f")
    overwrite(geopackage, 28, struct.pack(">I", 5_000))
    headers.check_gpkg(geopackage)
    geopackage.write_bytes(b"SQLite format 3\x00")
    with pytest.raises(Refusal, match="不完整"):
        headers.check_gpkg(geopackage)


@pytest.mark.parametrize(
    "raw",
    [
        b"PAR1",
        b"PAR1" + b"x" * 20,
        b"PAR1" + b"\xff" * 4 + b"PAR1",
        b"PAR1" * 2 + bytes(4) + b"PAR1",
    ],
)
def test_a_lying_parquet_is_refused(put: Put, raw: bytes) -> None:
    with pytest.raises(Refusal, match="Parquet"):
        headers.check_parquet(put("a.parquet", raw))


# ---- text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", (0, 0)),
        (b"{}", (1, 0)),
        (b'{"a":[1,[2,[ -3]]],"b":[]}', (4, 3)),
        (b'"[[[["', (0, 0)),
        (b'["\\"[[", "\\\\", [1]]', (2, 1)),
    ],
)
def test_json_is_measured(raw: bytes, expected: tuple[int, int]) -> None:
    data = np.frombuffer(raw, np.uint8)
    assert text.measure_json(data, 99) == expected
    assert text.measure_json.py_func(data, 99) == expected


def test_json_is_given_up_at_the_limit() -> None:
    data = np.frombuffer(b"[" * 1000, np.uint8)
    assert text.measure_json(data, 5)[0] == text.measure_json.py_func(data, 5)[0] == 6


def test_deep_and_crowded_json_is_refused() -> None:
    text.check_json(b"[[1,2]]", SITE, "a")
    with pytest.raises(Refusal, match="嵌套太深"):
        text.check_json(b"[" * 99, SITE, "a")
    with pytest.raises(Refusal, match="顶点太多"):
        text.check_json(b"[[1,2],[1,2]]", tight(max_vertices=1), "a")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("<!DOCTYPE k [<!ENTITY a 'b'>]><kml>&a;</kml>", "文档类型"),
        ("<!DOCTYPE kml SYSTEM 'http://127.0.0.1/a'><kml/>", "文档类型"),
        ("<kml>" + "<a>" * 40, "嵌套太深"),
        ("<kml>", "不完整"),
        ("<?xml version='1.0' encoding='nonsense'?><kml/>", "不完整"),
    ],
)
def test_harmful_xml_is_refused(put: Put, raw: str, what: str) -> None:
    with pytest.raises(Refusal, match=what):
        text.check_xml(put("a.kml", raw.encode()), SITE, "a.kml")


def test_harmless_xml_passes(put: Put) -> None:
    text.check_xml(put("a.kml", b"<kml><a>words</a><a/></kml>"), SITE, "a.kml")


def test_limits_are_data_with_a_source() -> None:
    assert SITE.max_bytes < Limits.layer().max_bytes
    assert SITE.max_features == 10_000
