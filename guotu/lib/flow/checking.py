"""All that keeps a drawing from running, found at once: by element, line, problem and remedy."""

from collections.abc import Collection, Iterator, Mapping

from guotu.lib.flow.conditions import Conditions
from guotu.lib.flow.declarations import declarations
from guotu.lib.flow.declared import VariableDeclared, declared, repeats_of, variable_of
from guotu.lib.flow.elements import CALLS, Drawing, Element
from guotu.lib.flow.ending import MOST_STATES, Stuck, stuck
from guotu.lib.flow.fitting import ITEM
from guotu.lib.flow.nets import scope_net
from guotu.lib.flow.parts import parts
from guotu.lib.flow.problems import Problem
from guotu.lib.flow.structure import structure

Actions = Mapping[str, tuple[str, ...]]

MOST_EXPANDED = 5_000
_LEAST_STATES = 500
_STUCK = {
    "deadlock": (
        "{word}会一直等：有的线不会再有人走到",
        "前面用排他网关分开的，这里也用排他网关合并；用包容网关分开的，用包容网关合并",
    ),
    "crowded": (
        "{word}会从同一条线收到不止一次，或并行的线越来越多",
        "先用并行网关或包容网关把分开的线合并，再往下走",
    ),
    "endless": ("从{word}往下永远到不了结束", "给回路画一个出口，通到结束事件"),
    "vast": ("并行的线太多，不能断定它会结束", "把并行的部分拆成几个流程，用调用活动连接"),
}


def check(
    drawing: Drawing,
    *,
    actions: Actions,
    limits: Collection[str],
    called: Mapping[str, Drawing],
) -> list[Problem]:
    """Return what keeps a drawing from running, in the order of the file; [] where it runs.

    `actions` are the registered actions that a process may call, each with the names of its
    arguments; `limits` the keys of the dated legal limits; `called` other drawings by process id.
    Never raises, whatever the file.
    """
    return _Checking(actions, limits, called).problems(drawing, (drawing.id,))


def variables_of(drawing: Drawing) -> dict[str, VariableDeclared]:
    """Return the variables that expressions of a drawing may name, with items of its lists."""
    found = {part.get("name"): variable_of(part) for part in drawing.variables()}
    for element in drawing.elements.values():
        item = repeats_of(element).get("item")
        if item:
            found.setdefault(item, VariableDeclared(item, ITEM, item))
    return found


class _Checking:
    """Checks a drawing and those that it calls, each once."""

    def __init__(
        self, actions: Actions, limits: Collection[str], called: Mapping[str, Drawing]
    ) -> None:
        self.actions = actions
        self.limits = limits
        self.called = called
        self._found: dict[str, list[Problem]] = {}
        self._sizes: dict[str, int] = {}

    def problems(self, drawing: Drawing, way: tuple[str, ...]) -> list[Problem]:
        """Return what keeps a drawing from running; `way` are the processes that lead to it."""
        problems = list(drawing.problems)
        if self._size(drawing, ()) > MOST_EXPANDED:
            told = f"连同调用的流程，超过 {MOST_EXPANDED} 个元素"
            problems.append(drawing.root.says(told, "减少调用的层数和次数"))
        elif drawing.process is not None:
            problems += self._meant(drawing, way)
        return sorted(set(problems))

    def _meant(self, drawing: Drawing, way: tuple[str, ...]) -> list[Problem]:
        variables = variables_of(drawing)
        conditions = Conditions(drawing, variables, self.called)
        problems = [
            *drawing.problems,
            *parts(drawing, self.limits, variables),
            *structure(drawing, self.called),
            *declarations(drawing, self.actions, self.limits, self.called, variables),
            *conditions.problems,
        ]
        for element in drawing.elements.values():
            if element.kind in CALLS:
                problems += self._call(drawing, element, way)
                problems += self._wanting(element, conditions.given[element.id])
        return problems or list(_ends(drawing, conditions))

    def _size(self, drawing: Drawing, way: tuple[str, ...]) -> int:
        """Return how many elements there are with all that is called, again for each call."""
        if drawing.id in way:
            return 0
        if drawing.id not in self._sizes:
            calls = [one for one in drawing.elements.values() if one.kind in CALLS]
            inner = [self.called.get(one.part.get("calledElement")) for one in calls]
            sizes = [self._size(one, (*way, drawing.id)) for one in inner if one is not None]
            self._sizes[drawing.id] = len(drawing.elements) + sum(sizes)
        return self._sizes[drawing.id]

    def _call(self, drawing: Drawing, element: Element, way: tuple[str, ...]) -> Iterator[Problem]:
        key, word = element.part.get("calledElement"), element.word
        inner = self.called.get(key)
        if inner is None:
            told = f"{word}调用的流程 {key[:60] or '（空）'} 找不到"
            yield element.says(told, "把被调用流程的文件放在同一文件夹，或改正 calledElement")
            return
        if key in way:
            remedy = "去掉循环调用；要重复的，用排他网关画回路"
            yield element.says(f"{word}调用的流程 {key} 又调用回来", remedy)
            return
        if key not in self._found:
            self._found[key] = self.problems(inner, (*way, key))
        found = self._found[key]
        if found:
            told = f"{word}调用的流程 {key} 不能运行：{found[0]}"
            yield element.says(told, f"先改正文件 {inner.name}（共 {len(found)} 处）")
        own = variables_of(drawing)
        for name, variable in variables_of(inner).items():
            if name in own and _meaning(own[name]) != _meaning(variable):
                told = f"变量 {name} 在流程 {key} 中声明得不一样"
                yield element.says(told, "两处声明同样的类型和可选值，或改用不同的名称")

    def _wanting(self, element: Element, given: Collection[str]) -> Iterator[Problem]:
        """Return what the called process takes for given, and is not surely given here."""
        inner = self.called.get(element.part.get("calledElement"))
        asked = declared(inner, self.called).asked if inner else ()
        for name in asked:
            if name not in given:
                told = f"{element.word}调用的流程要用变量 {name}，到这里时可能还没有填"
                remedy = "在本流程也声明它为 required，并由前面的步骤写；或不作必填"
                yield element.says(told, remedy)


def _meaning(variable: VariableDeclared) -> tuple[str, list[str]]:
    return variable.type, sorted(variable.values)


def _ends(drawing: Drawing, conditions: Conditions) -> Iterator[Problem]:
    """Return where the token game does not come to its end."""
    scopes = drawing.scopes
    for scope in scopes:
        net = scope_net(drawing, scope, conditions.ways)
        found = stuck(net, max(_LEAST_STATES, MOST_STATES // len(scopes)))
        if found:
            yield from _told(drawing, scope, found)


def _told(drawing: Drawing, scope: str, found: Stuck) -> Iterator[Problem]:
    problem, remedy = _STUCK[found.why]
    for place in found.places or (scope,):
        element = drawing.elements.get(place)
        line = element.line if element else drawing.root.line
        yield Problem(line, place, problem.format(word=element.word if element else "这里"), remedy)
