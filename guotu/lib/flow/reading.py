"""A stranger's file becomes a drawing, or says in Chinese at which line it is no BPMN 2.0."""

import re
from collections.abc import Iterator

from lxml import etree  # type: ignore[import-untyped]

from guotu.lib.flow.elements import NAMESPACE, SUPPORTED, WORDS, Drawing, Element, Flow, Part
from guotu.lib.flow.problems import Problem

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
_LARGEST_BYTES = 4 << 20
_MOST_ELEMENTS = 40_000
_MOST_DRAWN = 2_000
_DEEPEST = 60
_ENCODINGS = frozenset(
    ["utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "gb18030", "gbk", "gb2312"]
)
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)")

_DEFINITIONS = frozenset(
    ["process", "collaboration", "message", "itemDefinition", "category", "documentation"]
)
_DRAWN_ONLY = frozenset(
    ["documentation", "extensionElements", "laneSet", "textAnnotation", "association", "group"]
)
_FILE = "文件"
_EXPORT = "用流程图工具重新导出为 BPMN 2.0（XML，UTF-8）"


def read(name: str, text: bytes) -> Drawing:
    """Read a BPMN 2.0 file (ISO/IEC 19510) without trusting it; never raises.

    No DTD, entity or network is touched; size, depth and number of elements are limited. What is
    wrong with the file itself is in `problems` of the drawing; `check` looks at what it means.
    """
    found = _unsafe(text)
    if found:
        return Drawing(name, problems=(found,))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as fault:
        line = max(1, fault.lineno or 1)
        problem = Problem(line, _FILE, f"不是合格的 XML（{_reason(fault)}）", _EXPORT)
        return Drawing(name, problems=(problem,))
    found = _unfit(root)
    return Drawing(name, problems=(found,)) if found else _Reader(name, root).drawing()


def _unsafe(text: bytes) -> Problem | None:
    """Return why a file is not even parsed."""
    if len(text) > _LARGEST_BYTES:
        return Problem(1, _FILE, "文件超过 4 MB", "拆成几个流程，用调用活动连接")
    if not text.strip():
        return Problem(1, _FILE, "文件是空的", _EXPORT)
    # Sixteen-bit text is looked through as if it were eight-bit.
    plain = text.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    declared = _DECLARED.match(plain)
    encoding = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        return Problem(1, _FILE, f"不接受字符编码 {encoding[:40]}", "另存为 UTF-8")
    doctype = _DOCTYPE.search(plain)
    if doctype:
        line = plain.count(b"\n", 0, doctype.start()) + 1
        return Problem(line, _FILE, "文件带有 DOCTYPE 或 ENTITY 声明", "删去这段声明")
    return None


def _reason(fault: etree.XMLSyntaxError) -> str:
    """Return what the parser said, short: it is English, and it is all that is known."""
    return str(fault.msg or "").split(", line")[0][:80]


def _unfit(root: etree._Element) -> Problem | None:
    """Return why a well-formed file is no BPMN, or too much of it."""
    deepest = count = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        deepest += 1 if event == "start" else -1
        count += event == "start"
        if deepest > _DEEPEST or count > _MOST_ELEMENTS:
            what = f"嵌套超过 {_DEEPEST} 层" if deepest > _DEEPEST else "元素太多"
            remedy = "拆成几个流程，用调用活动连接"
            return Problem(max(1, node.sourceline or 1), _FILE, what, remedy)
    if root.tag != f"{{{BPMN}}}definitions":
        told = "不是 BPMN 2.0 文件（根元素须是 definitions）"
        return Problem(max(1, root.sourceline or 1), etree.QName(root).localname, told, _EXPORT)
    return None


def _part(node: etree._Element) -> Part:
    """Return a node with what is BPMN's or ours beneath it."""
    parts = [_part(child) for child in node if _kind(child)]
    plain = {str(key): str(value) for key, value in node.attrib.items() if "{" not in str(key)}
    own = (node.text or "") + "".join(child.tail or "" for child in node)
    return Part(_kind(node), max(1, node.sourceline or 1), plain, own.strip(), tuple(parts))


def _kind(node: etree._Element) -> str:
    """Return the name of a kind; "" for a stranger's."""
    name = etree.QName(node)
    if name.namespace == BPMN:
        return name.localname
    return f"guotu:{name.localname}" if name.namespace == NAMESPACE else ""


