"""Separate hands: judged on the person, through every door, over the whole matter."""

import pytest

from guotu.core.cases.models import Hand, Step
from guotu.core.cases.queries.hands import why_not
from guotu.core.cases.rules.hands import Apart, HandIn, may_take
from guotu.core.journal.actions import perform
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import EVIDENCE, GIVES, SHIPPED, bureau

GROUPS = (Apart("承办与审批分离", ("undertake", "ask/sign", "approve"), "第一条"), Apart("空", ()))


def hand(person, place, tag="", process="p"):
    return HandIn(person, place, tag, process)


@pytest.mark.parametrize(
    ("place", "tag", "hands", "free"),
    [
        ("approve", "decide", [], True),
        ("approve", "decide", [hand(1, "x", "execute")], False),
        ("approve", "decide", [hand(2, "x", "execute")], True),
        ("approve", "decide", [hand(1, "x", "support")], True),
        ("approve", "decide", [hand(1, "x", "decide", "q")], True),
        ("approve", "decide", [hand(1, "x", "supervise", "q")], False),
        ("approve", "support", [hand(1, "undertake", "support")], False),
        ("approve", "support", [hand(1, "undertake", "support", "q")], True),
        ("approve", "support", [hand(1, "ask/sign", "support")], False),
        ("undertake", "support", [hand(1, "undertake", "support")], True),
        ("other", "support", [hand(1, "undertake", "support")], True),
    ],
)
def test_the_rule_looks_at_the_person_alone(place, tag, hands, free):
    told = may_take(1, place, tag, hands, GROUPS, "p")
    assert (told is None) == free


def test_a_call_stands_for_the_steps_within_it():
    group = Apart("会签与审批分离", ("ask", "approve"))
    assert may_take(1, "approve", "", [hand(1, "ask/sign")], [group], "p")
    assert may_take(1, "ask/gather", "", [hand(1, "ask/sign")], [group], "p") is None


@pytest.fixture
def county(db):
    return bureau()


def refused(what="不得经手"):
    return pytest.raises(Refusal, match=what)


def to_approval(county):
    return county.walk(county.opened(), "intake", "undertake", "review")


def undertaker_of(case):
    return Step.objects.get(case=case, element="undertake").person_id


def test_who_undertook_does_not_approve_as_a_substitute(county):
    case = county.walk(county.opened(), "intake", "undertake")
    who = county.name(undertaker_of(case))
    county.substitute(who, "ju")
    case = county.walk(case, "review")
    step = county.step(case, "approve")
    assert step.person_id == county.persons["ju"]
    told = {"step": step.pk, "data": GIVES["approve"], "evidence": EVIDENCE["approve"]}
    with refused():
        county.act(who, "cases.complete", post="approver", **told)
    with refused():
        county.act(who, "cases.claim", post="approver", step=step.pk)
    with refused():
        county.act(who, "cases.save_draft", post="approver", step=step.pk, data={})
    assert not Hand.objects.filter(step=step).exists()


def test_nothing_is_handed_over_to_who_may_not_take_it(county):
    case = county.walk(county.opened(), "intake", "undertake")
    who = county.name(undertaker_of(case))
    county.substitute(who, "ju")
    case = county.walk(case, "review")
    step = county.step(case, "approve")
    told = {"step": step.pk, "person": county.persons[who]}
    with refused():
        county.act("ju", "cases.hand_over", "出差", **told)
    with refused():
        county.act("dang", "cases.reassign", "出差", **told)


