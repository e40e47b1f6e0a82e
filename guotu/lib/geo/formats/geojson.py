"""Read GeoJSON feature by feature, so that one bad coordinate costs its feature, not the file."""

import json
import re
from pathlib import Path
from typing import Any

from guotu.lib.geo.formats import attributes, nested
from guotu.lib.geo.formats.nested import Unfit
from guotu.lib.geo.guard.features import Note, Rejected, Rows
from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.geo.guard.text import check_json
from guotu.lib.refusal import Refusal

_LON_LAT = "EPSG:4490"
_EPSG = re.compile(r"EPSG:+(?:[\d.]*:)?(\d{4,6})$", re.IGNORECASE)


def read_geojson(path: Path, limits: Limits, name: str) -> Rows:
    """Read a FeatureCollection, a Feature or a bare geometry. Without `crs` it is lon/lat
    (RFC 7946 section 4); an old-style `crs` member is honoured (GeoJSON 2008 section 3)."""
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    check_json(content, limits, name)
    document = _parse(content, name)
    features = _features(document, name)
    if len(features) > limits.max_features:
        raise too_many_features(len(features), limits)
    rows = _rows(features, _declared(document, name))
    rows.assumed = "crs" not in document
    return rows


def _parse(content: bytes, name: str) -> dict[str, Any]:
    try:
        document = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refusal("GeoJSON 的文字编码不是 UTF-8", name, remedy="请另存为 UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise Refusal("GeoJSON 不完整或有语法错误", name, remedy="请重新导出") from error
    if not isinstance(document, dict):
        raise Refusal("这个 JSON 不是 GeoJSON", name, remedy="请导出为 GeoJSON")
    return document


def _features(document: dict[str, Any], name: str) -> list[Any]:
    kind = document.get("type")
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if kind == "Feature":
        return [document]
    if isinstance(kind, str) and (kind in nested.TYPES or kind == "GeometryCollection"):
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise Refusal("这个 JSON 不是 GeoJSON", name, remedy="请导出为 GeoJSON")


def _declared(document: dict[str, Any], name: str) -> str | None:
    if "crs" not in document:
        return _LON_LAT
    crs = document["crs"]
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    text = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(text, str):
        raise Refusal("GeoJSON 的坐标系写法不认识", name, remedy="请用 EPSG 代号写明坐标系")
    if text.upper().endswith("CRS84"):
        return _LON_LAT
    found = _EPSG.search(text)
    return f"EPSG:{found[1]}" if found else text


def _rows(features: list[Any], declared: str | None) -> Rows:
    wkb: list[bytes | None] = []
    ids: list[str] = []
    properties: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    deep = 0
    for row, feature in enumerate(features, 1):
        own_id = feature.get("id") if isinstance(feature, dict) else None
        identity = str(row) if own_id is None or isinstance(own_id, dict | list) else str(own_id)
        try:
            shape, has_z = _wkb(feature)
        except Unfit as bad:
            rejected.append(Rejected(identity, bad.rule, bad.reason))
            continue
        deep += has_z
        wkb.append(shape)
        ids.append(identity)
        own = feature.get("properties")
        properties.append(own if isinstance(own, dict) else {})
    fields, notes = attributes.table(properties)
    if deep:
        notes.insert(0, Note(None, "去掉高程（Z）", deep))
    array = binary_chunks(wkb)
    return Rows(array, ids, fields, declared, "GeoJSON", "UTF-8", rejected, notes)


def _wkb(feature: Any) -> tuple[bytes | None, bool]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Unfit("malformed", "这一项不是 GeoJSON 的图形（Feature）")
    geometry = feature.get("geometry")
    if geometry is None:
        return None, False
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        raise Unfit("geometry_collection", "图形是几何集合，只收点、线、面及其多部件图形")
    if not isinstance(kind, str) or kind not in nested.TYPES:
        raise Unfit("geometry_type", "图形类型不认识")
    return nested.encode(kind, geometry.get("coordinates"))
