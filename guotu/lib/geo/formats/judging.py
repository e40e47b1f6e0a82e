"""Judge the rows of a file: scan the WKB, settle the frame, reject what lies outside it."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from guotu.lib.geo import crs
from guotu.lib.geo.guard.features import Accepted, Note, Rejected, Rows, chosen
from guotu.lib.geo.guard.limits import Limits, extent
from guotu.lib.geo.guard.scan import Scan, scan_wkb
from guotu.lib.refusal import Refusal

Box = tuple[float, float, float, float]
_LEAST_SHARE = 0.5
_TRIED = 3


def judge(rows: Rows, given: crs.Frame | None, limits: Limits, name: str) -> Accepted:
    """Return the rows that passed, in file order, with the frame that they are in.

    The frame is the given one, else the declared one, and must suit the coordinates; without
    either a Refusal names the candidates. `read` counts the reader's own rejects too.
    """
    scan = scan_wkb(rows.wkb, limits)
    frame = _frame(scan, rows, given, name)
    scan.reject_outside(*frame_box(frame))
    good = scan.good
    kept = np.flatnonzero(good).tolist()
    whole = len(kept) == len(rows.ids)
    return Accepted(
        wkb=rows.wkb if whole else rows.wkb.filter(pa.array(good)),
        ids=rows.ids if whole else [rows.ids[row] for row in kept],
        fields=rows.fields if whole else chosen(rows.fields, good),
        epsg=frame.epsg,
        read=len(rows.ids) + len(rows.rejected),
        rejected=rows.rejected + scan.rejected(rows.ids),
        notes=rows.notes + _dropped(scan, good),
        format=rows.format,
        encoding=rows.encoding,
    )


def frame_box(frame: crs.Frame) -> Box:
    """Return the extent (west, south, east, north) in which coordinates in `frame` can lie."""
    here = extent()
    if frame.kind == "lonlat":
        return here.west_deg, here.south_deg, here.east_deg, here.north_deg
    middle = 500_000.0 + (frame.zone or 0) * 1e6 * frame.prefixed
    west, east = middle - here.half_width_m, middle + here.half_width_m
    return west, here.south_m, east, here.north_m


def _frame(scan: Scan, rows: Rows, given: crs.Frame | None, name: str) -> crs.Frame:
    good = scan.good
    if not good.any():
        return _frame_of_nothing(scan, rows, given, name)
    declared = None if rows.assumed and given else rows.declared
    return _frame_of(scan.bounds[good], declared, given)


def _frame_of(
    bounds: NDArray[np.float64], declared: str | None, given: crs.Frame | None
) -> crs.Frame:
    # A few strays cost themselves, not the file: where the whole does not settle it, the features
    # in the middle do; but the frame stands only if at least half of all lie within it.
    first: Refusal | None = None
    for telling in [bounds, *(bounds[row : row + 1] for row in _central(bounds))]:
        try:
            frame = crs.detect_frame(_whole(telling), declared, given)
        except Refusal as refusal:
            first = first or refusal
            continue
        if _within(bounds, frame_box(frame)).mean() >= _LEAST_SHARE:
            return frame
    raise first or Refusal(
        "多数图形的坐标超出坐标系的合理范围", remedy="请核对坐标系、单位和带号后重新导出"
    )


def _frame_of_nothing(scan: Scan, rows: Rows, given: crs.Frame | None, name: str) -> crs.Frame:
    """No feature is good: the frame matters little, and a file of nothing is refused."""
    rejected: list[Rejected] = rows.rejected + scan.rejected(rows.ids)
    if not rejected:
        raise Refusal("文件中没有图形", name, remedy="请重新导出")
    if given is not None:
        return given
    if rows.declared is not None and rows.declared.upper().startswith("EPSG:"):
        return crs.parse_frame(rows.declared)
    first = rejected[0]
    raise Refusal(
        f"文件中没有一个可用的图形：{first.reason}",
        f"{name} 第 {first.feature} 个图形",
        remedy="请改正后重新导出",
    )


def _within(bounds: NDArray[np.float64], box: Box) -> NDArray[np.bool_]:
    low, high = np.array(box[:2]), np.array(box[2:])
    return np.asarray(((bounds[:, :2] >= low) & (bounds[:, 2:] <= high)).all(axis=1))


def _central(bounds: NDArray[np.float64]) -> list[int]:
    """Return the rows of the few features nearest to the median of all."""
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    away = np.abs(middle - np.median(middle, axis=0)).max(axis=1)
    return np.argsort(away, kind="stable")[:_TRIED].tolist()


def _whole(bounds: NDArray[np.float64]) -> Box:
    west, south = bounds[:, :2].min(axis=0).tolist()
    east, north = bounds[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _dropped(scan: Scan, good: NDArray[np.bool_]) -> list[Note]:
    notes = []
    for has, what in ((scan.has_z, "去掉高程（Z）"), (scan.has_m, "去掉量测值（M）")):
        count = int((has & good).sum())
        if count:
            notes.append(Note(None, what, count))
    return notes
