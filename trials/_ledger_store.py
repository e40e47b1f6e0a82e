"""A county of its own on each store, in a process of its own, for the trials of the ledger."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock
from urllib.parse import quote

from trials import _postgres
from trials.harness import PROJECT_ROOT, Figure

STORES = ("SQLite", "PostgreSQL")


def absent(store: str) -> str | None:
    """Return why a store cannot be had here, or None."""
    return _postgres.absent() if store == "PostgreSQL" else None


@contextlib.contextmanager
def _environment(store: str) -> Iterator[dict[str, str]]:
    """Yield the environment of an empty county on a store; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="guotu-trial-ledger-") as home:
        told = {**os.environ, "GUOTU_HOME": home, "DJANGO_SETTINGS_MODULE": "guotu.site.settings"}
        told.pop("DATABASE_URL", None)
        if store == "SQLite":
            yield told
            return
        # A hundred spenders hold a hundred connections.
        room = {"max_connections": "250"}
        with mock.patch.dict(_postgres._SETTINGS, room), _postgres.cluster() as connection:
            host = quote(str(connection.info.host), safe="")
            yield {**told, "DATABASE_URL": f"postgresql://postgres@{host}/postgres"}


def on_each_store(
    module: str, told: dict[str, Any], figures: Callable[[str, dict[str, Any]], Iterator[Figure]]
) -> Iterator[Figure]:
    """Run `module` as a program on each store, with `told`, and yield the figures of its answer."""
    for store in STORES:
        if reason := absent(store):
            yield Figure(f"{store}: absent", "present", reason, None)
            continue
        with _environment(store) as environment:
            done = subprocess.run(
                [sys.executable, "-m", module, json.dumps(told)],
                cwd=PROJECT_ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"{module} on {store}: {done.stderr[-3000:]}")
        yield from figures(store, json.loads(done.stdout.splitlines()[-1]))


def begin() -> dict[str, Any]:
    """Ready Django and the empty store in this process; return what the trial was told."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    told: dict[str, Any] = json.loads(sys.argv[1])
    return told


def open_accounts(number: int, code: str, **told: Any) -> list[int]:
    """Open accounts in the book of money, and return their numbers."""
    from guotu.core.journal.actions import COUNTY, perform

    found = []
    for place in range(number):
        facts = {"book": "money", "code": code, "title": f"{code} {place}", **told}
        dimensions = {"year": "2026", "project": f"p{place}"}
        done = perform("ledger.open_account", COUNTY, dimensions=dimensions, **facts)
        found.append(done.answer.pk)
    return found
