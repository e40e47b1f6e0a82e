"""What every act upon a step asks: that it waits, is the actor's, and hands stay separate."""

from guotu.core.cases.models import Case, Hand, HandOver, Step
from guotu.core.cases.queries.assigning import acts_in, stands_for
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.cases.queries.hands import root_of, why_not
from guotu.core.cases.rules.hands import RULE
from guotu.core.cases.rules.taking import lacking
from guotu.core.journal.actions import Act, Actor
from guotu.lib.flow.declared import StepDeclared
from guotu.lib.refusal import Refusal


def waiting_step(pk: int) -> Step:
    """Return a step that waits, its row locked. Raises Refusal: none such, or it is done."""
    found = Step.objects.select_for_update(of=("self",)).filter(pk=pk)
    step: Step | None = found.select_related("case__standing__process").first()
    if step is None:
        raise Refusal("没有这一步", where=str(pk), remedy="刷新后再试")
    if step.state != "waiting":
        raise Refusal(
            "这一步已经办过了",
            where=f"{step.case.number} {step.name}",
            rule="一步只办一次",
            remedy="刷新后看现在到了哪一步",
        )
    if step.case.state not in ("open", "suspended"):
        raise Refusal("本件已经办结或停止", where=step.case.number, remedy="不必再办")
    return step


def declared_step(step: Step) -> StepDeclared:
    """Return what the process declares of a step."""
    return drawn_of(step.case).step(place_of(step.element, step.path))


def check_person(act: Act) -> int:
    """Return the person who acts, in a post that is theirs today. Raises Refusal otherwise."""
    if act.actor.person_id is None:
        raise Refusal(
            "步骤须由具体的人办理", rule="经手到人：系统和机构不能代人经手", remedy="登录后办理"
        )
    if not acts_in(act.actor):
        raise Refusal(
            "您今天不在这个岗位上", rule="岗位属于职务，任职和代理有期限", remedy="重新登录后再试"
        )
    return act.actor.person_id


def check_mine(act: Act, step: Step) -> None:
    """Raise Refusal where a step is not the actor's: another post's, or another person's."""
    person = check_person(act)
    if step.post_id != act.actor.post_id:
        raise Refusal(
            "这一步不在您现在的岗位上",
            where=f"{step.case.number} {step.name}",
            rule="步骤归岗位，再归到人；不得越位办理",
            remedy="换到该岗位办理，或请其移交",
        )
    if step.person_id not in (None, person, stands_for(act.actor)):
        raise Refusal(
            "这一步由本岗位的另一人经办",
            where=f"{step.case.number} {step.name}",
            remedy="请其办理、移交或退回岗位后再认领",
        )


def check_hands(step: Step, person: int, actor: Actor | None = None) -> StepDeclared:
    """Return the step as declared. Raises Refusal where the person may not take it.

    Judged on the person alone, by every hand in the whole matter, within the act that completes,
    drafts, countersigns, claims or hands over. With `actor`, the post's power is checked too.
    """
    declared = declared_step(step)
    where = f"{step.case.number} {step.name}"
    if actor is not None and (lack := lacking(declared.tag, actor.powers)):
        raise Refusal(
            f"本岗位没有{lack}的权力",
            where,
            "法无授权不可为：岗位只办权力清单以内的步骤",
            "由有此权力的岗位办理",
        )
    if reason := why_not(step, person):
        raise Refusal(f"不得经手这一步：{reason}", where, RULE, "由另一人办理")
    return declared


def is_by_process(act: Act) -> bool:
    """Say whether a process does this, in the act of somebody who took a step just now."""
    person = act.actor.person_id
    return person is None or Hand.objects.filter(sequence=act.sequence, person_id=person).exists()


def take_hand(act: Act, step: Step, manner: str, tag: str) -> None:
    """Write that the actor has a hand in a step; a draft once, whatever is saved again."""
    keep_hand(act, step.case, manner, tag, step=step)


def keep_hand(act: Act, case: Case, manner: str, tag: str, *, step: Step | None = None) -> None:
    """Write that the actor has a hand in a case, in a step of it or as a whole."""
    if act.actor.person_id is None:
        return
    told = {"step": step, "manner": manner, "person_id": act.actor.person_id}
    if manner == "drafted" and Hand.objects.filter(**told).exists():
        return
    Hand.objects.create(
        matter_id=root_of(case),
        case=case,
        element=step.element if step else "",
        path=step.path if step else "",
        tag=tag,
        post_id=act.actor.post_id,
        substitution_id=act.actor.substitution_id,
        sequence=act.sequence,
        **told,
    )


def note_passing(
    act: Act,
    step: Step,
    manner: str,
    before: tuple[int | None, int | None],
    *,
    why: str = "",
) -> None:
    """Write that a step went from one post and person to those it has now."""
    HandOver.objects.create(
        step=step,
        manner=manner,
        from_post_id=before[0],
        from_person_id=before[1],
        to_post_id=step.post_id,
        to_person_id=step.person_id,
        by_person_id=act.actor.person_id,
        why=why[:255],
        at=act.at,
        sequence=act.sequence,
    )
    act.tell(
        "start",
        what=manner,
        step=step.name,
        post=step.post_id,
        person=step.person_id,
        case=step.case_id,
    )
