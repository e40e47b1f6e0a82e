"""A county of a trial's own on SQLite and on PostgreSQL, worked on by processes apart.

PostgreSQL keeps its promises here (fsync is on), and can be killed and started again.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from trials import _postgres
from trials.harness import PROJECT_ROOT

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_PATIENCE_SECONDS = 60


@dataclass
class Place:
    """A county's folder and store: `environment` is what a process needs that works in it."""

    folder: Path
    environment: dict[str, str]
    postgres: "Postgres | None" = None

    def start(self, module: str, *arguments: str, **options: Any) -> "subprocess.Popen[bytes]":
        """Start a module as a process that works in this county."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.Popen(command, cwd=PROJECT_ROOT, env=self.environment, **options)

    def apart(self, work: str, **arguments: Any) -> Any:
        """Call `module:function(**arguments)` in a process of its own; return its answer (JSON)."""
        job = json.dumps({"work": work, "arguments": arguments})
        done = subprocess.run(
            [sys.executable, "-m", "trials._stores", job],
            cwd=PROJECT_ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return json.loads(done.stdout.splitlines()[-1])


def absent(store: str) -> str | None:
    """Return why a store cannot be had here, or None."""
    return _postgres.absent() if store == "postgresql" else None


@contextlib.contextmanager
def place(store: str) -> Iterator[Place]:
    """Give a folder, and a database, in which nothing has begun; both pass away."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guotu-trial-")))
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        kept |= {"GUOTU_HOME": f"{folder}/home", "TMPDIR": str(folder)}
        kept["DJANGO_SETTINGS_MODULE"] = "guotu.site.settings"
        if store == "sqlite":
            yield Place(folder, kept)
            return
        server = stack.enter_context(Postgres.running())
        kept["DATABASE_URL"] = server.url(server.database())
        yield Place(folder, kept, server)


class Postgres:
    """A private PostgreSQL on a Unix socket, that keeps what it has committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._made = 0
        programs = _postgres._programs()
        assert programs is not None, _postgres.absent()
        self._programs = programs

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator["Postgres"]:
        """Give a fresh one; it is stopped and gone afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="guotu-trial-pg-"))
        try:
            if os.geteuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            server = cls(folder)
            server._make()
            server.start()
            try:
                yield server
            finally:
                server.kill()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"postgresql://postgres@{quote(str(self.folder), safe='')}/{database}"

    def database(self) -> str:
        """Make an empty database and return its name."""
        self._made += 1
        with self._connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE county{self._made}")
        return f"county{self._made}"

    def start(self) -> None:
        """Start it and wait until it answers, recovered from whatever befell it."""
        settings = ["-k", str(self.folder), "--listen_addresses=", "--max_connections=60"]
        with (self.folder / "log").open("a") as log:
            self._server = subprocess.Popen(
                [*self._as, self._programs / "postgres", "-D", self._data, *settings],
                stdout=log, stderr=log, cwd="/",
            )  # fmt: skip
        self._connect("postgres").close()

    def kill(self) -> None:
        """Kill -9 the postmaster and every process of its."""
        with contextlib.suppress(FileNotFoundError):
            postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
            for process in [postmaster, *children(postmaster)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        self._server.wait(_PATIENCE_SECONDS)

    def _make(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
        command = [*self._as, self._programs / "initdb", "-D", self._data, *options]
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    def _connect(self, database: str) -> psycopg.Connection:
        until = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return psycopg.connect(
                    host=str(self.folder), user="postgres", dbname=database, autocommit=True
                )
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


def children(process: int) -> list[int]:
    """Return the ids of a process's children."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(word) for word in text.split()]


def begin() -> None:
    """Make the tables and begin the county."""
    from guotu.site.cli.django_ready import ready

    ready()
    from guotu.core.journal.actions import COUNTY, perform

    perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=4547)


def main() -> None:
    """Do one job, named by the first argument, and print its answer as the last line."""
    import importlib

    import django

    job = json.loads(sys.argv[1])
    django.setup()
    module, function = job["work"].split(":")
    work = getattr(importlib.import_module(module), function)
    print(json.dumps(work(**job["arguments"])))


if __name__ == "__main__":
    main()
