"""Rows that may not change do not, whatever is tried on them; and nothing starts without guards."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials import _stores
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "guards: protected rows on both stores"
FAULTS = {
    "dropped": "a trigger is dropped",
    "unasked": "start-up does not ask for the guards",
    "no_replace": "REPLACE is not guarded",
}
_ACTS, _SHOWN = 150, 4


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Try everything on every protected table, of both stores."""
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        name = _stores.NAMES[store]
        if why := _stores.absent(store):
            yield Figure(f"{name}：改动受保护的行", "0", why, None)
            continue
        with _stores.place(store) as county:
            yield from _tried(county, name, scale.count(_ACTS, least=80), fault)


def _tried(county: _stores.Place, name: str, acts: int, fault: str | None) -> Iterator[Figure]:
    told = county.apart("trials.guards:work", acts=acts, fault=fault)
    for what, (count, changed) in told["tried"].items():
        got = f"{count} 次尝试，改成 {len(changed)} 次" + _few(changed)
        yield Figure(f"{name}：{what}", "0 次改成", got, not changed and count > 0)
    if fault is None:
        empty = told["empty"]
        got = f"{told['tables']} 张表有行，{len(empty)} 张无行" + _few(empty)
        yield Figure(f"{name}：受保护的表", "张张有行", got, not empty)
    if fault in (None, "unasked"):
        taken, started = county.apart("trials.guards:take_off_each", fault=fault)
        got = f"{taken} 种拆法，仍启动或装不回 {len(started)}" + _few(started)
        yield Figure(f"{name}：拆掉触发器后启动", "全部拒绝，可凭记录装回", got, not started)


def _few(names: list[str]) -> str:
    return f"：{'、'.join(names[:_SHOWN])}" if names else ""


def work(acts: int, fault: str | None) -> dict[str, Any]:
    """Fill a county, then try everything on it, before and after flush and a rebuild of tables.

    A planted fault shows before anything is rebuilt, a dropped trigger in a county just begun.
    """
    from trials import _kernel_acts, _marking
    from trials.backup_drill import fill

    assert _kernel_acts
    with _planted(fault):
        if fault in (None, "no_replace"):
            fill(acts)
            _fill_the_rest()
        else:
            _marking.begin()
        from guotu.core.journal import guarding

        tables = sorted(guarding.protected())
        full = [table for table in tables if _ask(f'SELECT count(*) FROM "{table}"')[0][0]]
        if fault == "dropped":
            _drop(next(one for one in guarding.names() if one.startswith("journal_entry_frozen")))
        tried = {"原样": _attack(full)}
        if fault is None:
            tried["flush 之后"] = _flushed(full)
            tried["重建各表的迁移之后"] = _rebuilt(full)
    empty = [table for table in tables if table not in full]
    return {"tried": tried, "tables": len(full), "empty": empty}


def _fill_the_rest() -> None:
    """Fill what acts of chance may leave empty: signed heads, attempts, land in the ledger."""
    from guotu.core.journal import signing
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.ledger.models import Piece
    from guotu.core.people.actions import attempts
    from trials import _kernel_acts

    world = _kernel_acts.World(taken=10_000)
    post = dict(_kernel_acts.covered())["ledger.post"]
    while not Piece.objects.exists():
        given = post(world)
        assert given is not None
        perform("ledger.post", COUNTY, reason="试验", **given.arguments())
    attempts.begin("password", "nobody", "127.0.0.1")
    signing.checkpoint()


