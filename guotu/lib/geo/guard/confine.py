"""Shut a child in before it reads a stranger's file: memory, time, files, and what it may touch."""

import ctypes
import os
import resource
import signal
import struct
import sys
from pathlib import Path

from guotu.lib.geo.guard.limits import Limits

_PAGE_BYTES = resource.getpagesize()
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
# Landlock (Linux 5.13): the calls have the same numbers on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _RULE_PATH = 1, 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_ALL_BY_VERSION = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_ALL_NEWEST = 0xFFFF
_TCP_BIND_AND_CONNECT = 3
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


def confine(limits: Limits, readable: list[Path], writable: Path) -> None:
    """Apply the limits to this process for good; where the kernel can (Landlock), let it read
    only `readable`, the program itself and the system, write only below `writable`, and neither
    open a network connection nor signal another process."""
    bound(resource.RLIMIT_CORE, 0)
    bound(resource.RLIMIT_AS, _used_bytes() + limits.memory_bytes)
    # A second more before the kill, so that the gentler signal can say what it was.
    bound(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1)
    bound(resource.RLIMIT_FSIZE, 2 * limits.max_unzipped_bytes)
    bound(resource.RLIMIT_NOFILE, limits.open_files)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        fence(libc, [*readable, *_program()], writable)


def bound(kind: int, most: int, hard_most: int | None = None) -> None:
    """Lower one limit, soft and hard; never above the hard limit that is already there."""
    hard = resource.getrlimit(kind)[1]
    ceiling = most if hard_most is None else hard_most
    ceiling = ceiling if hard == resource.RLIM_INFINITY else min(ceiling, hard)
    resource.setrlimit(kind, (min(most, ceiling), ceiling))


def _used_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * _PAGE_BYTES
    except (OSError, ValueError, LookupError):
        return 4 << 30


def _program() -> list[Path]:
    # The interpreter, its packages with their data (PROJ's database), and the system's libraries.
    package = str(Path(__file__).parents[3])
    named = [
        package,
        sys.prefix,
        sys.base_prefix,
        *sys.path,
        "/usr",
        "/lib",
        "/lib64",
        "/etc",
        "/proc",
    ]
    return [Path(name) for name in {*named, "/dev", "/sys"} if name]


def fence(libc: ctypes.CDLL, readable: list[Path], writable: Path) -> bool:
    """Restrict this process by Landlock; False where the kernel has none."""
    version = libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    every = _ALL_BY_VERSION.get(version, _ALL_NEWEST)
    net = _TCP_BIND_AND_CONNECT if version >= 4 else 0
    scope = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    attributes = struct.pack("=QQQ", every, net, scope)
    ruleset = libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    for path in readable:
        _allow(libc, ruleset, path, _READ_FILE | _READ_DIR | _EXECUTE)
    _allow(libc, ruleset, writable, every & ~_EXECUTE)
    done = libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return bool(done)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not path.is_dir():
        rights &= _READ_FILE | _WRITE_FILE | _EXECUTE
    rule = struct.pack("=Qi", rights, handle)
    libc.syscall(_ADD_RULE, ruleset, _RULE_PATH, rule, 0)
    os.close(handle)
