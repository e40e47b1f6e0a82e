"""What an act is: who does it, what it leaves behind, and what it had to say of itself."""

import datetime
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Actor:
    """Who acts: ids only. The county itself (set-up, command line) acts as `COUNTY`.

    `areas` are the division codes the post reads and acts in; None is the whole county.
    `substitution_id` says under which recorded substitution somebody acts in another's post.
    """

    person_id: int | None
    post_id: int | None
    powers: frozenset[str] = frozenset()
    areas: frozenset[str] | None = None
    substitution_id: int | None = None


COUNTY = Actor(None, None, frozenset({"*"}))


@dataclass(frozen=True)
class Effect:
    """One thing an act does beyond its own rows: it posts, numbers, starts, sends or changes.

    `facts` are plain JSON values and hold no personal data: they enter the journal.
    """

    kind: str
    facts: dict[str, Any]


KINDS = frozenset({"post", "number", "start", "send", "change"})


@dataclass
class Act:
    """One act under way: what an action reads, and where it leaves what it did.

    `sequence` is the act's number, given inside the lock; `at` its moment, never before the last
    entry's. `previewing` says that all of it will be rolled back: nothing may leave the database.
    """

    actor: Actor
    sequence: int
    at: datetime.datetime
    reason: str = ""
    subject: str = ""
    previewing: bool = False
    outcome: dict[str, Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)

    def tell(self, kind: str, **facts: Any) -> None:
        """Record that this act posts, numbers, starts, sends or changes something."""
        if kind not in KINDS:
            raise ValueError(f"no such effect: {kind}")
        self.effects.append(Effect(kind, facts))


@dataclass(frozen=True)
class Performed:
    """What came of an act: its journal sequence number, the action's answer, and its outcome."""

    sequence: int
    answer: Any
    outcome: dict[str, Any]
    repeated: bool = False
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Previewed:
    """What an act would do if it were performed now; nothing of it was kept."""

    subject: str
    outcome: dict[str, Any]
    effects: tuple[Effect, ...]
