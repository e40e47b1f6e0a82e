"""Whether what a drawing declares in our vocabulary is whole, known and of one meaning."""

import re
from collections.abc import Collection, Iterator, Mapping

from guotu.lib.flow.declared import StepDeclared, declared, service_of, step_of
from guotu.lib.flow.elements import HUMAN, Drawing, Element, Part
from guotu.lib.flow.expression import RESERVED, parse
from guotu.lib.flow.fitting import TYPES, Variables, type_of
from guotu.lib.flow.problems import Problem
from guotu.lib.refusal import Refusal

TAGS = frozenset(["execute", "decide", "supervise", "support"])
EVIDENCE = frozenset(["note", "document"])
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_OWN = frozenset(["case", "variable", "apart", "step", "risk", "action", "stores"])
_HOLDERS = {
    "case": frozenset(["process"]),
    "variable": frozenset(["process"]),
    "apart": frozenset(["process"]),
    "step": HUMAN,
    "risk": HUMAN,
    "action": frozenset(["serviceTask"]),
    "stores": frozenset(["serviceTask"]),
}


def declarations(
    drawing: Drawing,
    actions: Mapping[str, tuple[str, ...]],
    limits: Collection[str],
    called: Mapping[str, Drawing],
    variables: Variables,
) -> Iterator[Problem]:
    """Return what is missing, unknown or of two meanings in what a drawing declares."""
    yield from _process(drawing, drawing.root, limits, called)
    for element in drawing.elements.values():
        yield from _places(element.part)
        if element.kind in HUMAN:
            yield from _step(element, limits, variables)
        elif element.kind == "serviceTask":
            yield from _service(element, actions, variables)


def _places(part: Part) -> Iterator[Problem]:
    """Return our extensions that are unknown, or stand where they mean nothing."""
    for held in part.all("extensionElements"):
        for own in held.parts:
            name = own.kind.removeprefix("guotu:")
            if name not in _OWN:
                remedy = f"只用：{'、'.join(f'guotu:{one}' for one in sorted(_OWN))}"
                yield own.says(f"不认识 {own.kind}", remedy, part.id)
            elif part.kind not in _HOLDERS[name]:
                remedy = f"把它移到 {'、'.join(sorted(_HOLDERS[name]))}"
                yield own.says(f"{own.kind} 不能写在 {part.kind} 上", remedy, part.id)


def _process(
    drawing: Drawing, process: Part, limits: Collection[str], called: Mapping[str, Drawing]
) -> Iterator[Problem]:
    yield from _places(process)
    cases = list(process.own("case"))
    if not any(case.get("title") for case in cases) and not process.get("name"):
        yield process.says("流程没有名称", '写上 <guotu:case title="…"/>')
    for case in cases[1:]:
        yield case.says("guotu:case 写了不止一个", "只留一个", process.id)
    for case in cases:
        yield from _limit(case, process.id, limits)
    seen: set[str] = set()
    for part in drawing.variables():
        yield from _variable(part, process.id, seen)
    places = set(declared(drawing, called).steps)
    for part in process.own("apart"):
        yield from _apart(part, process.id, places)


def _limit(part: Part, element: str, limits: Collection[str]) -> Iterator[Problem]:
    key = part.get("limit")
    if key and key not in limits:
        remedy = "写期限表中的名称，或先把期限加进期限表"
        yield part.says(f"期限 {key[:60]} 不在期限表中", remedy, element)


def _variable(part: Part, process: str, seen: set[str]) -> Iterator[Problem]:
    name, kind, values = part.get("name"), part.get("type"), part.get("values").split()
    if not _NAME.fullmatch(name) or name in RESERVED:
        remedy = "用英文字母、数字和下划线，字母开头，不用 and or not in is 等保留字"
        yield part.says(f"变量名 {name[:40] or '（空）'} 不能用", remedy, process)
    if name in seen:
        yield part.says(f"变量 {name} 声明了两次", "只留一个", process)
    seen.add(name)
    if kind not in TYPES:
        remedy = f"写 {'、'.join(sorted(TYPES))} 之一"
        yield part.says(f"变量 {name} 的类型 {kind[:40] or '（空）'} 不认识", remedy, process)
    if kind == "choice" and not values:
        yield part.says(f"变量 {name} 没有可选的值", '写上 values="甲 乙"', process)
    if len(set(values)) < len(values):
        yield part.says(f"变量 {name} 的可选值有重复", "每个值只写一次", process)
    if part.get("required", "false") not in ("true", "false"):
        yield part.says(f"变量 {name} 的 required 不是真假值", "改为 true 或 false", process)


