"""`guotu overlay A B`: the pieces that two layers have in common, with areas that close."""

import json
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.crs import Frame, parse_frame, transform, zone_frame_for
from guotu.lib.geo.formats import Features, write
from guotu.lib.geo.guard import read_apart
from guotu.lib.geo.overlay import (
    NOTHING,
    identity,
    intersect,
    intersection_area_m2,
    overlap_area_dm2,
    piece_area_dm2,
)
from guotu.lib.refusal import Refusal

Rows = NDArray[np.int64]


@click.command(help="两个图层叠加求交：A 为被叠加图层，B 为对照图层。")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="结果文件（.parquet 等）。"
)
@click.option("--areas-only", is_flag=True, help="只算面积，不生成图形（.parquet）。")
@click.option("--identity", "remainder", is_flag=True, help="保留 A 未被 B 覆盖的余部。")
@click.option("--crs-a", help="A 的坐标系，如 4547；文件自带时不必给。")
@click.option("--crs-b", help="B 的坐标系。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def command(
    a: Path,
    b: Path,
    out: Path,
    areas_only: bool,
    remainder: bool,
    crs_a: str | None,
    crs_b: str | None,
    as_json: bool,
) -> int:
    """Overlay two files; exit status 1 where features were rejected or refused."""
    _check_use(out, areas_only, remainder)
    subject = read_apart(a, crs=parse_frame(crs_a) if crs_a else None)
    other = read_apart(b, crs=parse_frame(crs_b) if crs_b else None)
    frame = _zone_of(subject)
    one = transform(subject.geometry, subject.frame, frame)
    two = transform(other.geometry, other.frame, frame)
    began = time.perf_counter()
    try:
        rows, geometry, figures = _overlay(
            one, two, frame, (subject.ids, other.ids), areas_only=areas_only, remainder=remainder
        )
    except Refusal as refusal:
        # The files could be read and the command is right: it is the data that is at fault.
        click.echo(str(refusal), err=True)
        return 1
    figures["seconds"] = round(time.perf_counter() - began, 3)
    _write(out, geometry, _table(rows, subject, other), frame)
    figures |= {"crs": f"EPSG:{frame.epsg}", "path": str(out)}
    rejected = [
        {"layer": layer, **vars(one)}
        for layer, features in (("A", subject), ("B", other))
        for one in features.rejected
    ]
    figures["rejected"] = rejected
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else _sentence(figures))
    return 1 if rejected else 0


def _check_use(out: Path, areas_only: bool, remainder: bool) -> None:
    if areas_only and remainder:
        raise click.UsageError("--areas-only 与 --identity 不能同时使用。")
    if areas_only and out.suffix.lower() != ".parquet":
        raise click.UsageError("--areas-only 的结果没有图形，只能写成 .parquet。")


def _zone_of(features: Features) -> Frame:
    """Return the frame to overlay in: the file's own, or for lon/lat the 3-degree zone."""
    if features.frame.kind == "zone":
        return features.frame
    west, _, east, _ = shapely.total_bounds(features.geometry)
    return zone_frame_for((west + east) / 2 if np.isfinite(west) else 114.0)


def _overlay(
    one: NDArray[Any],
    two: NDArray[Any],
    frame: Frame,
    names: tuple[list[str], list[str]],
    *,
    areas_only: bool,
    remainder: bool,
) -> tuple[dict[str, NDArray[Any]], NDArray[Any] | None, dict[str, Any]]:
    """Return columns subject, other, area_dm2, planar_m2, the geometry, and the figures."""
    geometry = None
    if areas_only:
        subject, other, planar = intersection_area_m2(one, two, names=names)
        legal = overlap_area_dm2(subject, planar, one, frame)
        snapped = 0
    else:
        pieces = (identity if remainder else intersect)(one, two, names=names)
        subject, other, geometry = pieces.subject, pieces.other, pieces.geometry
        planar = shapely.area(geometry)
        legal = piece_area_dm2(pieces, one, frame)
        snapped = len(pieces.snapped)
    rows = {"subject": subject, "other": other, "area_dm2": legal, "planar_m2": planar}
    figures = {
        "pieces": len(subject),
        "area_m2": int(legal.sum()) / 100,
        "planar_m2": float(planar.sum()),
        "overlap_m2": int(legal[other != NOTHING].sum()) / 100,
        "snapped": snapped,
    }
    return rows, geometry, figures


def _table(rows: dict[str, NDArray[Any]], subject: Features, other: Features) -> pa.Table:
    """Return one row a piece: ids, areas, then the fields of A and of B with a prefix."""
    of_a = pa.array(rows["subject"])
    of_b = pa.array(rows["other"], mask=rows["other"] == NOTHING)
    columns = {
        "subject": pa.array(subject.ids, pa.string()).take(of_a),
        "other": pa.array(other.ids, pa.string()).take(of_b),
        "area_dm2": pa.array(rows["area_dm2"]),
        "planar_m2": pa.array(rows["planar_m2"]),
    }
    for prefix, features, taken in (("a_", subject, of_a), ("b_", other, of_b)):
        for name in features.fields.column_names:
            columns[prefix + name] = features.fields[name].combine_chunks().take(taken)
    return pa.table(columns)


def _write(out: Path, geometry: NDArray[Any] | None, table: pa.Table, frame: Frame) -> None:
    if not out.absolute().parent.is_dir():
        raise Refusal("结果文件的文件夹不存在", str(out.parent), remedy="先建好文件夹")
    if geometry is not None:
        write(out, geometry, table, frame)
        return
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        pq.write_table(table, unfinished)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def _sentence(figures: dict[str, Any]) -> str:
    lines = [
        f"{figures['pieces']} 块，合计 {figures['area_m2']:.2f} 平方米，"
        f"用时 {figures['seconds']:.2f} 秒：{figures['path']}"
    ]
    lines += [
        f"未接受：{one['layer']} 要素 {one['feature']}：{one['reason']}"
        for one in figures["rejected"]
    ]
    return "\n".join(lines)
