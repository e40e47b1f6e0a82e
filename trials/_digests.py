"""The whole state of a county, as a digest of every table and every file; for processes apart."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

# The store itself is read as tables; the queue's file and what is made anew say nothing.
_LEFT_OUT = ("guotu.sqlite3", "write.lock", "worker.lock", "static", "staging", "secret.key")

Digests = dict[str, str]


def tables(up_to: int | None = None) -> Digests:
    """Return the number of rows and a digest of every table, whatever their order.

    Where rows carry the number of their act, only those are taken that came `up_to` it.
    """
    return {name: _digest(name, up_to) for name in _names()}


def files() -> Digests:
    """Return the hash of every file in the county's folder."""
    home: Path = settings.GUOTU_HOME
    found = {}
    for path in sorted(home.rglob("*")):
        relative = path.relative_to(home).as_posix()
        if path.is_file() and not relative.startswith(_LEFT_OUT):
            found[relative] = _hash_of(path)
    return found


_hashed: dict[tuple[str, int, int, int], str] = {}


def _hash_of(path: Path) -> str:
    """Return a file's hash; one whose node, size and last change are the same is not read again."""
    at = path.stat()
    key = (str(path), at.st_ino, at.st_size, at.st_ctime_ns)
    if key not in _hashed:
        _hashed[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _hashed[key]


class Commits:
    """Says whether anything was committed since it was last asked, without reading a table."""

    def __init__(self) -> None:
        self._aside = None
        if connection.vendor == "sqlite":
            self._aside = sqlite3.connect(settings.DATABASES["default"]["NAME"])
        self._last = self._now()

    def any(self) -> bool:
        """Say whether there was a commit; True is where the tables must be looked at."""
        last, self._last = self._last, self._now()
        return bool(last != self._last) if self._aside else _was_committed(last, self._last)

    def _now(self) -> int:
        if self._aside:
            # Goes up for one connection when another has committed.
            found: int = self._aside.execute("PRAGMA data_version").fetchone()[0]
            return found
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
            return int(cursor.fetchone()[0])


def _was_committed(first: int, until: int) -> bool:
    """Say whether a transaction of PostgreSQL numbered from `first`, before `until`, stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(pg_xact_status(number::text::xid8) <> 'aborted')"
            " FROM generate_series(%s::bigint, %s::bigint - 1) AS number",
            [first, until],
        )
        return bool(cursor.fetchone()[0])


def changed(before: Digests, after: Digests) -> list[str]:
    """Return the names of what is not as it was."""
    return sorted(one for one in before.keys() | after.keys() if before.get(one) != after.get(one))


def identities() -> dict[str, Any]:
    """Return where PostgreSQL's sequences stand; nothing on SQLite, which rolls them back."""
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences")
        return dict(cursor.fetchall())


def put_back(identities: dict[str, Any]) -> None:
    """Let the sequences go on from where they stood, as they would on SQLite.

    A row's identity is the store's affair and may have gaps; numbers that the county gives may not.
    """
    with connection.cursor() as cursor:
        for name, last in identities.items():
            cursor.execute("SELECT setval(%s, %s, %s)", [f'"{name}"', last or 1, last is not None])


def _names() -> list[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        if connection.vendor == "sqlite":
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_sequence'")
            names += ["sqlite_sequence"] * cursor.fetchone()[0]
    return [name for name in names if name != "spatial_ref_sys"]


def _digest(table: str, up_to: int | None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in cursor.description]
        if up_to is not None and "sequence" in columns:
            cursor.execute(f'SELECT * FROM "{table}" WHERE sequence <= {up_to}')
        elif up_to is not None and table == "journal_checkpoint":
            cursor.execute(f'SELECT * FROM "{table}" WHERE size <= {up_to + 1}')
        rows = sorted(repr(tuple(map(_plain, row))) for row in cursor.fetchall())
    return f"{len(rows)} {hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
