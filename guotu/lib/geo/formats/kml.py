"""Read the placemarks of a KML without GDAL: points, lines, polygons, in lon/lat."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from guotu.lib.geo.formats import attributes, nested
from guotu.lib.geo.formats.nested import Unfit
from guotu.lib.geo.guard.features import Note, Rejected, Rows
from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.geo.guard.text import check_xml
from guotu.lib.refusal import Refusal

_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
_REFUSED_SHAPES = ("Model", "Track", "MultiTrack")


def read_kml(path: Path, limits: Limits, name: str) -> Rows:
    """Read every Placemark; its name, description and ExtendedData become attributes."""
    check_xml(path, limits, name)
    wkb: list[bytes | None] = []
    ids: list[str] = []
    properties: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    deep = 0
    for row, placemark in enumerate(_placemarks(path, name), 1):
        if row > limits.max_features:
            raise too_many_features(row, limits)
        try:
            shape, has_z = _wkb(placemark)
        except Unfit as unfit:
            rejected.append(Rejected(str(row), unfit.rule, unfit.reason))
            continue
        deep += has_z
        wkb.append(shape)
        ids.append(str(row))
        properties.append(_properties(placemark))
    fields, notes = attributes.table(properties)
    if deep:
        notes.insert(0, Note(None, "去掉高程（Z）", deep))
    array = binary_chunks(wkb)
    return Rows(array, ids, fields, "EPSG:4490", "KML", "UTF-8", rejected, notes)


def _placemarks(path: Path, name: str) -> Iterator[Element]:
    root = None
    for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
        if root is None:
            root = element
            if _tag(element) != "kml":
                raise Refusal("这个 XML 不是 KML", name, remedy="请导出为 KML")
        if event == "end" and _tag(element) == "Placemark":
            yield element
            element.clear()


def _tag(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _wkb(placemark: Element) -> tuple[bytes | None, bool]:
    shapes = [child for child in placemark if _tag(child) in _SHAPES]
    if not shapes:
        if any(_tag(child) in _REFUSED_SHAPES for child in placemark):
            raise Unfit("geometry_type", "图形是轨迹或模型，只收点、线、面")
        return None, False
    if len(shapes) > 1:
        raise Unfit("geometry_collection", "一个地标有几个图形")
    if _tag(shapes[0]) != "MultiGeometry":
        kind, coordinates = _simple(shapes[0])
        return nested.encode(kind, coordinates)
    members = [_simple(child) for child in shapes[0] if _tag(child) in _SHAPES]
    kinds = {kind for kind, _ in members}
    if len(kinds) > 1:
        raise Unfit("geometry_collection", "图形是几何集合，只收点、线、面及其多部件图形")
    if not kinds:
        return None, False
    return nested.encode("Multi" + kinds.pop(), [coordinates for _, coordinates in members])


def _simple(shape: Element) -> tuple[str, Any]:
    tag = _tag(shape)
    if tag == "MultiGeometry":
        raise Unfit("nesting", "多部件图形中又有多部件图形")
    if tag == "Polygon":
        return "Polygon", _rings(shape)
    coordinates = _positions(shape)
    if tag == "Point":
        return "Point", coordinates[0] if coordinates else []
    return "LineString", coordinates


def _rings(polygon: Element) -> list[Any]:
    outer: list[Any] = []
    inner: list[Any] = []
    for boundary in polygon:
        target = {"outerBoundaryIs": outer, "innerBoundaryIs": inner}.get(_tag(boundary))
        if target is not None:
            target += [_positions(ring) for ring in boundary if _tag(ring) == "LinearRing"]
    if len(outer) != 1 and (outer or inner):
        raise Unfit("malformed", "面应当有且只有一个外边界")
    return outer + inner


def _positions(shape: Element) -> list[list[float]]:
    texts = [child.text or "" for child in shape if _tag(child) == "coordinates"]
    try:
        return [[float(part) for part in point.split(",")] for point in "".join(texts).split()]
    except ValueError as error:
        raise Unfit("coordinate", "坐标不是有效的数") from error


def _properties(placemark: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in placemark:
        if _tag(child) in ("name", "description"):
            found[_tag(child)] = (child.text or "").strip() or None
        elif _tag(child) == "ExtendedData":
            found |= _extended(child)
    return found


def _extended(data: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in data.iter():
        key = element.get("name")
        if key is None:
            continue
        if _tag(element) == "SimpleData":
            found[key] = element.text
        elif _tag(element) == "Data":
            values = [value.text for value in element if _tag(value) == "value"]
            found[key] = values[0] if values else None
    return found
