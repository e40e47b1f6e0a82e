"""What of a release lies in a reader's divisions: which rows, and what of those on the boundary.

An area or a line that crosses is cut at the boundary, and the area told is that of the part; a
point on the boundary is in. See decision 74.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.core.atlas.reader import Reader, bound
from guotu.core.atlas.stored import stored
from guotu.core.people.rules.codes import stem

if TYPE_CHECKING:
    from guotu.core.atlas.models import Release

_KEPT_CUTS = 128
_VILLAGE_DIGITS = 12
TOWNS = ("divisions", "XZQDM")
VILLAGES = ("villages", "ZLDWDM")


@dataclass(frozen=True, eq=False)
class Outline:
    """The divisions of a reader as one shape in the county's frame; `key` names it and its data."""

    shape: shapely.Geometry
    key: str

    def holds(self, geometry: NDArray[Any]) -> NDArray[np.bool_]:
        """Say of each geometry (county frame) whether it lies inside, but for a touch."""
        wholly = shapely.covers(self.shape, geometry)
        crossing = np.flatnonzero(~wholly & shapely.intersects(self.shape, geometry))
        outside = shapely.difference(geometry[crossing], self.shape)
        wholly[crossing] = shapely.is_empty(land(outside))
        return np.asarray(wholly)


@dataclass(frozen=True)
class Held:
    """The rows of a release (ascending) that lie in an outline; `cut` the parts of the crossing."""

    rows: NDArray[np.int64]
    cut: dict[int, tuple[shapely.Geometry, int]]

    def among(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say of each of some rows whether it lies in the outline."""
        return np.isin(rows, self.rows, assume_unique=True)

    def trimmed(self, table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
        """Return a stored table of `rows` with the geometry and area of those that cross cut."""
        at = [place for place, row in enumerate(rows.tolist()) if row in self.cut]
        if not at:
            return table
        parts = [self.cut[int(rows[place])] for place in at]
        made: dict[str, tuple[Iterable[Any], pa.DataType]] = {
            "geometry": (shapely.to_wkb([part for part, _ in parts]), pa.binary()),
            "area_dm2": ([area for _, area in parts], pa.int64()),
        }
        for name, (values, kind) in made.items():
            if name in table.column_names:
                table = _replaced(table, name, at, list(values), kind)
        return table


def outline_of(reader: Reader) -> Outline | None:
    """Return where somebody reads; None where that is the whole county.

    The outlines are those of the divisions' current release (of the villages' for codes of twelve
    digits): a post reads today what is its division today. A code that no outline bears adds
    nothing, so what cannot be told is not shown.
    """
    return None if reader.areas is None else outline(reader.areas)


def outline(areas: frozenset[str]) -> Outline:
    """Return the divisions of these codes as one shape; empty where none is on the map."""
    from guotu.core.atlas.queries import current_release, path_of

    stems = sorted(filter(None, map(stem, areas)))
    long = tuple(one for one in stems if len(one) == _VILLAGE_DIGITS)
    short = tuple(one for one in stems if len(one) < _VILLAGE_DIGITS)
    sources = []
    for (layer, field), wanted in ((TOWNS, short), (VILLAGES, long)):
        release = current_release(layer) if wanted else None
        if release is not None:
            sources.append((str(path_of(release)), release.sha256, field, wanted))
    return _outline(tuple(sources))


@lru_cache(maxsize=_KEPT_CUTS)
def _outline(sources: tuple[tuple[str, str, str, tuple[str, ...]], ...]) -> Outline:
    shapes: list[Any] = []
    for path, _, field, stems in sources:
        file = stored(Path(path))
        if field not in file.schema.names:
            continue
        table = file.whole([field, "geometry"])
        codes = table.column(field).cast(pa.string()).to_pylist()
        mine = [row for row, code in enumerate(codes) if code and stem(code).startswith(stems)]
        wkb = table.column("geometry").to_numpy(zero_copy_only=False)[mine]
        shapes += list(shapely.from_wkb(wkb))
    whole = shapely.union_all(shapes) if shapes else shapely.MultiPolygon()
    shapely.prepare(whole)
    told = repr([(sha256, stems) for _, sha256, _, stems in sources])
    return Outline(whole, hashlib.sha256(told.encode()).hexdigest()[:16])


def held(release: Release, where: Outline) -> Held:
    """Return what of a release lies in an outline; kept, for a release never changes."""
    from guotu.core.atlas.queries import path_of

    return _held(str(path_of(release)), release.epsg, where)


@lru_cache(maxsize=_KEPT_CUTS)
def _held(path: str, epsg: int, where: Outline) -> Held:
    if shapely.is_empty(where.shape):
        return Held(np.empty(0, np.int64), {})
    file = stored(Path(path))
    rows = file.rows_within(tuple(shapely.bounds(where.shape).tolist()))
    wkb = file.take(rows, ["geometry"]).column("geometry").to_numpy(zero_copy_only=False)
    shapes = np.atleast_1d(shapely.from_wkb(wkb)) if len(rows) else np.empty(0, object)
    inside = where.holds(shapes)
    crossing = np.flatnonzero(~inside & shapely.intersects(where.shape, shapes))
    parts = _parts(shapes[crossing], where.shape)
    kept = ~shapely.is_empty(parts)
    areas = _areas(parts[kept], epsg)
    cut_rows = rows[crossing[kept]].tolist()
    cut = dict(zip(cut_rows, zip(parts[kept], areas, strict=True), strict=True))
    return Held(np.union1d(rows[inside], np.array(cut_rows, np.int64)), cut)


def clipped(geometry: NDArray[Any], where: Outline) -> NDArray[Any]:
    """Return each geometry's part within an outline; empty where nothing but a touch is left."""
    return _parts(np.asarray(geometry, object), where.shape)


