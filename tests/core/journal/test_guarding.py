"""Guards: no way round them by REPLACE or by another trigger's name; put back by an act."""

import pytest
from django.db import DatabaseError, connection, transaction

from guotu.core.journal import guarding, triggers
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal

sqlite_only = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own")
postgresql_only = pytest.mark.skipif("connection.vendor == 'sqlite'", reason="PostgreSQL's own")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@sqlite_only
@pytest.mark.parametrize("column", ["sequence", "idempotency_key"])
def test_replace_takes_no_entrys_place(noted, column):
    noted(2)
    names = [field.column for field in Entry._meta.local_concrete_fields]
    kept = {column, "recorded_at", "outcome", "effects", "leaf", "peaks"}
    other = {"sequence": "99", "idempotency_key": "'x'"}
    values = [other.get(name, f'"{name}"') if name not in kept else f'"{name}"' for name in names]
    with pytest.raises(DatabaseError, match="append-only"):
        run(
            f"REPLACE INTO journal_entry ({', '.join(names)}) "
            f"SELECT {', '.join(values)} FROM journal_entry WHERE sequence = 1"
        )


@sqlite_only
def test_replace_takes_no_place_under_a_condition(db):
    guard = guarding.protected()["people_holding"]
    (entered,) = [one for one in triggers.wanted(guard) if "_entered_" in one.name]
    assert '"until" IS NULL' in entered.said


@postgresql_only
def test_a_replica_session_changes_nothing(noted):
    noted(1)
    run("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="append-only"):
        run("DELETE FROM journal_entry")


def test_a_missing_guard_stops_all_and_is_put_back_by_an_act(noted):
    noted(1)
    guarding.check_guards()
    assert guarding.names() == sorted(set(guarding.names()))
    guard = guarding.protected()["journal_entry"]
    names = [one.name for one in triggers.wanted(guard)]
    for drop in triggers.drops(guard, names):
        run(drop)
    assert guarding.missing() == sorted(names)
    with pytest.raises(Refusal, match="缺少防改触发器"):
        guarding.check_guards()
    done = perform("journal.restore_guards", COUNTY)
    assert sorted(done.answer) == sorted(names)
    assert guarding.missing() == []
    with pytest.raises(Refusal, match="都在"):
        perform("journal.restore_guards", COUNTY)


def test_an_idle_trigger_of_the_right_name_is_none(noted):
    guard = guarding.protected()["journal_entry"]
    name = next(one.name for one in triggers.wanted(guard) if "_kept_" in one.name)
    if connection.vendor == "sqlite":
        run(f'DROP TRIGGER "{name}"')
        run(f'CREATE TRIGGER "{name}" BEFORE DELETE ON journal_entry BEGIN SELECT 1; END')
    else:
        run(f'ALTER TABLE journal_entry DISABLE TRIGGER "{name}"')
    assert guarding.missing() == [name]
    assert guarding.ensure() == [name]
    assert guarding.missing() == []


def test_a_missing_table_is_a_missing_guard(db, monkeypatch):
    monkeypatch.setitem(guarding._protected, "nowhere", triggers.Guard("nowhere"))
    assert guarding.missing() == ["nowhere"]
    assert guarding.ensure() == []
