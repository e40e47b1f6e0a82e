"""Looks into docx, xlsx and ofd: no macros, no objects, nothing fetched from elsewhere."""

import re
import zipfile
from pathlib import Path

from guotu.core.files.checking.archives import inside, opened, read_through
from guotu.core.files.checking.markup import check_markup
from guotu.core.files.rules import kind_of
from guotu.lib.refusal import Refusal

_MAIN = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": (
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    ),
}
_MACRO = re.compile(r"vba|macrosheets/|activeX/|\.bin$|customUI", re.IGNORECASE)
# A printer's settings are a .bin that nothing runs.
_HARMLESS = re.compile(r"printerSettings[0-9]*\.bin$", re.IGNORECASE)
_OBJECT = re.compile(r"(^|/)(embeddings|externalLinks|ctrlProps)/", re.IGNORECASE)
_SAFE_LINK = re.compile(r"(https?://|mailto:|#)", re.IGNORECASE)
_FETCHING = re.compile(
    r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|RD|MACROBUTTON)\b",
    re.IGNORECASE,
)
_CALLING = re.compile(
    r"\|\s*'|\b(CALL|REGISTER\.ID|EXEC|WEBSERVICE|FOPEN|RTD)\s*\(|\[\d+\]", re.IGNORECASE
)
_PARTS = (".xml", ".rels", ".vml")
_NO_MACRO = "带宏、控件和嵌入对象的文件不收"
_ALONE = "材料须自身完整，不得引用外部文件或网络"
_REMEDY = "请在 Office 或 WPS 中断开链接、去掉宏和对象，另存后再交"
_INSTRUCTION, _FIELD, _FORMULA = "instrText", "fldSimple", "f"


def check_office(path: Path, kind: str, name: str) -> dict[str, int]:
    """Look into an Office or OFD document part by part; return its facts. Raises Refusal."""
    with opened(path, name) as archive:
        names = {entry.filename for entry in archive.infolist()}
        _check_names(names, name)
        _check_main(archive, kind, names, name)
        for entry in archive.infolist():
            _check_part(archive, entry, name)
    return {"parts": len(names)}


def _check_names(names: set[str], name: str) -> None:
    for inner in sorted(names):
        if _MACRO.search(inner) and not _HARMLESS.search(inner):
            raise Refusal("文档带有宏或控件", inside(name, inner), _NO_MACRO, _REMEDY)
        if _OBJECT.search(inner):
            what = "文档带有嵌入的对象或外部链接"
            raise Refusal(what, inside(name, inner), _NO_MACRO, _REMEDY)


def _check_main(archive: zipfile.ZipFile, kind: str, names: set[str], name: str) -> None:
    if kind not in _MAIN:
        if "OFD.xml" not in names:
            raise Refusal("OFD 文件不完整，没有入口", name, remedy=_REMEDY)
        return
    part, content_type = _MAIN[kind]
    if not {"[Content_Types].xml", part} <= names:
        raise Refusal("文档不完整，缺少正文或目录", name, remedy=_REMEDY)
    types: set[str] = set()
    with archive.open("[Content_Types].xml") as source:
        check_markup(source, name, lambda tag, found: types.add(found.get("ContentType", "")))
    if any("macroEnabled" in one or "vbaProject" in one for one in types):
        raise Refusal("文档其实是带宏的文件，改过扩展名", name, _NO_MACRO, _REMEDY)
    if content_type not in types:
        raise Refusal("文档的类型与扩展名不符", name, remedy=_REMEDY)


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    where = inside(name, entry.filename)
    if entry.is_dir():
        return
    head = read_through(archive, entry, name)
    if not entry.filename.lower().endswith(_PARTS):
        if kind_of(head) in ("program", "script", "html", "svg", "ole", "zip"):
            raise Refusal("文档里藏有别的文件", where, _NO_MACRO, _REMEDY)
        return
    watch = _Watch(where, entry.filename)
    with archive.open(entry) as source:
        check_markup(source, where, watch.element, watch.text)
    watch.check_fields()


class _Watch:
    """What one part says of links, fields and formulas."""

    def __init__(self, where: str, part: str) -> None:
        self.where, self.tag = where, ""
        self.is_links = part.endswith(".rels")
        self.fields: list[str] = []

    def element(self, tag: str, found: dict[str, str]) -> None:
        self.tag = tag.rsplit("}", 1)[-1]
        if self.is_links and self.tag == "Relationship":
            self._check_link(found)
        if self.tag == _FIELD:
            self.fields += [" ", *(v for k, v in found.items() if k.endswith("instr"))]
        if self.tag in ("ddeLink", "oleLink", "oleObject", "altChunk", "externalReference"):
            raise Refusal("文档引用外部的数据或对象", self.where, _ALONE, _REMEDY)
        if self.tag == "p":
            self.fields.append("\n")

    def text(self, data: str) -> None:
        if self.tag == _INSTRUCTION:
            self.fields.append(data)
        elif self.tag == _FORMULA and _CALLING.search(data):
            raise Refusal("表格里有调用程序或外部文件的公式", self.where, _ALONE, _REMEDY)

    def check_fields(self) -> None:
        # A word of a field may be cut over several runs.
        if found := _FETCHING.search("".join(self.fields)):
            what = f"文档里有会调用程序或外部文件的域（{found.group(0).upper()}）"
            raise Refusal(what, self.where, _ALONE, _REMEDY)

    def _check_link(self, found: dict[str, str]) -> None:
        target = found.get("Target", "")
        if found.get("TargetMode", "").lower() == "external":
            is_link = found.get("Type", "").endswith("/hyperlink")
            if not (is_link and _SAFE_LINK.match(target)):
                what = f"文档引用外部文件（{target[:60]}）"
                raise Refusal(what, self.where, _ALONE, _REMEDY)
        elif "://" in target or target.startswith(("\\\\", "//")):
            raise Refusal(f"文档引用外部文件（{target[:60]}）", self.where, _ALONE, _REMEDY)
