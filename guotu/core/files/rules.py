"""Decides what a file is by what is in it, never by its name; who may read it; how it is marked."""

import re

HEAD_BYTES = 4096
TAIL_BYTES = 1024

# The classes of secrecy, from the most open to the strictest.
SECRECY = {"open": "公开", "internal": "内部", "secret": "涉密"}
READ, READ_SECRET = "files.read", "files.read_secret"

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"PMTiles", "pmtiles"),
    (b"\x1f\x8b", "gzip"),
    (b"AutoCAD Binary DXF", "dxf"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "program"),
    (b"\x00asm", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"MSCF", "archive"),
    (b"xar!", "archive"),
    (b"GIF8", "picture"),
)
_ZIP = (
    (rb"vbaProject\.bin|macroEnabled|macrosheets/", "office_macro"),
    (rb"\.gdb/", "filegdb.zip"),
    (rb"\.shp", "shapefile.zip"),
    (rb"word/", "docx"),
    (rb"xl/", "xlsx"),
    (rb"ppt/", "presentation"),
    (rb"OFD\.xml", "ofd"),
    (rb"doc\.kml", "kmz"),
)
_HTML = re.compile(r"<(!doctype\s+html|html|head|body|script|iframe|meta|object|embed)\b", re.I)
_SCRIPT = re.compile(r"(#!|<\?php|<%@|@echo off\b|<job\b|WScript\.|\[InternetShortcut\])", re.I)


def kind_of(head: bytes, tail: bytes = b"") -> str:
    """Return the kind of a file from its first `HEAD_BYTES` and last `TAIL_BYTES`.

    One of the kinds and refused kinds of uploads.toml. A ZIP is named after the names in its
    directory, which stand at its end.
    """
    if head.startswith(b"SQLite format 3\x00"):
        return "geopackage" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "sqlite"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(head + tail)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _kind_by_place(head) or _text_kind(head)


def _kind_by_place(head: bytes) -> str:
    """Return the kind told by a mark further in, or by a short one that a text could begin with."""
    if head[257:262] == b"ustar":
        return "archive"
    if head[:4] == b"RIFF" or head[4:8] == b"ftyp":
        return "picture"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "picture"
    return "program" if head[:2] == b"MZ" and b"\x00" in head[:64] else ""


def _zip_kind(seen: bytes) -> str:
    for pattern, kind in _ZIP:
        if re.search(pattern, seen, re.IGNORECASE):
            return kind
    return "zip"


def _text_kind(head: bytes) -> str:
    text = _decoded(head)
    if text is None:
        return "unknown"
    start = text.lstrip("\ufeff \t\r\n")
    if active := _active_kind(start):
        return active
    if start.startswith("<"):
        return "kml" if "<kml" in start else "xml"
    if start.startswith(("{", "[{")):
        return "geojson" if re.search(r'"(Feature|FeatureCollection)"', start) else "json"
    if "[属性描述]" in start or "[地块坐标]" in start:
        return "boundary_points"
    if re.match(r"(999\s|0\s*\r?\n\s*SECTION)", start):
        return "dxf"
    return "text"


def _active_kind(start: str) -> str:
    """Return the kind of a text that something would run, or an empty string."""
    if _SCRIPT.match(start):
        return "script"
    if start.startswith("<") and re.search(r"<svg\b", start, re.IGNORECASE):
        return "svg"
    kml = start.startswith("<") and "<kml" in start
    return "html" if not kml and _HTML.search(start) else ""


def _decoded(head: bytes) -> str | None:
    if b"\x00" in head:
        return None
    for encoding in ("utf-8", "gb18030"):
        # The cut may fall within a character, so up to three last bytes are no evidence.
        for cut in range(4):
            try:
                return head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def stricter(one: str, other: str) -> str:
    """Return the stricter of two classes of secrecy."""
    order = list(SECRECY)
    return max(one, other, key=order.index)


def may_read(powers: frozenset[str], *, secrecy: str, power: str, covered: bool) -> bool:
    """Say whether somebody with these powers may read a paper of this class.

    `power` is what the paper asks for; `covered` says that its place lies in the reader's areas.
    """
    if "*" in powers:
        return True
    if power not in powers or not covered:
        return False
    return secrecy != "secret" or READ_SECRET in powers
