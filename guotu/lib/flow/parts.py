"""Whether each element is of a kind that runs, and has only parts and marks that run."""

import re
from collections.abc import Collection, Iterator

from guotu.lib.flow.elements import ACTIVITIES, SUPPORTED, WORDS, Drawing, Element, Part
from guotu.lib.flow.fitting import Variables
from guotu.lib.flow.problems import Problem

# What a timer may wait for: one count of days, weeks, months, years, hours or minutes.
DURATION = re.compile(r"P(?:[1-9]\d{0,3}[DWMY]|T[1-9]\d{0,3}[HM])", re.ASCII)

_RUNNING = "、".join(WORDS[kind] for kind in WORDS if kind in SUPPORTED)
_REPLACE = {
    "task": "改为用户任务、人工任务或服务任务",
    "scriptTask": "流程里不写脚本；改为服务任务，用 guotu:action 调用登记的动作",
    "sendTask": "改为服务任务，用 guotu:action 调用登记的动作",
    "receiveTask": "改为消息的中间捕获事件",
    "businessRuleTask": "改为排他网关，条件写在线上",
    "transaction": "改为子流程",
    "adHocSubProcess": "改为子流程，画出步骤的次序",
    "eventBasedGateway": "改为用户任务，把消息和定时器画成它的边界事件",
    "complexGateway": "改为包容网关",
    "intermediateThrowEvent": "改为服务任务，用 guotu:action 调用登记的动作",
}
_PARTS = frozenset(["documentation", "extensionElements", "incoming", "outgoing"])
_INNER = frozenset(["multiInstanceLoopCharacteristics", "standardLoopCharacteristics"])
_REPEATS = frozenset(
    [
        "documentation",
        "extensionElements",
        "loopCardinality",
        "loopDataInputRef",
        "inputDataItem",
        "loopDataOutputRef",
        "outputDataItem",
    ]
)
_EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset(["terminateEventDefinition"]),
    "boundaryEvent": frozenset(["timerEventDefinition", "messageEventDefinition"]),
    "intermediateCatchEvent": frozenset(["timerEventDefinition", "messageEventDefinition"]),
}
_EVENT_REMEDIES = {
    "startEvent": "改为普通开始事件；收件、定时由办件的开立来做",
    "endEvent": "改为普通结束事件或终止结束事件",
    "boundaryEvent": "只用一个定时器或一个消息",
    "intermediateCatchEvent": "只用一个定时器或一个消息",
}


def parts(drawing: Drawing, limits: Collection[str], variables: Variables) -> Iterator[Problem]:
    """Return the elements, and the parts and marks of elements, that do not run."""
    if drawing.root.get("isExecutable") == "false":
        yield drawing.root.says("流程标明不可执行", '改为 isExecutable="true"')
    for element in drawing.elements.values():
        if element.kind not in SUPPORTED:
            remedy = _REPLACE.get(element.kind, f"只用：{_RUNNING}")
            yield element.says(f"不支持{element.word}", remedy)
            continue
        yield from _marks(element)
        yield from _inner(element)
        if element.many is not None:
            yield from _repeats(element, element.many, variables)
        if element.kind in _EVENTS:
            yield from _event(drawing, element, limits)


def _marks(element: Element) -> Iterator[Problem]:
    part, word = element.part, element.word
    if part.get("isForCompensation") == "true":
        yield element.says(f"{word}是补偿活动，不能运行", "删去补偿标记，另画更正的步骤")
    for name in ("startQuantity", "completionQuantity"):
        if part.get(name, "1") != "1":
            yield element.says(f"{word}的 {name} 不是 1", f"删去 {name}")
    if part.get("triggeredByEvent") == "true":
        yield element.says(f"{word}由事件触发，不能运行", "改为任务上的边界事件")
    if part.get("operationRef"):
        yield element.says(f"{word}引用了外部操作", "删去 operationRef，用 guotu:action 调用动作")


def _inner(element: Element) -> Iterator[Problem]:
    for part in element.part.parts:
        if part.kind == "standardLoopCharacteristics":
            yield part.says(
                f"{element.word}带有循环标记", "用排他网关画出回路，或改为多实例", element.id
            )
        is_event = element.kind in _EVENTS and part.kind.endswith("EventDefinition")
        repeats = element.kind in ACTIVITIES and part.kind in _INNER
        # What lies inside a subprocess was looked at when the file was read.
        if element.kind != "subProcess" and not (is_event or repeats or part.kind in _PARTS):
            remedy = "删去它；办理人用 guotu:step 的 role，数据用 guotu:variable"
            yield part.says(f"{element.word}不支持 {part.kind}", remedy, element.id)


