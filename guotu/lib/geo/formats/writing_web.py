"""Write GeoJSON (RFC 7946) and KML 2.2, both in lon/lat with eleven decimals (a micrometre)."""

import html
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.geo import crs
from guotu.lib.geo.guard.features import Note

Geometry = NDArray[Any]
_DECIMALS = 11
_KML = "http://www.opengis.net/kml/2.2"


def write_geojson(path: Path, geometry: Geometry, fields: pa.Table, frame: crs.Frame) -> list[Note]:
    """Write one FeatureCollection; a column `id` becomes the features' own id as well."""
    rows = _rows(fields)
    features = [
        {"type": "Feature"}
        | ({"id": row["id"]} if row.get("id") is not None else {})
        | {"properties": row, "geometry": _mapping(shape)}
        for row, shape in zip(rows, _lon_lat(geometry, frame), strict=True)
    ]
    document = {"type": "FeatureCollection", "features": features}
    text = json.dumps(document, ensure_ascii=False, default=str, allow_nan=False)
    path.write_text(text, encoding="utf-8")
    return []


def write_kml(path: Path, geometry: Geometry, fields: pa.Table, frame: crs.Frame) -> list[Note]:
    """Write one Placemark a feature; every attribute goes into ExtendedData as text."""
    parts = [f'<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="{_KML}"><Document>\n']
    for row, shape in zip(_rows(fields), _lon_lat(geometry, frame), strict=True):
        data = "".join(
            f'<Data name="{_escaped(name)}"><value>{_escaped(value)}</value></Data>'
            for name, value in row.items()
            if value is not None
        )
        data = f"<ExtendedData>{data}</ExtendedData>" if data else ""
        parts.append(f"<Placemark>{data}{_kml(shape)}</Placemark>\n")
    parts.append("</Document></kml>\n")
    path.write_text("".join(parts), encoding="utf-8")
    return []


def _lon_lat(geometry: Geometry, frame: crs.Frame) -> Geometry:
    if frame.kind == "lonlat":
        return geometry
    return crs.transform(geometry, frame, crs.frame_of(4490))


def _rows(fields: pa.Table) -> list[dict[str, Any]]:
    if not fields.column_names:
        return [{} for _ in range(fields.num_rows)]
    rows: list[dict[str, Any]] = fields.to_pylist()
    return [{name: _finite(value) for name, value in row.items()} for row in rows]


def _finite(value: Any) -> Any:
    # JSON has no word for NaN or infinity.
    return None if isinstance(value, float) and value - value != 0 else value


def _mapping(shape: Any) -> dict[str, Any] | None:
    if shape is None:
        return None
    found = shapely.geometry.mapping(shape)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DECIMALS)
    return [_rounded(item) for item in value]


def _escaped(value: object) -> str:
    text = html.escape(str(value))
    # XML 1.0 has no way at all to write most control characters.
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")


def _kml(shape: Any) -> str:
    if shape is None or shape.is_empty:
        return ""
    if hasattr(shape, "geoms"):
        return f"<MultiGeometry>{''.join(_kml(part) for part in shape.geoms)}</MultiGeometry>"
    if shape.geom_type != "Polygon":
        return f"<{shape.geom_type}>{_positions(shape)}</{shape.geom_type}>"
    rings = [("outer", shape.exterior), *(("inner", ring) for ring in shape.interiors)]
    inside = "".join(
        f"<{side}BoundaryIs><LinearRing>{_positions(ring)}</LinearRing></{side}BoundaryIs>"
        for side, ring in rings
    )
    return f"<Polygon>{inside}</Polygon>"


def _positions(line: Any) -> str:
    points = shapely.get_coordinates(line).tolist()
    text = " ".join(f"{x:.{_DECIMALS}f},{y:.{_DECIMALS}f}" for x, y in points)
    return f"<coordinates>{text}</coordinates>"
