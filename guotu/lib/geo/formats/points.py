"""Read the boundary-point text of land surveys (勘测定界界址点), whose files in the wild vary."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guotu.lib.geo.formats import attributes, nested, points_frame, rings
from guotu.lib.geo.formats.nested import Unfit
from guotu.lib.geo.guard.features import Note, Rejected, Rows
from guotu.lib.geo.guard.limits import Limits, too_many_features
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

HEAD = (
    "界址点数",
    "地块面积",
    "地块编号",
    "地块名称",
    "图形属性",
    "图幅号",
    "地块用途",
    "地类编码",
)
_SHAPES = {"面": "Polygon", "线": "LineString", "点": "Point"}
_SEPARATOR = re.compile(r"[,，;；\t]")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.I)


@dataclass
class Plot:
    """One plot as it stands in the text: its head, then one (name, ring, X, Y) a point."""

    head: list[str]
    line: int
    points: list[tuple[str, int, float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    raised: bool = False
    unnumbered: bool = False


def read_points(path: Path, limits: Limits, name: str) -> Rows:
    """Read every plot. X is north and Y east; a file that has them the other way round beyond
    doubt is read so and noted. Ring 1 is a shell, further rings are holes or shells by
    containment; an unclosed ring is closed, which is noted. Raises Refusal when the frame that
    the file declares contradicts its coordinates."""
    text, encoding = _decoded(path.read_bytes(), name)
    about, plots = _parsed(text, limits)
    if not plots:
        raise Refusal("界址点文件中没有地块", name, remedy="请核对 [地块坐标] 一节")
    values = [np.array([point[2:] for point in plot.points]).reshape(-1, 2) for plot in plots]
    frame = points_frame.settle(about, values, name)
    return _rows(plots, values, frame, encoding)


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "UTF-16"
    for encoding, shown in (("utf-8-sig", "UTF-8"), ("gb18030", "GBK")):
        try:
            return content.decode(encoding), shown
        except UnicodeDecodeError:
            continue
    raise Refusal("文本的编码既不是 UTF-8 也不是 GBK", name, remedy="请另存为 UTF-8")


def _parsed(text: str, limits: Limits) -> tuple[dict[str, str], list[Plot]]:
    about: dict[str, str] = {}
    plots: list[Plot] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        key, equals, value = line.replace("＝", "=").partition("=")
        if not line or line.startswith(("[", "【")):
            continue
        if equals and not plots:
            about[key.strip()] = value.strip()
        elif line.endswith(("@", "＠")):
            if len(plots) >= limits.max_features:
                raise too_many_features(len(plots) + 1, limits)
            plots.append(Plot(_split(line.rstrip("@＠")), number))
        else:
            if not plots:
                plots.append(Plot([], number))
            _take_point(plots[-1], line, number)
    return about, plots


def _split(line: str) -> list[str]:
    parts = [part.strip() for part in _SEPARATOR.split(line)]
    return parts if len(parts) > 1 else line.split()


def _take_point(plot: Plot, line: str, number: int) -> None:
    parts = _split(line)
    while parts and not parts[-1]:
        parts.pop()
    if len(parts) == 3:
        plot.unnumbered = True
        parts.insert(1, "1")
    good = len(parts) in (4, 5) and parts[1].isdecimal() and len(parts[1]) < 6
    if not good or not all(_NUMBER.fullmatch(part) for part in parts[2:]):
        plot.faults.append(f"第 {number} 行不是界址点")
        return
    plot.raised |= len(parts) == 5
    plot.points.append((parts[0], int(parts[1]), float(parts[2]), float(parts[3])))


def _rows(
    plots: list[Plot],
    values: list[NDArray[np.float64]],
    frame: points_frame.Settled,
    encoding: str,
) -> Rows:
    wkb, ids, properties = [], [], []
    rejected: list[Rejected] = []
    notes = [Note(None, change) for change in frame.notes]
    for row, (plot, value) in enumerate(zip(plots, values, strict=True), 1):
        identity = str(row)
        east_north = value if frame.swapped else value[:, ::-1]
        changes: list[str] = []
        try:
            shape = _shape(plot, east_north, changes)
        except Unfit as unfit:
            x, y = _place(east_north)
            rejected.append(Rejected(identity, unfit.rule, unfit.reason, x, y))
            continue
        notes += [Note(identity, change) for change in changes]
        wkb.append(shape)
        ids.append(identity)
        properties.append(_properties(plot))
    fields, mixed = attributes.table(properties)
    array = binary_chunks(wkb)
    notes += mixed
    return Rows(array, ids, fields, frame.declared, "界址点 TXT", encoding, rejected, notes)


def _place(east_north: NDArray[np.float64]) -> tuple[float | None, float | None]:
    if len(east_north) and np.isfinite(east_north[0]).all():
        return float(east_north[0, 0]), float(east_north[0, 1])
    return None, None


def _shape(plot: Plot, east_north: NDArray[np.float64], changes: list[str]) -> bytes | None:
    if plot.faults:
        raise Unfit("malformed", plot.faults[0])
    if not plot.points:
        return None
    word = plot.head[4] if len(plot.head) > 4 else "面"
    kind = _SHAPES.get(word or "面")
    if kind is None:
        raise Unfit("geometry_type", f"图形属性“{word}”不是点、线或面")
    if plot.raised:
        changes.append("去掉高程（Z）")
    if plot.unnumbered:
        changes.append("界址点缺少圈号，作第 1 圈")
    runs = rings.runs([point[:2] for point in plot.points])
    _check_count(plot, runs)
    if kind != "Polygon":
        return _loose(kind, [east_north[begin:end] for begin, end in runs])
    closed = [_closed(plot, east_north, begin, end, changes) for begin, end in runs]
    polygons = rings.assemble(closed, changes)
    if len(polygons) == 1:
        return nested.encode("Polygon", polygons[0])[0]
    return nested.encode("MultiPolygon", polygons)[0]


def _check_count(plot: Plot, runs: list[tuple[int, int]]) -> None:
    """A count that neither the lines nor the distinct points meet means a cut or padded file."""
    if not plot.head or not plot.head[0].isdecimal():
        return
    stated, lines = int(plot.head[0][:9]), len(plot.points)
    repeated = sum(_repeats(plot, begin, end) for begin, end in runs)
    if stated not in (lines, lines - repeated, lines + len(runs)):
        raise Unfit("point_count", f"界址点数写的是 {stated}，实有 {lines} 行")


def _repeats(plot: Plot, begin: int, end: int) -> bool:
    first, last = plot.points[begin], plot.points[end - 1]
    return end - begin > 1 and (first[0] == last[0] or first[2:] == last[2:])


def _closed(
    plot: Plot, east_north: NDArray[np.float64], begin: int, end: int, changes: list[str]
) -> NDArray[np.float64]:
    ring = east_north[begin:end]
    number = plot.points[begin][1]
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        return ring
    if end - begin > 1 and plot.points[begin][0] == plot.points[end - 1][0] != "":
        raise Unfit("ring_open", f"第 {number} 圈首尾点号相同而坐标不同")
    changes.append(f"第 {number} 圈未闭合，以首点闭合")
    return np.concatenate([ring, ring[:1]])


def _loose(kind: str, runs: list[NDArray[np.float64]]) -> bytes:
    if kind == "Point":
        places = np.concatenate(runs).tolist()
        single = len(places) == 1
        return nested.encode("Point" if single else "MultiPoint", places[0] if single else places)[
            0
        ]
    lines = [run.tolist() for run in runs]
    return nested.encode("MultiLineString", lines)[0]


def _properties(plot: Plot) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(HEAD)
    for name, value in zip(HEAD, plot.head, strict=False):
        found[name] = value or None
    found.pop("界址点数")
    return found
