"""The triggers of a guarded table in the words of each store, and what the store says of them.

A trigger's name carries a mark of what it does, so that one made for other columns is told apart;
one of the right name that does something else is told apart by its text.
"""

import hashlib
import re
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Guard:
    """A table whose rows are never deleted, and change only in the columns named.

    `free` columns may always change; `once` columns only while NULL or empty; the rest never.
    """

    table: str
    free: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trigger:
    """A trigger: its name, the statements that make it, and what the store then says of it."""

    name: str
    statements: tuple[str, ...]
    said: str


_THERE = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    # 'A': it fires even where a session calls itself a replica.
    "postgresql": """SELECT t.tgname, pg_get_triggerdef(t.oid, true) || p.prosrc
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal AND t.tgenabled = 'A'
            AND t.tgrelid IN (SELECT oid FROM pg_class WHERE pg_table_is_visible(oid))""",
}
_KINDS = ("frozen", "kept", "whole", "entered")


def there() -> dict[str, str]:
    """Return what the store says of each trigger that is in force, by its name."""
    with connection.cursor() as cursor:
        cursor.execute(_THERE[connection.vendor])
        return dict(cursor.fetchall())


def wanted(guard: Guard) -> list[Trigger]:
    """Return the triggers of a guarded table, which is there."""
    return {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor](guard)


def is_of(name: str, guard: Guard) -> bool:
    """Say whether a trigger, by its name, is one of this guard's."""
    return any(re.fullmatch(f"{guard.table}_{kind}_[0-9a-f]{{8}}", name) for kind in _KINDS)


def is_as_made(trigger: Trigger, said: str) -> bool:
    """Say whether what the store says of a trigger is what it says of one made here."""
    return _bare(trigger.said) == _bare(said)


def drops(guard: Guard, names: list[str]) -> list[str]:
    """Return the statements that take triggers off a table."""
    of_table = f' ON "{guard.table}"' if connection.vendor == "postgresql" else ""
    return [f'DROP TRIGGER IF EXISTS "{name}"{of_table}' for name in names]


def _bare(said: str) -> str:
    return re.sub(r'[\s"]+', "", said).lower()


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in described]


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
    return " OR ".join(tests) or "1 = 0"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _sqlite(guard: Guard) -> list[Trigger]:
    table, columns = guard.table, _columns(guard.table)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    texts = {
        "frozen": f'BEFORE UPDATE ON "{table}" WHEN {_changed(guard, columns, "IS NOT")} {refuse}',
        "kept": f'BEFORE DELETE ON "{table}" {refuse}',
    }
    # REPLACE takes the old row away without firing the trigger on deletion.
    taken = " OR ".join(_taken(table, columns)) or "1 = 0"
    texts["entered"] = f'BEFORE INSERT ON "{table}" WHEN {taken} {refuse}'
    made = []
    for kind, text in texts.items():
        name = f"{table}_{kind}_{_mark(text)}"
        statement = f'CREATE TRIGGER "{name}" {text}'
        made.append(Trigger(name, (statement,), statement))
    return made


def _taken(table: str, columns: list[str]) -> list[str]:
    """Return the conditions under which a new row would take the place of one that is there."""
    new = ", ".join(f'NEW."{column}" AS "{column}"' for column in columns)
    found = []
    for unique, condition in _uniques(table):
        same = " AND ".join(f'"{column}" = NEW."{column}"' for column in unique)
        where = f"{same} AND ({condition})" if condition else same
        taken = f'EXISTS (SELECT 1 FROM "{table}" WHERE {where})'  # noqa: S608
        if condition:
            taken += f" AND EXISTS (SELECT 1 FROM (SELECT {new}) WHERE {condition})"  # noqa: S608
        found.append(f"({taken})")
    return found


def _uniques(table: str) -> list[tuple[list[str], str]]:
    """Return the columns that are unique together, the key first, and on which condition."""
    with connection.cursor() as cursor:
        cursor.execute(f'PRAGMA table_info("{table}")')
        key = [row[1] for row in sorted(cursor.fetchall(), key=lambda row: row[5]) if row[5]]
        cursor.execute(
            """SELECT l.name, s.sql FROM pragma_index_list(%s) l
            LEFT JOIN sqlite_master s ON s.name = l.name WHERE l."unique" ORDER BY l.name""",
            [table],
        )
        indexes = cursor.fetchall()
        found = [(key, "")] if key else []
        for name, sql in indexes:
            cursor.execute("SELECT name FROM pragma_index_info(%s) ORDER BY seqno", [name])
            unique = [row[0] for row in cursor.fetchall()]
            # An index over an expression names no column; none of the guarded tables has one.
            if all(unique) and (unique, "") not in found:
                found.append((unique, _condition(sql)))
    return found


def _condition(sql: str | None) -> str:
    _, _, condition = (sql or "").partition(" WHERE ")
    return condition


def _postgresql(guard: Guard) -> list[Trigger]:
    table = guard.table
    changed = _changed(guard, _columns(table), "IS DISTINCT FROM")
    # Compared in the function, not in WHEN: a column that a trigger names cannot be altered.
    frozen = f"""BEGIN IF {changed} THEN RAISE EXCEPTION '{table} is append-only'; END IF;
        RETURN NEW; END"""
    refuse = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"
    kinds = {
        "frozen": ("UPDATE", "ROW", f"{table}_frozen", frozen),
        "kept": ("DELETE", "ROW", "guotu_refuse", refuse),
        "whole": ("TRUNCATE", "STATEMENT", "guotu_refuse", refuse),
    }
    made = []
    for kind, (event, each, function, body) in kinds.items():
        name = f"{table}_{kind}_{_mark(event + each + body)}"
        when = f'BEFORE {event} ON "{table}" FOR EACH {each} EXECUTE FUNCTION "{function}"()'
        statements = (
            f'CREATE OR REPLACE FUNCTION "{function}"() RETURNS trigger LANGUAGE plpgsql AS '
            f"$guard${body}$guard$",
            f'CREATE OR REPLACE TRIGGER "{name}" {when}',
            f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"',
        )
        made.append(Trigger(name, statements, f'CREATE TRIGGER "{name}" {when}{body}'))
    return made
