"""One writer at a time: a queue before the transaction, and a lock inside it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

_POSTGRES_LOCK = 430626  # any number; one lock a county orders the journal


@contextmanager
def one_writer() -> Iterator[None]:
    """Open a transaction that no other writer's overlaps; inside one, join it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with _file_lock(), transaction.atomic():
            yield
        return
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSTGRES_LOCK])
        yield


@contextmanager
def _file_lock() -> Iterator[None]:
    # Twenty SQLite writers starve one another on SQLITE_BUSY; a lock file taken before BEGIN
    # queues them fairly.
    path = settings.GUOTU_HOME / "write.lock"
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
