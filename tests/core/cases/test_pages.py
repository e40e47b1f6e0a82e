"""The reads behind the desk, the lists and the leader's page: what they show, to whom, in order."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guotu.core.cases.models import Case, Notice, Step
from guotu.core.cases.queries import desk, leader, lists, marks
from guotu.core.cases.queries.lists import Filters
from guotu.core.journal.actions import Actor
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import bureau

EVERYWHERE = Actor(None, None, frozenset({"*"}))


@pytest.fixture
def made(db):
    """Give the small bureau."""
    return bureau()


def moved(days, **where):
    """Let cases be due, and their steps have come, some days from now."""
    at = timezone.now() + datetime.timedelta(days=days)
    Case.objects.filter(**where).update(due_at=at)
    return at


def test_the_desk_says_what_is_mine_and_why(made):
    case = made.opened()
    taker = made.name(made.step(case, "intake").person_id)
    found = desk.desk(made.actor(taker))
    assert [(one.case_id, one.name) for one in found.steps] == [(case.pk, "受理审查")]
    assert found.steps[0].why
    assert desk.count(made.actor(taker)) == 1
    other = "wei" if taker == "wang" else "wang"
    assert desk.desk(made.actor(other)).steps == []


def test_what_was_sent_shows_where_it_is_stuck(made):
    case = made.walk(made.opened(), "intake")
    sent = desk.desk(made.actor("wang")).sent
    assert [(one.case_id, one.name, one.post_name) for one in sent] == [
        (case.pk, "承办", "undertaker")
    ]


def test_the_desk_is_by_due_time_and_what_has_none_is_last(made):
    cases = [made.opened(who="wang", title=f"第{n}件") for n in range(3)]
    Step.objects.filter(state="waiting").update(person=None)
    now = timezone.now()
    for days, case in zip((5, None, -2), cases, strict=True):
        at = None if days is None else now + datetime.timedelta(days=days)
        Step.objects.filter(case=case).update(due_at=at)
    found = desk.desk(made.actor("wei")).steps
    assert [one.case_id for one in found] == [cases[2].pk, cases[0].pk, cases[1].pk]


def test_a_substitute_finds_what_is_named_to_the_one_stood_in_for(made):
    case = made.opened()
    step = made.step(case, "intake")
    holder = made.name(step.person_id)
    made.open_person("dai")
    made.substitute("dai", holder)
    assert [one.pk for one in desk.desk(made.actor("dai")).steps] == [step.pk]


def test_notices_are_seen_once_and_by_their_post_alone(made):
    at, post = timezone.now(), made.posts["window"]
    for _ in range(2):
        Notice.objects.create(post_id=post, kind="urged", text="催办", at=at, sequence=0)
    last = desk.desk(made.actor("wang")).notices[0].pk
    with pytest.raises(Refusal):
        made.act("chen", "cases.see_notices", upto=last)
    assert made.act("wang", "cases.see_notices", upto=last) == 2
    assert desk.desk(made.actor("wang")).notices == []


def test_a_list_pages_by_key_through_what_is_dated_and_what_is_not(made, monkeypatch):
    monkeypatch.setattr(lists, "PER_PAGE", 3)
    cases = [made.opened(title=f"第{n}件") for n in range(8)]
    now = timezone.now()
    for place, case in enumerate(cases):
        at = now + datetime.timedelta(days=place % 2) if place < 5 else None
        Case.objects.filter(pk=case.pk).update(due_at=at)
    for sort in ("", "new"):
        seen, after, pages = [], "", 0
        while after or not pages:
            page = lists.page(EVERYWHERE, Filters(sort=sort), after)
            seen += [one.pk for one in page.rows]
            after, pages = page.after, pages + 1
            assert page.count == 8
        assert pages == 3
        assert sorted(seen) == [one.pk for one in cases]
        wanted = [0, 2, 4, 1, 3, 5, 6, 7] if not sort else range(7, -1, -1)
        assert seen == [cases[place].pk for place in wanted]


def test_filters_cut_and_nonsense_cuts_nothing(made):
    here = made.opened(title="双桥村路", division="430999101")
    there = made.opened(title="石门水库", division="430999102")
    made.walk(there, "intake")
    moved(-1, pk=here.pk)
    cuts = {
        "text=水库": [there],
        f"text={here.number}": [here],
        "division=430999101": [here],
        "due=overdue": [here],
        "step=承办": [there],
        "state=all&kind=general": [here, there],
        "due=nonsense&sort=x": [here, there],
        "state=done": [],
    }
    for query, wanted in cuts.items():
        told = dict(one.split("=") for one in query.split("&"))
        found = lists.cases(EVERYWHERE, lists.asked(told))
        assert {one.pk for one in found} == {one.pk for one in wanted}, query
    unit = str(made.step(there, "undertake").post.unit_id)
    assert [one.pk for one in lists.cases(EVERYWHERE, Filters(unit=unit))] == [there.pk]


def test_a_list_shows_an_actor_what_an_actor_may_see(made):
    made.opened(division="430999101")
    far = Actor(None, made.posts["forestry"], frozenset({"cases.read"}), frozenset({"430999102"}))
    assert list(lists.cases(far, Filters())) == []
    assert lists.page(far, Filters()).count == 0


def test_many_places_become_heaps_that_lose_nobody(made, monkeypatch):
    monkeypatch.setattr(lists, "MOST_POINTS", 4)
    for place in range(6):
        made.opened(place=(113.5 + place / 100, 28.7))
    made.opened(place=(120.0, 30.0))
    box = (113.0, 28.0, 114.0, 29.0)
    heaps = lists.points(EVERYWHERE, Filters(), box)
    assert sum(one["count"] for one in heaps) == 6
    near = lists.points(EVERYWHERE, Filters(), (113.495, 28.0, 113.515, 29.0))
    assert {one["longitude"] for one in near} == {113.5, 113.51}
    monkeypatch.undo()
    assert lists.extent(EVERYWHERE, Filters()) == (113.5, 28.7, 120.0, 30.0)


def test_the_leader_sees_what_is_late_near_and_stuck_by_unit_and_step(made):
    late, near, still = [made.opened(title=f"第{n}件") for n in range(3)]
    made.walk(late, "intake")
    moved(-1, pk=late.pk)
    moved(1, pk=near.pk)
    long_ago = timezone.now() - datetime.timedelta(days=marks.stuck_days() + 3)
    Step.objects.filter(case=still, state="waiting").update(came_at=long_ago)
    moved(60, pk=still.pk)
    found = leader.glance(EVERYWHERE)
    assert found.total == {"live": 3, "suspended": 0, "overdue": 1, "near": 1, "stuck": 1}
    by_unit = {one["label"]: one for one in found.units}
    assert by_unit["用地股"]["overdue"] == 1
    assert (by_unit["政务大厅"]["near"], by_unit["政务大厅"]["stuck"]) == (1, 1)
    assert by_unit["政务大厅"]["days"] >= marks.stuck_days() + 3
    by_step = {one["name"]: one["waiting"] for one in found.steps}
    assert by_step == {"受理审查": 2, "承办": 1}
    assert [one.case_id for one in found.longest] == [still.pk]


@pytest.mark.parametrize("count", [1, 12])
def test_the_queries_do_not_grow_with_the_rows(made, count):
    for _ in range(count):
        made.opened(place=(113.5, 28.7))
    actor = made.actor("wang")
    asked = {
        6: lambda: desk.desk(actor),
        5: lambda: lists.page(actor, Filters()),
        2: lambda: lists.points(actor, Filters(), (113.0, 28.0, 114.0, 29.0)),
        1: lambda: lists.search(actor, "双桥"),
        4: lambda: leader.glance(actor),
    }
    for most, ask in asked.items():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            ask()
        assert len(seen) <= most, [one["sql"] for one in seen]


def test_a_view_is_kept_under_its_name_and_is_one_s_own(made):
    made.act("wang", "cases.keep_view", page="cases", name="逾期", query="due=overdue")
    kept = made.act("wang", "cases.keep_view", page="cases", name="逾期", query="due=near")
    assert [one.query for one in lists.views_of(made.actor("wang"), "cases")] == ["due=near"]
    assert lists.views_of(made.actor("wei"), "cases") == []
    with pytest.raises(Refusal):
        made.act("wei", "cases.drop_view", view=kept.pk)
    made.act("wang", "cases.drop_view", view=kept.pk)
    assert lists.views_of(made.actor("wang"), "cases") == []
    with pytest.raises(Refusal):
        made.act("wang", "cases.keep_view", page="cases", name=" ", query="")