def _repeats(element: Element, mark: Part, variables: Variables) -> Iterator[Problem]:
    word = element.word
    each, times = mark.first("loopDataInputRef"), mark.first("loopCardinality")
    for part in mark.parts:
        if part.kind not in _REPEATS:
            yield part.says(f"{word}的多实例不支持 {part.kind}", "删去它", element.id)
    if (each is None) == (times is None):
        yield mark.says(
            f"{word}的多实例要么写列表，要么写次数",
            "写 loopDataInputRef（列表变量）或 loopCardinality（次数），只写一样",
            element.id,
        )
    if times is not None and not _is_count(times.text, variables):
        remedy = "写 1 到 99 的整数，或一个整数变量"
        yield times.says(f"{word}的次数 {times.text[:40]} 不是整数", remedy, element.id)
    yield from _list(element, mark, "loopDataInputRef", "inputDataItem", variables)
    yield from _list(element, mark, "loopDataOutputRef", "outputDataItem", variables)
    brought = mark.first("outputDataItem")
    if brought is not None and brought.get("id") not in variables:
        told = f"{word}的 outputDataItem {brought.id[:40]} 不是声明的变量"
        yield brought.says(told, "用 guotu:variable 声明它，并写进步骤的 writes", element.id)


def _list(
    element: Element, mark: Part, ref: str, item: str, variables: Variables
) -> Iterator[Problem]:
    """Return what is wrong with a list that a multi-instance reads or fills, and its item."""
    held, one = mark.first(ref), mark.first(item)
    if held is not None and _type(held.text, variables) != "list":
        told = f"{element.word}的多实例所用的 {held.text[:40]} 不是列表变量"
        yield held.says(told, '用 guotu:variable 声明 type="list" 的变量', element.id)
    if (held is None) != (one is None) or (one is not None and not one.get("id")):
        told = f"{element.word}的多实例须同时写 {ref} 和 {item}"
        yield mark.says(told, f"补上 {ref}，并给 {item} 写上 id", element.id)


def _is_count(text: str, variables: Variables) -> bool:
    plain = re.fullmatch(r"[1-9]\d?", text, re.ASCII)
    return plain is not None or _type(text, variables) == "integer"


def _type(name: str, variables: Variables) -> str:
    return variables[name].type if name in variables else ""


def _event(drawing: Drawing, element: Element, limits: Collection[str]) -> Iterator[Problem]:
    word, remedy = element.word, _EVENT_REMEDIES[element.kind]
    wants = element.kind in ("boundaryEvent", "intermediateCatchEvent")
    for event in element.events:
        if event.kind not in _EVENTS[element.kind]:
            yield event.says(f"{word}不支持 {event.kind}", remedy, element.id)
    if len(element.events) > 1 or (wants and not element.events):
        yield element.says(f"{word}须有且只有一个定时器或消息", remedy)
    elif element.event is not None and element.event.kind == "timerEventDefinition":
        yield from _timer(element, element.event, limits)
    elif element.event is not None and element.event.kind == "messageEventDefinition":
        ref = element.event.get("messageRef")
        if ref not in drawing.messages:
            told = f"{word}的消息 {ref[:60] or '（空）'} 没有定义"
            remedy = "定义消息（message），在 messageRef 写它的 id"
            yield element.event.says(told, remedy, element.id)


def _timer(element: Element, event: Part, limits: Collection[str]) -> Iterator[Problem]:
    word = element.word
    remedy = "写 timeDuration：P10D、P2W、P3M、P1Y、PT4H，或 limit:期限名"
    found = [one for one in event.parts if one.kind not in ("documentation", "timeDuration")]
    for one in found:
        yield one.says(f"{word}的定时器不支持 {one.kind}", remedy, element.id)
    part = event.first("timeDuration")
    if part is None:
        if not found:
            yield event.says(f"{word}的定时器没有写时长", remedy, element.id)
    elif part.text.startswith("limit:"):
        key = part.text.removeprefix("limit:")
        if key not in limits:
            yield part.says(f"{word}所用的期限 {key[:60]} 不在期限表中", remedy, element.id)
    elif not DURATION.fullmatch(part.text):
        yield part.says(f"{word}的时长 {part.text[:40] or '（空）'} 不能识别", remedy, element.id)
