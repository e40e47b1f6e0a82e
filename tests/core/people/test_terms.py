"""Posts are held for a time; substitution is recorded; powers that must be apart stay apart."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform, preview
from guotu.core.journal.models import Entry
from guotu.core.people import queries
from guotu.core.people.models import Holding, Person, Post
from guotu.lib.refusal import Refusal
from tests.core.people.conftest import do, opened


def day(offset):
    return clock.today() + datetime.timedelta(days=offset)


def test_powers_begin_and_end_with_the_term(clerk, head_post):
    do(
        "people.appoint",
        person_id=clerk.pk,
        post_id=head_post.pk,
        since=day(1),
        until=day(3),
    )
    held = [[one.post.code for one in queries.capacities(clerk, day(at))] for at in range(4)]
    assert held == [["clerk"], ["clerk", "head"], ["clerk", "head"], ["clerk"]]


def test_a_simulated_day_decides(clerk):
    later = clock.now() + datetime.timedelta(days=40)
    held = Holding.objects.get(person=clerk)
    do("people.end_holding", holding_id=held.pk, until=day(30))
    assert clerk.has_power("approval.review")
    with clock.simulated(later):
        assert not clerk.has_power("approval.review")
        assert queries.actor_of(clerk).powers == frozenset()


def test_a_seat_is_held_by_one_at_a_time(clerk, head_post):
    other = opened("lin")
    do("people.appoint", person_id=clerk.pk, post_id=head_post.pk, until=day(10))
    with pytest.raises(Refusal, match="没有空缺"):
        do("people.appoint", person_id=other.pk, post_id=head_post.pk, since=day(9))
    do("people.appoint", person_id=other.pk, post_id=head_post.pk, since=day(10))


def test_nobody_holds_the_same_post_twice_at_once(clerk):
    post = Post.objects.get(code="clerk")
    with pytest.raises(Refusal, match="已任此岗"):
        do("people.appoint", person_id=clerk.pk, post_id=post.pk, since=day(5))


def test_a_substitute_acts_in_the_post_and_says_so(clerk):
    other = opened("lin")
    held = Holding.objects.get(person=clerk)
    standing = do(
        "people.substitute",
        holding_id=held.pk,
        person_id=other.pk,
        until=day(5),
        decision="局党组会议纪要第 3 号",
    )
    actor = queries.actor_of(other)
    assert (actor.post_id, actor.substitution_id) == (held.post_id, standing.pk)
    assert actor.powers == {"approval.review"}
    assert queries.capacities(other, day(5)) == []
    do("people.end_holding", holding_id=held.pk)
    assert queries.capacities(other) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"decision": " "}, "谁决定"),
        ({"until": day(0)}, "终止早于"),
        ({"person_id": "self"}, "代理自己"),
    ],
)
def test_a_substitution_that_may_not_be_is_refused(clerk, facts, said):
    other = opened("lin")
    held = Holding.objects.get(person=clerk)
    asked = {"person_id": other.pk, "until": day(5), "decision": "纪要", **facts}
    if asked["person_id"] == "self":
        asked["person_id"] = clerk.pk
    with pytest.raises(Refusal, match=f"{said}|没有这次任职"):
        do("people.substitute", holding_id=held.pk, **asked)


def test_an_ended_substitution_ends_today(clerk):
    other = opened("lin")
    held = Holding.objects.get(person=clerk)
    facts = {"holding_id": held.pk, "person_id": other.pk, "until": day(5), "decision": "纪要"}
    standing = do("people.substitute", **facts)
    with pytest.raises(Refusal, match="已有人代理"):
        do("people.substitute", **facts)
    do("people.end_substitution", substitution_id=standing.pk)
    assert queries.capacities(other) == []
    with pytest.raises(Refusal):
        do("people.end_substitution", substitution_id=standing.pk)


def test_deciding_and_supervising_are_not_joined(db):
    facts = {"name": "局长", "tag": "decide", "powers": ["files.reclassify"]}
    post = do("people.open_post", code="chief", **facts)
    with pytest.raises(Refusal, match="不能兼有"):
        do("people.change_post", post_id=post.pk, tag="supervise")
    done = perform("people.change_post", COUNTY, post_id=post.pk, powers=["approval.review"])
    assert "承办与审批分离" in done.outcome["warnings"][0]


def test_a_supervisor_does_not_stand_in_for_who_decides(clerk, head_post):
    do("people.appoint", person_id=clerk.pk, post_id=head_post.pk)
    auditor = opened("jiandu", "auditor", powers=["atlas.read"], tag="supervise")
    held = Holding.objects.get(post=head_post)
    facts = {"holding_id": held.pk, "person_id": auditor.pk, "until": day(5), "decision": "纪要"}
    with pytest.raises(Refusal, match="不能兼有"):
        do("people.substitute", **facts)


def test_what_is_not_on_the_list_is_no_power(db):
    with pytest.raises(Refusal, match="权力清单"):
        do("people.open_post", code="x", name="x", powers=["atlas.rule_the_world"])


def test_a_preview_of_a_post_keeps_nothing(clerk):
    post = Post.objects.get(code="clerk")
    shown = preview("people.change_post", COUNTY, post_id=post.pk, powers=["atlas.read"])
    facts = shown.effects[0].facts
    assert (facts["given"], facts["taken"]) == (["atlas.read"], ["approval.review"])
    post.refresh_from_db()
    assert post.powers == ["approval.review"]


def test_units_stand_in_a_tree_and_give_their_place_to_posts(db):
    above = do("people.open_unit", name="县局")
    office = do("people.open_unit", name="甲镇所", above_id=above.pk, division_code="430626100")
    post = do("people.open_post", code="suo", name="所长", unit_id=office.pk, powers=[])
    assert post.areas == ["430626100"]
    assert [(depth, unit.name) for depth, unit, _posts in queries.unit_tree()] == [
        (0, "县局"),
        (1, "甲镇所"),
    ]
    with pytest.raises(Refusal):
        do("people.open_unit", name="县局")


def test_terms_are_never_rewritten(clerk):
    for change in ({"person_id": 999}, {"since": day(-9)}, {"post_id": 999}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Holding.objects.filter(person=clerk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Holding.objects.filter(person=clerk)._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_of_many_appointed_at_once_to_one_seat_one_holds_it():
    facts = {"name": "局长", "tag": "decide", "powers": [], "seats": 1}
    post = do("people.open_post", code="head", **facts)
    people = [opened(f"ren{number}").pk for number in range(6)]

    def appoint(person_id):
        try:
            do("people.appoint", person_id=person_id, post_id=post.pk)
            return True
        except Refusal:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(appoint, people)) == 1
    assert Holding.objects.filter(post=post).count() == 1
    assert Entry.objects.filter(verb="people.appoint").count() == 1
    assert Person.objects.count() == 6
