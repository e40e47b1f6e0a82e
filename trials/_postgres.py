"""A private PostgreSQL with PostGIS in a temporary folder, for comparison only; absent is said.

It listens on a Unix socket alone. PostgreSQL refuses to run as root, so root hands it to the user
`postgres`.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

_PROGRAMS = Path("/usr/lib/postgresql")
_PATIENCE_SECONDS = 30
# Durability is not compared: what would slow the peer without need is off.
_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def absent() -> str | None:
    """Return why PostgreSQL with PostGIS cannot be run here, or None."""
    if _programs() is None:
        return "本机未安装 PostgreSQL"
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return "本机未安装 PostGIS"
    if os.geteuid() == 0 and not _has_user():
        return "本机没有 postgres 用户"
    return None


def _programs() -> Path | None:
    found = sorted(_PROGRAMS.glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _has_user() -> bool:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return shutil.which("runuser") is not None


@contextlib.contextmanager
def cluster() -> Iterator[psycopg.Connection]:
    """Yield a connection (autocommit) to a fresh cluster with PostGIS; it is gone afterwards."""
    programs = _programs()
    assert programs is not None, absent()
    folder = Path(tempfile.mkdtemp(prefix="guotu-trial-pg-"))
    try:
        prefix = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            prefix = ["runuser", "-u", "postgres", "--"]
        data = folder / "data"
        make = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run([*prefix, *make, "-E", "UTF8"], check=True, capture_output=True, cwd="/")
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [*prefix, programs / "postgres", "-D", data, "-k", folder, *settings]
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        try:
            with _connect(folder) as connection:
                connection.execute("CREATE EXTENSION postgis")
                yield connection
        finally:
            _stop(data, server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connect(folder: Path) -> psycopg.Connection:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return psycopg.connect(
                host=str(folder), user="postgres", dbname="postgres", autocommit=True
            )
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _stop(data: Path, server: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
    try:
        server.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
