"""The one way to write: permission, lock, decide, write, journal, in one transaction.

An action is a plain function `verb(act, **arguments)` registered under a name with the power it
needs. `perform` runs it; nothing else may change the county.
"""

import fcntl
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal

_POSTGRES_LOCK = 430626  # any number; one lock a county orders the journal


@dataclass(frozen=True)
class Actor:
    """Who acts: ids only. The county itself (set-up, command line) acts as `COUNTY`."""

    person_id: int | None
    post_id: int | None
    powers: frozenset[str] = frozenset()


COUNTY = Actor(None, None, frozenset({"*"}))


@dataclass
class Act:
    """One act under way: what an action reads, and where it leaves what it did."""

    actor: Actor
    reason: str = ""
    subject: str = ""
    outcome: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Performed:
    """What came of an act: its journal sequence number, the action's answer, and its outcome."""

    sequence: int
    answer: Any
    outcome: dict[str, Any]
    repeated: bool = False


@dataclass(frozen=True)
class _Action:
    name: str
    power: str
    run: Callable[..., Any]


_registered: dict[str, _Action] = {}
PermissionCheck = Callable[[Actor, str], bool]


def _holds_power(actor: Actor, power: str) -> bool:
    return "*" in actor.powers or power in actor.powers


_permission: list[PermissionCheck] = [_holds_power]


def use_permission_check(check: PermissionCheck) -> None:
    """Replace the permission check; called once, at wiring."""
    _permission[0] = check


def action(name: str, *, power: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a verb under `name` (for example `atlas.publish`) with the power it needs."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        if name in _registered and _registered[name].run.__module__ != run.__module__:
            raise RuntimeError(f"two actions are named {name}")
        _registered[name] = _Action(name, power, run)
        return run

    return register


def registered() -> dict[str, str]:
    """Return every action's name and the power it needs."""
    return {name: item.power for name, item in sorted(_registered.items())}


def perform(
    name: str, actor: Actor, /, *, reason: str = "", key: str | None = None, **arguments: Any
) -> Performed:
    """Run the action `name` as `actor`, whole or not at all, and journal it.

    `key` makes the act idempotent: a second call with the same key by the same actor for the same
    verb answers with the first one's sequence number and outcome and does nothing. Raises
    `Refusal` when the power is missing or the action refuses.
    """
    found = _registered[name]
    if not _permission[0](actor, found.power):
        raise Refusal(
            "没有办理此事的权限", rule=f"权限 {found.power}", remedy="请由有此权限的岗位办理"
        )
    key = key or uuid.uuid4().hex
    with _one_writer(), transaction.atomic():
        _lock_in_database()
        earlier = Entry.objects.filter(idempotency_key=key).first()
        if earlier is not None:
            return _repeat(earlier, name, actor)
        act = Act(actor=actor, reason=reason)
        answer = found.run(act, **arguments)
        entry = _append(name, act, key)
    return Performed(entry.sequence, answer, act.outcome)


def _repeat(earlier: Entry, name: str, actor: Actor) -> Performed:
    if (earlier.verb, earlier.actor_id) != (name, actor.person_id):
        raise Refusal(
            "这个幂等键已用于另一件事", where=earlier.idempotency_key, remedy="换一个键再提交"
        )
    return Performed(earlier.sequence, None, dict(earlier.outcome), repeated=True)


def _append(name: str, act: Act, key: str) -> Entry:
    last = Entry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    return Entry.objects.create(
        sequence=0 if last is None else last + 1,
        recorded_at=timezone.now(),
        verb=name,
        subject=act.subject,
        actor_id=act.actor.person_id,
        post_id=act.actor.post_id,
        reason=act.reason,
        outcome=act.outcome,
        idempotency_key=key,
    )


@contextmanager
def _file_lock() -> Iterator[None]:
    # Twenty SQLite writers starve one another on SQLITE_BUSY; a lock file taken before BEGIN
    # queues them fairly.
    path = settings.GUOTU_HOME / "write.lock"
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _one_writer() -> Any:
    nested = connection.in_atomic_block
    return _file_lock() if connection.vendor == "sqlite" and not nested else nullcontext()


def _lock_in_database() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_POSTGRES_LOCK])
