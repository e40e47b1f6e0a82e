"""What a drawing is made of: parts as they stand in the file, elements, flows, and the drawing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from guotu.lib.flow.problems import Problem

NAMESPACE = "urn:guotu:process:1"

HUMAN = frozenset({"userTask", "manualTask"})
CALLS = frozenset({"callActivity"})
ACTIVITIES = frozenset({*HUMAN, *CALLS, "serviceTask", "subProcess"})
GATEWAYS = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway"})
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent"})
SUPPORTED = ACTIVITIES | GATEWAYS | EVENTS

# Every kind of BPMN 2.0 (ISO/IEC 19510:2013, clause 10) with the word a drawer knows it by.
WORDS = {
    "process": "流程",
    "userTask": "用户任务",
    "manualTask": "人工任务",
    "serviceTask": "服务任务",
    "exclusiveGateway": "排他网关",
    "parallelGateway": "并行网关",
    "inclusiveGateway": "包容网关",
    "callActivity": "调用活动",
    "subProcess": "子流程",
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "boundaryEvent": "边界事件",
    "intermediateCatchEvent": "中间捕获事件",
    "task": "未定类型的任务",
    "scriptTask": "脚本任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "businessRuleTask": "业务规则任务",
    "transaction": "事务子流程",
    "adHocSubProcess": "自由子流程",
    "eventBasedGateway": "事件网关",
    "complexGateway": "复杂网关",
    "intermediateThrowEvent": "中间抛出事件",
    "implicitThrowEvent": "隐含抛出事件",
    "callChoreography": "编排调用",
    "choreographyTask": "编排任务",
    "subChoreography": "子编排",
}


@dataclass(frozen=True)
class Part:
    """One element of the XML file: its local name, line, attributes, own text and parts.

    Parts of our namespace are named `guotu:case` and so on; those of strangers are left out.
    """

    kind: str
    line: int
    attributes: Mapping[str, str]
    text: str
    parts: tuple["Part", ...]

    def all(self, kind: str) -> Iterator["Part"]:
        """Return the direct parts of a kind."""
        return (part for part in self.parts if part.kind == kind)

    def first(self, kind: str) -> "Part | None":
        """Return the first direct part of a kind."""
        return next(self.all(kind), None)

    def own(self, name: str) -> Iterator["Part"]:
        """Return our extensions of a name (`step`, `variable`, ...)."""
        for held in self.all("extensionElements"):
            yield from held.all(f"guotu:{name}")

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""
        return self.attributes.get(name, default)

    @property
    def id(self) -> str:
        """Return the id, or the kind where it has none."""
        return self.attributes.get("id") or self.kind

    def says(self, problem: str, remedy: str, element: str = "") -> Problem:
        """Return a problem of this part; `element` names what it belongs to."""
        return Problem(self.line, element or self.id, problem, remedy)


_NOTHING = Part("process", 1, {}, "", ())


@dataclass(frozen=True)
class Flow:
    """A sequence flow 顺序流: from, to, and its condition."""

    id: str
    line: int
    source: str
    target: str
    condition: Part | None
    part: Part


@dataclass(frozen=True)
class Element:
    """A node of the drawing: id, kind, line and name, in which scope it lies, its flows.

    `scope` is the id of the process or the embedded subprocess that holds it. `attached` are the
    boundary events on it; `incoming` and `outgoing` are flows in the order of the file.
    """

    id: str
    kind: str
    line: int
    name: str
    scope: str
    part: Part
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    attached: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """Return what a drawer calls it: kind and name."""
        word = WORDS.get(self.kind, self.kind)
        return f"{word}“{self.name}”" if self.name else word

    @property
    def event(self) -> Part | None:
        """Return the event definition, where there is exactly one."""
        found = self.events
        return found[0] if len(found) == 1 else None

    @property
    def events(self) -> list[Part]:
        """Return the event definitions."""
        return [part for part in self.part.parts if part.kind.endswith("EventDefinition")]

    @property
    def many(self) -> Part | None:
        """Return the multi-instance mark."""
        return self.part.first("multiInstanceLoopCharacteristics")

    @property
    def interrupts(self) -> bool:
        """Say whether a boundary event ends the activity that it is attached to."""
        return self.part.get("cancelActivity", "true") != "false"

    @property
    def default(self) -> str:
        """Return the id of the default flow."""
        return self.part.get("default")

    def says(self, problem: str, remedy: str) -> Problem:
        """Return a problem of this element."""
        return Problem(self.line, self.id, problem, remedy)


@dataclass(frozen=True)
class Drawing:
    """A file as read: its process, elements and flows by id, and what is wrong with the file.

    `process` is None where the file could not be read as BPMN; `problems` then says why.
    `lanes` gives the name of the lane that holds an element, `messages` the name of a message.
    """

    name: str
    process: Part | None = None
    elements: Mapping[str, Element] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    lanes: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def id(self) -> str:
        """Return the id of the process, "" where there is none."""
        return self.process.get("id") if self.process else ""

    def within(self, scope: str) -> list[Element]:
        """Return the elements that lie directly in a scope, in the order of the file."""
        return self._by_scope.get(scope, [])

    @cached_property
    def _by_scope(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for one in self.elements.values():
            found.setdefault(one.scope, []).append(one)
        return found

    @property
    def scopes(self) -> list[str]:
        """Return the process and its embedded subprocesses."""
        inner = [one.id for one in self.elements.values() if one.kind == "subProcess"]
        return [self.id, *inner]

    @property
    def root(self) -> Part:
        """Return the process, an empty one where there is none."""
        return self.process or _NOTHING

    def variables(self) -> list[Part]:
        """Return the declared variables."""
        return list(self.root.own("variable"))
