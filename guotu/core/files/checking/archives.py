"""Looks through a ZIP: its directory before a byte is unpacked, then every byte, never on disk."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from guotu.core.files.checking.limits import megabytes, table
from guotu.core.files.checking.names import check_inner_name
from guotu.core.files.rules import HEAD_BYTES, kind_of
from guotu.lib.refusal import Refusal

_CHUNK_BYTES = 1 << 18
_ENCRYPTED = 0x1 | 0x40
_LOCAL = struct.Struct("<4sHHHHHLLLHH")
# What may follow the bytes of an entry: a data descriptor, with or without its mark, or ZIP64's.
_MOST_AFTER_BYTES = 24
# Kinds by whose own check the inner file is looked into; nothing nests deeper than that.
_DOCUMENTS = frozenset({"docx", "xlsx", "ofd"})
_LOOKED_INTO = _DOCUMENTS | {"pdf", "png", "jpeg", "tiff", "kml"}
_NEVER_INSIDE = frozenset(
    {"program", "script", "html", "svg", "ole", "rtf", "office_macro", "archive", "gzip"}
)
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGED = (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, zlib.error)
_AGAIN = "请重新压缩为 zip 后再交"
Look = Callable[[Path, str, str], None]


def opened(path: Path, name: str) -> zipfile.ZipFile:
    """Return the archive at `path` after its directory was found sound. Raises Refusal.

    Refused: too many entries, too large, too dense, overlapping, hidden bytes, paths that climb
    out, links, passwords, double names, damage.
    """
    try:
        archive = zipfile.ZipFile(path)
        check_directory(archive, path, name)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise Refusal("压缩包已损坏", where=name, remedy=_AGAIN) from error
    except (EOFError, OSError, ValueError, struct.error) as error:
        raise Refusal("压缩包无法解开", where=name, remedy=_AGAIN) from error
    return archive


def check_directory(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Check every promise of the directory before one byte is unpacked."""
    entries, size = archive.infolist(), path.stat().st_size
    limits = table()["zip"]
    if not entries:
        raise Refusal("压缩包是空的", where=name, remedy=_AGAIN)
    if len(entries) > limits["entries"]:
        rule = f"最多 {limits['entries']:,} 个文件"
        what = f"压缩包内的文件太多（{len(entries):,} 个）"
        raise Refusal(what, where=name, rule=rule, remedy="请分成几个压缩包")
    for entry in entries:
        check_entry(entry, name)
    check_density(sum(entry.file_size for entry in entries), size, name)
    check_places(archive, path, name)
    if len({entry.filename.casefold() for entry in entries}) < len(entries):
        raise Refusal("压缩包内有两个同名的文件", where=name, remedy=_AGAIN)


def check_density(total: int, size: int, name: str) -> None:
    """Refuse what unpacks to far more than it is: a bomb. Sizes in bytes."""
    limits = table()["zip"]
    rule = (
        f"解开后不超过 {megabytes(limits['unzipped_bytes'])}，也不超过原来的 {limits['ratio']} 倍"
    )
    remedy = "请只压缩所需的材料"
    if total > limits["unzipped_bytes"]:
        what = f"压缩包解开后有 {megabytes(total)}，疑似压缩炸弹"
        raise Refusal(what, where=name, rule=rule, remedy=remedy)
    if total > limits["small_bytes"] and total > size * limits["ratio"]:
        what = f"压缩包解开后是原来的 {total / max(size, 1):,.0f} 倍，疑似压缩炸弹"
        raise Refusal(what, where=name, rule=rule, remedy=remedy)


