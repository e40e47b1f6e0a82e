"""Turn nested lists of coordinates into WKB, refusing what is not plain pairs of numbers."""

import struct
from typing import Any

import numpy as np

# WKB code and depth of nesting of each type's coordinates.
TYPES = {
    "Point": (1, 0),
    "LineString": (2, 1),
    "Polygon": (3, 2),
    "MultiPoint": (4, 1),
    "MultiLineString": (5, 2),
    "MultiPolygon": (6, 3),
}


class Unfit(Exception):
    """One feature cannot be turned into WKB: the rule it breaks and the Chinese reason."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(reason)
        self.rule, self.reason = rule, reason


def encode(kind: str, coordinates: Any) -> tuple[bytes, bool]:
    """Return little-endian 2D WKB of `coordinates` (as GeoJSON nests them) and whether a third
    value was dropped. Raises Unfit. Rings are not closed here and finiteness is not judged: that
    is the scan's."""
    code, depth = TYPES[kind]
    return _encode(coordinates, code, depth)


def _encode(coordinates: Any, code: int, depth: int) -> tuple[bytes, bool]:
    """Return the WKB of nested coordinate lists; `depth` 0 is one position."""
    if code == 1:
        body, has_z = _positions([coordinates]) if coordinates else (_NO_POINT, False)
        return _head(1) + body, has_z
    if not isinstance(coordinates, list):
        raise Unfit("malformed", "图形没有坐标数组")
    if code <= 3:
        body, has_z = _counted(coordinates, depth)
        return _head(code) + body, has_z
    parts = [_encode(member, code - 3, depth - 1) for member in coordinates]
    body = b"".join(part for part, _ in parts)
    return _head(code) + _count(len(parts)) + body, any(z for _, z in parts)


def _counted(coordinates: list[Any], depth: int) -> tuple[bytes, bool]:
    if depth == 1:
        body, has_z = _positions(coordinates)
        return _count(len(coordinates)) + body, has_z
    rings = []
    for ring in coordinates:
        if not isinstance(ring, list):
            raise Unfit("malformed", "图形的坐标数组层次不对")
        rings.append(_counted(ring, depth - 1))
    return _count(len(rings)) + b"".join(ring for ring, _ in rings), any(z for _, z in rings)


def _positions(coordinates: list[Any]) -> tuple[bytes, bool]:
    if not coordinates:
        return b"", False
    try:
        array = np.array(coordinates)
    except ValueError as error:
        raise Unfit("coordinate", "坐标的写法不一致，或维数不同") from error
    if array.dtype.kind not in "iuf":
        raise Unfit("coordinate", "坐标不是有效的数（空、文字或过大）")
    if array.ndim != 2 or not 2 <= array.shape[1] <= 4:
        raise Unfit("coordinate", "坐标不是成对的数")
    return array[:, :2].astype("<f8").tobytes(), array.shape[1] > 2


_NO_POINT = struct.pack("<2d", np.nan, np.nan)


def _head(code: int) -> bytes:
    return struct.pack("<BI", 1, code)


def _count(count: int) -> bytes:
    return struct.pack("<I", count)
