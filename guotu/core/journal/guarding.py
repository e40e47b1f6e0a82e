"""Rows that stay as they were written: triggers by which the database itself refuses.

A floor says in its `guards.py` which tables it protects. A rebuild of a table by a later migration
drops its triggers without a word on SQLite, so they are put back after every migration, and
start-up refuses to run without them, or with others under their names.
"""

from django.db import connection

from guotu.core.journal import triggers
from guotu.core.journal.triggers import Guard, Trigger
from guotu.lib.refusal import Refusal

_protected: dict[str, Guard] = {}


def protect(
    table: str, *, free: frozenset[str] = frozenset(), once: frozenset[str] = frozenset()
) -> None:
    """Have the database refuse deletion in `table`, and change but of the columns named."""
    _protected[table] = Guard(table, free, once)


def protected() -> dict[str, Guard]:
    """Return every protected table with its guard."""
    return dict(sorted(_protected.items()))


def ensure() -> list[str]:
    """Put in place what is missing or not as declared; return the triggers that were put in.

    Called after every migration, and by whoever puts guards back deliberately.
    """
    there, tables, put = triggers.there(), _tables(), []
    with connection.cursor() as cursor:
        for guard in _protected.values():
            if guard.table not in tables:
                continue
            wanted = {one.name: one for one in triggers.wanted(guard)}
            wrong = [
                name
                for name, said in there.items()
                if triggers.is_of(name, guard) and not _is_right(wanted.get(name), said)
            ]
            absent = [one for one in wanted.values() if one.name in wrong or one.name not in there]
            made = [statement for one in absent for statement in one.statements]
            for statement in [*triggers.drops(guard, wrong), *made]:
                cursor.execute(statement)
            put += [one.name for one in absent]
    return put


def names() -> list[str]:
    """Return the names of all triggers that should be there."""
    return sorted(one.name for one in _wanted(_tables()))


def missing() -> list[str]:
    """Return the names of the triggers, or tables, that are not there as declared."""
    there, tables = triggers.there(), _tables()
    gone = [table for table in _protected if table not in tables]
    wrong = [
        one.name
        for one in _wanted(tables)
        if one.name not in there or not _is_right(one, there[one.name])
    ]
    return sorted([*gone, *wrong])


def check_guards() -> None:
    """Raise a Refusal when the database would let a protected row be changed or deleted."""
    if absent := missing():
        raise Refusal(
            "数据库缺少防改触发器，不能写入",
            where="、".join(absent),
            rule="已记录的行为、账目和已发布的版本不得修改或删除",
            remedy="查明原因，用 guotu journal guards --restore 装回，再用 guotu verify 核对",
        )


def _tables() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.table_names(cursor))


def _wanted(tables: set[str]) -> list[Trigger]:
    guards = [guard for guard in _protected.values() if guard.table in tables]
    return [one for guard in guards for one in triggers.wanted(guard)]


def _is_right(wanted: Trigger | None, said: str) -> bool:
    return wanted is not None and triggers.is_as_made(wanted, said)
