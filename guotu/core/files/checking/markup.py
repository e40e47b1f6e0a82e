"""Streams XML through a parser that builds nothing, defines nothing, and fetches nothing."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import IO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from guotu.core.files.checking.limits import table
from guotu.lib.refusal import Refusal

_CHUNK_BYTES = 1 << 16
_REMEDY = "请用原来的软件打开检查，另存一份后再交"
Element = Callable[[str, dict[str, str]], None]
Text = Callable[[str], None]


def _nothing(*_: object) -> None:
    """Text is of no interest unless somebody asks."""


class _Watcher:
    """An ElementTree target that counts depth and tells what it meets."""

    def __init__(self, element: Element, text: Text) -> None:
        self.most, self.depth = table()["child"]["max_nesting"], 0
        self.element, self.data = element, text

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.most:
            raise RecursionError(tag)
        self.element(tag, attrs)

    def end(self, tag: str) -> None:
        self.depth -= 1

    def close(self) -> None:
        """Nothing was built."""


def check_markup(
    source: IO[bytes], where: str, element: Element = _nothing, text: Text = _nothing
) -> None:
    """Read XML to its end, telling `element(tag, attributes)` and `text(data)`. Raises Refusal."""
    parser = DefusedXMLParser(target=_Watcher(element, text), forbid_dtd=True, forbid_entities=True)
    try:
        while chunk := source.read(_CHUNK_BYTES):
            parser.feed(chunk)
        parser.close()
    except DefusedXmlException as error:
        rule = "XML 中不得有文档类型和实体定义：它们能读走文件、耗尽内存"
        raise Refusal("文件内有实体定义，疑似恶意文件", where, rule, _REMEDY) from error
    except RecursionError as error:
        rule = f"最多 {table()['child']['max_nesting']} 层"
        raise Refusal("文件内的嵌套太深", where, rule, _REMEDY) from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Refusal("文件内的 XML 不完整或有错误", where, remedy=_REMEDY) from error
