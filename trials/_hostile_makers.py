"""How a hostile file is made: each maker takes a path and writes one file there."""

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyogrio.raw import write_arrow

GOOD = shapely.box(460_000, 3_176_000, 460_100, 3_176_100)
Maker = Callable[[Path], object]


def point(x: float, y: float) -> bytes:
    return struct.pack("<BI2d", 1, 1, x, y)


def polygon(*corners: tuple[float, float], count: int | None = None, rings: int = 1) -> bytes:
    body = b"".join(struct.pack("<2d", *corner) for corner in corners)
    number = len(corners) if count is None else count
    return struct.pack("<BIII", 1, 3, rings, number) + body


def collections(depth: int, code: int = 7) -> bytes:
    return struct.pack("<BII", 1, code, 1) * depth + point(460_000, 3_176_000)


def square(bad: float) -> bytes:
    low, high = (460_000.0, 3_176_000.0), (460_100.0, 3_176_100.0)
    return polygon(low, (high[0], bad), high, low)


def parquet(wkb: list[bytes | None]) -> Maker:
    def make(path: Path) -> None:
        about = {"encoding": "WKB", "crs": {"id": {"authority": "EPSG", "code": 4547}}}
        geo = {"version": "1.1.0", "primary_column": "g", "columns": {"g": about}}
        table = pa.table({"g": pa.array(wkb, pa.binary())})
        pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo)}), path)

    return make


def geopackage(wkb: bytes | None = None, *, sql: str = "") -> Maker:
    def make(path: Path) -> None:
        table = pa.table({"a": [1], "geometry": pa.array([shapely.to_wkb(GOOD)])})
        write_arrow(
            table,
            path,
            driver="GPKG",
            geometry_name="geometry",
            geometry_type="Unknown",
            crs="EPSG:4547",
            layer="site",
        )
        base = sqlite3.connect(path)
        for name in ("rtree_site_geom_update6", "rtree_site_geom_update7"):
            base.execute(f"drop trigger if exists {name}")
        for (name,) in base.execute("select name from sqlite_master where type='trigger'"):
            base.execute(f'drop trigger "{name}"')
        if wkb is not None:
            blob = b"GP\x00\x01" + struct.pack("<i", 4547) + wkb
            base.execute("update site set geom = ?", (blob,))
        base.executescript(sql)
        base.commit()
        base.close()

    return make


def shapefile(*, zipped: bool = True, **patches: tuple[int, bytes]) -> Maker:
    """Return a maker of a Shapefile with bytes overwritten: shp=(offset, bytes)."""

    def make(path: Path) -> None:
        folder = path.with_suffix(".parts")
        folder.mkdir()
        table = pa.table({"a": ["x"], "geometry": pa.array([shapely.to_wkb(GOOD)])})
        write_arrow(
            table,
            folder / "site.shp",
            driver="ESRI Shapefile",
            geometry_name="geometry",
            geometry_type="Polygon",
            crs="EPSG:4547",
        )
        for suffix, (at, new) in patches.items():
            file = folder / f"site.{suffix}"
            old = file.read_bytes()
            file.write_bytes(old[:at] + new + old[at + len(new) :] if new else old[:at])
        with zipfile.ZipFile(path, "w") as archive:
            for file in sorted(folder.iterdir()):
                archive.write(file, file.name)

    return make


def text(content: str | bytes) -> Maker:
    raw = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(raw)


def geojson(coordinates: str, kind: str = "Polygon") -> Maker:
    return text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},'
        f'"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}]}}'
    )


def kml(body: str, head: str = "") -> Maker:
    return text(
        f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"{body}</Document></kml>"
    )


def zipped(entries: dict[str, bytes], *, mode: int = 0, flag: int = 0) -> Maker:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                entry = zipfile.ZipInfo(name)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = mode << 16
                archive.writestr(entry, content)
        if flag:
            raw = path.read_bytes().replace(
                b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
            )
            path.write_bytes(raw)

    return make


def nested_zip(depth: int) -> bytes:
    inner = b"\x00" * 1_000_000
    for _ in range(depth):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner.zip", inner)
        inner = packed.getvalue()
    return inner


def overlapping_zip(path: Path) -> None:
    """Many entries of one kernel, as in the better zip bomb (Fifield 2019)."""
    zipped({"a.shp": b"\x00" * 900_000})(path)
    raw = path.read_bytes()
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    central, count = raw[start:end], 500
    tail = struct.pack(
        "<4s4HIIH", b"PK\x05\x06", 0, 0, count, count, len(central) * count, start, 0
    )
    path.write_bytes(raw[:start] + central * count + tail)


def lying_size_zip(path: Path) -> None:
    zipped({"a.geojson": b" " * 3_000_000})(path)
    raw = path.read_bytes().replace(struct.pack("<I", 3_000_000), struct.pack("<I", 1_000))
    path.write_bytes(raw)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b'{"type":')
        file.truncate(40_000_000_000)


def patched(maker: Maker, at: int, new: bytes) -> Maker:
    """Return a maker of the same file with bytes overwritten (negative: from the end)."""

    def make(path: Path) -> None:
        maker(path)
        raw = bytearray(path.read_bytes())
        at_byte = at if at >= 0 else len(raw) + at
        raw[at_byte : at_byte + len(new)] = new
        path.write_bytes(raw)

    return make


def cut(maker: Maker, share: float) -> Maker:
    def make(path: Path) -> None:
        maker(path)
        raw = path.read_bytes()
        path.write_bytes(raw[: int(len(raw) * share)])

    return make
