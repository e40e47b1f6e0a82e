"""Brings geometry into the county's frame and grid, and says which may stand.

Nothing is repaired: what is moved is recorded, what is invalid waits with a proposed repair.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.core.atlas.publishing.record import Held, Record

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame

Geometries = NDArray[np.object_]
STEPS_A_METRE = 10_000  # the 0.1 mm grid on which coordinates are kept
_THREADS = 2
_CHUNK = 4096
_DIMENSION = {"point": 0, "line": 1, "polygon": 2}
_WORD = {"point": "点", "line": "线", "polygon": "面"}
_REASONS = {
    "Self-intersection": "边界自相交",
    "Ring Self-intersection": "环自接触",
    "Hole lies outside shell": "洞在外环之外",
    "Holes are nested": "洞中套洞",
    "Nested shells": "部分互相包含",
    "Interior is disconnected": "内部被洞隔断",
    "Duplicate Rings": "环重复",
    "Too few points in geometry component": "点数不足以成环",
    "Invalid Coordinate": "坐标不是有限数",
    "Ring is not closed": "环未闭合",
}


@dataclass(frozen=True)
class Invalid:
    """An invalid feature: its row, what is said of it, and a proposed repair (or None)."""

    row: int
    held: Held
    proposal: Any


def into_frame(
    geometry: Geometries, ids: list[str], source: Frame, target: Frame, record: Record
) -> Geometries:
    """Return geometry in the county's frame; every feature so changed is recorded."""
    from guotu.lib.geo.crs import transform

    if source.epsg == target.epsg:
        return geometry
    moved = transform(geometry, source, target)
    text = f"由 {source.name}（EPSG:{source.epsg}）换算到 {target.name}（EPSG:{target.epsg}）"
    record.note("transformed", text)
    record.change("transformed", ids)
    return np.asarray(moved, object)


def onto_grid(geometry: Geometries, ids: list[str], record: Record) -> Geometries:
    """Return geometry on the 0.1 mm grid, rounded half up; each feature moved is recorded."""
    furthest = on_threads(_furthest_m, geometry)
    rows = np.flatnonzero(furthest > 0)
    if not len(rows):
        return geometry
    on_grid = geometry.copy()
    on_grid[rows] = shapely.transform(geometry[rows], _rounded)
    record.change(
        "snapped",
        [ids[row] for row in rows],
        moved_m=[round(float(value), 9) for value in furthest[rows]],
    )
    return on_grid


def _rounded(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    rounded: NDArray[np.float64] = np.floor(coordinates * STEPS_A_METRE + 0.5) / STEPS_A_METRE
    return rounded


def _furthest_m(geometry: Geometries) -> NDArray[np.float64]:
    """Return how far the furthest vertex of each feature moves when put onto the grid."""
    furthest = np.zeros(len(geometry))
    coordinates = shapely.get_coordinates(geometry)
    with np.errstate(invalid="ignore"):
        distance = np.abs(_rounded(coordinates) - coordinates)
    if distance.any():
        of = np.repeat(np.arange(len(geometry)), shapely.get_num_coordinates(geometry))
        np.maximum.at(furthest, of, np.nan_to_num(distance).max(axis=1))
    return furthest


def unfit(geometry: Geometries, ids: list[str], expected: str) -> list[tuple[int, Held]]:
    """Return rows whose geometry is null, empty, or not of the layer's sort, with the reason."""
    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    found = [(int(row), Held(ids[row], "empty", "图形为空")) for row in np.flatnonzero(missing)]
    kinds = shapely.get_type_id(geometry)
    other = ~missing & (kinds == _COLLECTION)
    if expected in _DIMENSION:
        other |= ~missing & (shapely.get_dimensions(geometry) != _DIMENSION[expected])
    for row in np.flatnonzero(other):
        reason = f"图形应为{_WORD.get(expected, '点、线或面')}，实为 {geometry[row].geom_type}"
        x, y = _first_point(geometry[row])
        found.append((int(row), Held(ids[row], "geometry_type", reason, x, y)))
    return found


_COLLECTION = int(shapely.GeometryType.GEOMETRYCOLLECTION)


def invalid(geometry: Geometries, before: Geometries, ids: list[str]) -> list[Invalid]:
    """Return the invalid features, each with a proposed repair.

    `before` is the same geometry off the grid: where the rounding itself broke a shape, the
    reason says so.
    """
    bad = np.flatnonzero(~on_threads(shapely.is_valid, geometry).astype(bool))
    if not len(bad):
        return []
    by_rounding = shapely.is_valid(before[bad])
    reasons = shapely.is_valid_reason(geometry[bad])
    return [
        _invalid(int(row), ids[row], geometry[row], reason, broke)
        for row, reason, broke in zip(bad, reasons, by_rounding, strict=True)
    ]


def _invalid(row: int, feature: str, shape: Any, said: str, by_rounding: bool) -> Invalid:
    kind, x, y = _explained(said)
    reason = f"取到 0.1 毫米后{kind}" if by_rounding else kind
    return Invalid(row, Held(feature, "invalid", reason, x, y), propose(shape))


def propose(shape: Any) -> Any:
    """Return a valid shape of the same sort on the grid, for a person to look at; or None."""
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    mended = shapely.set_precision(mended, 1 / STEPS_A_METRE)
    dimension = shapely.get_dimensions(shape)
    parts = [
        part
        for part in shapely.get_parts(mended)
        if shapely.get_dimensions(part) == dimension and not part.is_empty
    ]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def on_threads(work: Callable[[Geometries], Any], geometry: Geometries) -> NDArray[Any]:
    """Run a vectorised Shapely function on both cores (it releases the GIL)."""
    chunks = [geometry[start : start + _CHUNK] for start in range(0, len(geometry), _CHUNK)]
    if len(chunks) < _THREADS:
        return np.asarray(work(geometry))
    with ThreadPoolExecutor(_THREADS) as pool:
        return np.concatenate(list(pool.map(work, chunks)))


def _explained(said: str) -> tuple[str, float | None, float | None]:
    found = re.fullmatch(r"(.*?)\s*\[(\S+) (\S+)\]", said)
    kind = found[1] if found else said
    reason = _REASONS.get(kind, f"图形无效（{kind}）")
    if not found:
        return reason, None, None
    x, y = float(found[2]), float(found[3])
    return (reason, x, y) if np.isfinite([x, y]).all() else (reason, None, None)


def _first_point(shape: Any) -> tuple[float | None, float | None]:
    coordinates = shapely.get_coordinates(shape)
    if not len(coordinates) or not np.isfinite(coordinates[0]).all():
        return None, None
    return float(coordinates[0][0]), float(coordinates[0][1])
