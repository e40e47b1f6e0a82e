"""PostgreSQL: a dump by pg_dump from one snapshot, loaded in one transaction by pg_restore."""

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection, connections

from guotu.site.backup import programs
from guotu.site.backup.digests import Contents, RowsDigest
from guotu.site.backup.snapshot import BEGUN, QUESTIONS, Snapshot

DUMP = "guotu.pgdump"
# What an extension brings belongs to it, not to the county.
_OWN = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {0}.oid AND d.deptype = 'e')"
_TABLES = f"""SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind = 'r' AND {_OWN.format("c")}
    ORDER BY 1"""  # noqa: S608 - no value comes from outside
_FUNCTIONS = f"""SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n
    ON n.oid = p.pronamespace
    WHERE n.nspname = current_schema() AND {_OWN.format("p")}"""  # noqa: S608
_MADE = re.compile(r"^\d+; \d+ \d+ TABLE (?!DATA )\S+ (\S+) ", re.MULTILINE)
_COPY = re.compile(rb'^COPY (?:"?\w+"?\.)?"?(\w+)"? \(.*\) FROM stdin;$')


def version() -> str:
    """Return the server's version."""
    with _session() as session:
        return str(session.execute("SHOW server_version").fetchone()[0])


def dump(
    target: Path, staging: Path, left_out: Collection[str], say: Callable[[float], None]
) -> Snapshot:
    """Write the store as it is at one moment to `target`, without the rows of `left_out`.

    Returns what was in the store itself at that moment. `staging` is not needed here.
    """
    with _session() as session:
        program = programs.find("pg_dump", session.info.server_version // 10000)
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        snapshot = session.execute("SELECT pg_export_snapshot()").fetchone()[0]
        without = [f"--exclude-table-data={table}" for table in left_out]
        say(0.0)
        options = ["-Fc", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        programs.run(program, *options, *without, "-f", target)
        answers = {name: session.execute(asked).fetchall() for name, asked in QUESTIONS.items()}
        held = _contents(session, left_out, say)
    target.chmod(0o600)
    with target.open("rb") as handle:
        os.fsync(handle.fileno())
    return Snapshot(held, answers)


def contents(path: Path) -> Contents:
    """Return rows and digest of every table in a dump; a Refusal where it cannot be read."""
    program = _restorer()
    listed = programs.run(program, "--list", path)
    found = {name: RowsDigest() for name in _MADE.findall(listed)}
    current: RowsDigest | None = None
    with programs.streamed(program, "--data-only", "-f", "-", path) as lines:
        for line in lines:
            text = line.rstrip(b"\n")
            if current is None:
                if named := _COPY.match(text):
                    # Rows of an extension's own table belong to nobody's count.
                    current = found.get(named[1].decode(), RowsDigest())
            elif text == b"\\.":
                current = None
            else:
                current.add(text)
    return {name: one.answer() for name, one in found.items()}


def stored_contents() -> Contents:
    """Return rows and digest of every table of the county's own store."""
    with _session() as session:
        session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return _contents(session, (), lambda share: None)


def is_begun() -> bool:
    """Say whether the store holds an act or a table that only a county has filled."""
    with _session() as session:
        there = {row[0] for row in session.execute(_TABLES)}
        asked = [f'SELECT 1 FROM "{name}" LIMIT 1' for name in BEGUN if name in there]  # noqa: S608
        return any(session.execute(one).fetchone() for one in asked)


def load(path: Path) -> None:
    """Load a dump into the database, in one transaction."""
    clear()
    program = _restorer()
    with _session() as session:
        there = {row[0] for row in session.execute("SELECT extname FROM pg_extension")}
    listed = programs.run(program, "--list", path).splitlines()
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
        wanted.write("\n".join(line for line in listed if not _is_there(line, there)))
        wanted.flush()
        database = str(connection.settings_dict["NAME"])
        programs.run(program, *options, "-L", wanted.name, "-d", database, path)


def clear() -> None:
    """Take the county's tables and functions out of the database."""
    connections.close_all()
    with _session() as session:
        for row in session.execute(_TABLES).fetchall():
            session.execute(f'DROP TABLE IF EXISTS "{row[0]}" CASCADE')
        for row in session.execute(_FUNCTIONS).fetchall():
            session.execute(f"DROP FUNCTION IF EXISTS {row[0]} CASCADE")


def _is_there(line: str, extensions: set[str]) -> bool:
    """Say whether a line of the dump's list makes an extension that the database has already."""
    found = re.match(r"^\d+; \d+ \d+ (?:EXTENSION|COMMENT) - (?:EXTENSION )?(\w+)", line)
    return bool(found and found[1] in extensions)


def _restorer() -> Path:
    with _session() as session:
        return programs.find("pg_restore", session.info.server_version // 10000)


@contextmanager
def _session() -> Iterator[Any]:
    told = connection.settings_dict
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {name: told[key] for name, key in named.items() if told.get(key)}
    options = "-c TimeZone=UTC -c IntervalStyle=postgres -c DateStyle=ISO -c extra_float_digits=3"
    with psycopg.connect(dbname=told["NAME"], autocommit=True, options=options, **given) as session:
        yield session


def _contents(session: Any, left_out: Collection[str], say: Callable[[float], None]) -> Contents:
    names = [row[0] for row in session.execute(_TABLES) if row[0] not in left_out]
    held: Contents = {}
    for number, name in enumerate(names):
        say(number / len(names))
        digest = RowsDigest()
        with session.cursor().copy(f'COPY "{name}" TO STDOUT') as rows:
            for line in _lines(rows):
                digest.add(line)
        held[name] = digest.answer()
    return held


def _lines(blocks: Any) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + bytes(block)).split(b"\n")
        yield from whole
    if rest:
        yield rest
