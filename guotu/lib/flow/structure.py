"""Whether a drawing hangs together: ends of flows, starts and ends, what is reached, what loops."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from guotu.lib.flow.elements import CALLS, GATEWAYS, HUMAN, Drawing, Element, Flow
from guotu.lib.flow.problems import Problem


def structure(drawing: Drawing, called: Mapping[str, Drawing]) -> Iterator[Problem]:
    """Return what in the lines of a drawing keeps it from running."""
    for flow in drawing.flows.values():
        yield from _flow(drawing, flow)
    for element in drawing.elements.values():
        yield from _references(drawing, element)
        yield from _lines(element)
    for scope in drawing.scopes:
        yield from _scope(drawing, scope, called)


def _flow(drawing: Drawing, flow: Flow) -> Iterator[Problem]:
    ends = []
    for side, held in (("起点", flow.source), ("终点", flow.target)):
        if held not in drawing.elements:
            shown = held[:60] or "（空）"
            yield flow.part.says(f"顺序流的{side} {shown} 不在图中", "把线接到图中的元素上")
        else:
            ends.append(drawing.elements[held])
    if len(ends) == 2 and ends[0].scope != ends[1].scope:
        yield flow.part.says("顺序流跨进或跨出了子流程", "线只连同一层的元素")


def _references(drawing: Drawing, element: Element) -> Iterator[Problem]:
    for kind in ("incoming", "outgoing"):
        for ref in element.part.all(kind):
            if ref.text not in drawing.flows:
                problem = f"{element.word}引用的顺序流 {ref.text[:60]} 不在图中"
                yield ref.says(problem, "删去这个引用，或补上这条线", element.id)
    if element.kind == "boundaryEvent":
        host = drawing.elements.get(element.part.get("attachedToRef"))
        if host is None or host.scope != element.scope:
            yield element.says(f"{element.word}没有附在本层的活动上", "把它附到一个任务的边上")
        elif host.kind in GATEWAYS or host.kind.endswith("Event"):
            yield element.says(f"{element.word}不能附在{host.word}上", "把它附到一个任务的边上")


def _lines(element: Element) -> Iterator[Problem]:
    kind, word = element.kind, element.word
    if kind in ("startEvent", "boundaryEvent") and element.incoming:
        yield element.says(f"{word}不能有进来的线", "删去进来的线")
    if kind == "endEvent" and element.outgoing:
        yield element.says(f"{word}不能有出去的线", "删去出去的线")
    if kind != "endEvent" and not element.outgoing:
        yield element.says(f"走到{word}就没有下一步", "画一条线到下一步或结束事件")
    if kind not in GATEWAYS and len(element.outgoing) > 1:
        yield element.says(f"{word}引出了不止一条线", "引出一条线到并行网关或排他网关，再分开")


def _scope(drawing: Drawing, scope: str, called: Mapping[str, Drawing]) -> Iterator[Problem]:
    within = drawing.within(scope)
    holder = drawing.elements.get(scope)
    part = holder.part if holder else drawing.root
    starts = [one for one in within if one.kind == "startEvent"]
    ends = [one for one in within if one.kind == "endEvent"]
    if len(starts) != 1:
        told = "没有开始事件" if not starts else "有不止一个开始事件"
        yield (starts[1].says if len(starts) > 1 else part.says)(told, "每一层画一个开始事件")
    if not ends:
        yield part.says("没有结束事件", "每一层至少画一个结束事件")
    if len(starts) != 1 or not ends:
        return
    reached = _closure({starts[0].id}, lambda one: _next(drawing, one))
    ending = _closure({one.id for one in ends}, lambda one: _previous(drawing, one))
    for element in within:
        if element.id not in reached:
            yield element.says(f"从开始事件走不到{element.word}", "画线接上它，或删去它")
        elif element.id not in ending and element.outgoing:
            yield element.says(f"从{element.word}走不到结束", "给回路画一个出口，通到结束事件")
    yield from _rushing(drawing, within, called)


def _closure(begin: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    found, rest = set(begin), list(begin)
    while rest:
        for one in onward(rest.pop()):
            if one not in found:
                found.add(one)
                rest.append(one)
    return found


def _next(drawing: Drawing, key: str) -> list[str]:
    element = drawing.elements[key]
    found = [flow.target for flow in element.outgoing if flow.target in drawing.elements]
    return [*found, *element.attached]


def _previous(drawing: Drawing, key: str) -> list[str]:
    element = drawing.elements[key]
    found = [flow.source for flow in element.incoming]
    host = element.part.get("attachedToRef")
    return [one for one in (*found, host) if one in drawing.elements]


def _rushing(
    drawing: Drawing, within: Collection[Element], called: Mapping[str, Drawing]
) -> Iterator[Problem]:
    """Return the loops that go round without anybody doing anything."""
    quick = {one.id for one in within if not _waits(drawing, one, called)}

    def onward(key: str) -> list[str]:
        return [one for one in _next(drawing, key) if one in quick]

    told: set[str] = set()
    for element in within:
        if element.id not in quick or element.id in told:
            continue
        ahead = _closure(onward(element.id), onward)
        if element.id in ahead:
            told |= {one for one in ahead if element.id in _closure(onward(one), onward)}
            yield element.says(
                f"经过{element.word}的回路里没有人办的步骤，会不停地转",
                "在回路里放一个用户任务或人工任务",
            )


def _waits(drawing: Drawing, element: Element, called: Mapping[str, Drawing]) -> bool:
    """Say whether somebody must act before a token passes an element."""
    if element.kind in HUMAN:
        return True
    if element.kind == "subProcess":
        inner = drawing.within(element.id)
        return any(_waits(drawing, one, called) for one in inner)
    if element.kind in CALLS:
        found = called.get(element.part.get("calledElement"))
        return found is None or any(one.kind in HUMAN for one in found.elements.values())
    event = element.event
    return event is not None and event.kind == "messageEventDefinition"
