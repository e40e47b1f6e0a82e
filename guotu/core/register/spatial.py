"""Keeps the spatial index of each located table in step, whatever a migration did to the table.

PostgreSQL keeps its GiST index itself. On SQLite a trigger writes each new row's box to an R*Tree;
rows of these tables are append-only, so that nothing else can put the two out of step. A rebuild
of a table drops the trigger, so it is put back, and what was missed entered, after each migration.
"""

import hashlib
from typing import Any

from django.db import connection, transaction

from guotu.lib.refusal import Refusal

_located: list[str] = []


def index_name(table: str) -> str:
    """Return the name of the spatial index of a table."""
    return f"{table}_place"


def index_places(table: str) -> None:
    """Have the places of a table of `Located` rows indexed; called at wiring, see `guards`."""
    if table not in _located:
        _located.append(table)


def ensure() -> None:
    """Put index and trigger in place, and enter the rows that the index lacks."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for table in _located:
            if table in tables:
                for statement in _STATEMENTS[connection.vendor](table):
                    cursor.execute(statement)


def unsound() -> list[str]:
    """Return the tables where a place could be missed: no index, no trigger, last row not in it.

    Quick, for every start asks; `verify` looks at every row. Rows further back cannot lack unless
    somebody took them out of the index: only `ensure` puts a trigger back, and it enters them.
    """
    return [table for table in _located if not _CHECKS[connection.vendor](table)]


def check_index() -> None:
    """Raise a Refusal where a place could be missed."""
    if found := unsound():
        raise Refusal(
            "空间索引与登记簿不一致，不能查询",
            where="、".join(found),
            remedy="查明原因，用 guotu journal guards --restore 重建",
        )


def verify() -> dict[str, Any]:
    """Hold every place against the index: {"places", "ok", "faults"}, faults as lines."""
    places, faults = 0, []
    for table in _located:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE west IS NOT NULL')  # noqa: S608
            count = cursor.fetchone()[0]
            places += count
            faults += [f"{table}：{said}" for said in _FAULTS[connection.vendor](cursor, table)]
    return {"places": places, "ok": not faults, "faults": faults}


def _faults_sqlite(cursor: Any, table: str) -> list[str]:
    index = index_name(table)
    beyond = "r.west > t.west OR r.east < t.east OR r.south > t.south OR r.north < t.north"
    lines = []
    for said, query in (
        (
            "不在空间索引中，或位置不符",
            f'SELECT t.id FROM "{table}" t LEFT JOIN "{index}" r ON r.id = t.id'  # noqa: S608
            f" WHERE t.west IS NOT NULL AND (r.id IS NULL OR {beyond})",
        ),
        (
            "空间索引中有，登记簿中没有",
            f'SELECT r.id FROM "{index}" r LEFT JOIN "{table}" t ON t.id = r.id'  # noqa: S608
            f" WHERE t.west IS NULL",
        ),
    ):
        cursor.execute(query)
        if found := [str(row[0]) for row in cursor.fetchall()]:
            lines.append(f"{len(found)} 行{said}，如第 {'、'.join(found[:5])} 行")
    return lines


def _faults_postgresql(cursor: Any, table: str) -> list[str]:
    """Count by the index what stands anywhere, and hold it against the rows themselves."""
    if not _is_sound_postgresql(table):
        return ["没有空间索引"]
    asked = "SELECT count(geometry), ST_Extent(geometry)::text"
    cursor.execute(f'{asked} FROM "{table}"')
    count, extent = cursor.fetchone()
    if not count:
        return []
    with transaction.atomic():
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f'SELECT count(*) FROM "{table}" WHERE geometry && %s::box2d::geometry',  # noqa: S608
            [extent],
        )
        found = cursor.fetchone()[0]
    return [] if found == count else [f"空间索引中有 {found} 行，应有 {count} 行"]


def _sqlite(table: str) -> list[str]:
    index, name = index_name(table), _trigger(table)
    columns = "id, west, east, south, north"
    return [
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{index}" USING rtree({columns})',
        f'CREATE TRIGGER IF NOT EXISTS "{name}" {_trigger_text(table)}',
        f'INSERT INTO "{index}" ({columns}) SELECT {columns} FROM "{table}"'  # noqa: S608 - names
        f' WHERE west IS NOT NULL AND id NOT IN (SELECT id FROM "{index}")',
    ]


def _trigger_text(table: str) -> str:
    columns = "id, west, east, south, north"
    new = ", ".join(f"NEW.{name}" for name in columns.split(", "))
    return (
        f'AFTER INSERT ON "{table}" WHEN NEW.west IS NOT NULL BEGIN'  # noqa: S608 - names
        f' INSERT INTO "{index_name(table)}" ({columns}) VALUES ({new}); END'
    )


def _trigger(table: str) -> str:
    mark = hashlib.sha256(_trigger_text(table).encode()).hexdigest()[:8]
    return f"{table}_placed_{mark}"


def _postgresql(table: str) -> list[str]:
    index = index_name(table)
    return [f'CREATE INDEX IF NOT EXISTS "{index}" ON "{table}" USING gist (geometry)']


def _is_sound_sqlite(table: str) -> bool:
    index = index_name(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE name IN (%s, %s)", [index, _trigger(table)]
        )
        if len(cursor.fetchall()) < 2:
            return False
        last = "ORDER BY id DESC LIMIT 1"
        cursor.execute(f'SELECT id FROM "{table}" WHERE west IS NOT NULL {last}')  # noqa: S608
        row = cursor.fetchone()
        if row is None:
            return True
        cursor.execute(f'SELECT 1 FROM "{index}" WHERE id = %s', row)  # noqa: S608
        return cursor.fetchone() is not None


def _is_sound_postgresql(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
            [f'"{index_name(table)}"'],
        )
        return cursor.fetchone() == (True,)


_STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}
_FAULTS = {"sqlite": _faults_sqlite, "postgresql": _faults_postgresql}
_CHECKS = {"sqlite": _is_sound_sqlite, "postgresql": _is_sound_postgresql}
