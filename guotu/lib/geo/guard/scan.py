"""Judge WKB before GEOS sees a byte of it: type, nesting, finiteness, size, rings, extent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from guotu.lib.geo.guard import kernel
from guotu.lib.geo.guard.features import Rejected
from guotu.lib.geo.guard.limits import Limits, too_many_features, too_many_vertices

# Machine name and Chinese reason of each code that the kernel gives.
_REASONS = {
    kernel.NULL: ("null_geometry", "没有图形（空值）"),
    kernel.EMPTY: ("empty_geometry", "图形为空，没有坐标"),
    kernel.TRUNCATED: ("truncated", "图形数据不完整，所称的数量多于实有的数据"),
    kernel.BYTE_ORDER: ("malformed", "图形数据损坏，字节序标志无效"),
    kernel.UNKNOWN_TYPE: ("geometry_type", "图形类型不认识"),
    kernel.COLLECTION: ("geometry_collection", "图形是几何集合，只收点、线、面及其多部件图形"),
    kernel.CURVE: ("curve", "图形含有曲线或曲面，请先转换为折线边界"),
    kernel.NESTING: ("nesting", "多部件图形中混有其他类型或嵌套的图形"),
    kernel.NOT_FINITE: ("coordinate", "坐标不是有效的数（空或无穷大）"),
    kernel.TOO_LARGE: ("coordinate", "坐标数值过大，不可能是地面坐标"),
    kernel.RING_SHORT: ("ring_short", "边界的点数不足，不能围成面或连成线"),
    kernel.RING_OPEN: ("ring_open", "边界未闭合，首尾点不重合"),
    kernel.VERTICES: ("vertices", "顶点数超过单个图形的上限"),
    kernel.TRAILING: ("malformed", "图形数据之后有多余的内容"),
}
OUT_OF_EXTENT = 15
_REASONS[OUT_OF_EXTENT] = ("extent", "坐标超出坐标系的合理范围")


@dataclass
class Scan:
    """The verdicts on n geometries: one row each.

    `code` 0 is good, others are named by `rejected`; `type` 1-6 point to multipolygon;
    `vertices`, `parts` counts; `bounds` (n, 4) min x, min y, max x, max y in the WKB's own frame
    (of the part walked); `place` (n, 2) the last good or first bad vertex, NaN where none.
    """

    code: NDArray[np.int64]
    type: NDArray[np.int64]
    vertices: NDArray[np.int64]
    parts: NDArray[np.int64]
    has_z: NDArray[np.bool_]
    has_m: NDArray[np.bool_]
    bounds: NDArray[np.float64]
    place: NDArray[np.float64]

    @property
    def good(self) -> NDArray[np.bool_]:
        """Return the mask of features that passed."""
        return self.code == kernel.OK

    def reject_outside(self, west: float, south: float, east: float, north: float) -> None:
        """Reject every good feature that is not wholly within the extent, at its far corner."""
        low = np.array([west, south])
        high = np.array([east, north])
        below, above = self.bounds[:, :2] < low, self.bounds[:, 2:] > high
        outside = self.good & (below | above).any(axis=1)
        corner = np.where(below, self.bounds[:, :2], self.bounds[:, 2:])
        self.place[outside] = corner[outside]
        self.code[outside] = OUT_OF_EXTENT

    def rejected(self, ids: Sequence[str]) -> list[Rejected]:
        """Return one `Rejected` for each feature that did not pass; `ids` has one id a row."""
        return [self._verdict(row, ids[row]) for row in np.flatnonzero(~self.good).tolist()]

    def _verdict(self, row: int, feature: str) -> Rejected:
        rule, reason = _REASONS[int(self.code[row])]
        x, y = (float(value) for value in self.place[row])
        if np.isfinite(x):
            return Rejected(feature, rule, reason, x, y)
        return Rejected(feature, rule, reason)


def scan_wkb(wkb: Any, limits: Limits) -> Scan:
    """Walk every geometry of `wkb` and return the verdicts.

    `wkb` is an Arrow array (binary, large_binary) or a sequence of bytes and None. Any byte order,
    ISO and EWKB flags for Z, M and SRID. No count in the data is trusted. Raises Refusal when the
    whole passes `limits.max_features` or `limits.max_vertices`.
    """
    array = binary_chunks(wkb)
    if len(array) > limits.max_features:
        raise too_many_features(len(array), limits)
    counts = np.zeros((len(array), 6), np.int64)
    found = np.zeros((len(array), 6), np.float64)
    most, largest = limits.max_vertices_per_feature, limits.max_coordinate
    begin = 0
    for chunk in array.chunks:
        data, offsets, valid = _buffers(chunk)
        part = slice(begin, begin + len(chunk))
        kernel.walk(data, offsets, valid, most, largest, counts[part], found[part])
        begin += len(chunk)
    total = int(counts[:, kernel.COUNT].sum())
    if total > limits.max_vertices:
        raise too_many_vertices(total, limits)
    return Scan(
        code=counts[:, kernel.CODE],
        type=counts[:, kernel.TYPE],
        vertices=counts[:, kernel.COUNT],
        parts=counts[:, kernel.PARTS],
        has_z=counts[:, kernel.HAS_Z].astype(bool),
        has_m=counts[:, kernel.HAS_M].astype(bool),
        bounds=found[:, :4],
        place=found[:, 4:],
    )


def binary_chunks(wkb: Any) -> pa.ChunkedArray:
    """Return `wkb` as chunks of large_binary; what is Arrow already is not copied."""
    if isinstance(wkb, pa.ChunkedArray):
        return wkb.cast(pa.large_binary())
    if isinstance(wkb, pa.Array):
        return pa.chunked_array([wkb.cast(pa.large_binary())])
    return pa.chunked_array([pa.array(list(wkb), pa.large_binary())])


def _buffers(
    array: pa.Array,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]]:
    size = len(array)
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    _, where, content = array.buffers()
    data, offsets = np.zeros(0, np.uint8), np.zeros(size + 1, np.int64)
    if size and where is not None:
        offsets = np.frombuffer(where, np.int64, size + array.offset + 1)[array.offset :]
    if content is not None and content.size:
        data = np.frombuffer(content, np.uint8)
    for each in (data, offsets, valid):
        # Arrow's memory is at times writable and at times not: to Numba these are two types, and
        # a child must find the one that was compiled before it was forked.
        each.flags.writeable = False
    return data, offsets, valid
