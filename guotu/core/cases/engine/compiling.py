"""Makes of drawings what the library runs, in our terms; refuses what it would run otherwise.

A program is the drawings themselves without their layout, packed; what is made of it is kept in
memory. So no state of the library's own is ever stored beside the tokens.
"""

import functools
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import (
    NoneEventDefinition,
    TerminateEventDefinition,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import DurationTimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent, ThrowingEvent
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import Task, TaskState

from guotu.core.cases.engine.joining import Both, Some, draw_up
from guotu.core.cases.engine.specs import (
    RENAMED,
    AtOnce,
    Awaited,
    CaseList,
    OneAfterAnother,
    OneOf,
    Service,
    _Gathering,
    as_drawn,
)
from guotu.core.cases.engine.troubles import in_words
from guotu.lib.flow import reading
from guotu.lib.flow.elements import NAMESPACE, SUPPORTED, Drawing
from guotu.lib.refusal import Refusal

FORMAT = 1
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNDiagram"
_OURS = f"{{{NAMESPACE}}}"
_ENCODING = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_THEIRS = frozenset(["Start", "End", "StartEventSplit", "StartEventJoin"])
_UNTOUCHED = TaskState.MAYBE | TaskState.LIKELY | TaskState.FUTURE


@dataclass(frozen=True)
class Program:
    """A process ready to run: its own specification, and those of what it calls, by id."""

    key: str
    spec: BpmnProcessSpec
    called: dict[str, BpmnProcessSpec]


def compile_process(files: Mapping[str, bytes], key: str) -> bytes:
    """Return the program of the process `key`, made of drawings by file name.

    What it calls must be among the files. Raises Refusal where it cannot run: with element and
    line where these are known. `guotu.lib.flow.check` finds more, and all at once.
    """
    for name, text in files.items():
        _check_drawing(reading.read(name, text))
    kept = _kept({name: _tree(text) for name, text in sorted(files.items())})
    told = json.dumps({"key": key, "files": kept}, ensure_ascii=False, separators=(",", ":"))
    program = b"guotu-program %d\n" % FORMAT + zlib.compress(told.encode())
    loaded(program)
    return program


@functools.lru_cache(maxsize=64)
def loaded(program: bytes) -> Program:
    """Return a program ready to run, from memory where it was used before."""
    head, _, packed = program.partition(b"\n")
    if head != b"guotu-program %d" % FORMAT:
        raise Refusal("这个流程由另一个版本的程序生成", remedy="请管理员重新部署流程")
    told = json.loads(zlib.decompress(packed))
    key = told["key"]
    parser = _Parser()
    try:
        for name, text in told["files"].items():
            parser.add_bpmn_xml(_tree(text.encode()), name)
        if parser.get_process_parser(key) is None:
            raise Refusal(f"所给的图里没有流程 {key}", remedy="核对流程的 id")
        _check_calls(parser, told["files"], key)
        spec = parser.get_spec(key)
        called = parser.get_subprocess_specs(key)
        for one in (spec, *called.values()):
            _make_ours(one)
    except Exception as fault:
        raise in_words(fault) from fault
    return Program(key, spec, called)


def _kept(roots: Mapping[str, etree._Element]) -> dict[str, str]:
    """Return drawings without their layout, by which the library would order conditions."""
    taken = {one.get("id") for root in roots.values() for one in root.iter(f"{_BPMN}process")}
    for root in roots.values():
        for diagram in root.findall(_BPMNDI):
            root.remove(diagram)
        _rename(root, taken)
    return {name: etree.tostring(root, encoding="unicode") for name, root in roots.items()}


def _rename(root: etree._Element, taken: set[str | None]) -> None:
    """Give other ids to what the library would take for its own, or for another file's."""
    names: dict[str, str] = {}
    for node in root.iter():
        kind, name = str(node.tag).removeprefix(_BPMN), node.get("id") or ""
        scope = kind == "subProcess"
        if kind in SUPPORTED and (name in _THEIRS or (scope and name in taken)):
            names[name] = name + RENAMED
            while scope and names[name] in taken:
                names[name] += RENAMED
        if scope:
            taken.add(names.get(name, name))
    for node in root.iter():
        for key in ("id", "sourceRef", "targetRef", "attachedToRef"):
            if node.get(key) in names:
                node.set(key, names[node.get(key, "")])


def text_of(drawing: bytes) -> str:
    """Return a drawing as text that says no other encoding than UTF-8, as it is kept and shown."""
    declared = _ENCODING.match(drawing)
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8"):
        try:
            return drawing.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass  # sixteen-bit text says what it is by its first bytes
    told: str = etree.tostring(_tree(drawing), encoding="unicode")
    return told


def _tree(text: bytes) -> etree._Element:
    return etree.fromstring(
        text, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    )


def _check_drawing(drawing: Drawing) -> None:
    where = drawing.name
    for problem in drawing.problems:
        place = f"{where} 第 {problem.line} 行 {problem.element}"
        raise Refusal(problem.problem, where=place, remedy=problem.remedy)
    for element in drawing.elements.values():
        if element.kind not in SUPPORTED or element.part.first("standardLoopCharacteristics"):
            raise Refusal(
                f"不支持{element.word}",
                where=f"{where} 第 {element.line} 行 {element.id}",
                rule="只运行所列支持的元素",
                remedy="改用所列支持的元素",
            )


def _check_calls(parser: "_Parser", files: Mapping[str, str], key: str) -> None:
    calls: dict[str, set[str]] = {}
    for text in files.values():
        for process in _tree(text.encode()).iter(f"{_BPMN}process"):
            found = process.iter(f"{_BPMN}callActivity")
            calls[process.get("id", "")] = {one.get("calledElement", "") for one in found}
    _check_called(calls, key, ())


def _check_called(calls: Mapping[str, set[str]], key: str, above: tuple[str, ...]) -> None:
    if key in above:
        raise Refusal(
            f"流程 {key} 调用了自己", where=" → ".join([*above, key]), remedy="去掉循环调用"
        )
    for called in sorted(calls[key]):
        if called not in calls:
            raise Refusal(
                f"缺少所调用的流程 {called}", where=key, remedy="把被调用流程的文件一并给出"
            )
        _check_called(calls, called, (*above, key))


class _Ours(TaskParser):
    SEQUENTIAL_MI_CLASS = OneAfterAnother
    PARALLEL_MI_CLASS = AtOnce


class _ServiceParser(_Ours):
    def create_task(self) -> Service:
        task = super().create_task()
        own = self.node.find(f"{_BPMN}extensionElements")
        action = None if own is None else own.find(f"{_OURS}action")
        if own is None or action is None or not action.get("name"):
            raise ValidationException("服务任务没有写明调用哪个动作", self.node, self.filename)
        arguments = action.iter(f"{_OURS}argument")
        task.action = action.get("name")
        task.arguments = {one.get("name"): one.get("value") for one in arguments}
        task.stores = tuple(
            (one.get("variable"), one.get("from")) for one in own.findall(f"{_OURS}stores")
        )
        return task


def _ours(parser: type[TaskParser]) -> type[TaskParser]:
    return type(f"Our{parser.__name__}", (_Ours, parser), {})


class _Parser(BpmnParser):
    """Reads drawings with our own gateways, services and instances in place of the library's."""

    OVERRIDE_PARSER_CLASSES = {
        tag: (_ours(parser), spec)
        for tag, (parser, spec) in BpmnParser.PARSER_CLASSES.items()
        if tag.removeprefix(_BPMN) in SUPPORTED
    }
    for _name, _spec in (
        ("exclusiveGateway", OneOf),
        ("parallelGateway", Both),
        ("inclusiveGateway", Some),
    ):
        OVERRIDE_PARSER_CLASSES[_BPMN + _name] = (OVERRIDE_PARSER_CLASSES[_BPMN + _name][0], _spec)
    OVERRIDE_PARSER_CLASSES[f"{_BPMN}serviceTask"] = (_ServiceParser, Service)
    PARSER_CLASSES: dict[str, Any] = {}


def _make_ours(spec: BpmnProcessSpec) -> None:
    """Put our waits, lists and joins into a specification, and keep it from looking far ahead."""
    for one in list(spec.task_specs.values()):
        if one.bpmn_id:
            one.bpmn_id = as_drawn(one.bpmn_id)
        if isinstance(one, CatchingEvent | ThrowingEvent):
            one.event_definition = _event(one)
        if isinstance(one, Some):
            draw_up(one)
        if isinstance(one, _Gathering):
            if one.data_input is not None:
                one.data_input = CaseList(one.data_input.bpmn_id)
            spec.task_specs[one.task_spec].completed_event.connect(one.merge_child)
        # The library draws every possible future of a case into its state; one step is enough.
        one._predict = functools.partial(_look_ahead, one)
        one._update = functools.partial(_reach, one)


def _event(spec: TaskSpec) -> Any:
    """Return what stands for an event's definition. Raises Refusal where we do not run it."""
    drawn = spec.event_definition
    catching = isinstance(spec, CatchingEvent) and type(spec).__name__ != "StartEvent"
    if isinstance(drawn, NoneEventDefinition):
        return drawn
    if isinstance(drawn, TerminateEventDefinition) and not catching:
        return drawn
    if isinstance(drawn, DurationTimerEventDefinition) and catching:
        return Awaited("timer", (drawn.expression or "").strip())
    if isinstance(drawn, MessageEventDefinition) and catching:
        return Awaited("message", drawn.name or "")
    raise Refusal(
        "不支持这种事件",
        where=spec.bpmn_name or spec.bpmn_id or spec.name,
        rule="事件只能是时长定时、接收消息或终止结束",
        remedy="改用所列支持的事件",
    )


def _look_ahead(
    spec: TaskSpec, my_task: Task, seen: Any = None, looked_ahead: int = 0, mask: int = _UNTOUCHED
) -> None:
    if my_task.has_state(mask):
        spec._predict_hook(my_task)


def _reach(spec: TaskSpec, my_task: Task) -> None:
    if my_task.has_state(_UNTOUCHED) or not my_task._children:
        spec._predict_hook(my_task)
    if spec._update_hook(my_task):
        my_task._ready()