def _parts(geometry: NDArray[Any], shape: shapely.Geometry) -> NDArray[Any]:
    found = np.atleast_1d(shapely.intersection(geometry, shape))
    kept = np.empty(len(found), object)
    # What an area shares with the outline in a line or a point alone is no part of the area.
    for at, (part, whole) in enumerate(zip(found, geometry, strict=True)):
        same = [
            one
            for one in shapely.get_parts(part, return_index=False)
            if shapely.get_dimensions(one) == shapely.get_dimensions(whole)
        ]
        kept[at] = same[0] if len(same) == 1 else _gathered(same)
    return land(kept)


_GATHERED: dict[int, Callable[[list[Any]], Any]] = {
    0: shapely.multipoints,
    1: shapely.multilinestrings,
    2: shapely.multipolygons,
}


def _gathered(parts: list[Any]) -> Any:
    if not parts:
        return shapely.GeometryCollection()
    return _GATHERED[int(shapely.get_dimensions(parts[0]))](parts)


def land(geometry: NDArray[Any]) -> NDArray[Any]:
    """Return each geometry, an area emptied where it is no wider than rounding."""
    touch = bound("touch")
    area, length = shapely.area(geometry), shapely.length(geometry)
    width = np.divide(2 * area, length, out=np.zeros_like(area), where=length > 0)
    thin = (width < touch["width_m"]) & (area < touch["area_m2"])
    is_area = shapely.get_dimensions(geometry) == 2
    short = (shapely.get_dimensions(geometry) == 1) & (length < touch["width_m"])
    found = np.array(geometry, object)
    found[(is_area & thin) | short] = shapely.GeometryCollection()
    return found


def _areas(parts: NDArray[Any], epsg: int) -> list[int]:
    from guotu.lib.geo.area import legal_area_dm2
    from guotu.lib.geo.crs import frame_of

    return [int(area) for area in legal_area_dm2(parts, frame_of(epsg))] if len(parts) else []


def _replaced(
    table: pa.Table, name: str, at: list[int], values: list[Any], kind: pa.DataType
) -> pa.Table:
    column = table.column(name).to_pylist()
    for place, value in zip(at, values, strict=True):
        column[place] = value
    there = table.schema.get_field_index(name)
    return table.set_column(there, name, pa.array(column, kind))
