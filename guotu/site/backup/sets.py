"""The folder that holds backups: its sets by name, a lock, and what a killed backup left there."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from django.conf import settings

from guotu.core.files.store import sync_folder
from guotu.lib.refusal import Refusal
from guotu.site.backup import manifest

_PARTIAL = ".partial"
_LOCK = ".lock"


def all_sets(folder: Path) -> list[Path]:
    """Return the whole sets in a folder, the earliest first."""
    if not folder.is_dir():
        return []
    return sorted(path.parent for path in folder.glob(f"[0-9]*/{manifest.NAME}"))


def chosen(folder: Path) -> Path:
    """Return `folder` where it is a set itself, or the last set in it; a Refusal without one."""
    if (folder / manifest.NAME).is_file():
        return folder
    if found := all_sets(folder):
        return found[-1]
    raise Refusal("这个目录里没有备份", where=str(folder), remedy="检查路径")


def check_outside(path: Path, what: str) -> None:
    """Raise a Refusal when a path lies in the county's own folder, or holds it as a set would."""
    home, path = settings.GUOTU_HOME.resolve(), path.resolve()
    if path == home or home in path.parents or path in home.parents:
        raise Refusal(
            f"{what}不能放在县的目录里",
            where=f"{path}；县的目录 {home}",
            rule="县的目录坏了，其中的备份也就没有了",
            remedy="换一个目录，最好在另一块磁盘上",
        )


@dataclass
class Writing:
    """A set being written: its folder for now, and the name it will have."""

    folder: Path
    name: str = ""


@contextmanager
def writing(folder: Path) -> Iterator[Writing]:
    """Give a set to write in `folder`; at the end it takes its name, whole, or goes away."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as lock:
        _take(lock, folder)
        partial = folder / _PARTIAL
        # A backup that was killed may have left one.
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        making = Writing(partial)
        try:
            yield making
            for inside in [path for path in partial.rglob("*") if path.is_dir()]:
                sync_folder(inside)
            sync_folder(partial)
            partial.rename(folder / making.name)
            sync_folder(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _take(lock: TextIO, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refusal(
            "另一次备份正在写这个目录", where=str(folder), remedy="等它完成后再试"
        ) from None
