"""When a worker ends: when it is told to, or when the server that started it is gone."""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1
_SLICE_SECONDS = 0.1


class Ending:
    """Whether the worker should end: it was told to, or the server that started it is gone."""

    def __init__(self, parent: int | None = None) -> None:
        self._parent = parent
        self._told = False

    def __call__(self) -> bool:
        gone = self._parent is not None and os.getppid() != self._parent
        return gone or self._told

    def tell(self, *_: object) -> None:
        """Have the worker end after what it is at."""
        # A plain word, and no lock: a signal may come while this very thread waits below.
        self._told = True

    def wait(self, seconds: float) -> None:
        """Wait, or less where it is told to end meanwhile."""
        until = time.monotonic() + seconds
        while not self._told and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_SECONDS))


@contextlib.contextmanager
def signals_end(ending: Ending) -> Iterator[None]:
    """Have SIGTERM and SIGINT end the worker after the act it is at."""
    before = {one: signal.signal(one, ending.tell) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, where it can (Linux).

    An act that is cut short leaves nothing behind: it is one transaction.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
