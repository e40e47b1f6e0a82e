"""A small process that has the readers loaded and forks a fresh, confined child for each file.

Started by `apart`. It takes one line a job on its
standard input (the job's folder), and ends when the last holder of the other end is gone. It has
no thread, so that forking it is safe whatever the caller runs. Of a child it reports only how it
ended: the child's own words are files in the job's folder.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guotu.lib.geo.guard import confine, wire
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.refusal import Refusal

DONE, REFUSED, NO_MEMORY, BROKEN = 0, 10, 11, 12
_MOST_CHILDREN = 8
_IDLE_MS = 300
# Loaded before the first fork; the second list only once there is nothing else to do.
_FIRST = ("guotu.lib.geo.formats.reading", "guotu.lib.geo.guard.rehearsal")
_LATER = ("ezdxf", "PIL.Image", "pikepdf")


@dataclass
class Child:
    """One running child: where to report, and when its time is up."""

    answer: int
    deadline: float
    late: bool = False


class Nursery:
    """The loop: take a job (from the handle `jobs`), fork, wait, kill what is late, report."""

    def __init__(self, jobs: int = 0) -> None:
        self.jobs = jobs
        self.children: dict[int, Child] = {}
        self.waiting = b""
        self.open = True
        self.later = list(_LATER)
        self.wake, bell = os.pipe()
        for end in (self.wake, bell):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(bell)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until standard input is closed and every child has ended."""
        while self.open or self.children:
            self._wait()
            self._reap()
            self._kill_late()
            while b"\n" in self.waiting and len(self.children) < _MOST_CHILDREN:
                line, self.waiting = self.waiting.split(b"\n", 1)
                self._begin(Path(os.fsdecode(line)))

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self.wake, select.POLLIN)
        if self.open and len(self.children) < _MOST_CHILDREN:
            poll.register(self.jobs, select.POLLIN)
        ready = [handle for handle, _ in poll.poll(self._timeout_ms())]
        if self.wake in ready:
            os.read(self.wake, 4096)
        if self.jobs in ready:
            chunk = os.read(self.jobs, 65_536)
            self.waiting += chunk
            self.open = bool(chunk)
        if not ready and not self.children and self.later:
            importlib.import_module(self.later.pop())

    def _timeout_ms(self) -> int | None:
        deadlines = [child.deadline for child in self.children.values() if not child.late]
        if deadlines:
            return max(0, int((min(deadlines) - time.monotonic()) * 1000) + 1)
        return _IDLE_MS if self.later else None

    def _begin(self, folder: Path) -> None:
        try:
            job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
            answer = os.open(folder / "answer", os.O_WRONLY | os.O_NONBLOCK)
        except (OSError, ValueError):
            return  # whoever asked has gone
        wall = float(job["limits"]["wall_seconds"])
        child = os.fork()
        if child == 0:
            self._become_child(folder, job, answer)  # pragma: no cover - in the child
        self.children[child] = Child(answer, time.monotonic() + wall)

    def _become_child(self, folder: Path, job: dict[str, Any], answer: int) -> None:
        code = BROKEN
        try:
            signal.set_wakeup_fd(-1)
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for handle in (0, 1, 2):
                os.dup2(nothing, handle)
            for handle in [answer, self.wake, *(child.answer for child in self.children.values())]:
                os.close(handle)
            code = read_job(folder, job)
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self.children.pop(pid)
            with contextlib.suppress(ProcessLookupError, PermissionError):  # what it left behind
                os.killpg(pid, signal.SIGKILL)
            ended = os.waitstatus_to_exitcode(status)
            report = json.dumps({"ended": ended, "late": child.late}).encode()
            with contextlib.suppress(OSError):  # whoever asked has gone
                os.write(child.answer, report)
            os.close(child.answer)

    def _kill_late(self) -> None:
        now = time.monotonic()
        for pid, child in self.children.items():
            if child.deadline <= now and not child.late:
                child.late = True
                # Not reaped yet, so the number is still its own; its group dies when it is reaped.
                os.kill(pid, signal.SIGKILL)


def read_job(folder: Path, job: dict[str, Any]) -> int:
    """Read one file in this process, which is given up to it; return the exit code."""
    try:
        limits = Limits(**job["limits"])
        path = Path(job["path"])
        confine.confine(limits, [path, path.parent] if job["siblings"] else [path], folder)
        task = _task(job["task"])
        wire.send(task(path, limits, folder, job), folder)
    except Refusal as refusal:
        wire.send_refusal(refusal, folder)
        return REFUSED
    except MemoryError:
        return NO_MEMORY
    except Exception:  # noqa: BLE001 - whatever a file sets off ends here
        return BROKEN
    return DONE


def _task(name: str) -> Any:
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


def main() -> None:
    """Load the readers, then serve."""
    for module in _FIRST:
        importlib.import_module(module)
    Nursery().run()
