"""From a place to everything there, and from a number or a name to its place on the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from guotu.core.atlas import rules
from guotu.core.atlas.models import Release
from guotu.core.atlas.stored import Stored, stored

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame

SHORTEST_SEARCH = 2
# Names of the place that a feature stands in; they narrow a search and never make a hit alone.
_CONTEXT = ("ZLDWMC", "XZQMC")
_SEARCHED_RELEASES = 48


def label_of(release: Release, fields: dict[str, Any], feature: str) -> str:
    """Return what a feature is called on the map: its label field, or its id."""
    return str(fields.get(release.layer.label_field) or feature)


def code_name_of(release: Release, fields: dict[str, Any]) -> str:
    """Return the name of the land class that a feature carries, if its layer has class codes."""
    code = fields.get(release.layer.code_field)
    if not code or not release.code_system:
        return ""
    found = rules.land_class(str(code), release.code_system)
    return found.name if found else ""


def fact(release: Release, feature: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return one feature as plain facts: layer, release, names, legal area in dm2, fields."""
    layer = release.layer
    return {
        "layer": layer.name,
        "title": layer.title,
        "group": layer.group,
        "kind": layer.kind,
        "secrecy": release.secrecy,
        "release": release.name,
        "released": release.released.isoformat(),
        "feature": feature,
        "label": label_of(release, fields, feature),
        "code": fields.get(layer.code_field) or "",
        "code_name": code_name_of(release, fields),
        "area_dm2": fields.get("area_dm2") or 0,
        "fields": {name: value for name, value in fields.items() if name != "area_dm2"},
    }


def find(
    path: Path,
    release: Release,
    terms: Sequence[str],
    limit: int,
    *,
    hidden: frozenset[str] = frozenset(),
    rows: NDArray[np.int64] | None = None,
) -> list[tuple[int, int, dict[str, str]]]:
    """Return (rank, row, texts) of the features in a release's file that carry every term.

    Rank 0 is the whole of a field, 1 its beginning, 2 a part of it. At least one term must
    stand in a field of the feature's own; the others may name the place it stands in. Fields that
    are `hidden` are not looked into, nor rows other than `rows`.
    """
    fields = tuple(name for name in release.layer.search_fields if name not in hidden)
    own, context = _text_columns(str(path), fields)
    context = context.drop_columns([name for name in context.column_names if name in hidden])
    if not own.num_columns:
        return []
    ranks = _ranks(own, context, terms)
    if rows is not None:
        beyond = np.ones(len(ranks), bool)
        beyond[rows] = False
        ranks[beyond] = _NONE
    rows = np.flatnonzero(ranks < _NONE)
    best = rows[np.argsort(ranks[rows], kind="stable")][:limit]
    return [(int(ranks[row]), int(row), _texts_at(own, context, int(row))) for row in best]


_NONE = 9


def _ranks(own: pa.Table, context: pa.Table, terms: Sequence[str]) -> NDArray[np.int8]:
    best = np.full(own.num_rows, _NONE, np.int8)
    every = np.ones(own.num_rows, bool)
    for term in terms:
        here = np.full(own.num_rows, _NONE, np.int8)
        for column in own.columns:
            _rank_column(column, term, here)
        np.minimum(best, here, out=best)
        around = here < _NONE
        for column in context.columns:
            around |= _holds(pc.match_substring(column, term))
        every &= around
    best[~every] = _NONE
    return best


def _rank_column(column: pa.ChunkedArray, term: str, ranks: NDArray[np.int8]) -> None:
    rows = np.flatnonzero(_holds(pc.match_substring(column, term)))
    if not len(rows):
        return
    found = column.take(pa.array(rows))
    starts, equal = _holds(pc.starts_with(found, term)), _holds(pc.equal(found, term))
    ranks[rows] = np.minimum(ranks[rows], np.where(equal, 0, np.where(starts, 1, 2)))


def _holds(mask: pa.ChunkedArray) -> NDArray[np.bool_]:
    holds: NDArray[np.bool_] = pc.fill_null(mask, False).to_numpy()
    return holds.astype(bool)


def _texts_at(own: pa.Table, context: pa.Table, row: int) -> dict[str, str]:
    return {
        name: table.column(name)[row].as_py() or ""
        for table in (own, context)
        for name in table.column_names
    }


@lru_cache(maxsize=_SEARCHED_RELEASES)
def _text_columns(path: str, fields: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    file = stored(Path(path))
    # The first search field is what a layer's features are called, even where it names a place.
    own = [
        name
        for name in fields
        if name in file.schema.names and (name == fields[0] or name not in _CONTEXT)
    ]
    around = [name for name in _CONTEXT if name in file.schema.names and name not in own]
    table = file.whole(own + around)
    texts = {
        name: table.column(name).cast(pa.string()).combine_chunks() for name in table.column_names
    }
    return (
        pa.table({name: texts[name] for name in own}),
        pa.table({name: texts[name] for name in around}),
    )


def hits(
    file: Stored,
    release: Release,
    found: Sequence[tuple[int, dict[str, str]]],
    frame: Frame,
    *,
    hidden: frozenset[str] = frozenset(),
    cut: Mapping[int, tuple[shapely.Geometry, int]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Return found rows of one release as the search answers them, place and box in degrees.

    A row in `cut` is placed by the part of it that is shown; `hidden` fields are not told.
    """
    layer = release.layer
    shown = [name for name in file.schema.names if name not in hidden]
    wanted = [name for name in (layer.label_field, layer.code_field) if name in shown]
    rows = np.array([row for row, _ in found], np.int64)
    order = np.argsort(rows)
    ones = file.take(rows[order], ["feature", "geometry", *dict.fromkeys(wanted)]).to_pylist()
    fields = {int(rows[at]): one for at, one in zip(order, ones, strict=True)}
    # A point inside, not the middle of the box: a press there must find the feature itself.
    shapes = shapely.from_wkb([fields[row]["geometry"] for row in rows])
    for at, row in enumerate(rows.tolist()):
        if row in cut:
            shapes[at] = cut[row][0]
    inside = shapely.point_on_surface(shapes)
    places = _degrees(np.tile(shapely.get_coordinates(inside), 2), frame)
    boxes = _degrees(shapely.bounds(shapes), frame)
    return [
        _hit(release, fields[row], texts, box, place)
        for (row, texts), box, place in zip(found, boxes, places, strict=True)
    ]


def _hit(
    release: Release,
    fields: dict[str, Any],
    texts: dict[str, str],
    box: list[float],
    place: list[float],
) -> dict[str, Any]:
    layer = release.layer
    code = [str(fields.get(layer.code_field) or ""), code_name_of(release, fields)]
    around = [texts[name] for name in _CONTEXT if texts.get(name)]
    return {
        "kind": layer.kind,
        "layer": layer.name,
        "title": label_of(release, fields, fields["feature"]),
        "detail": " · ".join(_distinct([layer.title, " ".join(filter(None, code)), *around])),
        "lon": place[0],
        "lat": place[1],
        "bounds": box,
        "feature": fields["feature"],
        "release": release.name,
    }


def _degrees(boxes: NDArray[np.float64], frame: Frame) -> list[list[float]]:
    from guotu.lib.geo.crs import frame_of, transform

    corners = np.asarray(shapely.points(boxes.reshape(-1, 2)), object)
    moved = shapely.get_coordinates(transform(corners, frame, frame_of(4490)))
    return [[float(side) for side in box] for box in moved.reshape(-1, 4)]


def _distinct(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part for part in parts if part))
