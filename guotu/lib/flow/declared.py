"""What a drawing declares, as plain values that a store can keep and give back unchanged."""

import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

from guotu.lib.flow.elements import HUMAN, Drawing, Element, Part

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class VariableDeclared:
    """A variable 变量; `type` is integer, text, boolean, date, choice or list.

    `values` are what may be chosen. Who takes a step that writes a required one must give it.
    """

    name: str
    type: str
    title: str
    values: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class ApartDeclared:
    """Steps that may not share a person; one within a called process is `call/step`."""

    name: str
    steps: tuple[str, ...]
    article: str = ""


@dataclass(frozen=True)
class RiskDeclared:
    """An integrity-risk point 廉政风险点 of a step; `evidence` is note or document."""

    title: str
    evidence: str
    article: str = ""


@dataclass(frozen=True)
class StepDeclared:
    """A step that a person takes; `kind` is user or manual.

    `tag` is decide, execute, supervise or support; `limit` the key of a dated legal limit or "".
    `many` is "", sequential or parallel: then it is taken once for each value of `each` (or
    `times` times), the value standing in `item`; what each brings in the variable `brings` is
    gathered in the list `gathers`.
    """

    id: str
    name: str
    kind: str
    role: str
    tag: str
    limit: str = ""
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    risks: tuple[RiskDeclared, ...] = ()
    lane: str = ""
    many: str = ""
    each: str = ""
    item: str = ""
    times: str = ""
    brings: str = ""
    gathers: str = ""


@dataclass(frozen=True)
class ServiceDeclared:
    """A registered action that the process calls; arguments are expressions.

    `stores` gives, by variable, the key of the action's outcome that it is to hold.
    """

    id: str
    name: str
    action: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    stores: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TimerDeclared:
    """A timer: on the activity `attached_to`, or "" for an intermediate one.

    `duration` is ISO 8601 (P10D, PT4H), or "" where `limit` names a dated legal limit.
    """

    id: str
    name: str
    duration: str
    limit: str
    attached_to: str = ""
    interrupts: bool = True


@dataclass(frozen=True)
class MessageDeclared:
    """A message that is waited for: on the activity `attached_to`, or "" for an intermediate one.

    `message` is its name as drawn.
    """

    id: str
    name: str
    message: str
    attached_to: str = ""
    interrupts: bool = True