def _ask(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _attack(tables: list[str]) -> tuple[int, list[str]]:
    count, changed = 0, []
    for table in tables:
        for what, statements in _statements(table):
            count += 1
            if _changes(table, statements):
                changed.append(f"{table} {what}")
    return count, changed


def _changes(table: str, statements: list[str]) -> bool:
    """Say whether statements change what the table held; what they did is taken back."""
    from django.db import DatabaseError, transaction

    before = _rows(table)
    try:
        with transaction.atomic():
            for statement in statements:
                _ask(statement)
            after = _rows(table)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return not before <= after


def _rows(table: str) -> set[str]:
    return {repr(row) for row in _ask(f'SELECT * FROM "{table}"')}


def _statements(table: str) -> Iterator[tuple[str, list[str]]]:
    from django.db import connection

    from guotu.core.journal import guarding

    guard = guarding.protected()[table]
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    columns = [one.name for one in described if one.name not in guard.free]
    sets = [f'"{one}" = {_other(table, one)}' for one in columns]
    sets = [one for one in sets if not one.endswith("= None")]
    replica = "SET LOCAL session_replication_role = replica"
    for one in sets:
        yield f"UPDATE {one[:20]}", [f'UPDATE "{table}" SET {one}']
    yield "DELETE", [f'DELETE FROM "{table}"']
    if connection.vendor == "postgresql":
        yield "TRUNCATE", [f'TRUNCATE "{table}" CASCADE']
        yield "副本会话 DELETE", [replica, f'DELETE FROM "{table}"']
        yield "副本会话 UPDATE", [replica, f'UPDATE "{table}" SET {sets[-1]}']
        return
    yield "UPDATE OR REPLACE", [f'UPDATE OR REPLACE "{table}" SET {sets[0]}']
    named = ", ".join(f'"{one.name}"' for one in described)
    key = _ask(f'SELECT name FROM pragma_table_info("{table}") WHERE pk')[0][0]
    values = ", ".join(
        _other(table, one.name) if one.name not in (key, *guard.free) else f'"{one.name}"'
        for one in described
    )
    for verb in ("REPLACE", "INSERT OR REPLACE"):
        yield verb, [f'{verb} INTO "{table}" ({named}) SELECT {values} FROM "{table}"']


def _other(table: str, column: str) -> str:
    """Return an expression that differs from what the column holds, in SQL of its type."""
    from django.db import connection

    kind = (
        connection.vendor == "postgresql"
        and _ask(
            f"SELECT udt_name FROM information_schema.columns WHERE table_name = '{table}' "
            f"AND column_name = '{column}'"
        )[0][0]
    )
    others = {
        "int2": f'"{column}" + 1', "int4": f'"{column}" + 1', "int8": f'"{column}" + 1',
        "bool": f'NOT "{column}"', "float8": f'"{column}" + 1', "bytea": "'\\x00'::bytea",
        "date": f'"{column}" + 1', "timestamptz": f"\"{column}\" + interval '1 day'",
        "jsonb": "'[0]'::jsonb", "uuid": "gen_random_uuid()", "geometry": "NULL",
    }  # fmt: skip
    return others.get(kind, f"\"{column}\" || 'x'" if kind else f"'x' || \"{column}\"")


def _flushed(tables: list[str]) -> tuple[int, list[str]]:
    from django.core.management import CommandError, call_command

    before = {table: _rows(table) for table in tables}
    with contextlib.suppress(CommandError):
        call_command("flush", verbosity=0, interactive=False)
    lost = [f"{table} 被清空" for table in tables if not before[table] <= _rows(table)]
    count, changed = _attack([table for table in tables if before[table] & _rows(table)])
    return count + len(tables), lost + changed


def _rebuilt(tables: list[str]) -> tuple[int, list[str]]:
    """Rebuild every table as a migration does that alters a column, then let guards be put back."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connection, models

    for model in apps.get_models():
        fields = [one for one in model._meta.local_concrete_fields if type(one) is models.CharField]
        if model._meta.db_table not in tables or not fields:
            continue
        wider = fields[0].clone()
        wider.set_attributes_from_name(fields[0].name)
        wider.model, wider.max_length = model, (fields[0].max_length or 0) + 1
        with connection.schema_editor() as editor:
            editor.alter_field(model, fields[0], wider)
    call_command("migrate", verbosity=0, interactive=False)
    return _attack(tables)


def _drop(name: str) -> None:
    from django.db import connection

    table = re.sub(r"_[a-z]+_[0-9a-f]{8}$", "", name)
    of_table = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    _ask(f'DROP TRIGGER "{name}"{of_table}')


def take_off_each(fault: str | None) -> tuple[int, list[str]]:
    """Take a guard off in each way, and put it back; return (ways, those that went unseen)."""
    whole = _starts(None)
    from django.db import connection

    own = {
        "sqlite": ["改写 sqlite_master", "换成不做事的同名触发器"],
        "postgresql": ["停用触发器", "改成副本时不触发", "换掉触发器的函数"],
    }
    ways, unseen = ["DROP TRIGGER", *own[connection.vendor]], [] if whole else ["不拆也不启动"]
    for way in ways:
        _take_off(way)
        if _starts(fault):
            unseen.append(way)
        _guotu("journal", "guards", "--restore")
        if not _is_whole():
            unseen.append(f"{way}（装不回）")
    return len(ways), unseen


def _guotu(*arguments: str) -> int:
    command = [sys.executable, "-c", "from guotu.site.cli.main import main; main()", *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True).returncode


def _starts(fault: str | None) -> bool:
    """Say whether a command starts: as a process, where no fault is planted in this one."""
    from guotu.lib.refusal import Refusal
    from guotu.site.cli.django_ready import ready

    if fault is None:
        return _guotu("layers") != 2
    try:
        with _planted(fault):
            ready()
    except Refusal:
        return False
    return True


def _take_off(way: str) -> None:
    """Take a guard of the journal off."""
    from guotu.core.journal import guarding

    name = next(one for one in guarding.names() if one.startswith("journal_entry_kept"))
    idle = f'CREATE TRIGGER "{name}" BEFORE DELETE ON "journal_entry" BEGIN SELECT 1; END'
    statements = {
        "改写 sqlite_master": [
            "PRAGMA writable_schema = ON",
            f"DELETE FROM sqlite_master WHERE name = '{name}'",
            "PRAGMA writable_schema = RESET",
        ],
        "换成不做事的同名触发器": [f'DROP TRIGGER "{name}"', idle],
        "停用触发器": [f'ALTER TABLE journal_entry DISABLE TRIGGER "{name}"'],
        "改成副本时不触发": [f'ALTER TABLE journal_entry ENABLE TRIGGER "{name}"'],
        "换掉触发器的函数": [
            "CREATE OR REPLACE FUNCTION guotu_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN OLD; END $$"
        ],
    }
    if way == "DROP TRIGGER":
        _drop(name)
    for statement in statements.get(way, []):
        _ask(statement)


def _is_whole() -> bool:
    """Say whether every guard is there, and an act says who put it back."""
    from guotu.core.journal.guarding import missing
    from guotu.core.journal.models import Entry

    last = Entry.objects.latest("sequence")
    return not missing() and last.verb == "journal.restore_guards"


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Change the product in this process alone, as a careless hand would."""
    from guotu.core.journal import guarding, triggers

    if fault == "unasked":
        with mock.patch.object(guarding, "missing", return_value=[]):
            yield
    elif fault == "no_replace":
        with mock.patch.object(triggers, "_taken", return_value=[]):
            yield
    else:
        yield
