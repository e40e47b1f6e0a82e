"""Reads a release's GeoParquet file by place: which row groups, which rows, which columns.

A release never changes, so what is known about its file is kept for the life of the process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

# Columns that every release has before the file's own.
OWN_COLUMNS = ("feature", "geometry", "bbox", "area_dm2")
# A press on the map reads every release of every layer: twenty layers of a dozen years.
_KEPT_RELEASES = 256

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Stored:
    """What is known about one release's file without reading its rows.

    `boxes` is float64[n, 4] (west, south, east, north) in the county's frame, in the file's order;
    `group_boxes` the same for each row group; `starts` the first row of each group, and the end.
    """

    path: Path
    metadata: Any
    schema: pa.Schema
    boxes: NDArray[np.float64]
    group_boxes: NDArray[np.float64]
    starts: NDArray[np.int64]

    def rows_within(self, bounds: Bounds) -> NDArray[np.int64]:
        """Return the rows whose box touches `bounds`, in the file's order."""
        groups = np.flatnonzero(_touching(self.group_boxes, bounds))
        found = [
            self.starts[group]
            + np.flatnonzero(
                _touching(self.boxes[self.starts[group] : self.starts[group + 1]], bounds)
            )
            for group in groups
        ]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def take(self, rows: NDArray[np.int64], columns: Sequence[str] | None = None) -> pa.Table:
        """Read the given rows (ascending), and of them only `columns`."""
        groups = np.unique(np.searchsorted(self.starts, rows, side="right") - 1)
        if not len(groups):
            return self._selected(columns).empty_table()
        with self._open() as file:
            table = file.read_row_groups(
                groups.tolist(), columns=_as_list(columns), use_threads=False
            )
        sizes = self.starts[groups + 1] - self.starts[groups]
        before = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        at = np.searchsorted(self.starts[groups], rows, side="right") - 1
        return table.take(pa.array(rows - self.starts[groups][at] + before[at]))

    def whole(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read every row, and of them only `columns`."""
        with self._open() as file:
            return file.read(columns=_as_list(columns))

    def _open(self) -> Any:
        return pq.ParquetFile(self.path, metadata=self.metadata, memory_map=True)

    def _selected(self, columns: Sequence[str] | None) -> pa.Schema:
        if columns is None:
            return self.schema
        return pa.schema([self.schema.field(name) for name in columns])


def stored(path: Path) -> Stored:
    """Return what is known about the release file at `path`."""
    return _stored(str(path))


@lru_cache(maxsize=_KEPT_RELEASES)
def _stored(path: str) -> Stored:
    with pq.ParquetFile(path, memory_map=True) as file:
        metadata, schema = file.metadata, file.schema_arrow
        boxes = _boxes(file.read(columns=["bbox"]).column("bbox"))
    sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    return Stored(Path(path), metadata, schema, boxes, _group_boxes(boxes, starts), starts)


def _boxes(column: pa.ChunkedArray) -> NDArray[np.float64]:
    whole = column.combine_chunks()
    sides = [whole.field(name).to_numpy() for name in ("xmin", "ymin", "xmax", "ymax")]
    return np.column_stack(sides).astype(np.float64)


def _group_boxes(boxes: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    if not len(boxes):
        return np.empty((0, 4))
    first = starts[:-1]
    return np.column_stack(
        [
            np.minimum.reduceat(boxes[:, 0], first),
            np.minimum.reduceat(boxes[:, 1], first),
            np.maximum.reduceat(boxes[:, 2], first),
            np.maximum.reduceat(boxes[:, 3], first),
        ]
    )


def _touching(boxes: NDArray[np.float64], bounds: Bounds) -> NDArray[np.bool_]:
    west, south, east, north = bounds
    touching: NDArray[np.bool_] = (
        (boxes[:, 0] <= east)
        & (boxes[:, 2] >= west)
        & (boxes[:, 1] <= north)
        & (boxes[:, 3] >= south)
    )
    return touching


def _as_list(columns: Sequence[str] | None) -> list[str] | None:
    return None if columns is None else list(columns)
