"""Whose a step is: the closest rule, the least burdened person, the way up, never nobody's."""

import datetime

import pytest

from guotu.core.cases.actions import assigning
from guotu.core.cases.models import HandOver, Notice, Step
from guotu.core.cases.queries.assigning import ownerless
from guotu.core.cases.rules.assigning import Allotment, Candidate, Rung, allotted, assigned
from guotu.core.journal.actions import perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import bureau

DAY = datetime.date(2026, 3, 2)
RULES = [
    Allotment("r", 1),
    Allotment("r", 2, place="430626"),
    Allotment("r", 3, place="430626101"),
    Allotment("r", 4, kind="k"),
    Allotment("r", 5, kind="k", place="430626", until=DAY),
    Allotment("s", 6),
]


@pytest.mark.parametrize(
    ("role", "kind", "place", "post"),
    [
        ("r", "", "", 1),
        ("r", "", "430626102", 2),
        ("r", "", "430626101200", 3),
        ("r", "k", "430626101200", 4),
        ("t", "", "", None),
    ],
)
def test_the_most_specific_rule_wins(role, kind, place, post):
    found = allotted(role, kind, place, DAY, RULES)
    assert (found.post if found else None) == post


def given(rungs, barred=(), earlier=()):
    return assigned(rungs, lambda who: "不得" if who in barred else None, "规则", earlier)


def test_the_least_burdened_who_may():
    rung = Rung(1, "岗", (Candidate(1, 1, 3), Candidate(2, 1, 1), Candidate(3, 1, 0, True)))
    assert given([rung]).person == 3
    assert given([rung], {3}).person == 2
    assert given([rung], earlier={1}).person == 1


def test_it_goes_up_past_empty_barred_and_powerless_posts():
    rungs = [
        Rung(1, "空岗"),
        Rung(2, "本人岗", (Candidate(1, 2),)),
        Rung(3, "无权岗", (Candidate(2, 3),), "办理决策类步骤"),
        Rung(4, "县长岗", (Candidate(3, 4),)),
    ]
    found = given(rungs, {1})
    assert (found.post, found.person) == (4, 3)
    assert all(word in found.why for word in ("空岗空缺", "不得经手", "没有办理决策类步骤的权力"))
    nobody = given(rungs, {1, 3})
    assert (nobody.post, nobody.person) == (4, None)
    assert given([]) is None


@pytest.fixture
def county(db):
    return bureau()


def refused(what):
    return pytest.raises(Refusal, match=what)


def test_work_is_spread_over_who_holds_the_post(county):
    had = {county.step(county.opened(), "intake").person_id for _ in range(2)}
    assert had == {county.persons["wang"], county.persons["wei"]}


def test_a_closer_rule_takes_it_and_ends_when_it_is_ended(county):
    county.open_person("zhen")
    post = county.do(
        "people.open_post", code="station", name="双桥所", powers=["cases.handle", "cases.execute"]
    )
    county.do("people.appoint", person_id=county.persons["zhen"], post_id=post.pk)
    rule = county.do("cases.assign_role", role="undertaker", post=post.pk, division="430626101")
    inside, outside = county.opened(division="430626101"), county.opened(division="430626102")
    assert county.step(county.walk(inside, "intake"), "undertake").post_id == post.pk
    assert county.step(county.walk(outside, "intake"), "undertake").post_id != post.pk
    county.do("cases.end_assignment", assignment=rule.pk)
    later = county.walk(county.opened(division="430626101"), "intake")
    assert county.step(later, "undertake").post_id != post.pk
    with refused("没有在用的"):
        county.do("cases.end_assignment", assignment=rule.pk)


def test_a_role_that_falls_to_nobody_goes_to_the_leader(county):
    county.do("people.end_holding", holding_id=county.holding("shen").pk)
    case = county.walk(county.opened(), "intake", "undertake")
    step = county.step(case, "review")
    assert step.person_id == county.persons["zhang"]
    assert "reviewer空缺" in step.why


