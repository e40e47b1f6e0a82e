"""Draws processes at random, walks cases through them, and spoils files: material for trials."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

VARIABLES = (
    '<guotu:variable name="a" type="boolean" required="true"/>'
    '<guotu:variable name="b" type="boolean" required="true"/>'
    '<guotu:variable name="c" type="choice" values="x y z" required="true"/>'
)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:guotu="urn:guotu:process:1" targetNamespace="urn:trial">\n'
)
_CONDITIONS = {
    "exclusive": (
        ("a", "not a"),
        ('c = "x"', 'c = "y"', 'c = "z"'),
        ("a and b", "not (a and b)"),
        ("a and b", ""),
    ),
    "inclusive": (
        ("a", "b or not a"),
        ("a", "not a"),
        ("a", "b", ""),
        ('c in ("x", "y")', 'c in ("y", "z")'),
    ),
    "parallel": (("", ""), ("", "", "")),
}
_TIMER = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
_MOST_MOVES = 400
_LONG = 150
# Twenty-seven steps side by side, each with its timer, are the widest that is drawn soundly.
_MOST_WAITING = 80


def file_of(body: str) -> bytes:
    """Return the file of a process named trial."""
    declared = f"<extensionElements>{VARIABLES}</extensionElements>"
    process = f'<process id="trial" name="试件" isExecutable="true">{declared}\n{body}</process>'
    return f"{_HEAD}{process}\n</definitions>".encode()


@dataclass
class _Scope:
    """What lies in one scope: nodes, flows, events whose flow is not drawn yet."""

    parts: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, str]] = field(default_factory=list)
    loose: list[tuple[str, bool]] = field(default_factory=list)


class Drawer:
    """Draws processes out of blocks, some of which are joined by the wrong gateway on purpose."""

    def __init__(self, rng: random.Random, tags: Sequence[str] = ("execute",)) -> None:
        self.rng = rng
        self.tags = tags
        self.count = 0

    def body(self, depth: int) -> str:
        """Return the body of a process or subprocess, in no order."""
        scope = _Scope()
        begin, end = self._id("in"), self._id("out")
        first, last = self._block(scope, depth)
        scope.flows += [(begin, first, ""), (last, end, "")]
        over = "<terminateEventDefinition/>" if self.rng.random() < 0.2 else ""
        scope.parts.append(f'<startEvent id="{begin}"/><endEvent id="{end}">{over}</endEvent>')
        for event, interrupts in scope.loose:
            self._lead_on(scope, event, end, interrupts=interrupts)
        drawn = [*scope.parts, *map(_flow, scope.flows)]
        self.rng.shuffle(drawn)
        return "\n".join(drawn)

    def _id(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def _lead_on(self, scope: _Scope, event: str, end: str, *, interrupts: bool) -> None:
        """Draw the flow of an event: to an end of its own, or into what is drawn already."""
        joins = [target for _source, target, _text in scope.flows if target[0] in "jm"]
        if not joins or self.rng.random() < (0.5 if interrupts else 0.9):
            own = self._id("own")
            scope.parts.append(f'<endEvent id="{own}"/>')
            scope.flows.append((event, own, ""))
        else:
            scope.flows.append((event, self.rng.choice([*joins, end]), ""))

    def _block(self, scope: _Scope, depth: int) -> tuple[str, str]:
        """Draw a block; return its first and last node."""
        if depth == 0:
            return self._step(scope)
        draw = self.rng.choice(
            [self._step, self._step, self._series, self._split, self._split, self._loop, self._sub]
        )
        return draw(scope, depth - 1)

    def _step(self, scope: _Scope, _depth: int = 0) -> tuple[str, str]:
        key = self._id("t")
        own = f'<guotu:step role="someone" tag="{self.rng.choice(self.tags)}" writes="a b c"/>'
        inner = f"<extensionElements>{own}</extensionElements>"
        scope.parts.append(f'<userTask id="{key}">{inner}</userTask>')
        if self.rng.random() < 0.25:
            event, interrupts = self._id("e"), self.rng.random() < 0.5
            marks = f'attachedToRef="{key}" cancelActivity="{str(interrupts).lower()}"'
            scope.parts.append(f'<boundaryEvent id="{event}" {marks}>{_TIMER}</boundaryEvent>')
            scope.loose.append((event, interrupts))
        return key, key

    def _series(self, scope: _Scope, depth: int) -> tuple[str, str]:
        first, link = self._block(scope, depth)
        onward, last = self._block(scope, depth)
        scope.flows.append((link, onward, ""))
        return first, last

    def _split(self, scope: _Scope, depth: int) -> tuple[str, str]:
        kind = self.rng.choice(list(_CONDITIONS))
        join = kind if self.rng.random() < 0.8 else self.rng.choice(list(_CONDITIONS))
        fork, merge = self._id("g"), self._id("j")
        default = ""
        for text in self.rng.choice(_CONDITIONS[kind]):
            first, last = self._block(scope, depth)
            scope.flows += [(fork, first, text), (last, merge, "")]
            if not text and kind != "parallel":
                default = f' default="{fork}_{first}"'
        scope.parts.append(f'<{kind}Gateway id="{fork}"{default}/><{join}Gateway id="{merge}"/>')
        return fork, merge

    def _loop(self, scope: _Scope, depth: int) -> tuple[str, str]:
        mix, out, on = self._id("m"), self._id("x"), self._id("m")
        first, last = self._block(scope, depth)
        scope.parts += [f'<exclusiveGateway id="{key}"/>' for key in (mix, out, on)]
        scope.flows += [(mix, first, ""), (last, out, ""), (out, mix, "a"), (out, on, "not a")]
        return mix, on

    def _sub(self, scope: _Scope, depth: int) -> tuple[str, str]:
        key = self._id("s")
        scope.parts.append(f'<subProcess id="{key}">{self.body(depth)}</subProcess>')
        return key, key


def _flow(drawn: tuple[str, str, str]) -> str:
    source, target, text = drawn
    inner = f"<conditionExpression>{text}</conditionExpression>" if text else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f'<sequenceFlow id="{source}_{target}" {ends}>{inner}</sequenceFlow>'


Taken = Callable[[str], bool]


def walked(
    program: bytes, data: dict[str, Any], rng: random.Random, taken: Taken | None = None
) -> bool:
    """Walk a case, doing whatever waits in any order, to its end; say whether it came there.

    `data` are values beside a, b and c. `taken` is asked, for each step by its place, whether
    somebody takes it. Raises the engine's Refusal where it gets stuck.
    """
    from guotu.core.cases import engine

    def service(_element: str, _path: str, _action: str, _given: dict[str, Any]) -> dict[str, Any]:
        return {}

    moved = engine.begin(program, _values(rng) | data, service)
    for turn in range(_MOST_MOVES):
        if moved.ended or len(moved.waiting) > _MOST_WAITING:
            break
        one = rng.choice(moved.waiting)
        if one.kind == "timer":
            moved = engine.fire(program, moved.tokens, one.token, service)
        elif one.kind == "message":
            moved = engine.catch(program, moved.tokens, one.message, {}, service)
        elif taken is None or taken(f"{one.path}/{one.element}".lstrip("/")):
            # After long, leave the loops.
            values = _values(rng) | data | ({"a": False} if turn > _LONG and turn % 2 else {})
            moved = engine.complete(program, moved.tokens, one.token, values, service)
    return moved.ended


def _values(rng: random.Random) -> dict[str, Any]:
    return {"a": rng.random() < 0.5, "b": rng.random() < 0.5, "c": rng.choice("xyz")}


_WORDS = (
    *("", "x", "start", "end", "true", "false", "0", "-1", "9" * 25, "decision", "limit:x"),
    *("P1D", "a" * 5000, "and", "choice", "list", "integer", "中", "a = 1", "undertake"),
)


def spoilt(raws: list[bytes], rng: random.Random) -> Iterator[bytes]:
    """Yield spoilt files without end: parts taken away, doubled, renamed; values changed; cut."""
    trees = [etree.fromstring(raw) for raw in raws]
    while True:
        tree = etree.fromstring(etree.tostring(rng.choice(trees)))
        for _turn in range(rng.randint(1, 6)):
            _spoil(tree, rng)
        raw = bytes(etree.tostring(tree))
        if rng.random() < 0.1:
            raw = raw[: rng.randrange(1, len(raw))]
        yield raw


def _spoil(tree: Any, rng: random.Random) -> None:
    nodes = [node for node in tree.iter() if isinstance(node.tag, str)]
    node, other = rng.choice(nodes), rng.choice(nodes)
    match rng.randrange(6):
        case 0 if node.getparent() is not None:
            node.getparent().remove(node)
        case 1 if node.attrib:
            node.attrib[rng.choice(list(node.attrib))] = rng.choice(_WORDS)
        case 2:
            node.text = rng.choice(_WORDS)
        case 3 if node.getparent() is not None:
            other.append(etree.fromstring(etree.tostring(node)))
        case 4:
            node.tag = other.tag
        case 5 if node.attrib and other.attrib:
            key = rng.choice(list(node.attrib))
            node.attrib[key] = rng.choice(list(other.attrib.values()))
