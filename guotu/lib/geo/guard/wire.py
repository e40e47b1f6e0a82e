"""Carry accepted rows from a child to its parent as Arrow and JSON; nothing is ever unpickled.

The parent treats what it receives as a stranger's file: a child may have been taken over by what
it was reading. Every part is checked for kind and size, Arrow buffers are validated in full, and
the WKB is scanned again (`building.build`) before GEOS sees it.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa

from guotu.lib.geo.guard.features import Accepted, Note, Rejected, empty
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.refusal import Refusal

RESULT, REFUSAL = "result.arrow", "refusal.json"
_KEY = b"guotu"
_REFUSAL_BYTES = 65_536
_TEXT_LENGTH = 600


class Untrue(Exception):
    """What came back is not what a reader writes."""


def send(accepted: Accepted, folder: Path) -> None:
    """Write the rows into `folder`; called in the child."""
    facts = {
        "names": accepted.fields.column_names,
        "epsg": accepted.epsg,
        "read": accepted.read,
        "rejected": [vars(one) for one in accepted.rejected],
        "notes": [vars(one) for one in accepted.notes],
        "format": accepted.format,
        "encoding": accepted.encoding,
    }
    columns = [pa.array(accepted.ids, pa.string()), accepted.wkb, *accepted.fields.columns]
    names = [str(at) for at in range(len(columns))]
    table = pa.table(columns, names=names).replace_schema_metadata({_KEY: json.dumps(facts)})
    with pa.OSFile(str(folder / RESULT), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)


def send_refusal(refusal: Refusal, folder: Path) -> None:
    """Write why the file is refused; called in the child."""
    text = json.dumps(refusal.as_dict(), ensure_ascii=False)
    (folder / REFUSAL).write_text(text, encoding="utf-8")


def receive(folder: Path, limits: Limits) -> Accepted:
    """Return the rows that a child, now dead, has left in `folder`. Raises Untrue."""
    content = _read(folder / RESULT, 2 * limits.max_unzipped_bytes)
    try:
        with pa.ipc.open_file(pa.py_buffer(content)) as file:
            table = file.read_all()
        table.validate(full=True)
        facts = json.loads(table.schema.metadata[_KEY])
        return _accepted(table, facts)
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError) as error:
        raise Untrue from error


def receive_refusal(folder: Path) -> Refusal:
    """Return the refusal that a child has left in `folder`. Raises Untrue."""
    try:
        parts = json.loads(_read(folder / REFUSAL, _REFUSAL_BYTES))
        return Refusal(*(_text(parts[key]) for key in ("what", "where", "rule", "remedy")))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise Untrue from error


def _read(path: Path, most: int) -> bytes:
    # Not followed, not waited for: a child may have put a link or a FIFO in its place.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Untrue from error
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise Untrue
        return file.read(status.st_size)


def _accepted(table: pa.Table, facts: dict[str, Any]) -> Accepted:
    names = [_text(name) for name in facts["names"]]
    if len(names) != table.num_columns - 2 or table.column(1).type != pa.large_binary():
        raise Untrue
    ids = table.column(0).cast(pa.string()).to_pylist()
    rejected = [_rejected(one) for one in facts["rejected"]]
    if _whole(facts["read"]) != table.num_rows + len(rejected) or None in ids:
        raise Untrue
    columns = table.columns[2:]
    fields = pa.table(columns, names=names) if names else empty(table.num_rows)
    return Accepted(
        wkb=table.column(1),
        ids=ids,
        fields=fields,
        epsg=_whole(facts["epsg"]),
        read=_whole(facts["read"]),
        rejected=rejected,
        notes=[_note(one) for one in facts["notes"]],
        format=_text(facts["format"]),
        encoding=None if facts["encoding"] is None else _text(facts["encoding"]),
    )


def _rejected(one: dict[str, Any]) -> Rejected:
    x, y = (None if one[axis] is None else float(one[axis]) for axis in ("x", "y"))
    return Rejected(_text(one["feature"]), _text(one["rule"]), _text(one["reason"]), x, y)


def _note(one: dict[str, Any]) -> Note:
    feature = None if one["feature"] is None else _text(one["feature"])
    return Note(feature, _text(one["change"]), _whole(one["count"]))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Untrue
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Untrue
    plain = "".join(sign if sign.isprintable() else " " for sign in value)
    return plain if len(plain) <= _TEXT_LENGTH else plain[:_TEXT_LENGTH] + "…"
