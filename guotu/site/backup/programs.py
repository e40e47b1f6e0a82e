"""Finds PostgreSQL's own pg_dump and pg_restore, and runs them; what is absent is said."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from django.db import connection

from guotu.lib.refusal import Refusal

_PACKAGES = Path("/usr/lib/postgresql")


def find(program: str, least: int) -> Path:
    """Return a `program` of at least the major version `least`; a Refusal where there is none."""
    found = [(_major(path), path) for path in _candidates(program)]
    fit = [path for major, path in found if major >= least]
    if fit:
        return fit[0]
    if found:
        newest = max(major for major, _ in found)
        raise Refusal(
            f"{program} 的版本（{newest}）低于数据库（{least}），不能使用",
            where="、".join(str(path) for _, path in found),
            remedy=f"安装 PostgreSQL {least} 的客户端程序（Debian 包 postgresql-client-{least}）",
        )
    raise Refusal(
        f"找不到 {program}",
        where=f"PATH 和 {_PACKAGES}",
        remedy=f"安装 PostgreSQL 的客户端程序（Debian 包 postgresql-client-{least}）",
    )


def environment() -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs reach the county's database."""
    named = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
    told = {
        variable: str(connection.settings_dict[name])
        for name, variable in named.items()
        if connection.settings_dict.get(name)
    }
    # The text of a moment must not depend on where the server stands.
    return {**os.environ, **told, "PGDATABASE": connection.settings_dict["NAME"], "PGTZ": "UTC"}


def run(program: Path, *arguments: str | Path) -> str:
    """Run a program to its end and return what it said; a Refusal where it fails."""
    done = subprocess.run(
        [program, *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    check_done(program, done.returncode, done.stderr)
    return done.stdout


@contextmanager
def streamed(program: Path, *arguments: str | Path) -> Iterator[IO[bytes]]:
    """Give what a program says as it comes; a Refusal at the end where the program failed."""
    with tempfile.TemporaryFile() as complaints:
        running = subprocess.Popen(
            [program, *arguments], env=environment(), stdout=subprocess.PIPE, stderr=complaints
        )
        with running:
            yield cast(IO[bytes], running.stdout)
        complaints.seek(0)
        check_done(program, running.returncode, complaints.read().decode(errors="replace"))


def check_done(program: Path, status: int, said: str) -> None:
    """Raise a Refusal with the program's own last words when it failed."""
    if status:
        last = said.strip().splitlines()[-1:] or [f"状态 {status}"]
        raise Refusal(f"{program.name} 没有做成", where=last[0], remedy="按上面的原因处理后再试")


def _candidates(program: str) -> list[Path]:
    on_path = shutil.which(program)
    packaged = sorted(_PACKAGES.glob(f"*/bin/{program}"), key=lambda path: -int(path.parts[-3]))
    return [*([Path(on_path)] if on_path else []), *packaged]


def _major(path: Path) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    return int(found[1]) if found else 0
