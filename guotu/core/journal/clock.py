"""The county's clock: the machine's, or a simulated one where the journal says so from entry 0.

Whatever the county dates asks here and nowhere else, so that a demo county can live five years in
five minutes, and so that no real one can.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_simulated: ContextVar[datetime.datetime | None] = ContextVar("simulated", default=None)


def now() -> datetime.datetime:
    """Return the county's moment, with its zone."""
    return _simulated.get() or timezone.now()


def today() -> datetime.date:
    """Return the county's day, in the county's own time zone."""
    return timezone.localdate(now())


def is_simulated() -> bool:
    """Say whether the moment is simulated."""
    return _simulated.get() is not None


@contextmanager
def simulated(at: datetime.datetime) -> Iterator[None]:
    """Let it be `at`. Acts are refused then, unless the journal was simulated from entry 0."""
    if timezone.is_naive(at):
        raise ValueError("a simulated moment names its zone")
    token = _simulated.set(at)
    try:
        yield
    finally:
        _simulated.reset(token)
