"""What the engine says of a case: where its tokens stand, and what it waits for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Service = Callable[[str, str, str, dict[str, Any]], Mapping[str, Any]]
Kind = Literal["user", "manual", "timer", "message"]


@dataclass(frozen=True)
class Waiting:
    """One thing that a case waits for: a person, a moment or a message.

    `token` is the engine's id of it and stays the same for as long as it waits. `element` is the
    id in the drawing; `path` the call activities that lead to it, joined by "/", "" in the process
    itself. `duration` is a timer's text as drawn, `message` a message's name; `attached` the
    element that a boundary event sits on, which it ends where `interrupting`. `item` holds what is
    this instance's own in a multi-instance activity.
    """

    token: str
    element: str
    path: str
    name: str
    kind: Kind
    duration: str = ""
    message: str = ""
    attached: str = ""
    interrupting: bool = False
    item: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """A case after a move: `tokens` to be kept as they are, its data, and what it waits for.

    `terminated` says that it ended by a terminate end or was ended from outside.
    """

    tokens: bytes
    data: dict[str, Any]
    waiting: tuple[Waiting, ...]
    ended: bool
    terminated: bool