@dataclass(frozen=True)
class Declared:
    """All that a process declares. Steps and the rest are keyed by their place.

    The place of what lies in a called process is `call/step`; elements of an embedded subprocess
    keep their own id. `calls` gives, by place of the call activity, the process that it calls.
    """

    id: str
    title: str
    kind: str = ""
    series: str = ""
    limit: str = ""
    result: str = ""
    variables: Mapping[str, VariableDeclared] = field(default_factory=dict)
    aparts: tuple[ApartDeclared, ...] = ()
    steps: Mapping[str, StepDeclared] = field(default_factory=dict)
    services: Mapping[str, ServiceDeclared] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    timers: Mapping[str, TimerDeclared] = field(default_factory=dict)
    messages: Mapping[str, MessageDeclared] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the required variables that nothing in it fills: opening a case must give them."""
        filled = {name for step in self.steps.values() for name in step.writes}
        filled |= {name for service in self.services.values() for name in service.stores}
        required = (one.name for one in self.variables.values() if one.required)
        return tuple(name for name in required if name not in filled)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON's own values."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Declared":
        """Return what `to_json` gave; keys that are not known are left aside."""
        return _made(cls, plain)


def declared(drawing: Drawing, called: Mapping[str, Drawing] | None = None) -> Declared:
    """Return what a drawing declares, with what it calls taken in under the calls' places.

    `called` gives drawings by process id; a call whose drawing is not given is listed alone. The
    drawing should be free of problems: what is absent from a faulty one is left empty.
    """
    process = drawing.root
    case = next(process.own("case"), Part("guotu:case", 1, {}, "", ()))
    found = _Gathering(called or {})
    found.take(drawing, "", (drawing.id,))
    return Declared(
        id=drawing.id,
        title=case.get("title") or process.get("name") or drawing.id,
        kind=case.get("kind"),
        series=case.get("series"),
        limit=case.get("limit"),
        result=case.get("result"),
        variables=found.variables,
        aparts=tuple(found.aparts),
        steps=found.steps,
        services=found.services,
        calls=found.calls,
        timers=found.timers,
        messages=found.messages,
    )


class _Gathering:
    """Gathers what a drawing and the drawings that it calls declare."""

    def __init__(self, called: Mapping[str, Drawing]) -> None:
        self.called = called
        self.variables: dict[str, VariableDeclared] = {}
        self.aparts: list[ApartDeclared] = []
        self.steps: dict[str, StepDeclared] = {}
        self.services: dict[str, ServiceDeclared] = {}
        self.calls: dict[str, str] = {}
        self.timers: dict[str, TimerDeclared] = {}
        self.messages: dict[str, MessageDeclared] = {}

    def take(self, drawing: Drawing, at: str, way: tuple[str, ...]) -> None:
        """Take in a drawing under the place `at`; `way` are the processes around it."""
        for part in drawing.variables():
            self.variables.setdefault(part.get("name"), variable_of(part))
        for part in drawing.root.own("apart"):
            steps = tuple(at + step for step in part.get("steps").split())
            self.aparts.append(ApartDeclared(part.get("name"), steps, part.get("article")))
        for element in drawing.elements.values():
            self._take_element(drawing, element, at + element.id)
            if element.kind == "callActivity":
                key = element.part.get("calledElement")
                self.calls[at + element.id] = key
                inner = self.called.get(key)
                if inner is not None and key not in way:
                    self.take(inner, f"{at}{element.id}/", (*way, key))

    def _take_element(self, drawing: Drawing, element: Element, place: str) -> None:
        if element.kind in HUMAN:
            self.steps[place] = step_of(element, drawing.lanes.get(element.id, ""))
        elif element.kind == "serviceTask":
            self.services[place] = service_of(element)
        elif element.event is not None:
            self._take_event(drawing, element, element.event, place)

    def _take_event(self, drawing: Drawing, element: Element, event: Part, place: str) -> None:
        host = element.part.get("attachedToRef")
        attached = place.removesuffix(element.id) + host if host else ""
        if event.kind == "timerEventDefinition":
            text = duration_of(event)
            limit = text.removeprefix("limit:") if text.startswith("limit:") else ""
            self.timers[place] = TimerDeclared(
                element.id, element.name, "" if limit else text, limit, attached, element.interrupts
            )
        elif event.kind == "messageEventDefinition":
            message = drawing.messages.get(event.get("messageRef"), "")
            self.messages[place] = MessageDeclared(
                element.id, element.name, message, attached, element.interrupts
            )


def variable_of(part: Part) -> VariableDeclared:
    """Return a variable as declared."""
    name = part.get("name")
    return VariableDeclared(
        name,
        part.get("type"),
        part.get("title") or name,
        tuple(part.get("values").split()),
        part.get("required") == "true",
    )


def step_of(element: Element, lane: str = "") -> StepDeclared:
    """Return a step as declared; what it does not say is empty."""
    part = next(element.part.own("step"), Part("guotu:step", element.line, {}, "", ()))
    risks = tuple(
        RiskDeclared(risk.get("title"), risk.get("evidence"), risk.get("article"))
        for risk in element.part.own("risk")
    )
    return StepDeclared(
        element.id,
        element.name,
        element.kind.removesuffix("Task"),
        part.get("role"),
        part.get("tag"),
        part.get("limit"),
        tuple(part.get("writes").split()),
        tuple(part.get("reads").split()),
        risks,
        lane,
        **repeats_of(element),
    )


def repeats_of(element: Element) -> dict[str, str]:
    """Return how an activity repeats: many, each, item, times, brings, gathers; {} where once."""
    mark = element.many
    if mark is None:
        return {}
    texts = {key: mark.first(kind) for key, kind in _REPEATS_TEXT.items()}
    items = {key: mark.first(kind) for key, kind in _REPEATS_ITEM.items()}
    return {
        "many": "sequential" if mark.get("isSequential") == "true" else "parallel",
        **{key: part.text for key, part in texts.items() if part},
        **{key: part.get("id") for key, part in items.items() if part},
    }


_REPEATS_TEXT = {
    "each": "loopDataInputRef",
    "times": "loopCardinality",
    "gathers": "loopDataOutputRef",
}
_REPEATS_ITEM = {"item": "inputDataItem", "brings": "outputDataItem"}


def service_of(element: Element) -> ServiceDeclared:
    """Return the action that a service task calls; what it does not say is empty."""
    part = next(element.part.own("action"), Part("guotu:action", element.line, {}, "", ()))
    return ServiceDeclared(
        element.id,
        element.name,
        part.get("name"),
        {one.get("name"): one.get("value") for one in part.all("guotu:argument")},
        {one.get("variable"): one.get("from") for one in element.part.own("stores")},
    )


def duration_of(event: Part) -> str:
    """Return the text of a timer's duration, "" where there is none."""
    part = event.first("timeDuration")
    return part.text if part else ""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _made(kind: type[_Made], plain: Mapping[str, Any]) -> _Made:
    """Return a dataclass from JSON's values, by the types of its fields."""
    hints = typing.get_type_hints(kind)
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: _of(hints[key], value) for key, value in plain.items() if key in known})


def _of(hint: Any, value: Any) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return tuple(_of(inner[0], one) for one in value)
    if origin is Mapping:
        return {key: _of(inner[1], one) for key, one in value.items()}
    return _made(hint, value) if is_dataclass(hint) and isinstance(hint, type) else value
