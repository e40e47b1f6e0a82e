"""Tasks for a confined child that crash, hang, swell, lie and try to get out."""

import ctypes
import json
import os
import pickle
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from guotu.lib.geo.guard import wire
from guotu.lib.geo.guard.features import Accepted
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.geo.guard.scan import binary_chunks
from guotu.lib.refusal import Refusal

Job = dict[str, Any]
DONE = 0


def _accepted(wkb: bytes = b"") -> Accepted:
    ids, fields = ["1"], pa.table({"a": [1]})
    return Accepted(binary_chunks([wkb]), ids, fields, 4547, 1, [], [], "x", None)


def crash(*_: object) -> Accepted:
    ctypes.string_at(0)
    return _accepted()


def abort(*_: object) -> Accepted:
    os.abort()


def leave(*_: object) -> Accepted:
    os._exit(77)


def fail(*_: object) -> Accepted:
    raise AttributeError("anything at all")


def eat_memory(*_: object) -> Accepted:
    return [bytearray(50_000_000) for _ in range(100)]  # type: ignore[return-value]


def burn_processor(*_: object) -> Accepted:
    while True:
        pass


def sleep(*_: object) -> Accepted:
    time.sleep(60)
    return _accepted()


def fill_disk(_path: Path, _limits: Limits, folder: Path, _job: Job) -> Accepted:
    # Python ignores this signal; a library in C does not, and neither does the limit.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    (folder / "large").write_bytes(b"x" * 1_000_000)
    return _accepted()


def refuse(*_: object) -> Accepted:
    raise Refusal("这是理由")


def send_nothing(*_: object) -> Accepted:
    os._exit(DONE)


def send_pickle(_path: Path, _limits: Limits, folder: Path, _job: Job) -> Accepted:
    (folder / wire.RESULT).write_bytes(pickle.dumps(_accepted().ids))
    os._exit(DONE)


def send_lies(_path: Path, _limits: Limits, folder: Path, _job: Job) -> Accepted:
    lying = _accepted()
    lying.read = 7
    wire.send(lying, folder)
    os._exit(DONE)


def send_bad_wkb(*_: object) -> Accepted:
    return _accepted(b"\x01\x07\x00\x00\x00")


def send_a_link(_path: Path, _limits: Limits, folder: Path, _job: Job) -> Accepted:
    (folder / wire.RESULT).symlink_to("/etc/passwd")
    os._exit(DONE)


def try_to_escape(path: Path, _limits: Limits, folder: Path, job: Job) -> Accepted:
    """Try each way out and report what happened in the refusal."""
    with socket.socket() as server:
        attempts: dict[str, Callable[[], object]] = {
            "read": lambda: Path(job["secret"]).read_text(),
            "write": lambda: (folder.parent / "escaped").write_text("x"),
            "signal": lambda: os.kill(job["parent"], 0),
            "connect": lambda: server.connect(("127.0.0.1", 9)),
            "program": lambda: _execute(folder),
        }
        found = {name: _outcome(attempt) for name, attempt in attempts.items()}
    fenced = found["read"] == "PermissionError"
    raise Refusal(json.dumps(found | {"fenced": fenced}))


def _execute(folder: Path) -> None:
    program = folder / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    os.execv(program, [str(program)])


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def name_drivers(*_: object) -> Accepted:
    raise Refusal("、".join(pyogrio.list_drivers()))