class _Reader:
    """Gathers a drawing from a tree of parts."""

    def __init__(self, name: str, root: etree._Element) -> None:
        self.name = name
        self.root = _part(root)
        self.problems: list[Problem] = list(_shapes(root))
        self.found: dict[str, tuple[Part, str]] = {}
        self.flows: dict[str, Flow] = {}
        self.lanes: dict[str, str] = {}
        self.flow_refs: list[tuple[Part, str]] = []

    def drawing(self) -> Drawing:
        """Return the drawing."""
        self._check_ids(self.root, {})
        self._check_definitions()
        processes = list(self.root.all("process"))
        if not processes:
            self._say(self.root, "文件里没有流程", "画一个流程（process）再导出")
            return Drawing(self.name, problems=tuple(self.problems))
        for other in processes[1:]:
            self._say(other, "一个文件里有不止一个流程", "每个流程存为一个文件，用调用活动连接")
        process = processes[0]
        if not process.get("id"):
            self._say(process, "流程没有 id", "给流程写上 id")
        self._gather(process, process.get("id"))
        if len(self.found) + len(self.flows) > _MOST_DRAWN:
            self._say(process, f"流程超过 {_MOST_DRAWN} 个元素和线", "拆成几个流程，用调用活动连接")
            return Drawing(self.name, problems=tuple(self.problems))
        messages = {part.get("id"): part.get("name") for part in self.root.all("message")}
        return Drawing(
            self.name,
            process,
            self._elements(),
            self.flows,
            self._lanes_of(process),
            messages,
            tuple(self.problems),
        )

    def _say(self, part: Part, problem: str, remedy: str) -> None:
        self.problems.append(part.says(problem, remedy))

    def _check_ids(self, part: Part, seen: dict[str, int]) -> None:
        # The id of an item is the name of a variable, which many elements may use.
        is_name = part.kind.endswith("DataItem") or part.kind.startswith("guotu:")
        given = None if is_name else part.attributes.get("id")
        if given is not None:
            if given in seen:
                self._say(part, f"id 与第 {seen[given]} 行重复", "每个元素用自己的 id")
            seen.setdefault(given, part.line)
        for inner in part.parts:
            self._check_ids(inner, seen)

    def _check_definitions(self) -> None:
        for part in self.root.parts:
            if part.kind == "message" and not (part.get("id") and part.get("name")):
                self._say(part, "消息没有 id 或名称", "给消息写上 id 和 name")
            if part.kind == "import":
                self._say(part, "引用了别的文件", "删去 import，用调用活动连接别的流程")
            elif part.kind not in _DEFINITIONS and part.kind != "extensionElements":
                self._say(part, f"不支持 {part.kind} 定义", "删去这个定义，改用所列支持的元素")

    def _gather(self, holder: Part, scope: str) -> None:
        """Take in the nodes and flows of a process or subprocess, deeper ones too."""
        for part in holder.parts:
            if part.kind == "sequenceFlow":
                self._gather_flow(part)
            elif part.kind in WORDS:
                self._gather_node(part, scope)
            elif part.kind not in _ATTRIBUTE_PARTS and part.kind not in _DRAWN_ONLY:
                self._say(part, f"不支持 {part.kind}", _REMEDIES.get(part.kind, "从图中删去它"))

    def _gather_node(self, part: Part, scope: str) -> None:
        if not part.get("id"):
            self._say(part, f"{WORDS[part.kind]}没有 id", "给它写上 id")
            return
        self.found.setdefault(part.id, (part, scope))
        if part.kind in SUPPORTED and part.kind == "subProcess":
            self._gather(part, part.id)

    def _gather_flow(self, part: Part) -> None:
        if not part.get("id"):
            self._say(part, "顺序流没有 id", "给它写上 id")
            return
        source, target = part.get("sourceRef"), part.get("targetRef")
        condition = part.first("conditionExpression")
        self.flows.setdefault(part.id, Flow(part.id, part.line, source, target, condition, part))

    def _elements(self) -> dict[str, Element]:
        attached: dict[str, list[str]] = {}
        for part, _scope in self.found.values():
            if part.kind == "boundaryEvent":
                attached.setdefault(part.get("attachedToRef"), []).append(part.id)
        leaving: dict[str, list[Flow]] = {}
        coming: dict[str, list[Flow]] = {}
        for flow in self.flows.values():
            leaving.setdefault(flow.source, []).append(flow)
            coming.setdefault(flow.target, []).append(flow)
        return {
            key: Element(
                key,
                part.kind,
                part.line,
                " ".join(part.get("name").split()),
                scope,
                part,
                tuple(coming.get(key, ())),
                tuple(leaving.get(key, ())),
                tuple(attached.get(key, ())),
            )
            for key, (part, scope) in self.found.items()
        }

    def _lanes_of(self, process: Part) -> dict[str, str]:
        lanes: dict[str, str] = {}
        for lane in _lanes(process):
            for ref in lane.all("flowNodeRef"):
                lanes[ref.text] = lane.get("name")
                if ref.text not in self.found:
                    problem = f"泳道里的 {ref.text[:60]} 不在图中"
                    self.problems.append(ref.says(problem, "删去这个引用", lane.id))
        return lanes


def _lanes(holder: Part) -> Iterator[Part]:
    """Return the lanes of a process, the innermost last."""
    for part in holder.parts:
        if part.kind in ("laneSet", "childLaneSet", "lane"):
            if part.kind == "lane":
                yield part
            yield from _lanes(part)


def _shapes(root: etree._Element) -> Iterator[Problem]:
    """Return the bounds that are no numbers: whoever draws or orders by them would stumble."""
    for bounds in root.iter(_BOUNDS):
        if not all(_is_number(bounds.get(side, "0")) for side in ("x", "y", "width", "height")):
            line = max(1, bounds.sourceline or 1)
            yield Problem(line, "Bounds", "图形的位置或大小不是数", "用流程图工具重新保存")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*-?\d{1,9}(\.\d+)?(E-?\d{1,2})?\s*", text) is not None


# Parts that say something of the process or subprocess itself; `check` judges the last two.
_ATTRIBUTE_PARTS = frozenset(
    [
        "incoming",
        "outgoing",
        "guotu:case",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
    ]
)
_VARIABLES = "用 guotu:variable 声明变量，删去它"
_REMEDIES = {
    "dataObject": _VARIABLES,
    "dataObjectReference": _VARIABLES,
    "dataStoreReference": _VARIABLES,
    "ioSpecification": _VARIABLES,
    "property": _VARIABLES,
    "dataInputAssociation": _VARIABLES,
    "dataOutputAssociation": _VARIABLES,
}
