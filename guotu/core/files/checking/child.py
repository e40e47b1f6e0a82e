"""What a child process runs: the look inside one file; its findings go home as plain counts."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from guotu.core.files.checking.archives import check_zip
from guotu.core.files.checking.markup import check_markup
from guotu.core.files.rules import kind_of
from guotu.lib.geo.guard import Accepted, Limits, Note
from guotu.lib.geo.guard.features import empty
from guotu.lib.refusal import Refusal

_DOCUMENTS = frozenset({"docx", "xlsx", "ofd"})


def look(path: Path, kind: str, name: str, folder: Path) -> dict[str, int]:
    """Look inside the file at `path`, of a kind that is taken in; return facts. Raises Refusal.

    `folder` is a place to unpack into. Libraries are loaded only for the kind that needs them.
    """
    if kind == "pdf":
        from guotu.core.files.checking.pdf import check_pdf

        return check_pdf(path, name)
    if kind in ("png", "jpeg", "tiff"):
        from guotu.core.files.checking.images import check_image

        return check_image(path, kind, name)
    if kind in _DOCUMENTS:
        from guotu.core.files.checking.office import check_office

        return check_office(path, kind, name)
    if kind == "zip" or kind.endswith((".zip", "kmz")):
        return check_zip(path, name, folder, lambda to, of, at: _inner(to, of, at, folder))
    if kind == "kml":
        with path.open("rb") as source:
            check_markup(source, name)
        return {}
    return _check_text(path, name)


def _inner(path: Path, kind: str, name: str, folder: Path) -> None:
    look(path, kind, name, folder)


def _check_text(path: Path, name: str) -> dict[str, int]:
    content = path.read_bytes()
    if b"\x00" in content:
        raise Refusal("文本里有空字节，其实不是文本", name, remedy="请核对是否选错了文件")
    if kind_of(content[-4096:]) in ("script", "html"):
        raise Refusal("文本里藏有脚本或网页", name, remedy="请只保留文字后再交")
    return {"lines": content.count(b"\n") + 1}


def look_job(path: Path, limits: Limits, folder: Path, job: dict[str, Any]) -> Accepted:
    """Run one job of the nursery: no features, the facts as notes."""
    try:
        facts = look(path, job["kind"], job["filename"], folder)
    except (MemoryError, Refusal):
        raise
    except Exception as error:
        remedy = "请用原来的软件打开检查，另存一份后再交"
        raise Refusal("文件不完整或有错误，打不开", job["filename"], remedy=remedy) from error
    return Accepted(
        wkb=pa.chunked_array([], pa.large_binary()),
        ids=[],
        fields=empty(0),
        epsg=0,
        read=0,
        rejected=[],
        notes=[Note(None, what, count) for what, count in facts.items()],
        format="",
        encoding=None,
    )
