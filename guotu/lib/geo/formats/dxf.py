"""Read the closed polylines of a DXF, each one polygon; arcs become chords, which is noted."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guotu.lib.geo.formats import attributes, nested
from guotu.lib.geo.formats.nested import Unfit
from guotu.lib.geo.guard.features import Note, Rejected, Rows
from guotu.lib.geo.guard.limits import Arc, Limits, arc, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

_POLYLINES = ("LWPOLYLINE", "POLYLINE")


@dataclass
class _Sheet:
    """What has been read so far."""

    wkb: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    raised: int = 0


def read_dxf(path: Path, limits: Limits, name: str) -> Rows:
    """Read LWPOLYLINE and POLYLINE of model space. An open one is a rejected feature; text, lines,
    blocks and the like are counted in the notes. A DXF declares no frame."""
    sheet, row = _Sheet(), 0
    for entity in _model_space(path, name):
        kind = entity.dxftype()
        if kind not in _POLYLINES:
            sheet.ignored[kind] = sheet.ignored.get(kind, 0) + 1
            continue
        row += 1
        if row > limits.max_features:
            raise too_many_features(row, limits)
        _take(sheet, str(row), entity)
    fields, notes = attributes.table(sheet.properties)
    return Rows(
        wkb=binary_chunks(sheet.wkb),
        ids=sheet.ids,
        fields=fields,
        declared=None,
        format="DXF",
        rejected=sheet.rejected,
        notes=sheet.notes + _summary(sheet) + notes,
    )


def _model_space(path: Path, name: str) -> Any:
    import ezdxf  # it takes most of a second, and most files are not DXF

    try:
        return ezdxf.readfile(path).modelspace()
    except (ezdxf.DXFError, UnicodeError, ValueError, LookupError, AttributeError) as error:
        raise Refusal("DXF 不完整或有错误", name, remedy="请在 CAD 中核查后重新导出 DXF") from error


def _summary(sheet: _Sheet) -> list[Note]:
    notes = [
        Note(None, f"不是多段线的实体未读入（{kind}）", count)
        for kind, count in sorted(sheet.ignored.items())
    ]
    if len(sheet.wkb) > 1:
        notes.append(Note(None, "每条闭合多段线各读为一个面，不作孔洞", len(sheet.wkb)))
    if sheet.raised:
        notes.append(Note(None, "去掉高程（Z）", sheet.raised))
    return notes


def _take(sheet: _Sheet, identity: str, entity: Any) -> None:
    rule = arc()
    try:
        points, raised = _points(entity)
        closed = entity.closed if _is_light(entity) else entity.is_closed
        ring, arcs = _ring(points, bool(closed), rule)
        shape, _ = nested.encode("Polygon", [ring])
    except Unfit as unfit:
        sheet.rejected.append(Rejected(identity, unfit.rule, unfit.reason))
        return
    if arcs:
        change = f"圆弧以弦代替（弦高不超过 {rule.sagitta_m * 1000:g} 毫米）"
        sheet.notes.append(Note(identity, change, arcs))
    sheet.raised += raised
    sheet.wkb.append(shape)
    sheet.ids.append(identity)
    sheet.properties.append({"layer": str(entity.dxf.layer), "handle": str(entity.dxf.handle)})


def _is_light(entity: Any) -> bool:
    return bool(entity.dxftype() == "LWPOLYLINE")


_Bulged = tuple[float, float, float]


def _points(entity: Any) -> tuple[list[_Bulged], bool]:
    """Return (x, y, bulge) a vertex, and whether a height other than 0 is dropped."""
    if tuple(entity.dxf.extrusion) != (0.0, 0.0, 1.0):
        raise Unfit("extrusion", "多段线不在水平面上（拉伸方向不是竖直）")
    if _is_light(entity):
        return list(entity.get_points("xyb")), bool(entity.dxf.elevation)
    if not (entity.is_2d_polyline or entity.is_3d_polyline):
        raise Unfit("geometry_type", "是网格或多面网，不是多段线")
    if entity.is_2d_polyline and int(entity.dxf.flags) & 0b110:
        raise Unfit("curve", "多段线经过曲线拟合，请先转换为折线")
    places = [vertex.dxf.location for vertex in entity.vertices]
    bulges = [float(vertex.dxf.get("bulge", 0)) for vertex in entity.vertices]
    points = [(place.x, place.y, bulge) for place, bulge in zip(places, bulges, strict=True)]
    return points, any(place.z for place in places)


def _ring(points: list[_Bulged], closed: bool, rule: Arc) -> tuple[list[tuple[float, float]], int]:
    """Return the closed ring and the number of arcs in it."""
    repeated = len(points) > 1 and points[0][:2] == points[-1][:2]
    if not closed and not repeated:
        raise Unfit("ring_open", "多段线未闭合")
    ring, arcs = [], 0
    following = points[1:] if repeated else points[1:] + points[:1]
    for (x, y, bulge), (to_x, to_y, _) in zip(points, following, strict=False):
        ring.append((x, y))
        if bulge:
            arcs += 1
            ring += _chords((x, y), (to_x, to_y), bulge, rule)
    return ring + ring[:1], arcs


def _chords(
    begin: tuple[float, float], end: tuple[float, float], bulge: float, rule: Arc
) -> list[tuple[float, float]]:
    """Return the points between the ends of an arc; bulge is the tangent of a quarter of its
    angle, positive counter-clockwise."""
    angle = 4 * math.atan(bulge)
    chord = math.dist(begin, end)
    if not (math.isfinite(chord) and math.isfinite(bulge)):
        raise Unfit("coordinate", "圆弧的参数不是有效的数")
    radius = chord / 2 / abs(math.sin(angle / 2)) if chord else 0.0
    if radius <= rule.sagitta_m:
        return []
    step = 2 * math.acos(1 - rule.sagitta_m / radius)
    pieces = abs(angle) / step if step else math.inf
    if pieces > rule.max_chords:
        raise Unfit("curve", "圆弧过大，无法以弦代替")
    middle_x, middle_y = (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2
    off = radius * math.cos(angle / 2) * (1 if bulge > 0 else -1)
    along_x, along_y = (end[0] - begin[0]) / chord, (end[1] - begin[1]) / chord
    centre_x, centre_y = middle_x - along_y * off, middle_y + along_x * off
    first = math.atan2(begin[1] - centre_y, begin[0] - centre_x)
    count = math.ceil(pieces)
    turns = [first + angle * i / count for i in range(1, count)]
    return [(centre_x + radius * math.cos(t), centre_y + radius * math.sin(t)) for t in turns]
