"""Whose a step is: seen, claimed, given back, handed over, recalled while nobody opened it."""

from collections.abc import Iterable

from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.assigning import tell_holder, tell_post
from guotu.core.cases.actions.moving import end_step
from guotu.core.cases.actions.passing import (
    check_hands,
    check_mine,
    check_person,
    note_passing,
    waiting_step,
)
from guotu.core.cases.models import Before, Case, Clock, Standing, Step
from guotu.core.cases.queries.assigning import candidates, heads_of, leaders, stands_for
from guotu.core.cases.queries.clocks import county_calendar
from guotu.core.cases.queries.task_thresholds import most_bounces
from guotu.core.cases.rules.taking import lacking
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

_TRACED = "移交记录在案，经手只认人，不因移交而改变"


@action("cases.mark_seen", power="cases.handle")
def mark_seen(act: Act, *, step: int) -> Step:
    """Write that whoever has a step has opened it: from then on it cannot be recalled."""
    found = waiting_step(step)
    check_mine(act, found)
    if found.seen_at is None:
        found.seen_at = act.at
        found.save(update_fields=["seen_at"])
    act.subject = f"case:{found.case_id}"
    act.outcome = {"step": found.pk}
    return found


@action("cases.claim", power="cases.handle")
def claim(act: Act, *, step: int) -> Step:
    """Take a step of one's own post that has no person, or one whose holder stands in for it.

    Also whoever stands in for the person who has it may claim it, and that person from them.
    """
    found = waiting_step(step)
    person = check_person(act)
    if found.post_id != act.actor.post_id:
        raise Refusal("这一步不在您现在的岗位上", found.name, remedy="换到该岗位后认领")
    if found.person_id == person:
        raise Refusal("这一步已经在您名下", where=found.name, remedy="直接办理")
    if found.person_id is not None and not _may_relieve(act, found):
        raise Refusal("这一步由本岗位的另一人经办", found.name, _TRACED, "请其移交或退回岗位")
    check_hands(found, person, act.actor)
    return _pass_on(act, found, "claimed", found.post_id, person, "认领")


@action("cases.give_back", power="cases.handle")
def give_back(act: Act, *, step: int) -> Step:
    """Give a step back to its post, where somebody else may claim it; with a reason."""
    found = waiting_step(step)
    check_mine(act, found)
    _check_reason(act, "退回")
    post = _post_of(found)
    if not any(one.person != act.actor.person_id for one in candidates(post)):
        raise Refusal(
            "岗位上没有别的人可以认领",
            where=post.name,
            rule="每一步都要有人负责",
            remedy="移交给能办的人",
        )
    return _pass_on(act, found, "given_back", found.post_id, None, f"退回岗位：{act.reason}")


@action("cases.hand_over", power="cases.handle")
def hand_over(act: Act, *, step: int, person: int, post: int | None = None) -> Step:
    """Hand one's own step over to a person in a post (one's own, if none is named); with a reason.

    Whoever gets it is judged like anybody: what is separate stays separate.
    """
    found = waiting_step(step)
    check_mine(act, found)
    return _handed(act, found, person, post)


@action("cases.reassign", power="cases.allot")
def reassign(act: Act, *, step: int, person: int, post: int | None = None) -> Step:
    """Give another's step to a person in a post; with a reason. It takes no step in their place."""
    return _handed(act, waiting_step(step), person, post)


@action("cases.recall", power="cases.handle")
def recall(act: Act, *, step: int) -> Step:
    """Take one's own last step back, as long as nobody has opened what it led to.

    The hand that was in it stays. Not where it ended the case, or called another action.
    """
    person = check_person(act)
    done = Step.objects.filter(pk=step, state="done").select_related("case__standing").first()
    before = Before.objects.filter(step_id=step).first()
    if done is None or before is None or not _was_by(done, person):
        raise Refusal(
            "这一步不能收回", where=str(step), rule=_RECALL, remedy="只能收回自己刚办的一步"
        )
    came = list(done.case.steps.filter(sequence=before.sequence))
    _check_untouched(done, before, came)
    return _recalled(act, done, before, came)


_RECALL = "对方尚未打开，且未产生不可撤销的后果，方可收回"


