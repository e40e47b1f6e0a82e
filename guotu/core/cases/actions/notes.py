"""What is asked and said beside the steps: consulting, countersigning, answering, urging."""

import datetime
from typing import Any

from django.utils import timezone

from guotu.core.cases.actions.assigning import tell_holder
from guotu.core.cases.actions.passing import (
    check_hands,
    check_mine,
    check_person,
    take_hand,
    waiting_step,
)
from guotu.core.cases.models import Case, Note, Step
from guotu.core.cases.queries.assigning import candidates
from guotu.core.cases.queries.cases import visible
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

_LONGEST = 4_000
_RULE = "意见一经提出即固定：署名、有日期、不得改动"


@action("cases.ask", power="cases.handle")
def ask(
    act: Act,
    *,
    step: int,
    post: int,
    text: str,
    kind: str = "consult",
    due_on: datetime.date | None = None,
) -> Note:
    """Ask a post for its opinion on one's own step, or (`kind` countersign) for its countersign.

    A step with a countersign owed cannot be taken. Who countersigns has a hand in the step.
    """
    found = waiting_step(step)
    check_mine(act, found)
    if kind not in ("consult", "countersign"):
        raise Refusal("没有这种征求方式", where=kind, remedy="用 consult 或 countersign")
    asked = Post.objects.filter(pk=post).first()
    if asked is None or not candidates(asked):
        raise Refusal("没有这个岗位，或岗位今天无人", where=str(post), remedy="选在岗的岗位")
    note = Note.objects.create(
        case=found.case,
        step=found,
        kind=kind,
        asked_post=asked,
        text=_said(text),
        person_id=act.actor.person_id,
        at=act.at,
        due_at=_end_of(due_on),
        sequence=act.sequence,
    )
    act.subject = f"case:{found.case_id}"
    act.outcome = {"note": note.pk, "kind": kind, "post": post}
    act.tell("send", what=kind, case=found.case_id, post=post)
    return note


@action("cases.answer", power="cases.handle")
def answer(act: Act, *, note: int, text: str, agreed: bool | None = None) -> Note:
    """Answer what the actor's post was asked. A countersign says whether it agrees, and is a hand.

    Who asked does not countersign themselves; who may not take the step may not countersign it.
    """
    rows = Note.objects.select_for_update(of=("self",)).filter(pk=note)
    found = rows.select_related("case__standing__process", "step").first()
    person = check_person(act)
    if found is None or found.asked_post_id is None or found.answered_sequence is not None:
        raise Refusal("没有待答复的这项征求", where=str(note), rule=_RULE, remedy="刷新后再试")
    if found.asked_post_id != act.actor.post_id:
        raise Refusal("这项征求不是问您的岗位", where=str(note), remedy="换到该岗位答复")
    if found.kind == "countersign":
        _countersign(act, found, person, agreed)
    told: dict[str, Any] = {"answer": _said(text), "agreed": agreed}
    told["answered_person_id"] = person
    told |= {"answered_at": act.at, "answered_sequence": act.sequence}
    for name, value in told.items():
        setattr(found, name, value)
    found.save(update_fields=list(told))
    act.subject = f"case:{found.case_id}"
    act.outcome = {"note": found.pk, "agreed": agreed}
    return found


@action("cases.urge", power="cases.read")
def urge(act: Act, *, step: int, text: str = "") -> Note:
    """Urge whoever has a step of a case that one may see; it is on record and on their desk."""
    found = waiting_step(step)
    if not Case.objects.filter(visible(act.actor), pk=found.case_id).exists():
        raise Refusal("没有这个办件，或不在您的权限内", where=str(step), remedy="刷新后再试")
    note = Note.objects.create(
        case=found.case,
        step=found,
        kind="urge",
        text=_said(text or "请抓紧办理"),
        person_id=act.actor.person_id,
        at=act.at,
        sequence=act.sequence,
    )
    tell_holder(act, found, "催办", kind="urged")
    act.subject = f"case:{found.case_id}"
    act.outcome = {"note": note.pk, "post": found.post_id}
    return note


def _countersign(act: Act, note: Note, person: int, agreed: bool | None) -> None:
    step: Step | None = note.step
    if agreed is None:
        raise Refusal("会签须写明同意或不同意", rule=_RULE, remedy="选同意或不同意")
    if person == note.person_id:
        raise Refusal("不能会签自己送会的事", rule="会签由另一人署名", remedy="由本岗位另一人会签")
    if step is None or step.state != "waiting":
        raise Refusal("所会签的步骤已经办过", rule=_RULE, remedy="不必再答复")
    step.case = note.case
    declared = check_hands(step, person)
    take_hand(act, step, "countersigned", declared.tag)


def _said(text: str) -> str:
    said = text.strip()
    if not said or len(said) > _LONGEST:
        raise Refusal("没有写内容，或写得太长", remedy=f"写明内容，不超过 {_LONGEST} 字")
    return said


def _end_of(day: datetime.date | None) -> datetime.datetime | None:
    if day is None:
        return None
    last = datetime.datetime.combine(day, datetime.time(23, 59, 59))
    return timezone.make_aware(last)
