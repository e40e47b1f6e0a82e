"""The way in for a stranger's file: staged, judged, and either handed on or gone without trace."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from guotu.core.files import store
from guotu.core.files.checking.limits import Kind, child_limits, kinds, megabytes, table
from guotu.core.files.checking.names import check_extension, check_name, named_kinds
from guotu.core.files.rules import HEAD_BYTES, TAIL_BYTES, kind_of
from guotu.lib.geo.guard.apart import run_apart
from guotu.lib.refusal import Refusal

_JOB = "guotu.core.files.checking.child:look_job"
_AGAIN = "请用原来的软件打开检查，另存一份后再交"


@dataclass(frozen=True)
class Upload:
    """A file that passed: staged on the store's disk under its hash, not yet kept.

    `size` in bytes; `facts` are counts found inside (pages, pixels, entries).
    """

    name: str
    staged: Path
    sha256: str
    size: int
    kind: str
    facts: dict[str, int] = field(default_factory=dict)


@contextmanager
def taken_in(name: str, *, path: Path | None = None, data: bytes | None = None) -> Iterator[Upload]:
    """Stage and check a file; what is not kept within the block is removed again.

    To be called before the lock: looking inside takes time. Raises Refusal.
    """
    check_name(name)
    most = max(kind.max_bytes for kind in kinds().values())
    check_size(_size_of(name, path, data), most, "文件", name)
    staged, sha256 = store.write_in(data) if data is not None else store.copy_in(_there(path))
    try:
        kind, facts = check_file(staged, name)
        yield Upload(name, staged, sha256, staged.stat().st_size, kind, facts)
    finally:
        staged.unlink(missing_ok=True)


def check_file(path: Path, name: str) -> tuple[str, dict[str, int]]:
    """Return the kind and the facts of a file that may be taken in. Raises Refusal."""
    check_name(name)
    size = path.stat().st_size
    kind = _kind(path, name, size)
    check_extension(name, kind)
    check_size(size, kind.max_bytes, kind.title, name)
    return kind.name, _looked(path, kind, name) if kind.opened else {}


def kind_at(path: Path) -> str:
    """Return the kind of the file at `path`, by its content."""
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
        handle.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return kind_of(head, handle.read(TAIL_BYTES))


def _kind(path: Path, name: str, size: int) -> Kind:
    found = kind_at(path) if size else "empty"
    if found in kinds():
        return kinds()[found]
    refused = table()["refused"]
    why = refused.get(found, refused["unknown"])
    raise Refusal(
        f"不收这种文件：内容是{why['title']}",
        where=name,
        rule=f"可收：{named_kinds()}",
        remedy=why["remedy"],
    )


def _looked(path: Path, kind: Kind, name: str) -> dict[str, int]:
    """Look inside in a child process with limits, so that whatever happens, this one lives on."""
    limits = child_limits()
    job = {
        "task": _JOB,
        "path": os.path.abspath(path),
        "siblings": False,
        "filename": name,
        "kind": kind.name,
        "limits": asdict(limits),
    }
    try:
        found = run_apart(job, limits)
    except Refusal as refusal:
        if "GIS" in refusal.remedy:  # the child was stopped; its keeper thinks of maps only
            raise Refusal(refusal.what, refusal.where, refusal.rule, _AGAIN) from refusal
        raise
    return {note.change: note.count for note in found.notes}


def _size_of(name: str, path: Path | None, data: bytes | None) -> int:
    if data is not None:
        return len(data)
    if path is None:
        raise Refusal("没有给出文件内容", where=name, remedy="选择一个文件再提交")
    return _there(path).stat().st_size


def _there(path: Path | None) -> Path:
    if path is None or not path.is_file():
        named = "" if path is None else path.name
        raise Refusal("没有这个文件", where=named, remedy="检查文件名和路径")
    return path


def check_size(size: int, most: int, title: str, name: str) -> None:
    """Refuse what is larger than its kind may be. Sizes in bytes. Raises Refusal."""
    if size > most:
        what, rule = f"文件太大（{megabytes(size)}）", f"{title}最大 {megabytes(most)}"
        raise Refusal(what, name, rule, "请压缩图片或分成几个文件后再交")
