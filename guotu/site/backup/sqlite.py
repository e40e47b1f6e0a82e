"""SQLite: a dump by the online backup API, consistent while writers write; loading it again."""

import os
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection, connections

from guotu.core.files.store import copy_in, sync_folder
from guotu.lib.refusal import Refusal
from guotu.site.backup.digests import Contents, digest_of
from guotu.site.backup.snapshot import BEGUN, QUESTIONS, Snapshot

DUMP = "guotu.sqlite3"
_PAGES_A_STEP = 2048


def version() -> str:
    """Return the store's version."""
    return sqlite3.sqlite_version


def dump(
    target: Path, staging: Path, left_out: Collection[str], say: Callable[[float], None]
) -> Snapshot:
    """Write the store as it is at one moment to `target`, the rows of `left_out` taken off.

    Returns what was in the store itself at that moment. The rows are taken off in `staging`, on
    the county's own disk, so that they never lie where the dump does.
    """
    copy = staging / DUMP
    with closing(_opened(_path(), read_only=True)) as live, closing(_opened(copy)) as passing:
        # One read transaction for all steps: in WAL no writer waits for it, and none is seen.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(
            passing,
            pages=_PAGES_A_STEP,
            progress=lambda _, left, whole: say(1 - left / max(whole, 1)),
        )
        held = {name: one for name, one in _contents(live).items() if name not in left_out}
        answers = {name: live.execute(asked).fetchall() for name, asked in QUESTIONS.items()}
        _take_off(passing, left_out)
        passing.execute("VACUUM INTO ?", [str(target)])
    _private(target)
    return Snapshot(held, answers)


def contents(path: Path) -> Contents:
    """Return rows and digest of every table in a dump; a Refusal where it cannot be read."""
    try:
        with closing(_opened(path, read_only=True)) as found:
            if (said := found.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
                raise Refusal("备份中的数据库文件已损坏", where=f"{path.name}：{said}")
            return _contents(found)
    except sqlite3.DatabaseError as fault:
        raise Refusal("备份中的数据库文件读不出来", where=f"{path.name}：{fault}") from None


def stored_contents() -> Contents:
    """Return rows and digest of every table of the county's own store."""
    return contents(_path())


def is_begun() -> bool:
    """Say whether the store holds an act or a table that only a county has filled."""
    if not _path().exists():
        return False
    with closing(_opened(_path(), read_only=True)) as found:
        there = {row[0] for row in found.execute("SELECT name FROM sqlite_master")}
        asked = [f'SELECT 1 FROM "{name}" LIMIT 1' for name in BEGUN if name in there]  # noqa: S608
        return any(found.execute(one).fetchone() for one in asked)


def load(path: Path) -> None:
    """Put a dump in the place of the store."""
    clear()
    staged, _ = copy_in(path, _path().with_suffix(".restoring"))
    staged.replace(_path())
    sync_folder(_path().parent)


def clear() -> None:
    """Take the store away."""
    connections.close_all()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{_path()}{suffix}").unlink(missing_ok=True)
    _path().with_suffix(".restoring").unlink(missing_ok=True)


def _private(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def _path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _opened(path: Path, read_only: bool = False) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def _contents(found: sqlite3.Connection) -> Contents:
    named = found.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    names = [row[0] for row in named.fetchall() if not row[0].startswith("sqlite_")]
    return {name: digest_of(_rows(found, name)) for name in names}


def _rows(found: sqlite3.Connection, table: str) -> Any:
    return (repr(row).encode() for row in found.execute(f'SELECT * FROM "{table}"'))  # noqa: S608


def _take_off(found: sqlite3.Connection, tables: Collection[str]) -> None:
    for table in tables:
        guards = found.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table]
        ).fetchall()
        for name, _ in guards:
            found.execute(f'DROP TRIGGER "{name}"')
        found.execute(f'DELETE FROM "{table}"')  # noqa: S608
        for _, statement in guards:
            found.execute(statement)
