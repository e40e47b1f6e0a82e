"""A folder for one import under way, and the sweeping of what a killed one left behind.

Nothing of an import stands where readers look until `atlas.publish` moves it there.
"""

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from guotu.core.atlas.queries import unpublished_files
from guotu.core.files import store
from guotu.core.journal.actions import COUNTY, perform

_LOCK = ".lock"


@contextmanager
def staging() -> Iterator[Path]:
    """Give a folder on the county's disk that goes away at the end; a lock shows that it lives."""
    _root().mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = _root() / uuid.uuid4().hex
    # The lock is held before the folder is there, so no sweep ever meets it unheld.
    with folder.with_suffix(_LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(_LOCK).unlink(missing_ok=True)


def sweep() -> list[str]:
    """Remove what killed imports left: staged folders, and files moved in without a row.

    Run at start and before each import; what a living import is working on is left alone.
    """
    removed = []
    for lock in _root().glob(f"*{_LOCK}"):
        if not _is_held(lock):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
            removed.append(lock.stem)
    store.sweep()
    if unpublished_files():
        removed += perform("atlas.sweep", COUNTY, reason="上次运行中断").answer
    return removed


def synced(path: Path) -> Path:
    """Make a written file survive a power cut before it is moved to its place."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


def _root() -> Path:
    folder: Path = settings.GUOTU_HOME / "staging"
    return folder


def _is_held(path: Path) -> bool:
    try:
        with path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