def test_leavers_work_is_handed_on(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    left = county.name(step.person_id)
    county.do("people.end_holding", holding_id=county.holding(left).pk)
    assert [one.pk for one in ownerless()] == [step.pk]
    assert county.do("cases.hand_on_leavers") == 1
    assert not ownerless().exists()
    step.refresh_from_db()
    other = "cai" if left == "chen" else "chen"
    assert step.person_id == county.persons[other]
    assert HandOver.objects.filter(step=step, manner="left").exists()
    assert Notice.objects.filter(case=case, kind="handed").exists()
    county.walk(case, "undertake")


def test_a_step_that_nobody_can_take_holds_up_no_other(county, monkeypatch):
    cases = [county.walk(county.opened(), "intake") for _ in range(2)]
    steps = [county.step(case, "undertake") for case in cases]
    for left in {county.name(step.person_id) for step in steps}:
        county.do("people.end_holding", holding_id=county.holding(left).pk)
    chosen = assigning._chosen

    def stuck(step):
        if step.pk == steps[0].pk:
            raise Refusal("没有任何岗位可以接这一步")
        return chosen(step)

    monkeypatch.setattr(assigning, "_chosen", stuck)
    assert county.do("cases.hand_on_leavers") == len(steps) - 1
    assert steps[0].pk in [one.pk for one in ownerless()]
    outcome = Entry.objects.filter(verb="cases.hand_on_leavers").latest("sequence").outcome
    assert outcome["unclaimed"] == [{"step": steps[0].pk, "why": "没有任何岗位可以接这一步"}]


def test_given_back_claimed_and_handed_over(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    has = county.name(step.person_id)
    other = "cai" if has == "chen" else "chen"
    with refused("另一人经办"):
        county.act(other, "cases.claim", step=step.pk)
    with refused("须写明理由"):
        county.act(has, "cases.give_back", step=step.pk)
    county.act(has, "cases.give_back", "不熟悉本地块", step=step.pk)
    county.act(other, "cases.claim", step=step.pk)
    with refused("已经在您名下"):
        county.act(other, "cases.claim", step=step.pk)
    county.act(other, "cases.hand_over", "出差", step=step.pk, person=county.persons[has])
    with refused("不在这个岗位"):
        county.act(has, "cases.hand_over", "出差", step=step.pk, person=county.persons["lin"])
    assert [one.manner for one in HandOver.objects.filter(step=step)] == [
        "assigned",
        "given_back",
        "claimed",
        "handed_over",
    ]


def test_what_goes_to_and_fro_is_laid_before_the_head(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    pair = [county.name(step.person_id)]
    pair += ["cai" if pair[0] == "chen" else "chen"]
    for number in range(3):
        giver, taker = pair[number % 2], pair[(number + 1) % 2]
        assert not Notice.objects.filter(case=case, kind="escalated").exists()
        told = {"step": step.pk, "person": county.persons[taker]}
        county.act(giver, "cases.hand_over", "不归我管", **told)
    notice = Notice.objects.get(case=case, kind="escalated")
    assert notice.post_id == county.posts["section_head"]


def test_nobody_gives_back_what_no_other_can_claim(county):
    case = county.walk(county.opened(), "intake", "undertake")
    step = county.step(case, "review")
    with refused("没有别的人"):
        county.act("shen", "cases.give_back", "忙", step=step.pk)


def test_a_substitute_takes_over_what_the_absent_has(county):
    case = county.walk(county.opened(), "intake", "undertake")
    county.substitute("lin", "shen")
    step = county.step(case, "review")
    actor = county.actor("lin", "reviewer")
    perform("cases.claim", actor, step=step.pk)
    county.take(case, "review", "lin")
    done = Step.objects.get(pk=step.pk)
    hand = done.hands.get(manner="completed")
    assert (hand.person_id, hand.substitution_id) == (
        county.persons["lin"],
        actor.substitution_id,
    )


def test_recalled_while_nobody_has_opened_it(county):
    case = county.walk(county.opened(), "intake")
    done = Step.objects.get(case=case, element="intake")
    who = county.name(done.person_id)
    with refused("不能收回"):
        county.act("chen" if who != "chen" else "cai", "cases.recall", step=done.pk)
    again = county.act(who, "cases.recall", step=done.pk)
    assert (again.element, again.person_id, again.state) == ("intake", done.person_id, "waiting")
    assert Step.objects.get(case=case, element="undertake").state == "recalled"
    assert again.clocks.filter(state="running").count() == 1
    case = county.walk(case, "intake")
    opened = county.step(case, "undertake")
    county.act(county.name(opened.person_id), "cases.mark_seen", step=opened.pk)
    with refused("已经打开"):
        county.act(who, "cases.recall", step=again.pk)


def test_what_called_another_action_is_not_recalled(county):
    case = county.walk(county.opened(), "intake", "undertake", "review", "approve")
    done = Step.objects.get(case=case, element="approve")
    with refused("已经产生后果"):
        county.act("ju", "cases.recall", step=done.pk)


def test_urging_is_on_record(county):
    case = county.opened()
    step = county.step(case, "intake")
    county.act("zhang", "cases.urge", step=step.pk, text="申请人在等")
    assert Notice.objects.get(case=case, kind="urged").person_id == step.person_id
