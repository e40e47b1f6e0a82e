"""The loop of the worker: take the lock, let clocks speak, do chores, and end when told to."""

import contextlib
import time
from collections.abc import Callable

from django.db import DatabaseError, connections

from guotu.site.worker import chores
from guotu.site.worker.alone import alone
from guotu.site.worker.ending import Ending
from guotu.site.worker.firing import Firing, StoreGone

_LOOK_SECONDS = 0.5
_STAND_BY_SECONDS = 1.0
_CHORES_SECONDS = 600.0


def run(ending: Ending, report: Callable[[str], None]) -> None:
    """Work until `ending`; while another worker works, stand by.

    A store that does not answer is waited for, and the lock is taken anew.
    """
    while not ending():
        try:
            with alone() as held:
                if held:
                    _work(ending, report)
                else:
                    ending.wait(_STAND_BY_SECONDS)
        except (StoreGone, DatabaseError) as fault:
            report(f"库暂时不能用，稍后再试：{fault}".splitlines()[0])
            with contextlib.suppress(DatabaseError):
                connections.close_all()
            ending.wait(_STAND_BY_SECONDS)


def run_once(report: Callable[[str], None]) -> int:
    """Do what is due now and end; return how many clocks spoke. None where another works."""
    spoken = 0
    with alone() as held:
        if held:
            chores.do_all(report)
            firing = Firing(report)
            while found := firing.fire_due(lambda: False):
                spoken += found
    return spoken


def _work(ending: Ending, report: Callable[[str], None]) -> None:
    chores_at, firing = 0.0, Firing(report)
    while not ending():
        if time.monotonic() >= chores_at:
            chores.do_all(report)
            chores_at = time.monotonic() + _CHORES_SECONDS
        if not firing.fire_due(ending):
            ending.wait(_LOOK_SECONDS)
