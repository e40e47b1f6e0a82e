"""Every feature of an awkward file is somewhere, and every change made to one is on record.

Source and release are read again by other code than the product's, and compared point by point.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from trials._atlas import EPSG, apart
from trials._corpus import COMMUNES, Case, cases, name_of
from trials.harness import Figure, Scale

TITLE = "导入账目：读入 = 采用 + 剔除 + 待确认，改动无一漏记"
FAULTS = {
    "silent_snap": "坐标取位不记录",
    "lost_feature": "悄悄丢掉一个要素",
    "silent_repair": "无效图形悄悄修补后采用",
    "silent_shift": "换算坐标时悄悄偏移 1 厘米",
    "null_stored": "把一个空图形写进版本",
    "wrong_text": "把一处文字读错",
}
GRID_M = 1e-4


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield whether the sums close, what nulls are stored, and what changes are unrecorded."""
    most = scale.count(4_000, least=50)
    got = apart("trials.import_accounting:work", fault, most_communes=most)
    absent = "" if COMMUNES.exists() else "；真实图形不在 ../shared/data，未试"
    files = f"{got['files']} 份文件，{got['read']:,} 个要素"
    yield Figure(
        "账目相符的文件",
        "全部",
        f"{got['closed']} / {got['files']}（{files}；采用 {got['accepted']:,}，"
        f"剔除 {got['rejected']}，待确认 {got['quarantined']}，整份拒绝 {got['refused']}）{absent}",
        got["closed"] == got["files"],
    )
    yield Figure("存入的空图形", "0", str(got["nulls"]), got["nulls"] == 0)
    yield Figure(
        "未记录的改动",
        "0",
        f"{got['unrecorded']}（记录在案的改动 {got['recorded']:,} 处）{_first(got['faults'])}",
        got["unrecorded"] == 0,
    )


def _first(faults: list[str]) -> str:
    return f"：{'；'.join(faults[:3])}" if faults else ""


def work(folder: Path, fault: str | None, most_communes: int) -> dict[str, Any]:
    """Import every case of the corpus into the county of this process and audit each."""
    _plant(fault)
    total: Counter[str] = Counter()
    faults: list[str] = []
    for number, case in enumerate(cases(most_communes)):
        place = folder / f"case{number}"
        place.mkdir()
        found = _audited(case, case.write(place))
        faults += [f"{case.name}: {one}" for one in found.pop("faults")]
        total.update(found)
    names = ("files", "closed", "read", "accepted", "rejected", "quarantined", "refused", "nulls")
    whole = {name: total[name] for name in (*names, "unrecorded", "recorded")}
    return {**whole, "faults": faults}


def _audited(case: Case, path: Path) -> dict[str, Any]:
    from guotu.core.atlas.publishing import import_layer
    from guotu.lib.refusal import Refusal

    source = _source(path)
    try:
        report = import_layer(case.layer, path, tiles=False, topology=False, **case.options)
    except Refusal as refusal:
        as_meant = [] if case.refused else [f"整份拒绝：{refusal.what}"]
        return {"files": 1, "closed": int(case.refused), "refused": 1, "faults": as_meant}
    held = [one["feature"] for one in (*report["rejected"], *report["quarantined"])]
    stored, texts = _stored(report)
    everywhere = sorted([*held, *stored])
    closes = report["read"] == report["accepted"] + len(held) == len(source)
    closes &= everywhere == sorted(source) and len(stored) == report["accepted"]
    unrecorded = _unrecorded(source, stored, _record(report), path)
    unrecorded += [f"要素 {one} 的文字变了" for one, text in texts if text != name_of(int(one) - 1)]
    return {
        "files": 1,
        "closed": int(closes and not case.refused),
        "read": report["read"],
        "accepted": report["accepted"],
        "rejected": len(report["rejected"]),
        "quarantined": len(report["quarantined"]),
        "nulls": sum(one is None or one.is_empty for one in stored.values()),
        "recorded": sum(report["changes"].values()),
        "unrecorded": len(unrecorded),
        "faults": unrecorded,
    }


def _source(path: Path) -> dict[str, Any]:
    """Read a file by GDAL alone: feature id (row from 1) -> geometry."""
    import pyogrio

    _, _, wkb, _ = pyogrio.raw.read(path, columns=[])
    return {str(row): shapely.from_wkb(one) for row, one in enumerate(wkb, 1)}


