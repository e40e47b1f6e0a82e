"""The register of who asked for a favour on a case: kept for good, answered, fed to no decision.

《领导干部干预司法活动、插手具体案件处理的记录、通报和责任追究规定》（2015）, by analogy. Who asked
and what they said is sealed; the case's own acts, rules and assignment never read this table.
"""

import datetime
import json

from guotu.core.cases.models import Case, Intervention, Notice, Reply
from guotu.core.cases.queries.cases import visible
from guotu.core.journal import clock, sealing
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Holding, Person
from guotu.lib.refusal import Refusal

_RULE = "过问须全程留痕：只增不改，可以申辩，不作为办理依据"
_LONGEST = 4_000


@action("cases.record_intervention", power="cases.handle")
def record_intervention(
    act: Act,
    *,
    case: int,
    asker: str,
    said: str,
    manner: str,
    on: datetime.date | None = None,
    person: int | None = None,
) -> Intervention:
    """Write down who asked for a favour on a case that one may see, how, and what they said.

    `asker` is the name and office; `person` the person of the county that it is, who is told and
    may reply. Both are sealed under a key of the row's own.
    """
    found = Case.objects.filter(visible(act.actor), pk=case).first()
    if found is None or act.actor.person_id is None:
        raise Refusal("没有这个办件，或不在您的权限内", where=str(case), remedy="刷新后再试")
    day = on or clock.today()
    if day > clock.today():
        raise Refusal("过问的日期在今天之后", where=day.isoformat(), remedy="改一个日期")
    if person is not None and not Person.objects.filter(pk=person).exists():
        raise Refusal("没有这个人", where=str(person), remedy="从人员名单中选，或只写姓名职务")
    subject = sealing.new_subject()
    who = json.dumps({"asker": _text(asker), "person": person}, ensure_ascii=False)
    made = Intervention.objects.create(
        case=found,
        subject=subject,
        sealed_asker=sealing.seal(subject, who),
        sealed_said=sealing.seal(subject, _text(said)),
        manner=_text(manner)[:32],
        on=day,
        recorded_by_id=act.actor.person_id,
        recorded_post_id=act.actor.post_id,
        sequence=act.sequence,
    )
    _tell_asker(act, made, person)
    act.subject = f"intervention:{made.pk}"
    act.outcome = {"intervention": made.pk}
    return made


@action("cases.reply_intervention", power="people.own")
def reply_intervention(act: Act, *, intervention: int, text: str) -> Reply:
    """Reply to what one is said to have asked; it is added, and changes nothing of the entry.

    Open to the person named, and to who keeps the register, who writes down what they are told.
    """
    found = Intervention.objects.filter(pk=intervention).first()
    if found is None or not _may_reply(act, found):
        raise Refusal("没有涉及您的这条登记", str(intervention), _RULE, "向纪检监察岗位书面申辩")
    made = Reply.objects.create(
        intervention=found,
        sealed_text=sealing.seal(found.subject, _text(text)),
        person_id=act.actor.person_id,
        at=act.at,
        sequence=act.sequence,
    )
    act.subject = f"intervention:{found.pk}"
    act.outcome = {"reply": made.pk}
    return made


@action("cases.look_at_interventions", power="cases.read_interventions")
def look_at_interventions(act: Act, *, case: int | None = None) -> list[dict[str, object]]:
    """Return the register, or what of it concerns a case, unsealed; the look is on record."""
    rows = Intervention.objects.select_related("case").prefetch_related("replies")
    found = list(rows.filter(case_id=case) if case is not None else rows)
    act.subject = f"case:{case}" if case is not None else "interventions:"
    act.outcome = {"looked_at": len(found)}
    return [_opened(one) for one in found]


def _opened(one: Intervention) -> dict[str, object]:
    replies = list(one.replies.all())
    sealed = [bytes(one.sealed_asker), bytes(one.sealed_said)]
    sealed += [bytes(reply.sealed_text) for reply in replies]
    who, said, *answers = sealing.unseal_all((one.subject, each) for each in sealed)
    return {
        "intervention": one.pk,
        "case": one.case.number,
        "asker": json.loads(who)["asker"] if who else None,
        "said": said,
        "manner": one.manner,
        "on": one.on,
        "recorded_by": one.recorded_by_id,
        "replies": [
            {"at": reply.at, "text": text} for reply, text in zip(replies, answers, strict=True)
        ],
    }


def _may_reply(act: Act, found: Intervention) -> bool:
    if {"*", "cases.read_interventions"} & act.actor.powers:
        return True
    who = sealing.unseal(found.subject, bytes(found.sealed_asker))
    named = json.loads(who)["person"] if who else None
    return named is not None and named == act.actor.person_id


def _tell_asker(act: Act, made: Intervention, person: int | None) -> None:
    holding = Holding.objects.on(clock.today()).filter(person_id=person).first()
    if person is None or holding is None:
        return
    Notice.objects.create(
        post_id=holding.post_id,
        person_id=person,
        kind="changed",
        text=f"有一条过问登记（第 {made.pk} 号）涉及您，您可以申辩",
        at=act.at,
        sequence=act.sequence,
    )


def _text(text: str) -> str:
    said = text.strip()
    if not said or len(said) > _LONGEST:
        raise Refusal("没有写内容，或写得太长", rule=_RULE, remedy="写明后再登记")
    return said
