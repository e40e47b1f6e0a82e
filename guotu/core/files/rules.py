"""Decides what a file is by what is in it, never by its name."""

import re

HEAD_BYTES = 4096
TAIL_BYTES = 1024

_MAGIC = (
    (b"PAR1", "parquet"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"PMTiles", "pmtiles"),
    (b"\x1f\x8b", "gzip"),
    (b"AutoCAD Binary DXF", "dxf"),
)
_ZIP = (
    (rb"\.gdb/", "filegdb.zip"),
    (rb"\.shp", "shapefile.zip"),
    (rb"word/", "docx"),
    (rb"xl/", "xlsx"),
    (rb"doc\.kml", "kmz"),
)


def kind_of(head: bytes, tail: bytes = b"") -> str:
    """Return the kind of a file from its first `HEAD_BYTES` and last `TAIL_BYTES`.

    One of parquet, pdf, png, jpeg, pmtiles, gzip, dxf, geopackage, sqlite, filegdb.zip,
    shapefile.zip, docx, xlsx, kmz, zip, kml, xml, geojson, json, boundary_points, text, unknown.
    A ZIP is named after the names in its directory, which stand at its end.
    """
    if head.startswith(b"SQLite format 3\x00"):
        return "geopackage" if head[68:72] in (b"GPKG", b"GP10", b"GP11") else "sqlite"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(head + tail)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _text_kind(head)


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
    if start.startswith("<"):
        return "kml" if "<kml" in start else "xml"
    if start.startswith(("{", "[{")):
        return "geojson" if re.search(r'"(Feature|FeatureCollection)"', start) else "json"
    if "[属性描述]" in start or "[地块坐标]" in start:
        return "boundary_points"
    if re.match(r"(999\s|0\s*\r?\n\s*SECTION)", start):
        return "dxf"
    return "text"


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
