"""Fires what is due: each stage an act of its own, and what fails never holds up the rest."""

import time
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from guotu.core.cases.queries.clocks import Fire, due_by
from guotu.core.cases.rules.clocks import Passed
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform
from guotu.lib.refusal import Refusal

_BATCH = 100
_LEFT_SECONDS = 60.0
_BUSY = ("locked", "busy", "disk", "full", "readonly")


class StoreGone(Exception):
    """The store does not answer: no clock is to blame, and all of them wait."""


class Firing:
    """Fires what is due, and remembers what it cannot even write down.

    `report` is told, in a line, of each clock that fails.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._left_until: dict[int, float] = {}

    def fire_due(self, ended: Callable[[], bool]) -> int:
        """Fire a batch of what is due, the longest due first; return how many were tried.

        `ended` is asked between two. Raises `StoreGone`.
        """
        now = time.monotonic()
        self._left_until = {one: at for one, at in self._left_until.items() if at > now}
        found = due_by(clock.now(), _BATCH, leave_out=self._left_until)
        for one in found:
            if ended():
                break
            self.fire(one)
        return len(found)

    def fire(self, one: Fire) -> None:
        """Fire one clock, or write down why it could not be."""
        told: dict[str, Any] = {"clock": one.clock, "revision": one.revision, "stage": one.stage}
        try:
            perform("cases.fire_clock", COUNTY, key=one.key, **told)
        except Passed:
            return
        except Exception as fault:  # noqa: BLE001 - whatever it was, the others go on
            check_store(fault)
            self._report(f"期限 {one.clock} 到时未能办理：{named(fault)}")
            self._write_down(one, told | {"failure": named(fault)})

    def _write_down(self, one: Fire, told: dict[str, Any]) -> None:
        try:
            perform("cases.clock_failed", COUNTY, **told)
        except Passed:
            return
        except Exception as fault:  # noqa: BLE001 - left alone for a while, and the others go on
            check_store(fault)
            self._report(f"期限 {one.clock} 的失败未能记录：{named(fault)}")
            self._left_until[one.clock] = time.monotonic() + _LEFT_SECONDS


def check_store(fault: Exception) -> None:
    """Raise `StoreGone` where the store, and not what was asked of it, is at fault."""
    if isinstance(fault, OperationalError | InterfaceError):
        said = str(fault).lower()
        if not connection.is_usable() or any(word in said for word in _BUSY):
            raise StoreGone(named(fault)) from fault


def named(fault: Exception) -> str:
    """Return what went wrong in a line: a refusal as it is, anything else by its kind."""
    said = str(fault) if isinstance(fault, Refusal) else f"{type(fault).__name__}: {fault}"
    return " ".join(said.split())[:250]
