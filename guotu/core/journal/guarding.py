"""Rows that stay as they were written: triggers by which the database itself refuses.

A floor says in its `guards.py` which tables it protects. A rebuild of a table by a later migration
drops its triggers without a word on SQLite, so they are put back after every migration, and
start-up refuses to run without them.
"""

import hashlib
import itertools
from dataclasses import dataclass

from django.db import connection

from guotu.lib.refusal import Refusal


@dataclass(frozen=True)
class Guard:
    """A table whose rows are never deleted, and change only in the columns named.

    `free` columns may always change; `once` columns only while NULL or empty; the rest never.
    """

    table: str
    free: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()


_protected: dict[str, Guard] = {}


def protect(
    table: str, *, free: frozenset[str] = frozenset(), once: frozenset[str] = frozenset()
) -> None:
    """Have the database refuse deletion in `table`, and change but of the columns named."""
    _protected[table] = Guard(table, free, once)


def protected() -> dict[str, Guard]:
    """Return every protected table with its guard."""
    return dict(sorted(_protected.items()))


def ensure() -> None:
    """Put in place what is missing or not as declared; called after every migration."""
    there = _there()
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for guard in _protected.values():
            if guard.table not in tables:
                continue
            wanted = _statements(guard)
            stale = [name for name in there if _is_of(name, guard) and name not in wanted]
            for statement in [*_drops(guard, stale), *itertools.chain(*wanted.values())]:
                cursor.execute(statement)


def names() -> list[str]:
    """Return the names of all triggers that should be there."""
    return sorted(name for guard in _protected.values() for name in _statements(guard))


def missing() -> list[str]:
    """Return the names of the triggers that are not there as declared."""
    there = _there()
    return [name for name in names() if name not in there]


def check_guards() -> None:
    """Raise a Refusal when the database would let a protected row be changed or deleted."""
    if absent := missing():
        raise Refusal(
            "数据库缺少防改触发器，不能写入",
            where="、".join(absent),
            rule="已记录的行为、账目和已发布的版本不得修改或删除",
            remedy="运行任一 guotu 命令完成数据库升级后再试",
        )


def _there() -> set[str]:
    asked = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {row[0] for row in cursor.fetchall()}


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


def _statements(guard: Guard) -> dict[str, list[str]]:
    """Return each trigger's statements by its name, which carries a mark of what it says."""
    make = _postgresql if connection.vendor == "postgresql" else _sqlite
    return make(guard, _columns(guard.table))


def _changed(guard: Guard, columns: list[str], differs: str) -> str:
    """Return the condition under which an update touches what may not change."""
    tests = []
    for column in columns:
        if column in guard.free:
            continue
        changed = f'NEW."{column}" {differs} OLD."{column}"'
        if column in guard.once:
            changed = f"(CAST(OLD.\"{column}\" AS TEXT) <> '' AND {changed})"
        tests.append(changed)
    return " OR ".join(tests)


def _is_of(name: str, guard: Guard) -> bool:
    return any(name.startswith(f"{guard.table}_{what}_") for what in ("frozen", "kept", "whole"))


def _drops(guard: Guard, stale: list[str]) -> list[str]:
    of_table = f' ON "{guard.table}"' if connection.vendor == "postgresql" else ""
    return [f'DROP TRIGGER IF EXISTS "{name}"{of_table}' for name in stale]


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _sqlite(guard: Guard, columns: list[str]) -> dict[str, list[str]]:
    table = guard.table
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    frozen = f'BEFORE UPDATE ON "{table}" WHEN {_changed(guard, columns, "IS NOT")} {refuse}'
    kept = f'BEFORE DELETE ON "{table}" {refuse}'
    return {
        f"{table}_{what}_{_mark(text)}": [
            f'CREATE TRIGGER IF NOT EXISTS "{table}_{what}_{_mark(text)}" {text}'
        ]
        for what, text in (("frozen", frozen), ("kept", kept))
    }


def _postgresql(guard: Guard, columns: list[str]) -> dict[str, list[str]]:
    table = guard.table
    changed = _changed(guard, columns, "IS DISTINCT FROM")
    texts = {
        "frozen": (f'BEFORE UPDATE ON "{table}"', f"FOR EACH ROW WHEN ({changed})"),
        "kept": (f'BEFORE DELETE ON "{table}"', "FOR EACH ROW"),
        "whole": (f'BEFORE TRUNCATE ON "{table}"', "FOR EACH STATEMENT"),
    }
    function = """CREATE OR REPLACE FUNCTION guotu_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
    made = {}
    for what, (when, which) in texts.items():
        name = f"{table}_{what}_{_mark(when + which)}"
        made[name] = [
            function,
            f'CREATE OR REPLACE TRIGGER "{name}" {when} {which} EXECUTE FUNCTION guotu_refuse()',
        ]
    return made
