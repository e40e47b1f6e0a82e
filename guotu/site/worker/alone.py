"""One worker at a time: whoever holds the lock works, the others stand by.

Two of them would say nothing twice (see `firing`), they would only be in each other's way.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, connection

_POSTGRES_LOCK = 430627  # any number but that of the journal's writers


@contextmanager
def alone() -> Iterator[bool]:
    """Try to take the lock; yield whether it was had. It goes with the process, however it ends."""
    kept = _advisory_lock() if connection.vendor == "postgresql" else _file_lock()
    with kept as held:
        yield held


@contextmanager
def _file_lock() -> Iterator[bool]:
    with (settings.GUOTU_HOME / "worker.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        try:
            yield True
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


@contextmanager
def _advisory_lock() -> Iterator[bool]:
    # It is the session's: a connection that breaks gives it back, and the loop begins anew.
    if not _asked("SELECT pg_try_advisory_lock(%s)"):
        yield False
        return
    try:
        yield True
    finally:
        with suppress(DatabaseError):
            _asked("SELECT pg_advisory_unlock(%s)")


def _asked(question: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, [_POSTGRES_LOCK])
        return bool(cursor.fetchone()[0])
