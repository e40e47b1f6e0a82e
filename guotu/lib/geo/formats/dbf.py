"""Find the text encoding of a .dbf: by .cpg, by its language byte, or by trying its bytes."""

import codecs
import struct
from pathlib import Path

from guotu.lib.geo.guard.headers import sibling

_SAMPLE_ROWS = 2_000
# The language driver bytes that mean simplified Chinese.
_CHINESE_BYTES = {0x4D: "GBK", 0x7A: "GBK"}
_SAME_AS = {"gb2312": "GBK", "gb18030": "GB18030", "gbk": "GBK", "utf-8": "UTF-8"}


def encoding_of(path: Path) -> tuple[str, str | None]:
    """Return the encoding (UTF-8, GBK, ...) of the .dbf beside `path`, and a note if it was found
    by trying or differs from what the files declare."""
    table = sibling(path, ".dbf")
    if table is None:
        return "UTF-8", None
    sample, language = _sample(table)
    declared = _declared(sibling(path, ".cpg"))
    tried = _tried(sample)
    if declared:
        if tried in (None, declared) or _decodes(sample, declared):
            return declared, None
        return str(tried), f"文字编码声明为 {declared}，实为 {tried}，按 {tried} 读取"
    if language in _CHINESE_BYTES and tried in (None, "GBK"):
        return _CHINESE_BYTES[language], None
    if tried is None:
        return "UTF-8", None
    return tried, f"没有声明文字编码，经辨认按 {tried} 读取"


def _declared(path: Path | None) -> str | None:
    if path is None:
        return None
    text = path.read_bytes()[:40].decode("ascii", "ignore").strip().lower()
    text = {"936": "gbk", "65001": "utf-8"}.get(text, text)
    try:
        name = codecs.lookup(text).name
    except (LookupError, ValueError):
        return None
    return _SAME_AS.get(name, name.upper())


def _sample(table: Path) -> tuple[list[bytes], int]:
    """Return the field names and the text cells of the first rows, those that are not ASCII."""
    with table.open("rb") as file:
        head = file.read(32)
        rows, start, width = struct.unpack("<IHH", head[4:12])
        fields = file.read(start - 32)
        body = file.read(width * min(rows, _SAMPLE_ROWS))
    cells, spans, at = [], [], 1
    for begin in range(0, len(fields) - 31, 32):
        field = fields[begin : begin + 32]
        if field[0] == 0x0D:
            break
        cells.append(field[:11].split(b"\x00")[0])
        if field[11:12] == b"C":
            spans.append((at, at + field[16]))
        at += field[16]
    for row in range(0, len(body), width):
        cells += [body[row + a : row + b].strip(b" \x00") for a, b in spans]
    return [cell for cell in cells if not cell.isascii()], head[29]


def _tried(sample: list[bytes]) -> str | None:
    """Return the encoding in which the cells make sense; None when all are ASCII."""
    if not sample:
        return None
    return "UTF-8" if _decodes(sample, "UTF-8") else "GBK"


def _decodes(sample: list[bytes], encoding: str) -> bool:
    """Say whether all but the odd cell (cut in mid-character at its width) decode."""
    failures = 0
    for cell in sample:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            decoder.decode(cell)
        except ValueError:
            failures += 1
    return failures * 50 <= len(sample)
