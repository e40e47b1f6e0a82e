"""Makes the bytes of uploads: good documents of each kind, and ways to spoil them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pikepdf
from PIL import Image

Spoil = Callable[[bytes], bytes]
DOCUMENT, RELS = "word/document.xml", "word/_rels/document.xml.rels"
TYPES, SHEET = "[Content_Types].xml", "xl/worksheets/sheet1.xml"
LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
    + "]>"
).encode()


def saved(thing: Any, *options: Any, **named: Any) -> bytes:
    """Return what `thing.save` writes."""
    out = io.BytesIO()
    thing.save(out, *options, **named)
    return out.getvalue()


def word() -> bytes:
    """Return a plain document."""
    paper = docx.Document()
    paper.add_paragraph("关于用地的申请")
    return saved(paper)


def sheet(formula: str = "=SUM(B1:B9)") -> bytes:
    """Return a plain workbook."""
    book: Any = openpyxl.Workbook()
    book.active["A1"] = formula
    return saved(book)


def picture(form: str = "PNG", size: tuple[int, int] = (800, 600), **options: Any) -> bytes:
    """Return a picture of one colour."""
    return saved(Image.new("RGB", size, (9, 99, 200)), form, **options)


def zipped(parts: dict[str, bytes], mode: int = 0, flag: int = 0) -> bytes:
    """Return a ZIP; `mode` is the Unix mode of its entries, `flag` is set in both headers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, mode << 16
            archive.writestr(entry, content)
    made = out.getvalue()
    if not flag:
        return made
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.index(mark) + at
        made = made[:place] + bytes([flag]) + made[place + 1 :]
    return made


def repacked(
    content: bytes, change: dict[str, Spoil] | None = None, add: dict[str, bytes] | None = None
) -> bytes:
    """Return a ZIP with some parts changed by name and others added."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {entry.filename: old.read(entry) for entry in old.infolist()}
    for name, turn in (change or {}).items():
        parts[name] = turn(parts[name])
    return zipped(parts | (add or {}))


def swap(old: bytes, new: bytes) -> Spoil:
    """Return what replaces the first of some bytes."""
    return lambda content: content.replace(old, new, 1)


def related(target: str, kind: str = "image", mode: str = "External") -> Spoil:
    """Return what adds a relationship to a part of relationships."""
    line = (
        f'<Relationship Id="rX" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    ).encode()
    return swap(b"</Relationships>", line + b"</Relationships>")


def paragraph(inner: bytes) -> Spoil:
    """Return what puts words at the beginning of a document's body."""
    return swap(b"<w:body>", b"<w:body><w:p>" + inner + b"</w:p>")


def paper(change: Callable[[Any, Any], None] | None = None, **options: Any) -> bytes:
    """Return a PDF of one page, changed by `change(pdf, page)`."""
    made = pikepdf.new()
    page = made.add_blank_page()
    if change is not None:
        change(made, page)
    raw = {"stream_decode_level": pikepdf.StreamDecodeLevel.none}
    return saved(made, **(options or raw))


def acting(kind: str, **more: Any) -> bytes:
    """Return a PDF with a link that does something."""

    def change(made: Any, page: Any) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name(kind), **more)
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=action)
        page.Annots = [made.make_indirect(link)]

    return paper(change)


def opening(**action: Any) -> bytes:
    """Return a PDF that does something when it is opened."""

    def change(made: Any, page: Any) -> None:
        made.Root.OpenAction = pikepdf.Dictionary(**action)

    return paper(change)


def resized_png(width: int, height: int) -> bytes:
    """Return a PNG that says it is larger than its pixels are, its sums right."""
    made = picture(size=(4, 4))
    head = made[12:16] + struct.pack(">II", width, height) + made[24:29]
    return made[:12] + head + struct.pack(">I", zlib.crc32(head)) + made[33:]


def bits(width: int, height: int) -> bytes:
    """Return a whole PNG of one bit a pixel: small on disk, large when opened."""
    return saved(Image.new("1", (width, height)), "PNG")


def nested(depth: int) -> bytes:
    """Return a ZIP in a ZIP in a ZIP, five of each at every level."""
    inner = bytes(1_000_000)
    for level in range(depth):
        name = "0.bin" if level == 0 else "0.zip"
        inner = zipped({name.replace("0", str(at)): inner for at in range(5)})
    return inner


def overlapping(count: int = 500) -> bytes:
    """Return a ZIP of many entries over one kernel (Fifield 2019)."""
    made = zipped({"a.txt": b"x" * 900_000})
    start, end = made.index(b"PK\x01\x02"), made.index(b"PK\x05\x06")
    central = made[start:end]
    size = len(central) * count
    tail = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    return made[:start] + central * count + tail


def hiding() -> bytes:
    """Return a ZIP with bytes between its entries that its directory does not name."""
    made, hidden = zipped({"a.txt": b"x"}), b"MZ" + bytes(200)
    start, end = made.index(b"PK\x01\x02"), made.index(b"PK\x05\x06")
    tail = bytearray(made[end:])
    tail[16:20] = struct.pack("<I", start + len(hidden))
    return made[:start] + hidden + made[start:end] + bytes(tail)


def lying() -> bytes:
    """Return a ZIP that says an entry is far smaller than it is."""
    made = zipped({"a.txt": b" " * 3_000_000})
    return made.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 1_000))