def check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    """Refuse a password, a link, an odd method, or a path that leads elsewhere."""
    where = inside(name, entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        raise Refusal("压缩包有密码，无法检查", where=where, remedy="请去掉密码后重新压缩")
    if entry.compress_type not in _METHODS:
        raise Refusal("压缩包用了不常见的压缩方法", where=where, remedy=_AGAIN)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refusal("压缩包内有链接或特殊文件", where=where, remedy="请只压缩普通文件")
    raw = entry.orig_filename.replace("\\", "/")
    inner = PurePosixPath(raw)
    climbs = inner.is_absolute() or ".." in inner.parts or ":" in raw or "\x00" in raw
    if climbs or not inner.parts or len(raw.encode("utf-8", "replace")) > 400:
        raise Refusal("压缩包内的路径指向包外或不合规", where=where, remedy=_AGAIN)
    check_inner_name(raw, where)


def check_places(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Refuse entries that lie over one another, and bytes that belong to none."""
    entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    with path.open("rb") as file:
        end = 0
        for entry in entries:
            _check_gap(end, entry.header_offset, name)
            end = _end_of(file, entry, name)
        _check_gap(end, archive.start_dir, name)
    if len(archive.comment) > 1_024:
        raise Refusal("压缩包尾部藏有别的内容", where=name, remedy=_AGAIN)


def _end_of(file: IO[bytes], entry: zipfile.ZipInfo, name: str) -> int:
    file.seek(entry.header_offset)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise Refusal("压缩包的目录与内容不符", where=name, remedy=_AGAIN)
    name_length, extra_length = _LOCAL.unpack(head)[-2:]
    return entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size


def _check_gap(end: int, begin: int, name: str) -> None:
    if begin < end:
        raise Refusal("压缩包内的文件互相重叠，疑似压缩炸弹", where=name, remedy=_AGAIN)
    if begin - end > _MOST_AFTER_BYTES:
        raise Refusal("压缩包内藏有目录里没有的内容", where=name, remedy=_AGAIN)


def read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """Unpack one entry to nowhere, checking its size and sum; return its first bytes."""
    where, head, seen = inside(name, entry.filename), b"", 0
    try:
        with archive.open(entry) as source:
            while chunk := source.read(_CHUNK_BYTES):
                head = head or chunk[:HEAD_BYTES]
                seen += len(chunk)
    except _DAMAGED as error:
        raise Refusal("压缩包内的文件已损坏", where=where, remedy=_AGAIN) from error
    if seen != entry.file_size:
        what = "压缩包所称的大小不实，疑似压缩炸弹"
        raise Refusal(what, where=where, remedy=_AGAIN)
    return head


def check_zip(path: Path, name: str, folder: Path, look: Look) -> dict[str, int]:
    """Look through a plain ZIP of papers or of map files; return its facts.

    An inner document is unpacked into `folder` and handed to `look(path, kind, name)`.
    """
    with opened(path, name) as archive:
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        for number, entry in enumerate(files):
            where = inside(name, entry.filename)
            kind = _inner_kind(archive, entry, name)
            if kind in _NEVER_INSIDE:
                what = f"压缩包内有{table()['refused'][kind]['title']}"
                raise Refusal(what, where=where, remedy="请去掉后重新压缩")
            if kind == "zip":
                raise Refusal("压缩包内还有压缩包", where=where, remedy="请解开内层后重新压缩")
            if kind in _LOOKED_INTO:
                _look_inside(archive, entry, folder / f"inner-{number}", kind, where, look)
    return {"entries": len(files)}


def _inner_kind(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> str:
    head = read_through(archive, entry, name)
    kind = kind_of(head, b"")
    if head.startswith(b"PK\x03\x04"):
        # The directory of an inner archive stands at its end; the name says what it claims.
        claimed = entry.filename.rsplit(".", 1)[-1].lower()
        return claimed if claimed in _DOCUMENTS else "zip"
    return kind


def _look_inside(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path, kind: str, where: str, look: Look
) -> None:
    most = table()["zip"]["nested_bytes"]
    if entry.file_size > most:
        rule = f"包内一份材料最大 {megabytes(most)}"
        raise Refusal("压缩包内的材料太大", where=where, rule=rule, remedy="请单独提交这一份")
    with archive.open(entry) as source, to.open("xb") as target:
        while chunk := source.read(_CHUNK_BYTES):
            target.write(chunk)
    look(to, kind, where)
    to.unlink()


def inside(name: str, inner: str) -> str:
    """Return where in an archive something stands, for a reader."""
    shown = "".join(sign if sign.isprintable() else "�" for sign in inner)[:80]
    return f"{name} 内的 {shown}"