def _stored(report: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    import os

    import pyarrow.parquet as pq

    if report["release"] is None:
        return {}, []
    table = pq.read_table(Path(os.environ["GUOTU_HOME"]) / report["path"])
    shapes = shapely.from_wkb(table.column("geometry").to_numpy(zero_copy_only=False))
    features = table.column("feature").to_pylist()
    texts = table.column("MC").to_pylist() if "MC" in table.column_names else []
    named = list(zip(features, texts, strict=True)) if texts else []
    return dict(zip(features, shapes, strict=True)), named


def _record(report: dict[str, Any]) -> list[dict[str, Any]]:
    import os

    if report["record"] is None:
        return []
    kept = Path(os.environ["GUOTU_HOME"]) / "files" / report["record"][:2] / report["record"]
    return [json.loads(line) for line in kept.read_text("utf-8").splitlines()]


def _unrecorded(
    source: dict[str, Any], stored: dict[str, Any], record: list[dict[str, Any]], path: Path
) -> list[str]:
    changed = {(line.get("kind"), line.get("feature")) for line in record}
    flattened = sum(line.get("count", 1) for line in record if "（Z）" in line.get("text", ""))
    raised = sum(bool(one is not None and shapely.has_z(one)) for one in source.values())
    found = ["去掉了高程而未记"] if raised > flattened else []
    move = _mover(path)
    for feature, shape in stored.items():
        if shape is None:
            continue
        was = shapely.force_2d(source[feature])
        if shape.equals_exact(was) and _same_sort(shape, was):
            continue
        kinds = {kind for kind, one in changed if one == feature}
        if not _explained(shape, was, kinds, move):
            found.append(f"要素 {feature} 的改动未记")
    return found


def _explained(shape: Any, was: Any, kinds: set[Any], move: Any) -> bool:
    """Say whether the changes on record lead from the source's shape to the stored one."""
    if not kinds & {"transformed", "snapped"} or not _same_sort(shape, was):
        return False
    expected = shapely.transform(was, move) if "transformed" in kinds else was
    here, there = shapely.get_coordinates(shape), shapely.get_coordinates(expected)
    if here.shape != there.shape:
        return False
    reach = GRID_M / 2 * 1.001 if "snapped" in kinds else 0.0
    return bool((np.abs(here - there) <= reach).all())


def _same_sort(one: Any, other: Any) -> bool:
    same: bool = shapely.get_type_id(one) == shapely.get_type_id(other)
    return same


def _mover(path: Path) -> Any:
    import pyogrio
    from pyproj import Transformer

    declared = pyogrio.read_info(path)["crs"] or f"EPSG:{EPSG}"
    carry = Transformer.from_crs(declared, EPSG, always_xy=True).transform
    return lambda xy: np.column_stack(carry(xy[:, 0], xy[:, 1]))


def _plant(fault: str | None) -> None:
    from guotu.core.atlas.publishing import batch
    from guotu.core.atlas.publishing import geometry as shapes
    from guotu.core.atlas.publishing.record import Record

    if fault == "silent_snap":
        whole = Record.change
        Record.change = lambda self, kind, features, **more: (  # type: ignore[method-assign]
            None if kind == "snapped" else whole(self, kind, features, **more)
        )
    if fault == "lost_feature":
        without = batch.Batch.without

        def losing(self: batch.Batch, rows: list[int]) -> batch.Batch:
            return without(self, rows or [0])

        batch.Batch.without = losing  # type: ignore[method-assign]
    if fault == "silent_repair":
        onto_grid = shapes.onto_grid
        shapes.onto_grid = lambda geometry, ids, record: np.atleast_1d(
            shapely.make_valid(onto_grid(geometry, ids, record))
        )
    _plant_writing(fault)
    if fault == "silent_shift":
        into_frame = shapes.into_frame
        shapes.into_frame = lambda *of: np.atleast_1d(
            shapely.transform(into_frame(*of), lambda xy: np.add(xy, [0.01, 0.0]))
        )


def _plant_writing(fault: str | None) -> None:
    import pyarrow as pa

    from guotu.core.atlas.publishing import layout

    table_of = layout.table_of

    def spoilt(*of: Any) -> pa.Table:
        table = table_of(*of)
        name, value = ("geometry", None) if fault == "null_stored" else ("MC", "林地")
        if name not in table.column_names:
            return table
        values = [value, *table.column(name).to_pylist()[1:]]
        at, kind = table.column_names.index(name), table.schema.field(name).type
        return table.set_column(at, name, pa.array(values, kind))

    if fault in ("null_stored", "wrong_text"):
        layout.table_of = spoilt
        layout._wkb_types = lambda wkb: {one[1] for one in wkb if one is not None}
