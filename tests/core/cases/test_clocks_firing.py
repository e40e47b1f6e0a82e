"""What clocks say and do when they are due: once, to whom they should, none for another."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guotu.core.cases import limits
from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Clock, Notice
from guotu.core.cases.queries import clocks as reads
from guotu.core.cases.rules import clocks as rules
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, Act, perform
from guotu.core.journal.models import Entry
from guotu.core.people.models import Post, Unit
from guotu.lib.days import calendar
from guotu.lib.refusal import Refusal
from tests.core.cases.clocked import at, do, fire_all, office
from tests.core.cases.supervising import bureau


@pytest.fixture
def desk(db):
    """Give a case with its step and posts."""
    with county_clock.simulated(at("2026-02-27T09:00")):
        return office()


def told():
    """Return what has been said: kind and post, in order."""
    names = dict(Post.objects.values_list("pk", "code"))
    return [(one.kind, names[one.post_id]) for one in Notice.objects.order_by("id")]


def fire(clock, when, **more):
    facts = {"clock": clock.pk, "revision": 0, "stage": 0} | more
    return do("cases.fire_clock", when, **facts)


def test_it_warns_then_says_the_date_then_goes_up(desk):
    clock = desk.started(limit="licence.notice")
    assert clock.due_at.isoformat().startswith("2026-03-09T23:59:59")
    said = [
        ("2026-03-05T07:59", []),
        ("2026-03-05T08:00", [("warning", "clerk")]),
        ("2026-03-06T08:00", [("warning", "clerk")]),
        ("2026-03-09T23:58", []),
        ("2026-03-10T00:00", [("overdue", "clerk")]),
        ("2026-03-10T08:00", [("escalated", "head")]),
        ("2026-03-11T08:00", []),
        ("2026-03-12T08:00", [("escalated", "leader")]),
        ("2026-05-12T08:00", []),
    ]
    expected = []
    for when, more in said:
        fire_all(when)
        expected += more
        assert told() == expected, when
    held = Clock.objects.get(pk=clock.pk)
    assert (held.state, held.next_at) == ("running", None)
    assert list(reads.overdue(at("2026-05-12T08:00"))) == [held]
    first = Notice.objects.order_by("id").first()
    assert first.text == "一次性告知补正（办〔2026〕1号）：2026-03-09 到期"
    assert first.case_id == desk.case.pk


def test_every_saying_is_an_act_that_says_whom_it_told(desk):
    desk.started(limit="house.step")
    fire_all("2026-03-04T08:00")
    entry = Entry.objects.order_by("-sequence").first()
    assert entry.verb == "cases.fire_clock"
    assert entry.subject == f"case:{desk.case.pk}"
    assert entry.effects[0]["facts"]["post"] == desk.clerk.pk
    assert "依据待核" in Notice.objects.get().text


def test_warnings_that_lie_before_the_beginning_are_left_out(desk):
    clock = desk.started("2026-03-06T09:00", term=limits_term(3))
    assert clock.stage == 0
    late = desk.started("2026-03-06T09:00", until=datetime.date(2026, 3, 9))
    assert late.stage == 2
    fire_all("2026-03-06T10:00")
    assert told() == []


def limits_term(amount):
    from guotu.lib.days import Term

    return Term(amount, "working_days")


def test_hours_warn_and_go_up_by_hours(desk):
    desk.started("2026-10-01T20:00", limit="hazard.report_large")
    moments = ["2026-10-01T23:00", "2026-10-02T00:00", "2026-10-02T01:00", "2026-10-02T04:00"]
    for when in moments:
        fire_all(when)
    assert [kind for kind, _ in told()] == ["warning", "overdue", "escalated", "escalated"]


def test_a_term_that_must_last_says_that_it_is_full_and_ends(desk):
    clock = desk.started(limit="auction.listing")
    fire_all("2026-03-13T00:00")
    assert told() == [("full", "clerk")]
    assert Clock.objects.get(pk=clock.pk).state == "met"


def test_a_stage_is_said_once_however_often_it_is_asked(desk):
    clock = desk.started(limit="house.step")
    due = reads.due_by(at("2026-03-04T08:00"), 10)
    assert [one.clock for one in due] == [clock.pk]
    first = do("cases.fire_clock", "2026-03-04T08:00", clock=clock.pk, revision=0, stage=0)
    with pytest.raises(rules.Passed):
        fire(clock, "2026-03-04T08:00")
    assert told() == [("warning", "clerk")]
    assert first.outcome == {"clock": clock.pk, "stage": 0}
    with pytest.raises(rules.Passed):
        fire(clock, "2026-03-04T09:00", stage=1)
    with pytest.raises(rules.Passed):
        do("cases.fire_clock", "2026-03-04T09:00", clock=clock.pk + 7, revision=0, stage=1)


def test_the_same_key_says_nothing_twice(desk):
    clock = desk.started(limit="house.step")
    (due,) = reads.due_by(at("2026-03-04T08:00"), 10)
    with county_clock.simulated(at("2026-03-04T08:00")):
        facts = {"clock": clock.pk, "revision": 0, "stage": 0}
        first = perform("cases.fire_clock", COUNTY, key=due.key, **facts)
        again = perform("cases.fire_clock", COUNTY, key=due.key, **facts)
    assert again.repeated
    assert again.sequence == first.sequence
    assert len(told()) == 1


def test_a_new_date_warns_anew(desk):
    clock = desk.started(until=datetime.date(2026, 3, 10), title="督办")
    fire_all("2026-03-06T08:00")
    assert len(told()) == 2
    act = Act(COUNTY, 2, at("2026-03-09T10:00"))
    clocks.set_until(act, Clock.objects.get(pk=clock.pk), datetime.date(2026, 3, 20))
    assert Clock.objects.get(pk=clock.pk).revision == 1
    fire_all("2026-03-18T08:00")
    assert told() == [("warning", "clerk")] * 4
    with pytest.raises(rules.Passed):
        fire(clock, "2026-03-18T09:00", revision=0, stage=2)


def test_what_stands_still_or_has_ended_says_nothing(desk):
    still = desk.started(limit="licence.decision")
    do("cases.suspend_clock", "2026-03-03T10:00", clock=still.pk, ground="hearing")
    ended = desk.started(limit="house.step")
    clocks.stop(Act(COUNTY, 2, at("2026-03-03T10:00")), ended)
    assert fire_all("2027-03-03T10:00") == 0


def test_a_timer_does_what_is_registered_within_its_act(desk, monkeypatch):
    done = []
    monkeypatch.setitem(clocks._firing, "timer", lambda act, clock: done.append(clock.token))
    clock = desk.started(duration="P5D", kind="timer", token="t7")
    fire_all("2026-03-07T23:59")
    assert done == []
    fire_all("2026-03-08T00:00")
    assert done == ["t7"]
    held = Clock.objects.get(pk=clock.pk)
    assert (held.state, held.next_at) == ("met", None)
    assert told() == []


def test_a_timer_that_fails_is_written_down_and_tried_again_later(desk, monkeypatch):
    def broken(act, clock):
        Notice.objects.create(post_id=1, kind="changed", text="半成", at=act.at, sequence=1)
        raise Refusal("流程坏了")

    monkeypatch.setitem(clocks._firing, "timer", broken)
    clock = desk.started(duration="PT1H", kind="timer")
    with pytest.raises(Refusal, match="流程坏了"):
        fire(clock, "2026-03-02T10:00")
    assert Notice.objects.count() == 0
    facts = {"clock": clock.pk, "revision": 0, "stage": 0, "failure": "流程坏了"}
    moments = ["2026-03-02T10:00:00", "2026-03-02T10:00:05", "2026-03-02T10:00:25"]
    for when in moments:
        do("cases.clock_failed", when, **facts)
    held = Clock.objects.get(pk=clock.pk)
    assert (held.failures, held.failure) == (3, "流程坏了")
    assert held.next_at == at("2026-03-02T10:01:45")
    assert told() == [("failed", "head")]
    assert list(reads.failing()) == [held]
    monkeypatch.setitem(clocks._firing, "timer", lambda act, clock: None)
    fire_all("2026-03-02T10:02")
    assert Clock.objects.get(pk=clock.pk).failures == 0
    with pytest.raises(rules.Passed):
        do("cases.clock_failed", "2026-03-02T10:03", **facts)


def test_nothing_registered_is_a_refusal(desk, monkeypatch):
    monkeypatch.delitem(clocks._firing, "timer", raising=False)
    clock = desk.started(duration="PT1H", kind="timer")
    with pytest.raises(Refusal, match="没有登记"):
        fire(clock, "2026-03-02T10:00")


def test_the_wait_grows_and_is_bounded():
    values = limits.house("failing")
    waits = [rules.wait_after(n, values).total_seconds() for n in (1, 2, 3, 50, 100_000)]
    assert waits == [5, 20, 80, 21600, 21600]


def test_a_case_nobody_holds_goes_to_whoever_stands_above(desk):
    desk.step.state = "done"
    desk.step.save()
    clock = desk.started(limit="house.step", step=False)
    assert reads.seats_of("owner", clock) == [reads.Seat(desk.leader.pk)]
    desk.case.opened_post = desk.clerk
    desk.case.save()
    assert reads.seats_of("owner", clock) == [reads.Seat(desk.clerk.pk)]


def test_where_no_head_is_the_leader_is_told(desk):
    desk.head.tag = "support"
    desk.head.save()
    clock = desk.started(limit="house.step")
    assert reads.seats_of("head", clock) == [reads.Seat(desk.leader.pk)]
    # The section hangs from nothing: the county's top is told.
    Unit.objects.filter(pk=desk.clerk.unit_id).update(above=None)
    assert reads.seats_of("leader", clock) == [reads.Seat(desk.leader.pk)]


def test_a_clock_of_the_case_is_everybodys_who_has_a_step_waiting(desk):
    clock = desk.started(limit="house.general", step=False)
    assert reads.seats_of("owner", clock) == [reads.Seat(desk.clerk.pk)]


def test_finding_what_is_due_is_one_query_by_the_partial_index(desk):
    for number in range(30):
        clock = desk.started(limit="house.step")
        if number % 2:
            clocks.stop(Act(COUNTY, 2, at("2026-03-03T10:00")), clock)
    with CaptureQueriesContext(connection) as asked:
        assert len(reads.due_by(at("2026-03-04T08:00"), 100)) == 15
    assert len(asked) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
            assert "clock_next" in str(cursor.fetchall())


def test_saying_takes_the_same_queries_whatever_else_waits(desk):
    def cost(clock):
        with CaptureQueriesContext(connection) as asked:
            fire(clock, "2026-03-04T08:00")
        return len(asked)

    first = cost(desk.started(limit="house.step"))
    for _ in range(20):
        desk.started(limit="house.step")
    assert cost(desk.started(limit="house.step")) <= first


@pytest.mark.parametrize("key", sorted(limits.keys()))
def test_every_limit_counts_and_speaks_in_order(key):
    on = at("2026-03-02T09:00")
    rule = limits.limit(key, on.date())
    terms = rules.terms_of(rule, at("2027-01-10T00:00").date())
    due = rules.ends(terms, on, calendar()).at
    planned = rules.stages("limit", terms, due, limits.house("stages"), calendar())
    assert planned == sorted(planned, key=lambda stage: stage.at)
    assert rule.article
    assert rule.source
    grounds = limits.house("grounds")
    assert set(terms.get("suspends", ())) <= set(grounds)
    if terms.get("sense") == "least":
        assert [stage.said for stage in planned] == ["full"]
    else:
        assert [stage.to for stage in planned][-3:] == ["owner", "head", "leader"]


def test_the_clock_of_a_task_is_its_units_and_goes_up_from_there(db):
    made = bureau()
    task = made.given()
    clock = Clock.objects.get(task_id=task.pk)
    codes = {
        to: {Post.objects.get(pk=seat.post_id).code for seat in reads.seats_of(to, clock)}
        for to in ("owner", "head", "leader")
    }
    assert codes["owner"] == {
        post.code for post in Post.objects.filter(unit_id=task.unit_id).exclude(tag="decide")
    }
    assert codes["head"] == codes["leader"] == {
        post.code for post in Post.objects.filter(tag="decide")
    }  # fmt: skip
    assert clocks.subject_of(clock) == f"task:{task.pk}"
