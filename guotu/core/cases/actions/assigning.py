"""Whose work a step is: the rules of roles, giving out, and handing on what leavers had."""

import datetime

from guotu.core.cases.actions.passing import note_passing
from guotu.core.cases.models import Assignment, Hand, Notice, Step
from guotu.core.cases.queries import assigning as queries
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.cases.queries.hands import against
from guotu.core.cases.rules import assigning as rules
from guotu.core.journal import clock
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Post, Unit
from guotu.core.people.rules.codes import check_code, stem
from guotu.lib.flow.declared import StepDeclared
from guotu.lib.refusal import Refusal

_BY_UNIT = "unit:"
_RULE = "分派规则：角色、种类、行政区、日期定岗位，再定到人"


@action("cases.assign_role", power="cases.allot")
def assign_role(
    act: Act,
    *,
    role: str,
    post: int,
    kind: str = "",
    division: str = "",
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> Assignment:
    """Have a role of processes fall to a post from a day (today), for a kind of case and a place.

    It takes the place of the rule for the same role, kind and division, which ends that day.
    """
    found = Post.objects.filter(pk=post).first()
    if found is None:
        raise Refusal("没有这个岗位", where=str(post), rule=_RULE, remedy="从岗位表中选")
    if not role.strip() or len(role) > 64 or len(kind) > 64:
        raise Refusal("角色或种类写得不对", where=role[:64], rule=_RULE, remedy="照流程图中的写")
    begins, place = since or clock.today(), check_code(division) if division else ""
    if until is not None and until <= begins:
        raise Refusal("期限的终止早于开始", where=f"{begins} 至 {until}", remedy="改一个日期")
    same = Assignment.objects.filter(role=role, kind=kind, division=place)
    for one in same.filter(until__isnull=True):
        _end(act, one, max(begins, one.since))
    made = Assignment.objects.create(
        role=role,
        kind=kind,
        division=place,
        post=found,
        since=begins,
        until=until,
        sequence=act.sequence,
    )
    act.subject = f"assignment:{made.pk}"
    act.outcome = {"role": role, "kind": kind, "division": place, "post": post}
    act.tell("change", what="assignment", role=role, post=post)
    return made


@action("cases.end_assignment", power="cases.allot")
def end_assignment(act: Act, *, assignment: int) -> Assignment:
    """End a rule today; the role then falls to the next most specific one."""
    found = Assignment.objects.filter(pk=assignment, ended_sequence__isnull=True).first()
    if found is None:
        raise Refusal("没有在用的这条分派规则", where=str(assignment), remedy="刷新后再试")
    _end(act, found, clock.today())
    act.subject = f"assignment:{found.pk}"
    act.outcome = {"role": found.role, "until": str(found.until)}
    return found


@action("cases.hand_on_leavers", power="cases.allot")
def hand_on_leavers(act: Act) -> int:
    """Give the waiting steps that nobody can take any more to somebody; return how many.

    One that nobody could be given stays as it is, and in sight, and holds up no other.
    """
    moved, unclaimed = 0, []
    for step in queries.ownerless().select_related("case").order_by("pk"):
        before = step.post_id, step.person_id
        try:
            give_out(act, step, "left")
        except Refusal as refused:
            unclaimed.append({"step": step.pk, "why": refused.what})
            continue
        if (step.post_id, step.person_id) != before:
            moved += 1
            tell_holder(act, step, "原经办人离岗，移交您办理")
    act.subject = "cases:leavers"
    act.outcome = {
        "moved": moved,
        "unclaimed": unclaimed,
        "ownerless": queries.ownerless().count(),
    }
    return moved


def give_out(act: Act, step: Step, manner: str = "assigned") -> Step:
    """Give a step to a post and a named person by rule, and say why. Saves it."""
    chosen = _chosen(step)
    before = step.post_id, step.person_id
    step.post_id, step.person_id, step.why = chosen.post, chosen.person, chosen.why
    step.save()
    note_passing(act, step, manner, before, why=chosen.why)
    return step


def _chosen(step: Step) -> rules.Assigned:
    place = place_of(step.element, step.path)
    declared = drawn_of(step.case).step(place)
    post, said = _first_post(step, declared)
    done = Hand.objects.filter(case=step.case, element=step.element, path=step.path)
    earlier = set(done.filter(manner="completed").values_list("person_id", flat=True))
    why_not = against(step.case, place)
    found = rules.assigned(queries.rungs(post, declared.tag), why_not, said, earlier)
    if found is None:
        raise Refusal(
            "没有任何岗位可以接这一步",
            where=step.name,
            rule=_RULE,
            remedy="先设岗位（性质为决策的是负责人），再制定分派规则",
        )
    return found


def _first_post(step: Step, declared: StepDeclared) -> tuple[Post | None, str]:
    """Return the post a role falls to, and by which rule; none, where no rule says."""
    if declared.role.startswith(_BY_UNIT):
        return _of_unit(step, declared.role.removeprefix(_BY_UNIT))
    case, day = step.case, clock.today()
    rule = rules.allotted(
        declared.role, case.kind, stem(case.division), day, queries.allotments(declared.role)
    )
    if rule is None:
        return None, f"角色“{declared.role}”没有分派规则"
    post = Post.objects.select_related("unit").get(pk=rule.post)
    return post, f"角色“{declared.role}”" + _reach(rule) + f"由{post.name}承担"


def _reach(rule: rules.Allotment) -> str:
    parts = [f"种类{rule.kind}" if rule.kind else "", f"行政区{rule.place}" if rule.place else ""]
    said = "、".join(part for part in parts if part)
    return f"（{said}）" if said else ""


def _of_unit(step: Step, variable: str) -> tuple[Post | None, str]:
    value = {**step.case.standing.data, **step.item}.get(variable)
    said = str(value)
    named = {"pk": int(said)} if said.isascii() and said.isdigit() else {"name": said}
    unit = Unit.objects.filter(**named).first()
    if unit is None:
        return None, f"没有单位“{value}”"
    heads = queries.heads_of(unit) or list(
        Post.objects.filter(unit=unit).select_related("unit").order_by("pk")
    )
    return (heads[0] if heads else None), f"征求{unit.name}"


def tell_holder(act: Act, step: Step, text: str, kind: str = "handed") -> None:
    """Have whoever has a step see what befell it."""
    if step.post_id is not None:
        tell_post(act, step.post_id, step, text, kind, person=step.person_id)


def tell_post(
    act: Act, post: int, step: Step, text: str, kind: str, *, person: int | None = None
) -> None:
    """Have a post, or one person in it, see what befell a step."""
    Notice.objects.create(
        post_id=post,
        person_id=person,
        case=step.case,
        kind=kind,
        text=f"{step.case.number} {step.name}：{text}"[:255],
        at=act.at,
        sequence=act.sequence,
    )
    act.tell("send", what=kind, case=step.case_id, post=post)


def _end(act: Act, rule: Assignment, day: datetime.date) -> None:
    rule.until, rule.ended_sequence = day, act.sequence
    rule.save(update_fields=["until", "ended_sequence"])
    act.tell("change", what="assignment", role=rule.role, post=rule.post_id, until=str(day))
