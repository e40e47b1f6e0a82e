"""Write GeoPackage and Shapefile (by pyogrio) and GeoParquet 1.1 (by pyarrow)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely
from numpy.typing import NDArray
from pyogrio.raw import write_arrow

from guotu.lib.geo.crs import Frame
from guotu.lib.geo.guard.features import Note
from guotu.lib.refusal import Refusal

Geometry = NDArray[Any]
_GEOMETRY = "geometry"
_DBF_NAME_BYTES = 10
_PARQUET_TYPES = {
    0: "Point",
    1: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
}


def write_geopackage(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write one layer named as the file."""
    plain, notes = _plain(fields, lambda name, taken: _free(name, taken, {"fid", "geom"}))
    shapes, kind = _one_type(geometry, mixed="Unknown")
    _write(path, "GPKG", shapes, kind, plain, frame, layer=path.stem)
    return notes


def write_shapefile(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write .shp, .shx, .dbf (UTF-8), .cpg and .prj; names longer than 10 bytes are cut (noted)."""
    plain, notes = _plain(fields, _short)
    shapes, kind = _one_type(geometry, mixed=None)
    _write(path, "ESRI Shapefile", shapes, kind, plain, frame, encoding="UTF-8")
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    return notes


def write_geoparquet(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write WKB with the frame as PROJJSON (GeoParquet 1.1), compressed with zstd."""
    names = [_free(name, set(), {_GEOMETRY}) for name in fields.column_names]
    changed = _renamed(fields.column_names, names)
    types = sorted({int(kind) for kind in shapely.get_type_id(geometry)} - {-1})
    about: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [_PARQUET_TYPES[kind] for kind in types if kind in _PARQUET_TYPES],
        "crs": pyproj.CRS.from_epsg(frame.epsg).to_json_dict(),
    }
    if len(geometry) and np.isfinite(bounds := shapely.total_bounds(geometry)).all():
        about["bbox"] = bounds.tolist()
    geo = {"version": "1.1.0", "primary_column": _GEOMETRY, "columns": {_GEOMETRY: about}}
    table = fields.rename_columns(names) if names else fields
    wkb = pa.array(shapely.to_wkb(geometry), pa.binary())
    table = pa.table([*table.columns, wkb], names=[*names, _GEOMETRY])
    pq.write_table(
        table.replace_schema_metadata({b"geo": json.dumps(geo)}), path, compression="zstd"
    )
    return changed


def _write(
    path: Path, driver: str, shapes: Geometry, kind: str, fields: pa.Table, frame: Frame, **how: str
) -> None:
    wkb = pa.array(shapely.to_wkb(shapes), pa.binary())
    table = pa.table([*fields.columns, wkb], names=[*fields.column_names, _GEOMETRY])
    write_arrow(
        table,
        path,
        driver=driver,
        geometry_name=_GEOMETRY,
        geometry_type=kind,
        crs=f"EPSG:{frame.epsg}",
        **how,
    )


def _one_type(geometry: Geometry, mixed: str | None) -> tuple[Geometry, str]:
    """Return the geometries and the layer's type; single and multi parts together become multi."""
    types = {int(kind) for kind in shapely.get_type_id(geometry)} - {-1}
    if len(types) == 1 and types <= _PARQUET_TYPES.keys():
        return geometry, _PARQUET_TYPES[types.pop()]
    for single, many, gather in (
        (0, 4, shapely.MultiPoint),
        (1, 5, shapely.MultiLineString),
        (3, 6, shapely.MultiPolygon),
    ):
        if types == {single, many}:
            made = [gather([g]) if shapely.get_type_id(g) == single else g for g in geometry]
            return np.array(made, dtype=object), _PARQUET_TYPES[many]
    if mixed is None and types:
        raise Refusal("点、线、面不能写进同一个 Shapefile", remedy="请改用 GeoPackage，或分开导出")
    return geometry, mixed or "Polygon"


def _plain(fields: pa.Table, rename: Any) -> tuple[pa.Table, list[Note]]:
    """Return the table with the names and types that OGR takes, and the notes."""
    taken: set[str] = set()
    names = []
    for name in fields.column_names:
        names.append(rename(name, taken))
        taken.add(names[-1].lower())
    notes = _renamed(fields.column_names, names)
    columns = []
    for name, column in zip(fields.column_names, fields.columns, strict=True):
        if _is_plain(column.type):
            columns.append(column)
            continue
        texts = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str)
            for v in column.to_pylist()
        ]
        columns.append(pa.array(texts, pa.string()))
        notes.append(Note(None, f"字段 {name} 的值写成文字"))
    return (pa.table(columns, names=names) if names else fields), notes


def _is_plain(kind: pa.DataType) -> bool:
    checks = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_boolean,
        pa.types.is_date,
        pa.types.is_timestamp,
    )
    return any(check(kind) for check in checks)


def _renamed(before: list[str], after: list[str]) -> list[Note]:
    pairs = zip(before, after, strict=True)
    return [Note(None, f"字段名 {old} 改为 {new}") for old, new in pairs if old != new]


def _free(name: str, taken: set[str], reserved: set[str]) -> str:
    found, number = name, 1
    while found.lower() in taken | reserved:
        found, number = f"{name}_{number}", number + 1
    return found


def _short(name: str, taken: set[str]) -> str:
    found, number = _cut(name, _DBF_NAME_BYTES), 1
    while found.lower() in taken:
        tail = f"_{number}"
        found, number = _cut(name, _DBF_NAME_BYTES - len(tail)) + tail, number + 1
    return found


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode("utf-8", "ignore")
