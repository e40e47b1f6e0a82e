"""Takes a layer's release along as a file: by division, box and secrecy, marked when fictional.

The file carries no field above the reader's class; what crosses the reader's divisions is cut there
(decision 74). A box only chooses whole features, it cuts nothing.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from guotu.core.atlas import queries
from guotu.core.atlas.models import FICTION, Release
from guotu.core.atlas.reader import Reader, bound
from guotu.core.atlas.within import outline_of
from guotu.lib.geo import formats
from guotu.lib.geo.crs import LONLAT, frame_of, transform
from guotu.lib.refusal import Refusal
from guotu.lib.spreadsheet import plain_cell

KINDS = ("gpkg", "parquet", "geojson", "zip", "csv")
MARK = ("XGBZ", FICTION)
_EDGE_DEGREES = 0.01
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: a release, as one of `KINDS`, by whom, and in which box (degrees)."""

    release: Release
    kind: str
    reader: Reader
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Taken:
    """A file ready to hand over, and what of the source the format could not hold."""

    path: Path
    features: int
    notes: list[str]


def wanted(release: Release | None, kind: str, reader: Reader, box: str = "") -> Wanted:
    """Return what is asked for; a Refusal for an unknown kind, a bad box, or no release."""
    if kind not in KINDS:
        raise Refusal("没有这种导出格式", where=kind[:20], remedy=f"用 {'、'.join(KINDS)}")
    if release is None:
        raise Refusal("这个图层当日没有版本", remedy="换一个日期，或先导入")
    return Wanted(release, kind, reader, _box(box) if box else None)


def rows_wanted(asked: Wanted) -> queries.LayerRows:
    """Return the features asked for, with the fields that may be taken."""
    columns = queries.open_columns(asked.release, asked.reader)
    where = outline_of(asked.reader)
    if asked.box is None:
        return queries.rows_of(asked.release, columns, where=where)
    region = region_of(asked.box, asked.release.epsg)
    bounds = tuple(shapely.bounds(region).tolist())
    rows = queries.read_near(asked.release, bounds, 0, columns, where=where)
    meets = np.flatnonzero(shapely.intersects(rows.geometry, region))
    return queries.LayerRows(
        rows.geometry[meets],
        rows.fields.take(pa.array(meets)),
        [rows.feature[row] for row in meets],
        rows.release,
    )


def check_purpose(features: int, purpose: str) -> None:
    """Raise a Refusal for nothing at all, and for many features without saying what for."""
    if not features:
        raise Refusal("这个范围和您的辖区内没有要素", remedy="换一个范围，或换一个图层")
    most = int(bound("export")["purpose_above"])
    if features > most and not purpose.strip():
        raise Refusal(
            f"一次取 {features} 个要素，须写明用途",
            rule=f"超过 {most} 个要素的取数须留下用途",
            remedy="在“用途”一栏写明拿去做什么，再取",
        )


def export(
    asked: Wanted, rows: queries.LayerRows, path: Path, fictional: bool, say: Progress
) -> Taken:
    """Write the features asked for to `path`, whose suffix is that of the kind."""
    say("写出文件", 0.0)
    fields = rows.fields.append_column("feature", pa.array(rows.feature, pa.string()))
    fields = fields.select(["feature", *rows.fields.column_names])
    if fictional:
        mark = pa.array([MARK[1]] * len(rows), pa.string())
        fields = fields.append_column(MARK[0], mark)
    frame = frame_of(asked.release.epsg)
    if asked.kind == "csv":
        _write_csv(path, rows.geometry, fields, say)
        return Taken(path, len(rows), [])
    notes = formats.write(path, rows.geometry, fields, frame)
    say("写出文件", 1.0)
    return Taken(path, len(rows), [note.change for note in notes])


def region_of(box: tuple[float, float, float, float], epsg: int) -> shapely.Geometry:
    """Return a box in degrees as a shape in the county's frame; its edges follow the parallels."""
    outline = shapely.segmentize(shapely.box(*box), _EDGE_DEGREES)
    return transform(np.array([outline], object), LONLAT, frame_of(epsg))[0]


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Refusal(
            "范围写得不对", where=text[:60], remedy="写成 西,南,东,北，十进制的度"
        ) from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90 and east - west <= 10):
        raise Refusal("范围不对", where=text[:60], remedy="西小于东，南小于北，跨度不过 10 度")
    return west, south, east, north


def _write_csv(path: Path, geometry: Any, fields: pa.Table, say: Progress) -> None:
    # The shape goes along as WKT, so that the table alone can be put on a map.
    made, step = path.with_name(f".{path.name}"), 5000
    with made.open("w", encoding="utf-8-sig", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([*fields.column_names, "WKT"])
        for first in range(0, fields.num_rows, step):
            texts = shapely.to_wkt(geometry[first : first + step], rounding_precision=4)
            writer.writerows(_lines(fields.slice(first, step), texts))
            say("写出文件", min(1.0, (first + step) / fields.num_rows))
    os.replace(made, path)


def _lines(fields: pa.Table, texts: Sequence[str]) -> list[list[Any]]:
    columns = [column.to_pylist() for column in fields.columns]
    return [
        [*map(plain_cell, row), text]
        for row, text in zip(zip(*columns, strict=True), texts, strict=True)
    ]
