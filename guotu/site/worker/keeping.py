"""Keeps one worker beside the web server: starts it, starts it again, and ends it.

The server starts a program that loads the platform once and forks the worker from it: a worker that
is killed has a successor in a moment, however long loading takes.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django

from guotu.site.worker.ending import Ending, die_with_parent, signals_end

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
# Loading the platform takes seconds, a fork none: what dies younger than this has a fault.
_LIVED_SECONDS = 30.0
_FORK_LIVED_SECONDS = 3.0
_GRACE_SECONDS = 8.0
_LOOK_SECONDS = 0.1


class Waits:
    """How long to wait before a process is started again.

    One that lived a while is started at once; one that died young after a wait that doubles.
    """

    def __init__(self, enough_seconds: float) -> None:
        self._enough = enough_seconds
        self._wait = _FIRST_WAIT_SECONDS

    def after(self, lived_seconds: float) -> float:
        """Return how many seconds to wait after a process that lived so long."""
        if lived_seconds >= self._enough:
            self._wait = _FIRST_WAIT_SECONDS
            return 0.0
        wait, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT_SECONDS)
        return wait


class Keeper:
    """Keeps one process alive beside a server: `keep` is called every second or so, `end` once."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "guotu.site.worker", str(os.getpid())]
        self._process: subprocess.Popen[bytes] | None = None
        self._began = 0.0
        self._waits = Waits(_LIVED_SECONDS)
        self._not_before = 0.0
        self._ended = False

    @property
    def pid(self) -> int | None:
        """Return the process id of what is kept, if it runs."""
        return self._process.pid if self._process is not None else None

    def keep(self) -> None:
        """Start the process where there is none, unless it is too soon."""
        if self._ended:
            return
        if self._process is not None:
            # The web server may have reaped it: then its exit status is lost, and it is gone.
            if self._process.poll() is None:
                return
            self._process = None
            self._put_off()
        if time.monotonic() >= self._not_before:
            self._began = time.monotonic()
            try:
                self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
            except OSError as fault:
                # The pages go on without it meanwhile.
                report(f"到期提醒的进程暂时不能启动：{fault}")
                self._put_off()

    def tell(self) -> None:
        """Have the process end after the act it is at, and start no other."""
        self._ended = True
        if self._process is not None:
            self._process.terminate()

    def end(self) -> None:
        """End the process: after the act it is at, or by force."""
        self.tell()
        if self._process is None:
            return
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _put_off(self) -> None:
        now = time.monotonic()
        self._not_before = now + self._waits.after(now - self._began)


def keeping_arbiter(keeper: Keeper) -> Callable[[Any], Any]:
    """Return gunicorn's arbiter, made to keep a worker of ours beside its own."""
    from gunicorn.arbiter import Arbiter

    class KeepingArbiter(Arbiter):  # type: ignore[misc]
        def manage_workers(self) -> None:
            super().manage_workers()
            keeper.keep()

        def stop(self, graceful: bool = True) -> None:
            keeper.tell()
            super().stop(graceful)
            keeper.end()

    return KeepingArbiter


def serve_parent(parent: int) -> int:
    """Load the platform and keep a worker until the server `parent` ends; return an exit status.

    Errors are said in a line; no traceback is shown, and the server starts this again.
    """
    die_with_parent()
    ending = Ending(parent)
    if ending():
        return 0
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
        django.setup()
        running = importlib.import_module("guotu.site.worker.running")
        with signals_end(ending):
            keep_forked(ending, lambda told: running.run(told, report))
    except Exception as fault:  # noqa: BLE001 - said in a line, and started again
        report(_stopped(fault))
        return 1
    return 0


def keep_forked(ending: Ending, work: Callable[[Ending], None]) -> None:
    """Have a forked process `work` until `ending`, and another after it when it dies.

    No connection to the store may be open here: two processes that read one garble each other.
    """
    waits = Waits(_FORK_LIVED_SECONDS)
    while not ending():
        began = time.monotonic()
        mother, worker = os.getpid(), os.fork()
        if worker == 0:
            os._exit(_as_child(mother, work))
        _wait_out(worker, ending)
        if not ending():
            ending.wait(waits.after(time.monotonic() - began))


def _as_child(mother: int, work: Callable[[Ending], None]) -> int:
    die_with_parent()
    told = Ending(mother)
    try:
        with signals_end(told):
            work(told)
    except BaseException as fault:  # noqa: BLE001 - nothing may come back into the mother's code
        report(_stopped(fault))
        return 1
    return 0


def _wait_out(worker: int, ending: Ending) -> None:
    """Wait until a child has ended; when told to end, have it end after its act, or by force."""
    while not _has_ended(worker):
        if ending():
            _end(worker)
            return
        ending.wait(_LOOK_SECONDS)


def _end(worker: int) -> None:
    os.kill(worker, signal.SIGTERM)
    until = time.monotonic() + _GRACE_SECONDS / 2
    while not _has_ended(worker):
        if time.monotonic() > until:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
            return
        time.sleep(_LOOK_SECONDS / 2)


def _has_ended(worker: int) -> bool:
    return os.waitpid(worker, os.WNOHANG)[0] == worker


def _stopped(fault: BaseException) -> str:
    said = " ".join(str(fault).split())
    return f"到期提醒的进程停了（{type(fault).__name__}: {said}），稍后再起"


def report(line: str) -> None:
    """Say a line on the error output of the server."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
