"""Measures a drawn figure by the county's own rules, and says where a place is in its frame."""

import datetime
import math
from typing import Any

import numpy as np
import shapely
from pyproj import Geod

from guotu.core.atlas import queries
from guotu.core.atlas.models import Release
from guotu.core.atlas.reader import PLAIN, Reader
from guotu.core.atlas.within import Outline, outline_of
from guotu.lib.geo import area, crs, sheets
from guotu.lib.refusal import Refusal

_LONLAT_EPSG = 4490
_ELLIPSOID = Geod(a=6378137.0, rf=298.257222101)  # CGCS2000
_MOST_VERTICES = 2000
SHEET_SCALES = (10_000, 2_000, 500)


def place(lon: float, lat: float) -> dict[str, Any]:
    """Return a place's easting and northing (m) in the county's frame, and its sheet numbers."""
    frame = queries.county_frame()
    point = crs.transform(
        np.array([shapely.Point(lon, lat)], dtype=object), crs.frame_of(_LONLAT_EPSG), frame
    )[0]
    return {
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "easting_m": round(point.x, 2),
        "northing_m": round(point.y, 2),
        "epsg": frame.epsg,
        "frame": frame.name,
        "sheets": {str(scale): sheets.sheet_at(lon, lat, scale) for scale in SHEET_SCALES},
    }


def measured(drawn: Any) -> dict[str, Any]:
    """Return {length_m, area_dm2} of a GeoJSON LineString or Polygon in lon/lat.

    The length is on the ellipsoid; the area is the legal one (the survey's own rule). Raises
    `Refusal` for anything else, for too many points, and for a ring that crosses itself.
    """
    positions = _positions(drawn)
    lons, lats = np.array(positions, dtype=np.float64).T
    length_m = float(_ELLIPSOID.line_length(lons, lats))
    if drawn["type"] == "LineString":
        return {"length_m": round(length_m, 3), "area_dm2": None}
    polygon = shapely.Polygon(positions)
    if not polygon.is_valid:
        raise Refusal("所画的边界自相交", rule="面的边界不得自相交", remedy="移开交叉的点再量")
    frame = queries.county_frame()
    local = crs.transform(np.array([polygon], dtype=object), crs.frame_of(_LONLAT_EPSG), frame)
    area_dm2 = int(area.legal_area_dm2(local, frame)[0])
    return {"length_m": round(length_m, 3), "area_dm2": area_dm2}


def _positions(drawn: Any) -> list[tuple[float, float]]:
    kind = drawn.get("type") if isinstance(drawn, dict) else None
    if kind not in ("LineString", "Polygon"):
        raise Refusal("只能量线和面", remedy="画一条线或一个面")
    rings = drawn.get("coordinates")
    line = rings[0] if kind == "Polygon" and rings else rings
    least = 4 if kind == "Polygon" else 2
    if not isinstance(line, list) or not least <= len(line) <= _MOST_VERTICES:
        raise Refusal("点数不对", remedy=f"至少 {least} 个点，最多 {_MOST_VERTICES} 个")
    try:
        positions = [(float(spot[0]), float(spot[1])) for spot in line]
    except (TypeError, ValueError, IndexError):
        raise Refusal("坐标读不出来", remedy="重新画一次") from None
    if not all(_on_earth(lon, lat) for lon, lat in positions):
        raise Refusal("坐标不在地球上", remedy="重新画一次")
    return positions


def _on_earth(lon: float, lat: float) -> bool:
    return math.isfinite(lon + lat) and abs(lon) <= 180 and abs(lat) <= 90


def county_bounds_lonlat(
    on: datetime.date | None = None, *, where: Outline | None = None
) -> list[float] | None:
    """Return (west, south, east, north) in degrees of all published, or `where`; None if empty."""
    boxes = [release.bounds for release in queries.current_releases(on) if release.bounds]
    if where is not None:
        boxes = [] if shapely.is_empty(where.shape) else [shapely.bounds(where.shape).tolist()]
    if not boxes:
        return None
    sides = np.array(boxes, dtype=np.float64)
    box = shapely.box(*sides[:, :2].min(axis=0), *sides[:, 2:].max(axis=0))
    outline = np.array([shapely.segmentize(box, 5000.0)], dtype=object)
    there = crs.transform(outline, queries.county_frame(), crs.frame_of(_LONLAT_EPSG))[0]
    return [round(float(side), 6) for side in there.bounds]


def labels(release: Release, reader: Reader = PLAIN) -> dict[str, Any]:
    """Return a GeoJSON point inside each feature that is shown, with its name, in degrees."""
    field = release.layer.label_field
    hidden = reader.hidden(release.layer.field_secrecy)
    rows = queries.rows_of(release, [field], where=outline_of(reader))
    if field in hidden or field not in rows.fields.column_names:
        return {"type": "FeatureCollection", "features": []}
    inside = shapely.point_on_surface(rows.geometry)
    points = crs.transform(inside, crs.frame_of(release.epsg), crs.frame_of(_LONLAT_EPSG))
    names = rows.fields.column(field).to_pylist()
    features = [
        {
            "type": "Feature",
            "properties": {field: name, "feature": feature},
            "geometry": {"type": "Point", "coordinates": [round(point.x, 7), round(point.y, 7)]},
        }
        for point, name, feature in zip(points, names, rows.feature, strict=True)
        if point is not None and not point.is_empty
    ]
    return {"type": "FeatureCollection", "features": features}
