"""Puts bytes in their place under their hash and enters them; runs inside an action's lock."""

from pathlib import Path

from guotu.core.files import store
from guotu.core.files.checking import Upload
from guotu.core.files.checking.upload import kind_at
from guotu.core.files.models import File
from guotu.core.files.rules import stricter
from guotu.core.journal.actions import Act
from guotu.lib.refusal import Refusal


def keep_within(
    *,
    name: str,
    path: Path | None = None,
    data: bytes | None = None,
    act: Act | None = None,
    **facts: str,
) -> File:
    """Keep a file as part of another action, under that action's permission and lock.

    For files that the program made or that their own reader has checked; a stranger's goes
    through `checking.taken_in` and `keep_upload`. `facts` are secrecy, power and division_code;
    the same bytes keep the stricter class. With `act` a preview leaves no bytes behind.
    """
    if data is not None:
        staged, sha256 = store.write_in(data)
    elif path is not None:
        if not path.is_file():
            raise Refusal("没有这个文件", where=name, remedy="检查文件名和路径")
        staged, sha256 = store.copy_in(path)
    else:
        raise Refusal("没有给出文件内容", where=name, remedy="选择一个文件再提交")
    try:
        return keep_staged(name=name, staged=staged, sha256=sha256, act=act, **facts)
    finally:
        staged.unlink(missing_ok=True)


def keep_upload(upload: Upload, *, act: Act | None = None, **facts: str) -> File:
    """Keep a file that passed the check, as part of another action."""
    file = keep_staged(
        name=upload.name, staged=upload.staged, sha256=upload.sha256, act=act, **facts
    )
    if upload.facts and file.facts != upload.facts:
        file.facts = upload.facts
        file.save(update_fields=["facts"])
    return file


def keep_staged(
    *, name: str, staged: Path, sha256: str, act: Act | None = None, **facts: str
) -> File:
    """Keep a file that already lies on the store's disk and has been hashed; it is moved in.

    A preview leaves it where it lies, so that what was shown can then be done.
    """
    size, kind = staged.stat().st_size, kind_at(staged)
    if act is None or not act.previewing:
        store.settle(staged, sha256)
    file = File.objects.filter(sha256=sha256).first()
    if file is not None:
        return _known(file, facts.get("secrecy", file.secrecy))
    file = File(sha256=sha256, name=Path(name).name[:255], size=size, kind=kind, **facts)
    file.save(force_insert=True)
    return file


def _known(file: File, secrecy: str) -> File:
    """Return the file that is here already; a second giver may only make it stricter."""
    wanted = stricter(file.secrecy, secrecy)
    if (file.secrecy, file.swept_sequence) != (wanted, None):
        file.secrecy, file.swept_sequence = wanted, None
        file.save(update_fields=["secrecy", "swept_sequence"])
    return file
