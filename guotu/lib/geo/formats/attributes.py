"""Turn the attributes of formats without a schema into an Arrow table, every change noted."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from guotu.lib.geo.guard.features import Note, empty


def table(rows: Sequence[dict[str, Any]]) -> tuple[pa.Table, list[Note]]:
    """Return one column a key, in the order of first appearance, missing values null.

    A column of one kind (bool, whole number, number, text) keeps it; whole numbers with numbers
    become numbers; anything mixed or nested becomes text (JSON), which is noted.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns, notes = [], []
    for name in names:
        values = [row.get(name) for row in rows]
        column, changed = _column(values)
        columns.append(column)
        if changed:
            notes.append(Note(None, f"字段 {name} 的值类型不一，按文字读入", changed))
    if not names:
        return empty(len(rows)), notes
    return pa.table(columns, names=names), notes


def _column(values: list[Any]) -> tuple[pa.Array, int]:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pa.array([_clean(value) for value in values], pa.string()), 0
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), 0
    if kinds <= {int, float}:
        return _numbers(values, kinds)
    texts = [_text(value) for value in values]
    changed = sum(value is not None and not isinstance(value, str) for value in values)
    return pa.array(texts, pa.string()), changed


def _numbers(values: list[Any], kinds: set[type]) -> tuple[pa.Array, int]:
    try:
        return pa.array(values, pa.int64() if kinds == {int} else pa.float64()), 0
    except (OverflowError, pa.ArrowInvalid):
        return pa.array([_text(value) for value in values], pa.string()), len(values)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return _clean(value)
    return json.dumps(value, ensure_ascii=False)


def _clean(value: str | None) -> str | None:
    # A lone surrogate is lawful in JSON escapes and in no text.
    return None if value is None else value.encode("utf-8", "replace").decode("utf-8")
