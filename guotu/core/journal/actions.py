"""The one way to write: permission, lock, decide, write, post, journal, in one transaction.

An action is a plain function `verb(act, **arguments)` registered under a name with the power it
needs. `perform` runs it; `preview` runs it and takes all of it back; nothing else may change the
county.
"""

import inspect
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from guotu.core.journal import clock, sealing, signing
from guotu.core.journal.acts import COUNTY, Act, Actor, Effect, Performed, Previewed
from guotu.core.journal.chaining import leaf_of, peaks_after
from guotu.core.journal.lock import one_writer
from guotu.core.journal.models import Entry
from guotu.core.journal.rules import plain
from guotu.lib.chain import Peaks
from guotu.lib.refusal import Refusal

__all__ = [
    "COUNTY",
    "Act",
    "Actor",
    "Effect",
    "Performed",
    "Previewed",
    "action",
    "callable_by_process",
    "perform",
    "preview",
    "registered",
    "use_permission_check",
    "within",
]


@dataclass(frozen=True)
class _Action:
    name: str
    power: str
    run: Callable[..., Any]
    by_process: bool = False


_registered: dict[str, _Action] = {}
PermissionCheck = Callable[[Actor, str], bool]


def _holds_power(actor: Actor, power: str) -> bool:
    return "*" in actor.powers or power in actor.powers


_permission: list[PermissionCheck] = [_holds_power]


def use_permission_check(check: PermissionCheck) -> None:
    """Replace the permission check; called once, at wiring."""
    _permission[0] = check


def action(
    name: str, *, power: str, by_process: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a verb under `name` (for example `atlas.publish`) with the power it needs.

    `by_process` lets a written process call it as one of its own steps, on the authority of the
    process and not of whoever took the step before; see `within`.
    """

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        if name in _registered and _registered[name].run.__module__ != run.__module__:
            raise RuntimeError(f"two actions are named {name}")
        _registered[name] = _Action(name, power, run, by_process)
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
    found = _permitted(name, actor)
    with one_writer():
        earlier = Entry.objects.filter(idempotency_key=key).first() if key else None
        if earlier is not None:
            return _repeat(earlier, name, actor)
        act, before = _begin(actor, reason)
        answer = found.run(act, **arguments)
        _append(name, act, key or uuid.uuid4().hex, before)
    return Performed(act.sequence, answer, act.outcome, effects=tuple(act.effects))


def preview(name: str, actor: Actor, /, *, reason: str = "", **arguments: Any) -> Previewed:
    """Run the action `name` as `actor`, take all of it back, and return what it would have done.

    Raises what `perform` would raise.
    """
    found = _permitted(name, actor)
    with one_writer(), transaction.atomic():
        act, _before = _begin(actor, reason)
        act.previewing = True
        found.run(act, **arguments)
        transaction.set_rollback(True)
    return Previewed(act.subject, act.outcome, tuple(act.effects))


def callable_by_process() -> dict[str, tuple[str, ...]]:
    """Return the actions that a written process may call, each with its arguments' names."""
    return {
        name: tuple(inspect.signature(item.run).parameters)[1:]
        for name, item in sorted(_registered.items())
        if item.by_process
    }


def within(act: Act, name: str, /, **arguments: Any) -> Any:
    """Run the action `name` as a part of the act under way: one entry, one transaction.

    Raises `Refusal` where there is no such action, or it does not let a process call it.
    """
    found = _registered.get(name)
    if found is None or not found.by_process:
        raise Refusal("流程不能调用这个动作", where=name, remedy="请流程管理员更正流程图")
    outcome, subject = act.outcome, act.subject
    act.outcome = {}
    answer = found.run(act, **arguments)
    act.tell("start", action=name, outcome=act.outcome)
    act.outcome, act.subject = outcome, subject
    return answer


def _permitted(name: str, actor: Actor) -> _Action:
    found = _registered[name]
    if not _permission[0](actor, found.power):
        raise Refusal(
            "没有办理此事的权限", rule=f"权限 {found.power}", remedy="请由有此权限的岗位办理"
        )
    return found


def _begin(actor: Actor, reason: str) -> tuple[Act, Peaks]:
    last = Entry.objects.only("sequence", "recorded_at", "peaks").order_by("-sequence").first()
    _check_clock(last)
    at = clock.now() if last is None else max(clock.now(), last.recorded_at)
    before = peaks_after(last)
    return Act(actor, before.size, at, reason=reason), before


def _check_clock(last: Entry | None) -> None:
    if last is None or not clock.is_simulated():
        return
    if not Entry.objects.filter(sequence=0, simulated=True).exists():
        raise Refusal(
            "真实的县不接受模拟时间",
            rule="模拟时间只用于演示和测试，行为记录从第 0 条起注明",
            remedy="另建演示县，或去掉模拟时间",
        )


def _repeat(earlier: Entry, name: str, actor: Actor) -> Performed:
    if (earlier.verb, earlier.actor_id) != (name, actor.person_id):
        raise Refusal(
            "这个幂等键已用于另一件事", where=earlier.idempotency_key, remedy="换一个键再提交"
        )
    effects = tuple(Effect(one["kind"], one["facts"]) for one in earlier.effects)
    return Performed(earlier.sequence, None, dict(earlier.outcome), True, effects)


def _append(name: str, act: Act, key: str, before: Peaks) -> None:
    entry = Entry(
        sequence=act.sequence,
        recorded_at=act.at,
        verb=name,
        subject=act.subject,
        actor_id=act.actor.person_id,
        post_id=act.actor.post_id,
        substitution_id=act.actor.substitution_id,
        outcome=plain(act.outcome),
        effects=[{"kind": one.kind, "facts": plain(one.facts)} for one in act.effects],
        simulated=clock.is_simulated(),
        idempotency_key=key,
    )
    if act.reason:
        sealed = sealing.sealed_reason(act.reason)
        entry.reason_mark, entry.reason_subject, entry.sealed_reason = sealed
    entry.leaf = leaf_of(entry)
    after = before.append(entry.leaf)
    entry.peaks = after.packed()
    entry.save(force_insert=True)
    if after.size % signing.EVERY == 0:
        signing.sign(after)
