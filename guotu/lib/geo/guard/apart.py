"""Read a stranger's file in a confined child, so that whatever it does, this process lives on."""

import atexit
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guotu.lib.geo.guard import nursery, wire
from guotu.lib.geo.guard.features import Accepted, Features
from guotu.lib.geo.guard.limits import Limits, unwanted_drivers
from guotu.lib.refusal import Refusal

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame

_START = "from guotu.lib.geo.guard import nursery; nursery.main()"
_READER = "guotu.lib.geo.formats.reading:read_job"
# What the nursery may know of this process's environment; no address, key or password is in it.
_KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "NUMBA_CACHE_DIR", "LD_LIBRARY_PATH", "TZ")
_START_SECONDS = 60.0
_SIBLINGS = (".shp",)
_REMEDY = "请核对文件来源，用 GIS 软件打开检查后重新导出"


class _Nursery:
    """The running nursery of this process and of those forked from it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        assert self.process.stdin is not None  # noqa: S101 - PIPE was asked for
        self.control = self.process.stdin.fileno()

    def send(self, folder: Path) -> None:
        # One write of less than PIPE_BUF is whole, whoever else writes at the same time.
        os.write(self.control, os.fsencode(folder) + b"\n")

    def stop(self) -> None:
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    paths = [path for path in sys.path if os.path.isabs(path)]
    return kept | {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUTF8": "1",
        "PROJ_NETWORK": "OFF",
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "GDAL_SKIP": ",".join(unwanted_drivers()),
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_HTTP_TIMEOUT": "1",
    }


class _Held:
    """The one nursery, made when first needed; threads share it, forked processes inherit it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.nursery: _Nursery | None = None

    def get(self, dead: _Nursery | None = None) -> _Nursery:
        """Return the nursery; `dead` is one found dead, to be replaced."""
        with self.lock:
            if self.nursery is None or self.nursery is dead:
                self.nursery = _Nursery()
            return self.nursery

    def stop(self) -> None:
        with self.lock:
            if self.nursery is not None:
                self.nursery.stop()
                self.nursery = None

    def forked(self) -> None:
        # The lock may have been held by a thread that does not exist in the new process.
        self.lock = threading.Lock()


_held = _Held()
os.register_at_fork(after_in_child=_held.forked)
atexit.register(_held.stop)


def warm() -> None:
    """Start the nursery ahead of time; returns at once. Call it before a server forks workers."""
    _held.get()


def read_apart(
    path: Path,
    *,
    crs: "Frame | None" = None,
    limits: Limits | None = None,
    filename: str | None = None,
    layer: str | None = None,
    target: "Frame | None" = None,
) -> Features:
    """Read a stranger's file in a child process with limits; see `formats.read` for the rest.

    `limits` is `Limits.site()` when not given. Raises Refusal in Chinese for what cannot be read,
    and for whatever the file does to the child: crash, memory, time, size.
    """
    limits = limits or Limits.site()
    job = {
        "task": _READER,
        "path": os.path.abspath(path),
        "siblings": path.suffix.lower() in _SIBLINGS,
        "filename": filename or path.name,
        "epsg": None if crs is None else crs.epsg,
        "layer": layer,
        "limits": asdict(limits),
    }
    return built(run_apart(job, limits), limits, target)


def built(accepted: Accepted, limits: Limits, target: "Frame | None" = None) -> Features:
    """Build the features here, in the caller's process, after scanning their bytes again."""
    from guotu.lib.geo.guard.building import build  # shapely and pyproj: only when needed

    return build(accepted, limits, target)


def run_apart(job: dict[str, Any], limits: Limits) -> Accepted:
    """Run one job in a child and return what it accepted. Raises Refusal."""
    folder = Path(tempfile.mkdtemp(prefix="guotu-read-"))
    try:
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        report = _ask(folder, limits)
        return _result(report, folder, limits, str(job["filename"]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ask(folder: Path, limits: Limits) -> dict[str, Any]:
    """Send the job and wait for the nursery's word on how the child ended."""
    os.mkfifo(folder / "answer", 0o600)
    answer = os.open(folder / "answer", os.O_RDONLY | os.O_NONBLOCK)
    try:
        return _wait(answer, _send(folder), limits.wall_seconds + _START_SECONDS)
    finally:
        os.close(answer)


def _send(folder: Path) -> _Nursery:
    nursery = _held.get()
    try:
        nursery.send(folder)
    except OSError:
        nursery = _held.get(dead=nursery)
        nursery.send(folder)
    return nursery


def _wait(answer: int, nursery: _Nursery, seconds: float) -> dict[str, Any]:
    poll = select.poll()
    poll.register(answer, select.POLLIN)
    poll.register(nursery.control, 0)  # only its breaking off
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        ready = [handle for handle, _ in poll.poll(left * 1000)]
        report = os.read(answer, 4096) if answer in ready else b""
        if report:
            return json.loads(report)
        if ready:
            # It ended without a word. Whether it was the file or chance, the next finds a new one.
            _held.get(dead=nursery)
            return {"ended": -signal.SIGKILL, "late": False}
    return {"ended": -signal.SIGKILL, "late": True}


def _result(report: dict[str, Any], folder: Path, limits: Limits, name: str) -> Accepted:
    try:
        if report["ended"] == nursery.DONE:
            return wire.receive(folder, limits)
        if report["ended"] == nursery.REFUSED:
            raise wire.receive_refusal(folder)
    except wire.Untrue as error:
        raise Refusal("读取的结果不可信，未予采用", name, remedy=_REMEDY) from error
    raise _how_it_ended(report, limits, name)


def _how_it_ended(report: dict[str, Any], limits: Limits, name: str) -> Refusal:
    ended = report["ended"]
    if report["late"]:
        rule = f"一个文件最多读 {limits.wall_seconds:g} 秒"
        return Refusal("读取文件用时过长，已停止", name, rule=rule, remedy=_REMEDY)
    if ended == -signal.SIGXCPU:
        rule = f"一个文件最多用 {limits.cpu_seconds} 秒计算时间"
        return Refusal("读取文件计算过多，已停止", name, rule=rule, remedy=_REMEDY)
    if ended == -signal.SIGXFSZ:
        rule = f"解开后不超过 {limits.max_unzipped_bytes / 1e6:,.0f} MB"
        return Refusal("文件展开后太大，已停止", name, rule=rule, remedy=_REMEDY)
    if ended == nursery.NO_MEMORY:
        rule = f"一个文件最多用 {limits.memory_bytes / 1e6:,.0f} MB 内存"
        return Refusal("读取文件占用内存过多，已停止", name, rule=rule, remedy=_REMEDY)
    if ended == nursery.BROKEN:
        return Refusal("文件无法读取，内容不完整或有错误", name, remedy=_REMEDY)
    return Refusal("文件使读取程序中断，可能已损坏或含恶意内容", name, remedy=_REMEDY)
