"""Looks into a PDF: nothing that runs, nothing hidden inside, nothing that unfolds without end."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from guotu.core.files.checking.limits import megabytes, table
from guotu.lib.refusal import Refusal

# A name that a dictionary may not carry, and what it is.
_FORBIDDEN_KEYS = {
    "/JS": "JavaScript 脚本",
    "/JavaScript": "JavaScript 脚本",
    "/EmbeddedFiles": "嵌入的文件",
    "/EF": "嵌入的文件",
    "/AA": "自动执行的动作",
    "/XFA": "动态表单",
    "/RichMedia": "多媒体内容",
    "/RichMediaContent": "多媒体内容",
}
_FORBIDDEN_ACTIONS = {
    "/JavaScript": "JavaScript 脚本",
    "/Launch": "启动程序的动作",
    "/SubmitForm": "向外发送数据的动作",
    "/ImportData": "读入外部数据的动作",
    "/GoToR": "打开外部文件的动作",
    "/GoToE": "打开内嵌文件的动作",
    "/Rendition": "播放多媒体的动作",
    "/Movie": "播放多媒体的动作",
    "/Sound": "播放多媒体的动作",
    "/RichMediaExecute": "播放多媒体的动作",
}
_FORBIDDEN_KINDS = {
    "/EmbeddedFile": "嵌入的文件",
    "/FileAttachment": "嵌入的文件",
    "/RichMedia": "多媒体内容",
    "/Screen": "多媒体内容",
    "/3D": "三维内容",
    "/Movie": "多媒体内容",
}
_SAFE_OPENING = frozenset({"/GoTo"})
_SAFE_URI = re.compile(r"(https?://|mailto:|www\.)", re.IGNORECASE)
_RULE = "PDF 里只能有版面：脚本、动作、附件和加密一律不收"
_REMEDY = "请用“打印为 PDF”重新生成一份后再交"
_MOST_DEEP = 60
_CHUNK_BYTES = 1 << 20
# The count of objects that a table of them claims.
_SIZE = re.compile(rb"/Size\s+([0-9]{1,12})")
_HEAD = re.compile(rb"%PDF-[12]\.[0-9]")


def check_pdf(path: Path, name: str) -> dict[str, int]:
    """Walk every object of a PDF; return its facts. Raises Refusal."""
    check_ends(path.read_bytes(), name)
    try:
        with pikepdf.open(path, suppress_warnings=True) as paper:
            check_open(paper, name)
            objects = _objects(paper, name)
            _check_streams(objects, name)
            return {"pages": _pages(paper, name), "objects": len(objects)}
    except pikepdf.PasswordError as error:
        raise _encrypted(name) from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, RecursionError) as error:
        raise Refusal("PDF 不完整或已损坏", name, remedy=_REMEDY) from error


def check_ends(content: bytes, name: str) -> None:
    """Refuse a PDF without an end, or one that is something else as well."""
    if not _HEAD.match(content):
        raise Refusal("PDF 的文件头不对", name, remedy=_REMEDY)
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise Refusal("PDF 不完整，没有结尾", name, remedy=_REMEDY)
    if content[end + 5 :].strip(b"\x00\r\n\t "):
        raise Refusal("PDF 后面接有别的文件", name, _RULE, _REMEDY)
    check_count(max(map(int, _SIZE.findall(content)), default=0), name)
    check_count(content.count(b" obj"), name)


def check_count(count: int, name: str) -> None:
    """Refuse a PDF of more objects than any honest one has; opening them all takes time."""
    most = table()["pdf"]["objects"]
    if count > most:
        raise Refusal("PDF 的对象太多", name, f"最多 {most:,} 个", _REMEDY)


def check_open(paper: pikepdf.Pdf, name: str) -> None:
    """Refuse a PDF that anybody may open but that is encrypted all the same."""
    if paper.is_encrypted:
        raise _encrypted(name)


def _objects(paper: pikepdf.Pdf, name: str) -> list[Any]:
    """Return every object after it was judged; counted first, for judging takes time."""
    check_count(len(paper.objects), name)
    found = list(paper.objects)
    for one in (*found, paper.trailer):
        for part in _dictionaries(one, name):
            _check_dictionary(part, name)
    return found


def _dictionaries(thing: Any, name: str) -> Iterator[Any]:
    """Yield every dictionary that stands directly in an object, itself too."""
    waiting = [(thing, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > _MOST_DEEP:
            raise Refusal("PDF 的对象嵌套太深", name, f"最多 {_MOST_DEEP} 层", _REMEDY)
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one
            inner = [value for _, value in one.items()]
        elif isinstance(one, pikepdf.Array):
            inner = list(one)
        else:
            continue
        waiting += [
            (value, depth + 1)
            for value in inner
            if isinstance(value, pikepdf.Object) and not value.is_indirect
        ]


def _check_dictionary(part: Any, name: str) -> None:
    keys = set(part.keys())
    for key in sorted(keys & set(_FORBIDDEN_KEYS)):
        raise _forbidden(_FORBIDDEN_KEYS[key], name)
    for key in ("/Type", "/Subtype"):
        if key in keys and (kind := str(part[key])) in _FORBIDDEN_KINDS:
            raise _forbidden(_FORBIDDEN_KINDS[kind], name)
    action = str(part["/S"]) if "/S" in keys else ""
    if action in _FORBIDDEN_ACTIONS and not _is_structure(part):
        raise _forbidden(_FORBIDDEN_ACTIONS[action], name)
    if action == "/URI" and not _SAFE_URI.match(str(part.get("/URI", ""))):
        raise _forbidden("指向本机或脚本的链接", name)
    _check_opening(part, keys, name)


def _is_structure(part: Any) -> bool:
    # In a structure tree /S is the kind of a paragraph, whatever it is called.
    return str(part.get("/Type", "")) == "/StructElem"


def _check_opening(part: Any, keys: set[str], name: str) -> None:
    if "/OpenAction" not in keys or not isinstance(part["/OpenAction"], pikepdf.Dictionary):
        return
    action = str(part["/OpenAction"].get("/S", ""))
    if action not in _SAFE_OPENING:
        raise _forbidden(_FORBIDDEN_ACTIONS.get(action, "打开时自动执行的动作"), name)


def _check_streams(objects: list[Any], name: str) -> None:
    limits, total = table()["pdf"], 0
    for one in objects:
        if not isinstance(one, pikepdf.Stream):
            continue
        filters = one.get("/Filter")
        chain = list(filters) if isinstance(filters, pikepdf.Array) else [filters]
        if len(chain) > limits["filters"]:
            raise _bomb("PDF 的数据层层压缩", name)
        if "/F" in one:
            raise _forbidden("存在别处的数据", name)
        if str(chain[0]) not in ("/FlateDecode", "/Fl"):
            continue
        raw = one.read_raw_bytes()
        dense = max(limits["dense_bytes"], len(raw) * limits["ratio"])
        most = min(limits["stream_bytes"], dense)
        size = _unfolded(raw, most)
        total += size
        if size > most or total > limits["streams_bytes"]:
            raise _bomb("PDF 展开后太大", name)


def _unfolded(raw: bytes, most: int) -> int:
    """Return how many bytes a deflated stream unfolds to, counting no further than `most`."""
    inflate, size, rest = zlib.decompressobj(), 0, raw
    try:
        while rest and not inflate.eof and size <= most:
            size += len(inflate.decompress(rest, _CHUNK_BYTES))
            rest = inflate.unconsumed_tail
    except zlib.error:
        return size  # a viewer shows such a stream as empty
    return size


def _pages(paper: pikepdf.Pdf, name: str) -> int:
    count, most = len(paper.pages), table()["pdf"]["pages"]
    if not count:
        raise Refusal("PDF 没有一页", name, remedy=_REMEDY)
    if count > most:
        raise Refusal(f"PDF 有 {count:,} 页", name, f"最多 {most:,} 页", "请分成几个文件")
    return count


def _encrypted(name: str) -> Refusal:
    return Refusal("PDF 有密码或限制，无法检查", name, _RULE, "请去掉密码和限制后再交")


def _forbidden(what: str, name: str) -> Refusal:
    return Refusal(f"PDF 带有{what}", name, _RULE, _REMEDY)


def _bomb(what: str, name: str) -> Refusal:
    most = megabytes(table()["pdf"]["stream_bytes"])
    return Refusal(f"{what}，疑似压缩炸弹", name, f"一段数据展开后最大 {most}", _REMEDY)
