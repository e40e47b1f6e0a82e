"""Measure the depth of JSON and the harmlessness of XML before a parser builds anything of it."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from numpy.typing import NDArray

from guotu.lib.geo.guard.kernel import compiled
from guotu.lib.geo.guard.limits import Limits, too_many_vertices
from guotu.lib.refusal import Refusal

_QUOTE, _ESCAPE = ord('"'), ord("\\")
_OPEN_LIST, _CLOSE_LIST = ord("["), ord("]")
_OPEN_MAP, _CLOSE_MAP = ord("{"), ord("}")
_SPACE, _MINUS, _ZERO, _NINE = ord(" "), ord("-"), ord("0"), ord("9")
_CHUNK_BYTES = 1 << 16


@compiled
def measure_json(data: NDArray[np.uint8], most_deep: int) -> tuple[int, int]:
    """Return the deepest nesting of the JSON text, giving up at `most_deep` + 1, and how many
    lists begin with a number (the positions)."""
    depth = deepest = positions = 0
    quoted = escaped = fresh = False
    for byte in data:
        if quoted:
            quoted = escaped or byte != _QUOTE
            escaped = byte == _ESCAPE and not escaped
            continue
        if byte <= _SPACE:
            continue
        positions += fresh and (_ZERO <= byte <= _NINE or byte == _MINUS)
        fresh = byte == _OPEN_LIST
        quoted = byte == _QUOTE
        if byte in (_OPEN_LIST, _OPEN_MAP):
            depth += 1
        elif byte in (_CLOSE_LIST, _CLOSE_MAP):
            depth -= 1
        deepest = max(deepest, depth)
        if depth > most_deep:
            break
    return deepest, positions


def check_json(content: bytes, limits: Limits, name: str) -> None:
    """Refuse JSON that is nested deeper, or has more positions, than any lawful boundary."""
    deepest, positions = measure_json(np.frombuffer(content, np.uint8), limits.max_nesting)
    if deepest > limits.max_nesting:
        raise Refusal(
            "JSON 的嵌套太深",
            name,
            rule=f"最多 {limits.max_nesting} 层",
            remedy="请用 GIS 软件重新导出 GeoJSON",
        )
    if positions > limits.max_vertices:
        raise too_many_vertices(positions, limits)


class _Depth:
    """An ElementTree target that counts depth and elements and builds nothing."""

    def __init__(self, most: int) -> None:
        self.most, self.depth = most, 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.most:
            raise RecursionError(tag)

    def end(self, tag: str) -> None:
        self.depth -= 1

    def data(self, data: str) -> None:
        """Text is of no interest here."""

    def close(self) -> None:
        """Nothing was built."""


def check_xml(path: Path, limits: Limits, name: str) -> None:
    """Stream the XML through a parser that refuses DTDs, entities and depth."""
    parser = DefusedXMLParser(
        target=_Depth(limits.max_nesting), forbid_dtd=True, forbid_entities=True
    )
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                parser.feed(chunk)
        parser.close()
    except DefusedXmlException as error:
        raise Refusal(
            "XML 带有文档类型或实体定义，疑似恶意文件", name, remedy="请重新导出 KML"
        ) from error
    except RecursionError as error:
        raise Refusal(
            "XML 的嵌套太深", name, rule=f"最多 {limits.max_nesting} 层", remedy="请重新导出 KML"
        ) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refusal("XML 不完整或有错误", name, remedy="请重新导出 KML") from error
