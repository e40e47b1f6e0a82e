"""Say what a file is by what is in it, never by its name; refuse when the two disagree."""

import os
import re
import stat
from pathlib import Path

from guotu.lib.geo.guard.limits import Limits
from guotu.lib.refusal import Refusal

READABLE = (
    "可读：Shapefile（zip）、GeoPackage、FileGDB、GeoJSON、GeoParquet、KML/KMZ、DXF、界址点 TXT"
)

_HEAD_BYTES = 65_536
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "gpkg"),
    (b"PAR1", "parquet"),
    (b"\x00\x00\x27\x0a", "shp"),
    (b"AutoCAD Binary DXF", "dxf"),
)
_KNOWN_BUT_UNREADABLE = (
    (b"AC10", "DWG 图形", "请在 CAD 中另存为 DXF"),
    (b"Rar!", "RAR 压缩包", "请改用 zip 压缩"),
    (b"7z\xbc\xaf", "7z 压缩包", "请改用 zip 压缩"),
    (b"\x1f\x8b", "gzip 压缩包", "请改用 zip 压缩"),
    (b"%PDF", "PDF 文件", "请提供图形文件"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件", "请提供图形文件"),
)
# What each suffix promises. A name without one of these promises nothing.
_PROMISES = {
    ".zip": ("zip",),
    ".kmz": ("zip",),
    ".gpkg": ("gpkg",),
    ".parquet": ("parquet",),
    ".geoparquet": ("parquet",),
    ".shp": ("shp",),
    ".dxf": ("dxf",),
    ".json": ("json",),
    ".geojson": ("json",),
    ".kml": ("xml",),
    ".txt": ("txt",),
    ".gdb": ("gdb", "zip"),
}
_NAMES = {
    "zip": "zip 压缩包",
    "gpkg": "SQLite 数据库",
    "parquet": "Parquet",
    "shp": "Shapefile",
    "dxf": "DXF",
    "json": "JSON",
    "xml": "XML",
    "txt": "界址点文本",
    "gdb": "FileGDB",
}
_DXF_START = re.compile(rb"\A\s*(999\r?\n[^\n]*\n\s*)*0\r?\n\s*SECTION", re.ASCII)
_POINT_LINE = re.compile(rb"^\s*[^,\r\n]{0,40},\s*\d{1,4}\s*,\s*[\d.]+\s*,\s*[\d.]+", re.M)


def kind_of(path: Path, limits: Limits, filename: str | None = None) -> str:
    """Return zip, gpkg, parquet, shp, dxf, json, xml, txt or gdb (a folder).

    Raises Refusal for what is not a plain file, is too large, is empty, is of no known kind, or
    does not hold what its name (`filename`, else the path's own) says.
    """
    name = filename or path.name
    if _is_folder(path):
        return _folder(path, name)
    size = _plain_size(path, name, limits)
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if size == 0:
        raise Refusal("文件是空的", name, remedy="请重新导出后再试")
    kind = _by_content(head, name)
    promised = _PROMISES.get(Path(name).suffix.lower())
    if promised and kind not in promised:
        raise Refusal(
            f"文件内容与名称不符：内容是{_NAMES[kind]}",
            name,
            rule="按内容辨认文件，不凭后缀",
            remedy="请核对是否改过文件名，用原来的名称重新上传",
        )
    return kind


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError as error:
        raise Refusal("找不到文件", path.name, remedy="请核对路径") from error


def _folder(path: Path, name: str) -> str:
    if (path / "a00000001.gdbtable").is_file():
        return "gdb"
    raise Refusal("这个文件夹不是 FileGDB", name, rule=READABLE, remedy="请指明其中的文件")


def _plain_size(path: Path, name: str, limits: Limits) -> int:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise Refusal("不是普通文件", name, remedy="请给出图形文件本身")
    if status.st_size > limits.max_bytes:
        raise Refusal(
            f"文件太大（{status.st_size / 1e6:,.1f} MB）",
            name,
            rule=f"一个文件最大 {limits.max_bytes / 1e6:,.0f} MB",
            remedy="请只提供所需的图形，或分成几个文件",
        )
    return status.st_size


def _by_content(head: bytes, name: str) -> str:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    for magic, what, remedy in _KNOWN_BUT_UNREADABLE:
        if head.startswith(magic):
            raise Refusal(f"不能读取{what}", name, rule=READABLE, remedy=remedy)
    text = _text_kind(head)
    if text is None:
        raise Refusal("认不出文件的格式", name, rule=READABLE, remedy="请换一种格式导出后再试")
    return text


def _text_kind(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain.startswith((b"{", b"[")):
        # A boundary-point file also begins with a bracket: its section name.
        return "txt" if plain.startswith(b"[") and not _is_json_list(plain) else "json"
    if plain.startswith(b"<"):
        return "xml"
    if _DXF_START.match(plain):
        return "dxf"
    if b"\x00" not in head and _POINT_LINE.search(plain):
        return "txt"
    return None


def _is_json_list(plain: bytes) -> bool:
    return plain[1:].lstrip()[:1] in (b"{", b"[", b"]", b'"', b"-") or plain[1:2].isdigit()
