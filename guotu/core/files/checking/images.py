"""Looks at a picture: its size before it is decoded, then every pixel, and nothing hidden in it."""

import re
import struct
import warnings
import zlib
from pathlib import Path

from PIL import Image, ImageFile, UnidentifiedImageError

from guotu.core.files.checking.limits import table
from guotu.lib.refusal import Refusal

_FORMATS = {"png": "PNG", "jpeg": "JPEG", "tiff": "TIFF"}
# Marks that a picture's compressed bytes hold by chance once in 10^12 files.
_ACTIVE = re.compile(rb"<script|<\?php|<!DOCTYPE html|javascript:", re.IGNORECASE)
_APPENDED = re.compile(rb"PK\x03\x04|PK\x05\x06|%PDF-|7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|\x7fELF")
# A marker with meaning: not a stuffed zero, not a restart, not filling.
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_TAIL_BYTES = 70_000
_REMEDY = "请重新扫描或拍摄，另存为 JPEG 或 PNG 后再交"


def check_image(path: Path, kind: str, name: str) -> dict[str, int]:
    """Decode a picture within the limits; return its facts. Raises Refusal."""
    content = path.read_bytes()
    if _ACTIVE.search(content):
        raise Refusal("图片里藏有脚本", name, "图片里只能有图", _REMEDY)
    check_tail(content, kind, name)
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    most = table()["image"]["pixels"]
    Image.MAX_IMAGE_PIXELS = None  # ours is held to each frame before it is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(path, kind, name, most)
    except UnidentifiedImageError as error:
        raise Refusal("图片已损坏，认不出来", name, remedy=_REMEDY) from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise Refusal("图片不完整或已损坏", name, remedy=_REMEDY) from error
    except (IndexError, KeyError, TypeError, OverflowError, Image.DecompressionBombError) as error:
        raise Refusal("图片不完整或已损坏", name, remedy=_REMEDY) from error


def _decoded(path: Path, kind: str, name: str, most: int) -> dict[str, int]:
    pixels = frames = 0
    with Image.open(path, formats=[_FORMATS[kind]]) as image:
        while True:
            frames += 1
            pixels += image.width * image.height
            if pixels > most:
                what = f"图片太大（{image.width:,} × {image.height:,} 像素）"
                remedy = "请降低分辨率（300 dpi 足够）后再交"
                raise Refusal(what, name, f"一张图片最多 {most / 1e6:,.0f} 百万像素", remedy)
            if frames > table()["image"]["frames"]:
                rule = f"最多 {table()['image']['frames']} 页"
                raise Refusal("图片的页数太多", name, rule, "请分成几个文件，或存为 PDF")
            image.load()
            try:
                image.seek(frames)
            except EOFError:
                break
    return {"pixels": pixels, "frames": frames}


def check_tail(content: bytes, kind: str, name: str) -> None:
    """Refuse another file appended to a picture: one that is two things at once."""
    if kind == "png":
        hidden = bool(_after_png(content, name).strip(b"\x00\r\n "))
    elif kind == "jpeg":
        hidden = bool(_APPENDED.search(_after_jpeg(content, name)))
    else:
        hidden = b"%PDF-" in content[:1024] or b"PK\x05\x06" in content[-_TAIL_BYTES:]
    if hidden:
        raise Refusal("图片后面接有别的文件", name, "图片里只能有图", _REMEDY)


def _after_jpeg(content: bytes, name: str) -> bytes:
    """Return what follows the last picture; a camera may put several after one another."""
    at = 0
    while content[at : at + 2] == b"\xff\xd8":
        at = _end_of_jpeg(content, at + 2)
        if at < 0:
            raise Refusal("图片不完整，没有结尾", name, remedy=_REMEDY)
        while content[at : at + 1] == b"\x00":
            at += 1
    return content[at:]


def _end_of_jpeg(content: bytes, at: int) -> int:
    """Return where the picture whose first segment stands at `at` ends, or -1."""
    while mark := _MARKER.search(content, at):
        code, at = mark.group()[-1], mark.end()
        if code == 0xD9:
            return at
        if code != 0x01:
            at += int.from_bytes(content[at : at + 2], "big")
    return -1


def _after_png(content: bytes, name: str) -> bytes:
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        mark, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            break
        if zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise Refusal("图片的数据与校验码不符", name, remedy=_REMEDY)
        if mark == b"IEND":
            return content[end:]
        at = end
    raise Refusal("图片不完整，没有结尾", name, remedy=_REMEDY)