def _apart(part: Part, process: str, places: Collection[str]) -> Iterator[Problem]:
    steps, name = part.get("steps").split(), part.get("name")
    if not name:
        yield part.says("guotu:apart 没有名称", '写上 name="承办与审批分离"', process)
    if len(set(steps)) < 2:
        yield part.says(f"“{name}”须写两个以上的步骤", '写上 steps="步骤一 步骤二"', process)
    for step in steps:
        # A call stands for all the steps within it.
        if not any(one == step or one.startswith(f"{step}/") for one in places):
            remedy = "写用户任务或人工任务的 id；被调用流程里的写作 调用活动id/步骤id"
            yield part.says(f"“{name}”所指的步骤 {step[:60]} 不在图中", remedy, process)


def _step(element: Element, limits: Collection[str], variables: Variables) -> Iterator[Problem]:
    found = list(element.part.own("step"))
    word = element.word
    if not found:
        remedy = '写上 <guotu:step role="…" tag="execute"/>'
        yield element.says(f"{word}没有写由谁办", remedy)
        return
    for part in found[1:]:
        yield part.says(f"{word}的 guotu:step 写了不止一个", "只留一个", element.id)
    yield from _step_part(element, found[0], step_of(element), variables)
    yield from _limit(found[0], element.id, limits)
    titles: set[str] = set()
    for risk in element.part.own("risk"):
        title = risk.get("title")
        if not title or title in titles:
            told = f"{word}的风险点没有名称，或与另一个同名"
            yield risk.says(told, '写上各不相同的 title="…"', element.id)
        titles.add(title)
        if risk.get("evidence") not in EVIDENCE:
            told = f"{word}的风险点没有写要什么证据"
            yield risk.says(told, '写 evidence="note"（说明）或 "document"（材料）', element.id)


def _step_part(
    element: Element, part: Part, step: StepDeclared, variables: Variables
) -> Iterator[Problem]:
    word = element.word
    if not step.role:
        yield part.says(f"{word}没有写角色", '写上 role="undertaker" 之类', element.id)
    if step.tag not in TAGS:
        told = f"{word}的性质 {step.tag[:40] or '（空）'} 不认识"
        remedy = "tag 写 execute（执行）、decide（决策）、supervise（监督）或 support（辅助）"
        yield part.says(told, remedy, element.id)
    for name in (*step.writes, *(one for one in step.reads if one not in step.writes)):
        if name not in variables:
            told = f"{word}用到没有声明的变量 {name[:40]}"
            yield part.says(told, "用 guotu:variable 声明它，或改正名称", element.id)


def _service(
    element: Element, actions: Mapping[str, tuple[str, ...]], variables: Variables
) -> Iterator[Problem]:
    found = list(element.part.own("action"))
    word, service = element.word, service_of(element)
    if not service.action:
        remedy = '写上 <guotu:action name="…"/>'
        yield element.says(f"{word}没有写调用哪个动作", remedy)
        return
    for part in found[1:]:
        yield part.says(f"{word}的 guotu:action 写了不止一个", "只留一个", element.id)
    if service.action not in actions:
        told = f"{word}调用的动作 {service.action[:60]} 没有登记，或不准流程调用"
        known = "、".join(sorted(actions)[:8]) or "（没有）"
        yield found[0].says(told, f"流程可调用的动作：{known}", element.id)
    else:
        yield from _arguments(element, found[0], actions[service.action], variables)
    for part in element.part.own("stores"):
        if part.get("variable") not in variables:
            told = f"{word}的结果要存入没有声明的变量 {part.get('variable')[:40] or '（空）'}"
            yield part.says(told, "用 guotu:variable 声明它", element.id)
        if not part.get("from"):
            told = f"{word}没有写存入结果的哪一项"
            yield part.says(told, '写上 from="结果项"', element.id)


def _arguments(
    element: Element, action: Part, known: tuple[str, ...], variables: Variables
) -> Iterator[Problem]:
    seen: set[str] = set()
    for part in action.all("guotu:argument"):
        name = part.get("name")
        if name not in known or name in seen:
            told = f"{element.word}的参数 {name[:40] or '（空）'} "
            told += "写了两次" if name in seen else "不是这个动作的参数"
            yield part.says(told, f"可用的参数：{'、'.join(known) or '（没有）'}", element.id)
        seen.add(name)
        try:
            type_of(parse(part.get("value")), variables)
        except Refusal as wrong:
            told = f"{element.word}的参数 {name[:40]}：{wrong.what}"
            yield part.says(told, wrong.remedy, element.id)
