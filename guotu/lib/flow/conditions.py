"""Whether the gateways of a drawing always know one way on, and know it without doubt."""

from collections.abc import Iterable, Mapping

from guotu.lib.flow.deciding import MOST_WORK, outcomes
from guotu.lib.flow.declared import declared, step_of
from guotu.lib.flow.elements import CHOICES, HUMAN, Drawing, Element, Flow, Part
from guotu.lib.flow.expression import Tree, names, parse
from guotu.lib.flow.fitting import Variables, check_condition
from guotu.lib.flow.problems import Problem
from guotu.lib.refusal import Refusal

_MOST_WORK = 2_000_000
_ALL = "画一条默认线（default），或补全条件，或让前面的步骤必填所用的变量"


class Conditions:
    """The conditions of a drawing, judged once; `problems` are what is wrong with them."""

    def __init__(
        self, drawing: Drawing, variables: Variables, called: Mapping[str, Drawing]
    ) -> None:
        self.drawing = drawing
        self.variables = variables
        self.given = _given(drawing, variables, called)
        self.problems: list[Problem] = []
        self._trees: dict[str, Tree] = {}
        self._ways: dict[str, frozenset[frozenset[str]]] = {}
        gateways = sum(one.kind in CHOICES for one in drawing.elements.values())
        self.most = min(MOST_WORK, _MOST_WORK // max(1, gateways))
        for element in drawing.elements.values():
            self._look(element)

    def ways(self, gateway: Element) -> frozenset[frozenset[str]] | None:
        """Return which sets of flows can leave a gateway together; None where unknown."""
        return self._ways.get(gateway.id)

    def _say(self, part: Part, problem: str, remedy: str, element: str = "") -> None:
        self.problems.append(part.says(problem, remedy, element))

    def _look(self, element: Element) -> None:
        if element.default and element.default not in [flow.id for flow in element.outgoing]:
            told = f"{element.word}的默认线 {element.default[:60]} 不是它引出的线"
            self._say(element.part, told, "改正 default")
        if element.kind not in CHOICES:
            for flow in element.outgoing:
                if flow.condition is not None:
                    told = f"{element.word}引出的线上不能有条件"
                    self._say(flow.condition, told, "把条件移到排他网关或包容网关的线上", flow.id)
            return
        whole = [self._judge(element, flow) for flow in element.outgoing]
        if all(whole):
            self._decide(element)

    def _judge(self, element: Element, flow: Flow) -> bool:
        """Take in the condition of a flow; say whether it is what it should be."""
        if flow.condition is None:
            if flow.id == element.default or len(element.outgoing) == 1:
                return True
            told = f"{element.word}引出的线没有条件"
            self._say(flow.part, told, "写上条件，或把它设为默认线")
            return False
        if flow.id == element.default:
            told = f"{element.word}的默认线上又写了条件"
            self._say(flow.condition, told, "删去条件，或不设为默认线", flow.id)
            return False
        try:
            tree = parse(flow.condition.text)
            check_condition(tree, self.variables)
        except Refusal as wrong:
            self._say(flow.condition, wrong.what, wrong.remedy, flow.id)
            return False
        self._trees[flow.id] = tree
        return True

    def _decide(self, element: Element) -> None:
        """Say what the conditions of a gateway, taken together, leave open or in doubt."""
        trees = {
            flow.id: self._trees[flow.id] for flow in element.outgoing if flow.id in self._trees
        }
        if not trees:
            return
        found = outcomes(trees, self.variables, self.given[element.id], self.most)
        has_default = len(trees) < len(element.outgoing)
        if found is None:
            if not has_default:
                told = f"{element.word}的条件太多，不能断定总有一条成立"
                self._say(element.part, told, "画一条默认线，或拆成几个网关")
            return
        if not has_default and frozenset() in found:
            asked = "、".join(sorted(frozenset[str]().union(*map(names, trees.values()))))
            told = f"{element.word}的条件可能都不成立（所用的变量：{asked}）"
            self._say(element.part, told, _ALL)
        if element.kind == "exclusiveGateway":
            self._doubt(element, found)
        for key in sorted(trees.keys() - frozenset[str]().union(*found)):
            flow = self.drawing.flows[key]
            self._say(flow.part, "这条线的条件永远不成立", "改正条件，或删去这条线")
        if has_default:
            default = frozenset(flow.id for flow in element.outgoing if flow.id not in trees)
            found = frozenset(way or default for way in found)
        self._ways[element.id] = found

    def _doubt(self, element: Element, found: Iterable[frozenset[str]]) -> None:
        both = next((sorted(way) for way in found if len(way) > 1), None)
        if both:
            told = f"{element.word}的几条线可能同时成立：{'、'.join(both)}"
            self._say(element.part, told, "把条件写成互不重叠的，或改用包容网关")


Given = frozenset[str]


def _given(
    drawing: Drawing, variables: Variables, called: Mapping[str, Drawing]
) -> dict[str, Given]:
    """Return, by element, the variables that cannot be empty when a token comes to it.

    Required ones that a step on every way there writes, and those that no step writes: they are
    given when the case is opened.
    """
    required = frozenset(one.name for one in variables.values() if one.required)
    asked = frozenset(declared(drawing, called).asked)
    return _Surely(drawing, called, required, required & asked).found()


def _writes(element: Element) -> Iterable[str]:
    if element.kind in HUMAN and element.many is None:
        return step_of(element).writes
    return ()


class _Surely:
    """Follows, forward to a fixed point, which variables every way to an element has given."""

    def __init__(
        self,
        drawing: Drawing,
        called: Mapping[str, Drawing],
        required: Given,
        begin: Given,
        way: tuple[str, ...] = (),
    ) -> None:
        self.drawing = drawing
        self.called = called
        self.required = required
        self.begin = begin
        self.way = (*way, drawing.id)
        # All are thought to be given until a way is found on which they are not.
        self.at = dict.fromkeys(drawing.elements, required)

    def found(self) -> dict[str, Given]:
        """Return what is given on coming to each element."""
        changed = True
        while changed:
            changed = False
            for key, element in self.drawing.elements.items():
                now = self._before(element)
                changed = changed or now != self.at[key]
                self.at[key] = now
        return self.at

    def ended(self, scope: str) -> Given:
        """Return what is given however a scope ends."""
        ends = [one for one in self.drawing.within(scope) if one.kind == "endEvent"]
        return _meet((self.at[one.id] for one in ends), self.required)

    def _before(self, element: Element) -> Given:
        if element.kind == "startEvent":
            holder = self.drawing.elements.get(element.scope)
            return self.at[holder.id] if holder else self.begin
        host = self.drawing.elements.get(element.part.get("attachedToRef"))
        if host is not None:
            return self.at[host.id]
        sources = (self.drawing.elements.get(flow.source) for flow in element.incoming)
        sets = [self._after(one) for one in sources if one is not None]
        if element.kind == "parallelGateway":
            return frozenset[str]().union(*sets)
        return _meet(sets, self.required)

    def _after(self, element: Element) -> Given:
        before = self.at[element.id]
        if element.kind == "subProcess" and element.many is None:
            return before | self.ended(element.id)
        if element.kind == "callActivity" and element.many is None:
            return before | self._called(element.part.get("calledElement"), before)
        return before | (self.required & frozenset(_writes(element)))

    def _called(self, key: str, before: Given) -> Given:
        inner = self.called.get(key)
        if inner is None or inner.id in self.way:
            return before
        following = _Surely(inner, self.called, self.required, before, self.way)
        following.found()
        return following.ended(inner.id)


def _meet(sets: Iterable[Given], top: Given) -> Given:
    for one in sets:
        top &= one
    return top
