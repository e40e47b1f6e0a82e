"""Writes about files: keeping one, once, under its hash."""

from pathlib import Path

from guotu.core.files import store
from guotu.core.files.models import File
from guotu.core.files.rules import HEAD_BYTES, TAIL_BYTES, kind_of
from guotu.core.journal.actions import Act, action
from guotu.lib.refusal import Refusal


@action("files.keep", power="files.keep")
def keep(act: Act, *, name: str, path: Path | None = None, data: bytes | None = None) -> File:
    """Keep the file at `path`, or the bytes `data`, as `name`; the same bytes are kept once.

    The file at `path` is copied and left where it is. An action of a duty that takes a file in
    calls `keep_within` in its own transaction instead.
    """
    file = keep_within(name=name, path=path, data=data)
    act.subject = f"file:{file.sha256}"
    act.outcome = {"sha256": file.sha256, "size": file.size, "kind": file.kind}
    return file


def keep_within(*, name: str, path: Path | None = None, data: bytes | None = None) -> File:
    """Keep a file as part of another action, under that action's permission and lock."""
    if data is not None:
        staged, sha256 = store.write_in(data)
    elif path is not None:
        if not path.is_file():
            raise Refusal("没有这个文件", where=name, remedy="检查文件名和路径")
        staged, sha256 = store.copy_in(path)
    else:
        raise Refusal("没有给出文件内容", where=name, remedy="选择一个文件再提交")
    return keep_staged(name=name, staged=staged, sha256=sha256)


def keep_staged(*, name: str, staged: Path, sha256: str) -> File:
    """Keep a file that already lies on the store's disk and has been hashed; it is moved in."""
    place = store.settle(staged, sha256)
    file, _ = File.objects.get_or_create(
        sha256=sha256,
        defaults={
            "name": Path(name).name[:255],
            "size": place.stat().st_size,
            "kind": _kind_at(place),
        },
    )
    return file


def _kind_at(place: Path) -> str:
    with place.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
        handle.seek(max(0, place.stat().st_size - TAIL_BYTES))
        return kind_of(head, handle.read(TAIL_BYTES))
