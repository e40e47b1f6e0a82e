"""Build shapely geometries from accepted rows, scanning every byte again just before GEOS."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo import crs
from guotu.lib.geo.guard.features import Accepted, Features, Note, Rejected, chosen
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.geo.guard.scan import scan_wkb
from guotu.lib.refusal import Refusal

_NONE = np.zeros(0, dtype=object)


def build(accepted: Accepted, limits: Limits, target: crs.Frame | None = None) -> Features:
    """Return the features, in `target` when one is given (which is noted), without Z and M.

    The WKB is scanned here whoever scanned it before: what a child sends is not trusted. Raises
    Refusal when the scan finds anything.
    """
    scan = scan_wkb(accepted.wkb, limits)
    if not scan.good.all():
        raise Refusal("读到的图形未通过复核", remedy="文件可能已损坏，请重新导出")
    parts = [chunk.to_numpy(zero_copy_only=False) for chunk in accepted.wkb.chunks]
    geometry = np.concatenate([_NONE, *(shapely.from_wkb(part) for part in parts)])
    deep = scan.has_z | scan.has_m
    if deep.any():
        geometry[deep] = shapely.force_2d(geometry[deep])
    features = Features(
        geometry=geometry,
        ids=accepted.ids,
        fields=accepted.fields,
        frame=crs.frame_of(accepted.epsg),
        read=accepted.read,
        rejected=accepted.rejected,
        notes=accepted.notes,
        format=accepted.format,
        encoding=accepted.encoding,
    )
    return features if target is None else _moved(features, target)


def _moved(features: Features, target: crs.Frame) -> Features:
    if features.frame.epsg == target.epsg:
        return features
    geometry = crs.transform(features.geometry, features.frame, target)
    lost = _not_finite(geometry)
    for row in np.flatnonzero(lost).tolist():
        reason = f"坐标不能转换到 {target.name}"
        features.rejected.append(Rejected(features.ids[row], "extent", reason))
    kept = np.flatnonzero(~lost).tolist()
    change = f"坐标由 {features.frame.name} 转换到 {target.name}"
    features.geometry = geometry[~lost]
    features.ids = [features.ids[row] for row in kept]
    features.fields = chosen(features.fields, ~lost)
    features.notes.append(Note(None, change, len(kept)))
    features.frame = target
    return features


def _not_finite(geometry: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(~np.isfinite(shapely.bounds(geometry)).all(axis=1))