def _handed(act: Act, step: Step, person: int, post: int | None) -> Step:
    _check_reason(act, "移交")
    target = _post_of(step) if post is None else Post.objects.filter(pk=post).first()
    if target is None or all(one.person != person for one in candidates(target)):
        raise Refusal("接手人今天不在这个岗位上", where=str(person), remedy="选在岗的人")
    if person == step.person_id and target.pk == step.post_id:
        raise Refusal("这一步已经在其名下", where=step.name, remedy="选另一个人")
    declared = check_hands(step, person)
    if lack := lacking(declared.tag, target.powers):
        raise Refusal(
            f"接手岗位没有{lack}的权力", target.name, "法无授权不可为", "选有此权力的岗位"
        )
    found = _pass_on(act, step, "handed_over", target.pk, person, f"移交：{act.reason}")
    tell_holder(act, found, "移交您办理")
    return found


def _pass_on(
    act: Act, step: Step, manner: str, post: int | None, person: int | None, why: str
) -> Step:
    before = step.post_id, step.person_id
    step.post_id, step.person_id, step.why = post, person, why[:255]
    step.seen_at = None
    step.save(update_fields=["post", "person", "why", "seen_at"])
    note_passing(act, step, manner, before, why=why)
    _lay_above(act, step)
    act.subject = f"case:{step.case_id}"
    act.outcome = {"step": step.pk, "post": post, "person": person}
    return step


def _lay_above(act: Act, step: Step) -> None:
    """Tell who heads the unit of a step that goes to and fro more often than the rule allows."""
    times = step.hand_overs.filter(manner__in=("given_back", "handed_over")).count()
    if times <= most_bounces():
        return
    unit = _post_of(step).unit
    for post in (heads_of(unit) if unit else []) or leaders():
        tell_post(act, post.pk, step, f"已来回移交 {times} 次，请指定办理", "escalated")


def _post_of(step: Step) -> Post:
    if step.post is None:
        raise Refusal("这一步还没有岗位", where=step.name, remedy="请分派岗位指定")
    return step.post


def _may_relieve(act: Act, step: Step) -> bool:
    """Say whether the actor stands in for who has the step, or that one for the actor."""
    if stands_for(act.actor) == step.person_id:
        return True
    post = _post_of(step)
    return any(one.person == step.person_id and one.stands_in for one in candidates(post))


def _check_reason(act: Act, what: str) -> None:
    if not act.reason.strip():
        raise Refusal(f"{what}须写明理由", rule=_TRACED, remedy="写明理由后再办")


def _was_by(step: Step, person: int) -> bool:
    hands = step.hands.filter(manner="completed", person_id=person)
    return any(hand.sequence == step.ended_sequence for hand in hands)


def _check_untouched(done: Step, before: Before, came: Iterable[Step]) -> None:
    where = f"{done.case.number} {done.name}"
    if before.final or done.case.standing.revision != before.revision:
        raise Refusal("这一步已经产生后果，不能收回", where, _RECALL, "按流程办理更正")
    if any(one.seen_at or one.draft or one.state != "waiting" for one in came):
        raise Refusal("对方已经打开，不能收回", where, _RECALL, "请其退回")


def _recalled(act: Act, done: Step, before: Before, came: Iterable[Step]) -> Step:
    case: Case = done.case
    for one in came:
        end_step(act, one, "recalled")
    standing = case.standing
    put = {"tokens": before.tokens, "data": before.data, "revision": standing.revision + 1}
    Standing.objects.filter(pk=standing.pk).update(**put)
    for clock in case.clocks.filter(sequence=before.sequence, ended_at__isnull=True):
        clocks.stop(act, clock, met=False)
    ended = case.steps.filter(ended_sequence=before.sequence)
    again = {one.pk: _again(act, one) for one in ended}
    for clock in case.clocks.filter(ended_at=done.ended_at).exclude(sequence=before.sequence):
        _run_again(act, clock, again.get(clock.step_id or 0))
    Before.objects.filter(pk=before.pk).update(final=True)
    act.subject = f"case:{case.pk}"
    act.tell("change", what="step_recalled", case=case.pk, step=done.name)
    found = again[done.pk]
    act.outcome = {"case": case.pk, "step": found.pk}
    return found


def _again(act: Act, ended: Step) -> Step:
    """Let a step that an act ended wait again, for whoever had it."""
    kept = ("token", "element", "path", "name", "kind", "item", "post_id", "person_id", "due_at")
    step = Step(**{name: getattr(ended, name) for name in kept}, case=ended.case)
    step.came_at, step.seen_at, step.sequence = ended.came_at, act.at, act.sequence
    step.why, step.draft = "收回重办", ended.draft
    step.save()
    return step


def _run_again(act: Act, clock: Clock, step: Step | None) -> None:
    """Let a clock that the recalled act ended run on to the date it had."""
    clock.state, clock.ended_at = "running", None
    clock.step = step
    clocks.redate(act, clock, county_calendar())
