"""Checks survey fields and land-class codes: a missing mandatory code rejects, the rest is noted.

Fields and domains: TD/T 1057-2020 and the third survey's database standard, as data in
`surveyfields.toml`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from guotu.core.atlas import rules
from guotu.core.atlas.publishing.record import Held, Record
from guotu.core.atlas.stored import OWN_COLUMNS
from guotu.lib.refusal import Refusal

_UNIT_DIGITS = "^[0-9]{19}$"


def expected_fields(layer: str) -> dict[str, Any]:
    """Return what the files of a layer should carry; empty for a county's own layer."""
    found: dict[str, Any] = _data()["layer"].get(layer, {})
    return found


def named(fields: pa.Table, layer: str, record: Record) -> pa.Table:
    """Return the fields under the survey's names; a change of name or a clash is recorded.

    A name that differs only in case is the survey's; a name that the release itself uses gets an
    underscore; of names that then agree the later gets a number.
    """
    survey = {name.casefold(): name for name in expected_fields(layer).get("expected", [])}
    taken: set[str] = set()
    names = []
    for name in fields.column_names:
        wanted = survey.get(name.casefold(), name) if name not in survey.values() else name
        if wanted != name and wanted in fields.column_names:
            wanted = name
        new = _free(f"{wanted}_" if wanted in OWN_COLUMNS else wanted, taken)
        taken.add(new)
        names.append(new)
        if new != name:
            record.change_whole("field_renamed", f"字段 {name} 改名为 {new}", 1)
    return fields.rename_columns(names)


def _free(name: str, taken: set[str]) -> str:
    turn, free = 1, name
    while free in taken:
        turn += 1
        free = f"{name}_{turn}"
    return free


def check_codes(
    fields: pa.Table, ids: list[str], layer: str, code_system: str, record: Record
) -> list[tuple[int, Held]]:
    """Return the rows that a mandatory class code rejects; note codes that are not mandatory.

    Raises a Refusal when the mandatory field is not in the file at all.
    """
    spec = expected_fields(layer)
    column = spec.get("class_code")
    mandatory = column in spec.get("mandatory", [])
    if not column or column not in fields.column_names:
        if mandatory:
            raise Refusal(
                f"缺少必填字段 {column}",
                where=f"图层 {layer}，文件字段：{'、'.join(fields.column_names) or '无'}",
                rule="TD/T 1057-2020 地类图斑属性结构",
                remedy=f"补上 {column} 字段后再导入",
            )
        return []
    return _bad_codes(fields.column(column), ids, column, code_system, mandatory, record)


def _bad_codes(
    column: pa.ChunkedArray,
    ids: list[str],
    name: str,
    code_system: str,
    mandatory: bool,
    record: Record,
) -> list[tuple[int, Held]]:
    system = rules.class_system(code_system or rules.SURVEY3)
    codes = _as_text(column)
    known = pc.is_in(codes, value_set=pa.array(list(system.classes), pa.string()))
    bad = np.flatnonzero(~known.to_numpy())
    values = codes.take(pa.array(bad)).to_pylist()
    if not mandatory:
        features = [ids[row] for row in bad]
        if features:
            text = f"{name} 不在{system.title}中"
            record.note("code_unknown", text, features, value=values)
        return []
    return [
        (int(row), _bad_code(ids[row], name, value, system))
        for row, value in zip(bad, values, strict=True)
    ]


def _bad_code(feature: str, name: str, value: str | None, system: rules.ClassSystem) -> Held:
    if value is None or not value.strip():
        return Held(feature, "code_missing", f"必填字段 {name} 为空")
    return Held(feature, "code_unknown", f"{name}“{value}”不在{system.title}中")


def mandatory_codes(fields: pa.Table, layer: str) -> list[str | None] | None:
    """Return each feature's land class where the layer must have one; None for other layers."""
    spec = expected_fields(layer)
    if spec.get("class_code") not in spec.get("mandatory", []):
        return None
    codes: list[str | None] = _as_text(fields.column(spec["class_code"])).to_pylist()
    return codes


