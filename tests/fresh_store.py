"""Gives every test that commits a fresh copy of the store afterwards.

Rows of the journal and the ledger cannot be deleted, so what Django does after such a test (empty
every table) is refused by the database itself, as it should be.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Keep a copy of the store as the migrations left it, and put it back where one committed."""
    with django_db_blocker.unblock():
        connections.close_all()
        keep, put_back = _KEPT[connection.vendor]
        keep()
    TransactionTestCase._fixture_teardown = lambda self: put_back()  # type: ignore[method-assign]


def _sqlite_path() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _keep_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    shutil.copyfile(_sqlite_path(), _sqlite_path().with_suffix(".fresh"))


def _put_back_sqlite() -> None:
    connections.close_all()
    for suffix in ("-wal", "-shm"):
        Path(f"{_sqlite_path()}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(_sqlite_path().with_suffix(".fresh"), _sqlite_path())


def _keep_postgresql() -> None:
    _administer('DROP DATABASE IF EXISTS "{0}_fresh"', 'CREATE DATABASE "{0}_fresh" TEMPLATE "{0}"')


def _put_back_postgresql() -> None:
    _administer(
        'DROP DATABASE IF EXISTS "{0}" WITH (FORCE)', 'CREATE DATABASE "{0}" TEMPLATE "{0}_fresh"'
    )


def _administer(*statements: str) -> None:
    name = connection.settings_dict["NAME"]
    connections.close_all()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        for statement in statements:
            cursor.execute(statement.format(name))


_KEPT = {
    "sqlite": (_keep_sqlite, _put_back_sqlite),
    "postgresql": (_keep_postgresql, _put_back_postgresql),
}