def test_with_every_power_hands_stay_separate(county):
    for post in ("undertaker", "approver", "supervisor"):
        # The county may give a post any power that its list has; hands are of the person.
        county.do("people.change_post", post_id=county.posts[post], tag="execute", powers=list(
            {"cases.read", "cases.handle", "cases.execute", "cases.decide", "cases.allot"}
        ))  # fmt: skip
    case = to_approval(county)
    who = county.name(undertaker_of(case))
    county.do("people.appoint", person_id=county.persons[who], post_id=county.posts["approver"])
    step = county.step(case, "approve")
    with refused("不得经手|另一人经办"):
        county.act(who, "cases.complete", post="approver", step=step.pk, data=GIVES["approve"])
    with refused():
        county.act(
            who, "cases.reassign", "我来", "approver", step=step.pk, person=county.persons[who]
        )
    # Nor by giving the step to its post and taking it in bulk.
    Step.objects.filter(pk=step.pk).update(person=None)
    came = county.act(
        who,
        "cases.complete_many",
        post="approver",
        steps=[step.pk],
        data=GIVES["approve"],
        evidence=EVIDENCE["approve"],
    )
    assert came[0]["why"].startswith("不得经手")


def test_a_draft_is_a_hand(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    drafter = county.name(step.person_id)
    other = "cai" if drafter == "chen" else "chen"
    county.act(drafter, "cases.save_draft", step=step.pk, data={"finding": "拟准予"})
    county.act(drafter, "cases.hand_over", "请假", step=step.pk, person=county.persons[other])
    case = county.walk(case, "undertake", "review")
    approval = county.step(case, "approve")
    assert why_not(approval, county.persons[drafter])
    assert why_not(approval, county.persons[other])
    assert why_not(approval, county.persons["ju"]) is None


def test_who_opened_does_not_decide(county):
    county.do("people.change_post", post_id=county.posts["approver"],
              powers=["cases.read", "cases.handle", "cases.decide", "cases.open"])  # fmt: skip
    case = county.walk(county.opened("ju"), "intake", "undertake", "review")
    step = county.step(case, "approve")
    # It went up to the leader, and says why.
    assert step.person_id == county.persons["zhang"]
    assert "不得经手" in step.why


def test_who_opens_writes_no_decision_in_advance(county):
    with refused("不能写这些内容"):
        county.opened(data={"decision": "准予许可"})
    with refused("不能写这些内容"):
        county.opened(data={"followed": "已监管"})
    county.opened(data={"finding": "材料附后"})


def test_a_part_of_a_matter_is_the_same_matter(county):
    whole = to_approval(county)
    who = undertaker_of(whole)
    part = county.opened("wang", matter=whole.pk, title="附属事项")
    part = county.walk(part, "intake")
    assert part.matter_id == whole.pk
    step = county.step(part, "undertake")
    ju = county.persons["ju"]
    assert why_not(step, who) is None
    county.walk(whole, "approve")
    assert why_not(step, ju)


def test_a_countersign_is_a_hand_and_holds_the_step(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    who = county.name(step.person_id)
    told = {"step": step.pk, "text": "请会签", "kind": "countersign"}
    note = perform("cases.ask", county.actor(who), post=county.posts["leader"], **told).answer
    with refused("会签还没有答复"):
        county.take(case, "undertake")
    with refused("须写明同意或不同意"):
        county.act("zhang", "cases.answer", note=note.pk, text="同意")
    county.act("zhang", "cases.answer", note=note.pk, text="同意", agreed=True)
    with refused("没有待答复"):
        county.act("zhang", "cases.answer", note=note.pk, text="不同意", agreed=False)
    case = county.walk(case, "undertake", "review")
    assert why_not(county.step(case, "approve"), county.persons["zhang"])


def test_a_new_version_loosens_nothing_for_a_case_under_way(county):
    case = to_approval(county)
    loose = {
        name: text.replace(b'steps="undertake review approve"', b'steps="intake approve"').replace(
            b'role="approver" tag="decide"', b'role="approver" tag="support"'
        )
        for name, text in SHIPPED.items()
    }
    county.do("cases.deploy_process", files=loose)
    county.do("cases.migrate", case=case.pk)
    step = county.step(case, "approve")
    step.case.refresh_from_db()
    assert why_not(step, undertaker_of(case))