def note_fields(
    fields: pa.Table, ids: list[str], layer: str, code_system: str, record: Record
) -> None:
    """Note missing fields, and values outside the survey's domains, of the accepted features."""
    spec = expected_fields(layer)
    absent = [name for name in spec.get("expected", []) if name not in fields.column_names]
    if absent:
        record.note("field_missing", f"文件没有字段：{'、'.join(absent)}")
    for name in spec.get("unit_codes", []):
        text = f"{name} 应为 19 位数字"
        _note_where(fields, ids, name, lambda column: _unlike_unit(column), text, record)
    for name, domain in spec.get("domains", {}).items():
        text = f"{name} 不在值域 {'、'.join(domain)} 中"
        _note_where(fields, ids, name, lambda column, d=domain: _outside(column, d), text, record)
    _note_names(fields, ids, spec, code_system, record)


def _note_where(
    fields: pa.Table, ids: list[str], name: str, odd: Any, text: str, record: Record
) -> None:
    if name not in fields.column_names:
        return
    column = _as_text(fields.column(name))
    rows = np.flatnonzero(pc.fill_null(odd(column), False).to_numpy())
    if len(rows):
        values = column.take(pa.array(rows)).to_pylist()
        record.note(f"field_odd:{name}", text, [ids[row] for row in rows], value=values)


def _unlike_unit(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.invert(pc.fill_null(pc.match_substring_regex(column, _UNIT_DIGITS), False))


def _outside(column: pa.ChunkedArray, domain: list[str]) -> pa.ChunkedArray:
    # An empty value is "not filled in", which the survey allows for these fields.
    filled = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)
    inside = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array(domain))
    return pc.and_(filled, pc.invert(inside))


def _note_names(
    fields: pa.Table, ids: list[str], spec: dict[str, Any], code_system: str, record: Record
) -> None:
    code, name = spec.get("class_code"), spec.get("class_name")
    if not code or not name or not {code, name} <= set(fields.column_names):
        return
    classes = rules.class_system(code_system or rules.SURVEY3).classes
    codes, names = _as_text(fields.column(code)), _as_text(fields.column(name))
    table = pa.array(list(classes), pa.string())
    right = pa.array([one.name for one in classes.values()], pa.string())
    wanted = pc.take(right, pc.index_in(codes, value_set=table))
    rows = np.flatnonzero(pc.fill_null(pc.not_equal(names, wanted), False).to_numpy())
    if len(rows):
        values = names.take(pa.array(rows)).to_pylist()
        text = f"{name} 与 {code} 的名称不一致"
        record.note("class_name", text, [ids[row] for row in rows], value=values)


def note_areas(
    fields: pa.Table, ids: list[str], layer: str, area_dm2: NDArray[np.int64], record: Record
) -> None:
    """Note written areas (TBMJ, m2) that differ from the computed legal area beyond tolerance."""
    name = expected_fields(layer).get("area")
    if not name or name not in fields.column_names:
        return
    written = _as_number(fields.column(name))
    legal = area_dm2 / 100
    tolerance = _data()["tolerance"]
    differ = np.abs(written - legal)
    over = differ > np.maximum(tolerance["area_m2"], tolerance["area_share"] * legal)
    rows = np.flatnonzero(over)
    if len(rows):
        total = float(np.nansum((written - legal)[rows]))
        text = f"{name} 与计算的椭球面积不一致，差额合计 {total:.2f} 平方米"
        record.note(
            "area_differs",
            text,
            [ids[row] for row in rows],
            written_m2=[float(written[row]) for row in rows],
            computed_dm2=[int(area_dm2[row]) for row in rows],
        )


def _as_number(column: pa.ChunkedArray) -> NDArray[np.float64]:
    try:
        numbers = pc.cast(column, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.full(len(column), np.nan)
    return np.asarray(numbers.to_numpy(), np.float64)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_string(column.type) else pc.cast(column, pa.string())


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = files("guotu.core.atlas").joinpath("surveyfields.toml").read_text("utf-8")
    return tomllib.loads(text)
