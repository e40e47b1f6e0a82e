"""Taking a step: data and evidence checked, hands kept separate, the process moved on, at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from guotu.core.cases import engine
from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.moving import Served, end_step, settle
from guotu.core.cases.actions.passing import (
    check_hands,
    check_mine,
    check_person,
    is_by_process,
    take_hand,
    waiting_step,
)
from guotu.core.cases.models import Before, Case, Clock, Note, Step
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.cases.rules.taking import Risk, passing
from guotu.core.cases.rules.variables import written
from guotu.core.files.queries import file_by_hash, may_read
from guotu.core.journal.actions import Act, action
from guotu.lib.flow.declared import StepDeclared
from guotu.lib.refusal import Refusal

_MOST_AT_ONCE = 200
Evidence = Mapping[str, Mapping[str, Any]]


@action("cases.complete", power="cases.handle")
def complete(
    act: Act,
    *,
    step: int,
    data: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
) -> Case:
    """Take a step: write its variables, pass its risk points, and let the process go on.

    `data` gives the variables the step writes (over what was drafted); `evidence`, by the title
    of each risk point, `note` or `file` (the hash of a kept file). Raises Refusal: the step is
    done or another's, hands are not separate, data or evidence is wanting, a countersign is owed.
    """
    case = _complete(act, step, data or {}, evidence or {})
    act.subject = f"case:{case.pk}"
    act.outcome = _outcome(case, act.sequence)
    return case


@action("cases.complete_many", power="cases.handle")
def complete_many(
    act: Act,
    *,
    steps: Sequence[int],
    data: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
    all_or_none: bool = False,
) -> list[dict[str, Any]]:
    """Take several steps with the same data, each checked on its own; return what came of each.

    A step that is refused is left as it was and says why; with `all_or_none` it refuses all.
    """
    check_person(act)
    if not 0 < len(set(steps)) <= _MOST_AT_ONCE:
        raise Refusal("没有选步骤，或选得太多", remedy=f"一次最多 {_MOST_AT_ONCE} 步")
    came = [
        _one_of_many(act, pk, data or {}, evidence or {}, all_or_none)
        for pk in dict.fromkeys(steps)
    ]
    act.subject = "cases:many"
    act.outcome = {"done": sum(one["done"] for one in came), "steps": came}
    return came


@action("cases.save_draft", power="cases.handle")
def save_draft(act: Act, *, step: int, data: Mapping[str, Any]) -> Step:
    """Keep a draft of what a step writes. Who drafts has a hand in the step, as who takes it."""
    found = waiting_step(step)
    check_mine(act, found)
    declared = check_hands(found, check_person(act), act.actor)
    variables = drawn_of(found.case).declared.variables
    found.draft = written(data, declared.writes, variables, partly=True)
    found.save(update_fields=["draft"])
    take_hand(act, found, "drafted", declared.tag)
    act.subject = f"case:{found.case_id}"
    act.outcome = {"step": found.pk, "drafted": sorted(found.draft)}
    return found


def fire_timer(act: Act, clock: Clock) -> None:
    """Let a timer drawn in the process come: called by the clock that has run out, in its act."""
    rows = Case.objects.select_related("standing__process")
    case = rows.get(clocks__pk=clock.pk)
    standing, served = case.standing, Served(act, case)
    program = bytes(standing.process.program)
    moved = engine.fire(program, bytes(standing.tokens), clock.token, served)
    clocks.stop(act, clock, met=True)
    settle(act, case, moved)
    _forget_before(case)
    act.subject = f"case:{case.pk}"


clocks.register_firing("timer", fire_timer)


@action("cases.receive", power="cases.handle", by_process=True)
def receive(act: Act, *, case: int, message: str) -> Case:
    """Tell a case that a message it waits for has come (材料补齐、上级批复已到)."""
    told = Q() if is_by_process(act) else visible(act.actor)
    found = Case.objects.select_related("standing__process").filter(told, pk=case).first()
    if found is None or found.state not in ("open", "suspended"):
        raise Refusal("没有正在办理的这个办件", where=str(case), remedy="刷新后再试")
    standing, served = found.standing, Served(act, found)
    program = bytes(standing.process.program)
    moved = engine.catch(program, bytes(standing.tokens), message, {}, served)
    settle(act, found, moved)
    _forget_before(found)
    act.subject = f"case:{found.pk}"
    act.outcome = {"case": found.pk, "message": message}
    return found


def _one_of_many(
    act: Act, step: int, data: Mapping[str, Any], evidence: Evidence, all_or_none: bool
) -> dict[str, Any]:
    told = len(act.effects)
    try:
        with transaction.atomic():
            case = _complete(act, step, data, evidence)
    except Refusal as refused:
        if all_or_none:
            raise
        del act.effects[told:]
        return {"step": step, "done": False, "why": refused.what}
    return {"step": step, "done": True, "case": case.pk}


def _complete(act: Act, pk: int, data: Mapping[str, Any], evidence: Evidence) -> Case:
    step = waiting_step(pk)
    case, standing = step.case, step.case.standing
    check_mine(act, step)
    declared = check_hands(step, check_person(act), act.actor)
    _check_answered(step)
    variables = drawn_of(case).declared.variables
    values = written({**step.draft, **data}, declared.writes, variables)
    _keep_evidence(act, step, declared, evidence)
    take_hand(act, step, "completed", declared.tag)
    end_step(act, step, "done")
    tokens, before = bytes(standing.tokens), dict(standing.data)
    served = Served(act, case)
    program = bytes(standing.process.program)
    moved = engine.complete(program, tokens, step.token, values, served)
    settle(act, case, moved)
    _remember(act, step, tokens, before, final=bool(served.count) or moved.ended)
    act.tell("change", what="step_done", case=case.pk, step=step.name)
    return case


def _check_answered(step: Step) -> None:
    owed = step.notes.filter(kind="countersign", answered_sequence__isnull=True)
    if owed.exists():
        raise Refusal(
            "会签还没有答复",
            where="、".join(one.asked_post.name for one in owed if one.asked_post),
            rule="会签意见齐备后才能办理",
            remedy="等其答复，或催办",
        )


def _keep_evidence(act: Act, step: Step, declared: StepDeclared, evidence: Evidence) -> None:
    risks = [Risk(one.title, one.evidence, one.article) for one in declared.risks]
    for title, given in passing(risks, evidence).items():
        Note.objects.create(
            case=step.case,
            step=step,
            kind="evidence",
            point=title,
            text=str(given.get("note", "")).strip(),
            file_hash=_kept_file(act, str(given.get("file", ""))),
            person_id=act.actor.person_id,
            at=act.at,
            sequence=act.sequence,
        )
        act.tell("change", what="risk_passed", case=step.case_id, point=title)


def _kept_file(act: Act, sha256: str) -> str:
    if not sha256:
        return ""
    file = file_by_hash(sha256)
    if file is None or not may_read(act.actor, file):
        raise Refusal(
            "没有这份佐证材料，或不在您的权限内", where=sha256[:12], remedy="先上传再提交"
        )
    return sha256


def _remember(act: Act, step: Step, tokens: bytes, data: Mapping[str, Any], *, final: bool) -> None:
    kept = {
        "step": step,
        "tokens": tokens,
        "data": data,
        "revision": step.case.standing.revision,
        "final": final,
        "sequence": act.sequence,
    }
    if not Before.objects.filter(case=step.case).update(**kept):
        Before.objects.create(case=step.case, **kept)


def _forget_before(case: Case) -> None:
    Before.objects.filter(case=case).update(final=True)


def _outcome(case: Case, sequence: int) -> dict[str, Any]:
    came = case.steps.filter(sequence=sequence, state="waiting").order_by("pk")
    return {
        "case": case.pk,
        "state": case.state,
        "result": case.result,
        "next": [
            {
                "step": one.name,
                "place": place_of(one.element, one.path),
                "post": one.post_id,
                "person": one.person_id,
            }
            for one in came
        ],
    }
