"""The token game 标记游戏 of a drawing: where tokens can stand, and how they can move on.

A state is a sorted tuple of tokens. A token is a sequence flow by its place, `@step` (a person is
to take this step), `#scope` (a subprocess or call is under way) or `!event` (a boundary event can
still fire). What needs nobody moves at once, one token at a time: the order of such moves makes
no difference, but for joins and terminate ends, which therefore wait until all else has come to
rest (ISO/IEC 19510 clause 13).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations
from typing import TypeVar

from guotu.lib.flow.elements import Element

State = tuple[str, ...]
Added = tuple[str, ...]

_Item = TypeVar("_Item")
_WIDEST = 6


@dataclass(frozen=True)
class Node:
    """An element as the game sees it; places of flows and events are those of the tokens.

    `scope` is the place of the subprocess or call that it lies in, `host` that of the activity it
    is attached to. `choices` are the ways on from a gateway, `entry` the first flows inside, and
    `rests` says that it waits for a person.
    """

    place: str
    element: Element
    scope: str
    host: str
    incoming: tuple[str, ...]
    outgoing: tuple[str, ...]
    attached: tuple[str, ...]
    choices: tuple[Added, ...] = ()
    entry: Added | None = None
    rests: bool = False

    @property
    def is_join(self) -> bool:
        """Say whether tokens wait here for one another."""
        gathers = self.element.kind in ("parallelGateway", "inclusiveGateway")
        return gathers and len(self.incoming) > 1

    @property
    def is_terminate(self) -> bool:
        """Say whether reaching it ends all that is under way in its scope."""
        event = self.element.event
        return event is not None and event.kind == "terminateEventDefinition"


@dataclass(frozen=True)
class Take:
    """A step that can be taken in a state, and the states that it can lead to."""

    place: str
    after: tuple[State, ...]


@dataclass
class Net:
    """The nodes of a drawing by place, and where each flow leads.

    `begin` is the first state; `around` gives the scopes about a flow or node, outermost first.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    target: dict[str, str] = field(default_factory=dict)
    begin: State = ()
    around: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _reach: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    _ahead: dict[str, int] = field(default_factory=dict)

    def moves(self, state: State) -> list[State] | None:
        """Return where the next token that needs nobody can go; None where all are at rest."""
        movable = [token for token in state if self._can_move(token)]
        if movable:
            # The furthest on first: what can drain does so before more comes after it.
            token = movable[0] if len(movable) == 1 else min(movable, key=self._ahead_of)
            left = _without(state, token)
            return [_with(left, added) for added in self._enter(self.nodes[self.target[token]])]
        return self._joined(state) or self._completed(state)

    def takes(self, state: State) -> list[Take]:
        """Return the steps that wait for a person in a state at rest."""
        found = []
        for token in dict.fromkeys(state):
            if token[0] == "@":
                node = self.nodes[token[1:]]
                done = _with(_without(state, token, *self._armed(node)), node.outgoing)
                after = (done, state) if node.element.many is not None else (done,)
                found.append(Take(node.place, after))
        return found

    def happenings(self, state: State) -> list[tuple[str, State]]:
        """Return what can happen of itself in a state at rest: events, and terminate ends."""
        found = []
        for token in dict.fromkeys(state):
            node = self._entered(token)
            if token[0] == "!":
                found.append((token[1:], self._fired(state, self.nodes[token[1:]])))
            elif node is not None and node.is_terminate:
                found.append((node.place, self._cleared(state, node.scope)))
        return found

    def crowded(self, state: State) -> str:
        """Return the join that one flow reaches twice, or the node that ever more tokens reach."""
        for token, times in Counter(state).items():
            node = self._entered(token)
            if node is not None and (times > 2 or (times > 1 and node.is_join)):
                return node.place
        return ""

    def waiting(self, state: State) -> list[str]:
        """Return the nodes that hold a flow's token in a state."""
        nodes = (self._entered(token) for token in state)
        return list(dict.fromkeys(node.place for node in nodes if node is not None))

    def _can_move(self, token: str) -> bool:
        node = self._entered(token)
        return node is not None and not node.is_join and not node.is_terminate

    def _ahead_of(self, flow: str) -> int:
        """Return how many flows can be reached from one."""
        if flow not in self._ahead:
            found, rest = {flow}, [flow]
            while rest:
                fresh = set(self._onward(self.nodes[self.target[rest.pop()]])) - found
                found |= fresh
                rest.extend(fresh)
            self._ahead[flow] = len(found)
        return self._ahead[flow]

    def _onward(self, node: Node) -> Added:
        beside = (self.nodes[place].outgoing for place in node.attached)
        return tuple(chain(node.outgoing, node.entry or (), *beside))

    def _entered(self, token: str) -> Node | None:
        return self.nodes[self.target[token]] if token in self.target else None

    def _enter(self, node: Node) -> list[Added]:
        """Return what each way through a node adds."""
        if node.choices:
            return list(node.choices)
        armed = tuple(f"!{place}" for place in node.attached)
        if node.rests:
            return [(f"@{node.place}", *armed)]
        if node.entry is not None:
            return [(f"#{node.place}", *node.entry, *armed)]
        return list(self._passed(node)) if node.attached else [node.outgoing]

    def _passed(self, node: Node) -> Iterator[Added]:
        """Return the ways through an activity: done or broken off, with what fired beside."""
        events = [self.nodes[place] for place in node.attached]
        ends = [node, *(one for one in events if one.element.interrupts)]
        beside = [one for one in events if not one.element.interrupts][:_WIDEST]
        for end in ends:
            for fired in subsets(beside):
                yield tuple(chain(end.outgoing, *(one.outgoing for one in fired)))

    def _joined(self, state: State) -> list[State] | None:
        """Return what firing the next join that is ready leads to."""
        joins = [self.nodes[place] for place in self.waiting(state)]
        for kind in ("parallelGateway", "inclusiveGateway"):
            for node in joins:
                if node.element.kind == kind and self._is_ready(node, state):
                    left = _without(state, *(one for one in node.incoming if one in state))
                    return [_with(left, added) for added in self._enter(node)]
        return None

    def _is_ready(self, node: Node, state: State) -> bool:
        held = {one for one in node.incoming if one in state}
        if node.element.kind == "parallelGateway":
            return len(held) == len(node.incoming)
        reach = self._reach_of(node)
        awaited = [one for one in node.incoming if one not in held]
        for token in set(state) - held:
            comes = any(token in reach[one] for one in awaited)
            if comes and not any(token in reach[one] for one in held):
                return False
        return True

    def _reach_of(self, node: Node) -> dict[str, frozenset[str]]:
        """Return, by flow into a node, the tokens that can come to it without passing the node."""
        if node.place not in self._reach:
            back: dict[str, set[str]] = {}
            for other in self.nodes.values():
                if other.place != node.place:
                    self._lead(other, back)
            self._reach[node.place] = {flow: _behind(flow, back) for flow in node.incoming}
        return self._reach[node.place]

    def _lead(self, other: Node, back: dict[str, set[str]]) -> None:
        """Note, by flow, the tokens from which one move through a node leads to it."""
        sources = {*other.incoming, f"@{other.place}", f"#{other.place}", f"!{other.place}"}
        for flow in other.outgoing:
            back.setdefault(flow, set()).update(sources)
        for place in other.attached:
            for flow in self.nodes[place].outgoing:
                back.setdefault(flow, set()).update(other.incoming)

    def _completed(self, state: State) -> list[State] | None:
        """Return what ending the next subprocess or call that has run out leads to."""
        for token in state:
            if token[0] == "#" and not self._inside(state, token[1:]):
                node = self.nodes[token[1:]]
                left = _without(state, token, *self._armed(node))
                done = [_with(left, node.outgoing)]
                if node.element.many is not None:
                    done.append(_with(state, node.entry or ()))
                return done
        return None

    def _inside(self, state: State, scope: str) -> list[str]:
        return [token for token in state if scope in self.around.get(token.lstrip("@#!"), ())]

    def _cleared(self, state: State, scope: str) -> State:
        """Return a state without what lies in a scope; "" is the whole."""
        return _without(state, *self._inside(state, scope)) if scope else ()

    def _fired(self, state: State, event: Node) -> State:
        if not event.element.interrupts:
            return _with(_without(state, f"!{event.place}"), event.outgoing)
        host = self.nodes[event.host]
        left = self._cleared(state, host.place) if host.entry is not None else state
        left = _without(left, f"@{host.place}", f"#{host.place}", *self._armed(host))
        return _with(left, event.outgoing)

    def _armed(self, node: Node) -> list[str]:
        return [f"!{place}" for place in node.attached]


def subsets(items: Sequence[_Item]) -> Iterator[tuple[_Item, ...]]:
    """Return every subset, the empty one first."""
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


def _behind(flow: str, back: Mapping[str, set[str]]) -> frozenset[str]:
    found, rest = {flow}, [flow]
    while rest:
        for token in back.get(rest.pop(), ()):
            if token not in found:
                found.add(token)
                rest.append(token)
    return frozenset(found)


def _with(state: State, added: Added) -> State:
    return tuple(sorted((*state, *added)))


def _without(state: State, *gone: str) -> State:
    left = list(state)
    for token in gone:
        if token in left:
            left.remove(token)
    return tuple(left)
