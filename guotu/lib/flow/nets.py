"""A drawing becomes a net: one scope by itself, or the whole with all that it calls."""

from collections.abc import Callable, Collection, Mapping

from guotu.lib.flow.elements import Drawing, Element
from guotu.lib.flow.tokens import Added, Net, Node, subsets

# Which sets of flows can leave a gateway together; None where that is not known.
Ways = Callable[[Element], Collection[frozenset[str]] | None]

_WIDEST = 6


def any_way(_gateway: Element) -> None:
    """Know nothing of a gateway's conditions: whatever its kind allows can happen."""


def scope_net(drawing: Drawing, scope: str, ways: Ways = any_way) -> Net:
    """Return the net of one scope, in which every activity is a single move."""
    building = _Building({}, frozenset(), ways, is_whole=False)
    building.net.begin = building.take(drawing, scope, "", ())
    return building.net


def whole_net(drawing: Drawing, called: Mapping[str, Drawing], rests: Collection[str]) -> Net:
    """Return the net of a drawing with its subprocesses and calls; tokens rest at `rests`."""
    building = _Building(called, frozenset(rests), any_way, is_whole=True)
    building.net.begin = building.take(drawing, drawing.id, "", ())
    return building.net


class _Building:
    def __init__(
        self,
        called: Mapping[str, Drawing],
        rests: frozenset[str],
        ways: Ways,
        *,
        is_whole: bool,
    ) -> None:
        self.net = Net()
        self.called = called
        self.rests = rests
        self.ways = ways
        self.is_whole = is_whole
        self.way: list[str] = []

    def take(self, drawing: Drawing, scope: str, at: str, around: tuple[str, ...]) -> Added:
        """Take in a scope whose places begin with `at`; return the flows it begins with."""
        begin: list[str] = []
        for element in drawing.within(scope):
            place = at + element.id
            outgoing = tuple(at + flow.id for flow in element.outgoing)
            host = element.part.get("attachedToRef")
            self.net.nodes[place] = Node(
                place,
                element,
                around[-1] if around else "",
                at + host if host else "",
                tuple(at + flow.id for flow in element.incoming),
                outgoing,
                tuple(at + event for event in element.attached),
                self._choices(element, at),
                self._entry(drawing, element, at, (*around, place)),
                place in self.rests,
            )
            self.net.around[place] = around
            for flow in element.incoming:
                self.net.target[at + flow.id] = place
                self.net.around[at + flow.id] = around
            if element.kind == "startEvent":
                begin.extend(outgoing)
        return tuple(begin)

    def _entry(
        self, drawing: Drawing, element: Element, at: str, around: tuple[str, ...]
    ) -> Added | None:
        if not self.is_whole:
            return None
        if element.kind == "subProcess":
            return self.take(drawing, element.id, at, around)
        inner = self.called.get(element.part.get("calledElement"))
        if element.kind != "callActivity" or inner is None or inner.id in self.way:
            return None
        self.way.append(inner.id)
        begin = self.take(inner, inner.id, f"{at}{element.id}/", around)
        self.way.pop()
        return begin

    def _choices(self, element: Element, at: str) -> tuple[Added, ...]:
        """Return the ways on from an exclusive or inclusive gateway."""
        flows = [flow.id for flow in element.outgoing]
        if element.kind == "exclusiveGateway":
            return tuple((at + flow,) for flow in flows)
        if element.kind != "inclusiveGateway":
            return ()
        known = self.ways(element)
        if known is None:
            narrow = len(flows) <= _WIDEST
            ways = subsets(flows) if narrow else [flows, *zip(flows, strict=True)]
            known = [frozenset(way) for way in ways]
        return tuple(tuple(at + flow for flow in sorted(way)) for way in known if way)
