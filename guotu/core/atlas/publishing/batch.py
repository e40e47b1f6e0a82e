"""The features of one import as they pass the checks: accepted, rejected, or held back."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.core.atlas.models import Layer
from guotu.core.atlas.publishing import geometry as shapes
from guotu.core.atlas.publishing import survey
from guotu.core.atlas.publishing.record import Held, Record

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame
    from guotu.lib.geo.formats import Features

# Told what is being done (Chinese) and how far it is, from 0 to 1.
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Wanted:
    """What an import is asked for, checked before anything is read."""

    layer: Layer
    released: datetime.date
    code_system: str
    secrecy: str
    crs: Frame | None = None
    tiles: bool = True
    topology: bool = True
    inner: str | None = None


@dataclass
class Batch:
    """The features still standing: rows run alike through geometry, ids, fields and area."""

    geometry: NDArray[np.object_]
    ids: list[str]
    fields: pa.Table
    area_dm2: NDArray[np.int64]

    def without(self, rows: list[int]) -> Batch:
        """Return the batch without the given rows."""
        if not rows:
            return self
        keep = np.ones(len(self.ids), bool)
        keep[rows] = False
        left = np.flatnonzero(keep)
        return Batch(
            self.geometry[left],
            [self.ids[row] for row in left],
            self.fields.take(pa.array(left)),
            self.area_dm2[left],
        )


def checked(
    features: Features, wanted: Wanted, frame: Frame, record: Record, say: Progress
) -> tuple[Batch, list[dict[str, Any]]]:
    """Return the accepted features in the county's frame, and the rows of those held back.

    Whatever else happens to a feature is in the record.
    """
    layer = wanted.layer
    ids = _unique(features.ids, record)
    fields = survey.named(features.fields, layer.name, record)
    batch = Batch(np.asarray(features.geometry, object), ids, fields, np.zeros(len(ids), np.int64))
    say("检查字段与编码", 0.0)
    batch = _reject(batch, shapes.unfit(batch.geometry, batch.ids, layer.geometry), record)
    codes = survey.check_codes(batch.fields, batch.ids, layer.name, wanted.code_system, record)
    batch = _reject(batch, codes, record)
    say("换算坐标", 0.0)
    batch.geometry = shapes.into_frame(batch.geometry, batch.ids, features.frame, frame, record)
    off_grid = batch.geometry
    batch.geometry = shapes.onto_grid(batch.geometry, batch.ids, record)
    say("检查图形", 0.0)
    broken = shapes.invalid(batch.geometry, off_grid, batch.ids)
    held = [_kept_apart(one, batch) for one in broken]
    record.quarantine(one.held for one in broken)
    batch = batch.without([one.row for one in broken])
    say("计算面积", 0.0)
    batch.area_dm2 = legal_areas(batch.geometry, frame)
    survey.note_fields(batch.fields, batch.ids, layer.name, wanted.code_system, record)
    survey.note_areas(batch.fields, batch.ids, layer.name, batch.area_dm2, record)
    return batch, held


def legal_areas(geometry: NDArray[np.object_], frame: Frame) -> NDArray[np.int64]:
    """Return the legal area of each feature in dm2; 0 for points and lines."""
    from guotu.lib.geo.area import legal_area_dm2

    area = np.zeros(len(geometry), np.int64)
    surfaces = np.flatnonzero(shapely.get_dimensions(geometry) == 2)
    area[surfaces] = legal_area_dm2(geometry[surfaces], frame)
    return area


def _reject(batch: Batch, found: list[tuple[int, Held]], record: Record) -> Batch:
    record.reject(held for _, held in found)
    return batch.without([row for row, _ in found])


def _unique(ids: list[str], record: Record) -> list[str]:
    if len(set(ids)) == len(ids):
        return list(ids)
    record.note("feature_ids", "文件自带的要素号有重复，改用序号")
    return [str(row) for row in range(1, len(ids) + 1)]


def _kept_apart(one: shapes.Invalid, batch: Batch) -> dict[str, Any]:
    fields = batch.fields.slice(one.row, 1).to_pylist()[0]
    return {
        **asdict(one.held),
        "geometry": shapely.to_wkb(batch.geometry[one.row]),
        "proposal": None if one.proposal is None else shapely.to_wkb(one.proposal),
        "fields": json.loads(json.dumps(fields, default=str)),
    }
