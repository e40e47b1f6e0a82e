"""Compare what the headers of binary formats claim with what the files can hold."""

import struct
from pathlib import Path

from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.refusal import Refusal

_SHAPE_TYPES = {0, 1, 3, 5, 8, 11, 13, 15, 18, 21, 23, 25, 28}
_SHP_HEAD = 100
_DBF_HEAD = 32
_GPKG_IDS = {b"GPKG", b"GP10", b"GP11"}
_LARGEST_FOOTER = 64 << 20


def _lying(what: str, path: Path) -> Refusal:
    return Refusal(
        f"文件头与内容不符：{what}",
        path.name,
        rule="文件头所称的长度和条数须与实际一致",
        remedy="文件可能没有传完或已损坏，请重新导出",
    )


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def check_shapefile(path: Path, limits: Limits) -> None:
    """Check .shp, .shx and .dbf beside one another; raises Refusal for the first lie."""
    _check_main(path)
    index = sibling(path, ".shx")
    if path.suffix.lower() != ".shp" or index is None:
        raise Refusal(
            "Shapefile 缺少索引（.shx）等配套文件",
            path.name,
            remedy="请把 .shp、.shx、.dbf、.prj、.cpg 一起压缩为 zip",
        )
    records = _check_index(index)
    _check_first_record(path)
    rows = check_dbf(sibling(path, ".dbf"), limits)
    if rows is not None and records != rows:
        raise _lying(f"图形 {records:,} 个，属性 {rows:,} 条，数目不等", path)
    if records > limits.max_features:
        raise too_many_features(records, limits)


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file beside `path` with this suffix in any case, or None."""
    for other in path.parent.iterdir():
        if other.suffix.lower() == suffix and other.stem.lower() == path.stem.lower():
            return other if other.is_file() and not other.is_symlink() else None
    return None


def _check_main(path: Path) -> int:
    head, size = _head(path, _SHP_HEAD), path.stat().st_size
    if len(head) < _SHP_HEAD or head[:4] != b"\x00\x00\x27\x0a":
        raise _lying("不是 Shapefile 的文件头", path)
    words = struct.unpack(">i", head[24:28])[0]
    if words * 2 != size:
        raise _lying(f"称有 {words * 2:,} 字节，实有 {size:,} 字节", path)
    shape = struct.unpack("<i", head[32:36])[0]
    if shape == 31:
        raise Refusal("Shapefile 是多面体（MultiPatch）", path.name, remedy="请导出为面图层")
    if shape not in _SHAPE_TYPES:
        raise _lying(f"图形类型 {shape} 不存在", path)
    return size


def _check_first_record(path: Path) -> None:
    with path.open("rb") as file:
        file.seek(_SHP_HEAD)
        record = file.read(8)
    if len(record) == 8:
        words = struct.unpack(">i", record[4:8])[0]
        if words < 2 or _SHP_HEAD + 8 + words * 2 > path.stat().st_size:
            raise _lying("首个图形的长度超出文件", path)


def _check_index(path: Path) -> int:
    """Return the number of records of the .shx; each must lie within the .shp."""
    size = _check_main(path)
    if (size - _SHP_HEAD) % 8:
        raise _lying("索引长度不是整条", path)
    return (size - _SHP_HEAD) // 8


def check_dbf(path: Path | None, limits: Limits) -> int | None:
    """Check a .dbf and return its number of rows, or None where there is no .dbf."""
    if path is None:
        return None
    head, size = _head(path, _DBF_HEAD), path.stat().st_size
    if len(head) < _DBF_HEAD:
        raise _lying("属性表不完整", path)
    rows, start, width = struct.unpack("<IHH", head[4:12])
    fields = (start - _DBF_HEAD - 1) // 32
    if start < _DBF_HEAD + 1 or start > size or width < 1 or fields > limits.max_fields:
        raise _lying("属性表的字段定义无效", path)
    # A last byte 0x1A may be there or not.
    if start + rows * width > size:
        raise _lying(f"属性表称有 {rows:,} 条，文件放不下", path)
    return int(rows)


def check_gpkg(path: Path) -> None:
    """Check the SQLite header of a GeoPackage against its size, and that it is one."""
    head, size = _head(path, 100), path.stat().st_size
    if len(head) < 100:
        raise _lying("数据库不完整", path)
    page = struct.unpack(">H", head[16:18])[0]
    page = 65_536 if page == 1 else page
    pages = struct.unpack(">I", head[28:32])[0]
    if page < 512 or page & (page - 1) or size % page:
        raise _lying("数据库的页长无效", path)
    counted_by_writer = head[24:28] == head[92:96]
    if counted_by_writer and pages * page != size:
        raise _lying(f"数据库称有 {pages:,} 页，实有 {size // page:,} 页", path)
    if head[68:72] not in _GPKG_IDS:
        raise Refusal("这个数据库不是 GeoPackage", path.name, remedy="请导出为 GeoPackage")


def check_parquet(path: Path) -> None:
    """Check that a Parquet file ends as one and that its footer lies within it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read()
    if size < 12 or tail[4:] != b"PAR1":
        raise _lying("Parquet 没有结尾标志", path)
    footer = struct.unpack("<I", tail[:4])[0]
    if footer > min(size - 12, _LARGEST_FOOTER) or footer < 8:
        raise _lying("Parquet 的目录长度超出文件", path)
