"""An archive is judged by its directory before anything in it is opened."""

import io
import struct
import zipfile

import pytest

from guotu.lib.refusal import Refusal
from tests.core.files.conftest import zipped
from tests.core.files.test_checking import here, pdf_with, script, taken

__all__ = ["here"]


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("是空的", zipped({})),
        ("压缩炸弹", zipped({"a.txt": bytes(20_000_000)})),
        ("文件太多", zipped({f"{n}.txt": b"" for n in range(4001)})),
        ("指向包外", zipped({"../a.txt": b"x"})),
        ("程序、脚本", zipped({"a.exe": b"x"})),
        ("可执行程序", zipped({"a.txt": b"MZ\x00"})),
        ("还有压缩包", zipped({"a.dat": zipped({"b": b"x"})})),
        ("JavaScript", zipped({"a.pdf": pdf_with(script)})),
        ("已损坏", zipped({"a.txt": b"x" * 9})[:-30]),
        ("藏有目录里没有", b"PK\x03\x04" + bytes(40) + zipped({"a.txt": b"x"})),
        ("同名", zipped({"a.txt": b"x", "A.TXT": b"y"})),
    ],
)
def test_a_bad_archive_is_refused(what, content):
    with pytest.raises(Refusal, match=what):
        taken("a.zip", content)


def flagged(flag, content):
    """Set a flag in both headers of the first entry."""
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + at
        content = content[:place] + bytes([flag]) + content[place + 1 :]
    return content


def linked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("a.txt")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def squeezed():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.txt", "x")
    return out.getvalue()


def overlapping():
    content = zipped({"a.txt": b"x" * 90})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    central = content[start:end] * 2
    tail = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 2, 2, len(central), start, 0)
    return content[:start] + central + tail


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("有密码", flagged(1, zipped({"a.txt": b"x"}))),
        ("有链接", linked()),
        ("不常见的压缩方法", squeezed()),
        ("互相重叠", overlapping()),
        ("已损坏", zipped({"a.txt": b"x" * 90}).replace(b"a.txt", b"b.txt", 1)),
        ("已损坏", zipped({"a.txt": b"y" * 999}).replace(b"\xe7\x03", b"\x07\x03")),
        ("大小不实", zipped({"a.txt": b"y" * 999}).replace(b"\xe7\x03", b"\xff\x03")),
    ],
)
def test_a_crooked_archive_is_refused(what, content):
    with pytest.raises(Refusal, match=what):
        taken("a.zip", content)
