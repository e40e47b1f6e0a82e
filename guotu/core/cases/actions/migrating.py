"""Taking cases over to the version in use: each in an act of its own, and back to the byte."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from guotu.core.cases import engine
from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.moving import settle
from guotu.core.cases.engine import Moved
from guotu.core.cases.models import Before, Case, Clock, Migration, Process
from guotu.core.cases.queries.clocks import county_calendar
from guotu.core.cases.queries.drawn import current
from guotu.core.cases.queries.migrations import behind, last_migration, taken_over
from guotu.core.journal.actions import Act, Actor, action, perform, preview
from guotu.core.people.scope import covers
from guotu.lib.refusal import Refusal

_RULE = "办件留在受理时的流程版本，除非转到新版本"


@action("cases.migrate", power="cases.deploy")
def migrate(act: Act, *, case: int) -> Migration:
    """Take a case over to the version in use of its process; every step waits on as it was.

    Timers of the new version begin, those it does not have stop. Raises Refusal, naming the step,
    where something waits that the new version does not have; the case then stays where it is.
    """
    found = _case(act, case)
    standing, new = found.standing, current(found.standing.process.key)
    old = standing.process
    if old.pk == new.pk:
        raise Refusal("本件已在现行版本上", where=found.number, remedy="不必再转")
    before = bytes(standing.tokens)
    moved = engine.migrate(bytes(old.program), bytes(new.program), before)
    kept = Migration(
        case=found,
        from_process=old,
        to_process=new,
        tokens_before=before,
        data_before=standing.data,
        at=act.at,
        sequence=act.sequence,
    )
    kept.stopped = _stand_on(act, found, new, moved)
    kept.tokens_after, kept.revision = _hash(moved.tokens), standing.revision
    kept.save()
    return kept


@action("cases.take_back_migration", power="cases.deploy")
def take_back_migration(act: Act, *, case: int) -> Migration:
    """Put a case back on the version that it was taken over from, with its tokens to the byte.

    Timers that had stopped run on from their first day. Raises Refusal where the case has gone on
    since, or was never taken over.
    """
    found = _case(act, case)
    standing, last = found.standing, last_migration(found)
    if last is None:
        raise Refusal("本件没有可取回的流程迁移", where=found.number, remedy="刷新后再看")
    tokens, data = bytes(last.tokens_before), last.data_before
    # Each token has an id of its own: the same bytes are the same standing.
    if _hash(bytes(standing.tokens)) != last.tokens_after:
        raise Refusal(
            "本件迁移后又办过，不能取回",
            where=found.number,
            rule="取回只恢复迁移时的原状",
            remedy="部署所要的版本，再转一次",
        )
    stood = engine.standing(bytes(last.from_process.program), tokens)
    _run_on(act, found, last)
    _stand_on(act, found, last.from_process, dataclasses.replace(stood, tokens=tokens, data=data))
    last.taken_back_sequence = act.sequence
    last.save(update_fields=["taken_back_sequence"])
    return last


def migrate_all(actor: Actor, key: str, *, dry_run: bool = False) -> list[dict[str, Any]]:
    """Take every case of a process over to the version in use; return what came of each.

    Each case is an act of its own: one that is refused says why and holds up no other. With
    `dry_run` nothing is kept, and the answer says what would come of it.
    """
    run = _preview if dry_run else _perform
    return _each(behind(current(key)), "cases.migrate", run, actor)


def take_back_all(actor: Actor, key: str, *, dry_run: bool = False) -> list[dict[str, Any]]:
    """Take back every case that was taken over to the version in use; return what came of each."""
    run = _preview if dry_run else _perform
    return _each(taken_over(current(key)), "cases.take_back_migration", run, actor)


Run = Callable[[str, Actor, int], dict[str, Any]]


def _each(cases: Iterable[Case], verb: str, run: Run, actor: Actor) -> list[dict[str, Any]]:
    return [_one(case, verb, run, actor) for case in cases]


def _one(case: Case, verb: str, run: Run, actor: Actor) -> dict[str, Any]:
    told = {"case": case.pk, "number": case.number, "title": case.title}
    try:
        return {**told, "moves": True, **run(verb, actor, case.pk)}
    except Refusal as refused:
        return {**told, "moves": False, "why": str(refused), "refusal": refused.as_dict()}


def _perform(verb: str, actor: Actor, case: int) -> dict[str, Any]:
    done = perform(verb, actor, case=case)
    return {**done.outcome, "sequence": done.sequence}


def _preview(verb: str, actor: Actor, case: int) -> dict[str, Any]:
    return preview(verb, actor, case=case).outcome


def _case(act: Act, number: int) -> Case:
    found = Case.objects.select_related("standing__process").filter(pk=number).first()
    if found is None or not covers(act.actor.areas, found.division):
        raise Refusal("没有这个办件，或不在您的辖区", where=str(number), remedy="核对后再试")
    if found.state not in ("open", "suspended"):
        raise Refusal("本件已经办结或停止", where=found.number, rule=_RULE, remedy="不必再转")
    return found


def _stand_on(act: Act, case: Case, version: Process, moved: Moved) -> list[int]:
    """Have a case stand on a version; return the clocks of timers that stopped with it."""
    standing, old = case.standing, case.standing.process
    before = _waiting(case)
    running = list(_timers(case).values_list("pk", flat=True))
    # The version goes first: what comes now is looked up in it.
    standing.process = case.process = version
    standing.save(update_fields=["process"])
    case.save(update_fields=["process"])
    settle(act, case, moved)
    Before.objects.filter(case=case).update(final=True)
    after = _waiting(case)
    act.subject = f"case:{case.pk}"
    act.outcome = {
        "from": old.digest,
        "to": version.digest,
        "came": sorted(after[token] for token in after.keys() - before.keys()),
        "gone": sorted(before[token] for token in before.keys() - after.keys()),
        "waits": sorted(after.values()),
    }
    act.tell("change", what="case_migrated", case=case.pk, version=version.digest[:12])
    still = set(_timers(case).values_list("pk", flat=True))
    return [clock for clock in running if clock not in still]


def _timers(case: Case) -> Any:
    return Clock.objects.filter(case=case, kind="timer", state__in=("running", "suspended"))


def _waiting(case: Case) -> dict[str, str]:
    """Return the names of what waits, by token."""
    steps = dict(case.steps.filter(state="waiting").values_list("token", "name"))
    return {**dict(_timers(case).values_list("token", "title")), **steps}


def _run_on(act: Act, case: Case, migration: Migration) -> None:
    """Let the timers that stopped when a case was taken over run on, as of their first day."""
    known = county_calendar()
    for clock in Clock.objects.filter(pk__in=migration.stopped, case=case).order_by("pk"):
        clock.state, clock.ended_at = "running", None
        clocks.redate(act, clock, known)


def _hash(tokens: bytes) -> str:
    return hashlib.sha256(tokens).hexdigest()
