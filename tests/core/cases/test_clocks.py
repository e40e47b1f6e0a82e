"""Clocks of a case: dates, standing still, running on, one extension, and who may do which."""

import datetime

import pytest
from django.db import transaction

from guotu.core.cases import limits
from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Case, Clock, ClockChange, Step
from guotu.core.cases.queries import clocks as reads
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, Act, Actor, perform
from guotu.core.journal.models import Entry
from guotu.core.journal.queries import reason_of
from guotu.lib.days import Term
from guotu.lib.refusal import Refusal
from tests.core.cases.clocked import at, do, office

_BEGUN = "2026-02-27T09:00"


@pytest.fixture
def desk(db):
    """Give a case with its step and posts, in a county whose moments are simulated."""
    with county_clock.simulated(at(_BEGUN)):
        return office()


def day(clock):
    return Clock.objects.get(pk=clock.pk).due_at.astimezone(at(_BEGUN).tzinfo).date().isoformat()


def test_a_clock_counts_as_its_law_does_and_lists_show_its_date(desk):
    clock = desk.started(limit="licence.decision", step=False)
    assert day(clock) == "2026-03-30"
    assert (clock.state, clock.kind, clock.title) == ("running", "limit", "行政许可决定")
    assert clock.terms["rule"]["article"].startswith("行政许可法第四十二条")
    assert Case.objects.get(pk=desk.case.pk).due_at == clock.due_at == desk.case.due_at
    of_step = desk.started(limit="house.step")
    assert Step.objects.get(pk=desk.step.pk).due_at == of_step.due_at
    assert Case.objects.get(pk=desk.case.pk).due_at == clock.due_at


def test_starting_tells_the_act(desk):
    act = Act(COUNTY, 1, at("2026-12-21T09:00"))
    clocks.start(act, case=desk.case, limit="licence.decision")
    (effect,) = act.effects
    assert effect.kind == "start"
    assert effect.facts["limit"] == "licence.decision"
    assert effect.facts["provisional"] is True


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"term": Term(10, "calendar_days")}, "2026-03-12"),
        ({"duration": "P5D", "kind": "timer"}, "2026-03-07"),
        ({"duration": "PT4H", "kind": "timer"}, "2026-03-02"),
        ({"until": datetime.date(2026, 3, 8)}, "2026-03-08"),
        ({"limit": "licence.hearing_notice", "event": datetime.date(2026, 3, 20)}, "2026-03-10"),
        ({"limit": "penalty.decision"}, "2026-06-01"),
    ],
)
def test_every_way_of_counting(desk, told, ends):
    assert day(desk.started(**told)) == ends


def test_a_limit_counts_by_the_law_of_its_day(desk):
    old = desk.started("2023-12-04T09:00", limit="reconsideration.answer")
    new = desk.started("2024-01-02T09:00", limit="reconsideration.answer")
    assert (old.terms["unit"], new.terms["unit"]) == ("calendar_days", "working_days")


def test_a_limit_that_is_unknown_or_not_yet_law_is_refused(desk):
    with pytest.raises(Refusal):
        desk.started(limit="licence.nothing")
    with pytest.raises(Refusal):
        desk.started("2019-05-06T09:00", limit="penalty.decision")
    with pytest.raises(Refusal, match="往回算"):
        desk.started(limit="licence.hearing_notice")
    with pytest.raises(ValueError, match="one of"):
        desk.started(limit="house.step", duration="P1D")


def test_the_county_puts_its_own_limits_over_ours(desk, settings, tmp_path):
    settings.GUOTU_HOME = tmp_path
    own = (
        '[[rule]]\nid = "county.step"\nkind = "limit.house.step"\ntitle = "步骤"\n'
        'article = "县规定"\nsource = "县"\nmark = "M"\n'
        'effective_from = 2020-01-01\nplace = "430626"\n'
        'values = { amount = 1, unit = "working_days" }\n'
    )
    (tmp_path / "limits.toml").write_text(own)
    assert day(desk.started(limit="house.step")) == "2026-03-03"
    (tmp_path / "limits.toml").write_text("[[rule")
    with pytest.raises(Refusal, match="读不出来"):
        limits.book()


def test_standing_still_moves_the_date_by_what_stood_still(desk):
    clock = desk.started(limit="licence.decision", step=False)
    do("cases.suspend_clock", "2026-03-04T10:00", clock=clock.pk, ground="hearing")
    held = Clock.objects.get(pk=clock.pk)
    assert (held.state, held.next_at) == ("suspended", None)
    assert Case.objects.get(pk=desk.case.pk).due_at is None
    done = do("cases.resume_clock", "2026-03-06T16:00", clock=clock.pk)
    assert day(clock) == "2026-04-01"
    assert Case.objects.get(pk=desk.case.pk).due_at == Clock.objects.get(pk=clock.pk).due_at
    changes = list(ClockChange.objects.order_by("id"))
    assert [(one.kind, one.ground) for one in changes] == [
        ("suspend", "hearing"),
        ("resume", "hearing"),
    ]
    assert changes[1].due_after > changes[1].due_before
    entry = Entry.objects.get(sequence=done.sequence)
    assert entry.subject == f"case:{desk.case.pk}"
    # A second time, after the first is on record.
    do("cases.suspend_clock", "2026-03-10T10:00", clock=clock.pk, ground="expert")
    do("cases.resume_clock", "2026-03-11T10:00", clock=clock.pk)
    assert day(clock) == "2026-04-02"


def test_a_sure_law_refuses_a_ground_it_does_not_know(desk):
    clock = desk.started(limit="licence.decision")
    with pytest.raises(Refusal, match="补正"):
        do("cases.suspend_clock", "2026-03-04T10:00", clock=clock.pk, ground="correction")
    with pytest.raises(Refusal, match="不认识"):
        do("cases.suspend_clock", "2026-03-04T10:00", clock=clock.pk, ground="weather")


def test_an_unsure_rule_only_warns(desk):
    clock = desk.started(limit="house.advice")
    done = do("cases.suspend_clock", "2026-03-03T10:00", clock=clock.pk, ground="hearing")
    assert "依据待核" in done.outcome["warnings"][0]
    assert Clock.objects.get(pk=clock.pk).state == "suspended"


def test_what_does_not_run_cannot_stand_still_nor_run_on(desk):
    clock = desk.started(limit="licence.decision")
    with pytest.raises(Refusal):
        do("cases.resume_clock", "2026-03-03T10:00", clock=clock.pk)
    do("cases.suspend_clock", "2026-03-03T10:00", clock=clock.pk, ground="hearing")
    with pytest.raises(Refusal):
        do("cases.suspend_clock", "2026-03-03T11:00", clock=clock.pk, ground="hearing")
    with pytest.raises(Refusal):
        do("cases.resume_clock", "2026-03-03T12:00", clock=clock.pk + 99)


def test_a_case_stands_still_where_its_laws_know_the_ground(desk):
    law = desk.started(limit="licence.decision", step=False)
    house = desk.started(limit="house.step")
    act = Act(COUNTY, 2, at("2026-03-03T10:00"))
    assert clocks.suspend_case(act, desk.case, "correction") == [house]
    assert Clock.objects.get(pk=law.pk).state == "running"
    act = Act(COUNTY, 3, at("2026-03-09T10:00"))
    assert clocks.resume_case(act, desk.case) == [house]
    assert day(house) == "2026-03-11"


def test_it_is_extended_once_with_a_reason_within_the_law(desk):
    clock = desk.started(limit="licence.decision")
    told = {"clock": clock.pk, "amount": 10, "unit": "working_days"}
    with pytest.raises(Refusal, match="理由"):
        do("cases.extend_clock", "2026-03-20T10:00", **told)
    with pytest.raises(Refusal, match="不能超过10个工作日"):
        do("cases.extend_clock", "2026-03-20T10:00", reason="案情复杂", **told | {"amount": 11})
    with pytest.raises(Refusal, match="期限已过"):
        do("cases.extend_clock", "2026-03-31T10:00", reason="案情复杂", **told)
    done = do("cases.extend_clock", "2026-03-20T10:00", reason="案情复杂", **told)
    # Ten working days on, over the Qingming holiday of 4 to 6 April.
    assert day(clock) == "2026-04-14"
    assert reason_of(Entry.objects.get(sequence=done.sequence)) == "案情复杂"
    assert ClockChange.objects.get().kind == "extend"
    with pytest.raises(Refusal, match="一次"):
        do("cases.extend_clock", "2026-03-21T10:00", reason="案情复杂", **told)


def test_a_timer_drawn_by_a_limit_stands_still_and_is_lengthened_with_it(desk):
    clock = desk.started(limit="licence.decision", step=False)
    timer = desk.started(limit="licence.decision", kind="timer", token="t3")
    plain = desk.started(duration="P30D", kind="timer", token="t4")
    act = Act(COUNTY, 2, at("2026-03-04T10:00"))
    assert clocks.suspend_case(act, desk.case, "hearing") == [clock, timer]
    clocks.resume_case(Act(COUNTY, 3, at("2026-03-06T16:00")), desk.case)
    assert (day(clock), day(timer), day(plain)) == ("2026-04-01", "2026-04-01", "2026-04-01")
    told = {"clock": clock.pk, "amount": 1, "unit": "working_days", "reason": "补充调查"}
    do("cases.extend_clock", "2026-03-20T10:00", **told)
    assert (day(clock), day(timer), day(plain)) == ("2026-04-02", "2026-04-02", "2026-04-01")
    with pytest.raises(Refusal, match="不能中止"):
        do("cases.suspend_clock", "2026-03-21T10:00", clock=plain.pk, ground="hearing")


def test_what_the_law_does_not_lengthen_is_not_lengthened(desk):
    told = {"amount": 5, "unit": "working_days", "reason": "人手不足"}
    sure = desk.started(limit="registration.decision")
    with pytest.raises(Refusal, match="没有规定"):
        do("cases.extend_clock", "2026-03-03T10:00", clock=sure.pk, **told)
    unsure = desk.started(limit="house.step")
    done = do("cases.extend_clock", "2026-03-03T10:00", clock=unsure.pk, **told)
    assert done.outcome["warnings"]
    listing = desk.started(limit="auction.listing")
    with pytest.raises(Refusal, match="不能延长"):
        do("cases.extend_clock", "2026-03-03T10:00", clock=listing.pk, **told)


def test_who_undertakes_may_not_lengthen_and_nobody_acts_out_of_area(desk):
    clock = desk.started(limit="licence.decision")
    told = {"clock": clock.pk, "amount": 5, "unit": "working_days", "reason": "补充调查"}
    clerk = Actor(None, desk.clerk.pk, frozenset({"cases.suspend"}))
    with county_clock.simulated(at("2026-03-03T10:00")):
        with pytest.raises(Refusal, match="权限"):
            perform("cases.extend_clock", clerk, **told)
        powers = frozenset({"cases.extend"})
        elsewhere = Actor(None, desk.head.pk, powers, frozenset({"430626102"}))
        with pytest.raises(Refusal, match="辖区"):
            perform("cases.extend_clock", elsewhere, **told)
        here = Actor(None, desk.head.pk, powers, frozenset({"430626"}))
        perform("cases.extend_clock", here, **told)


def test_it_is_met_or_missed_by_its_date(desk):
    ends = {}
    for name, when in {"met": "2026-03-05T23:59", "missed": "2026-03-06T00:01"}.items():
        clock = desk.started(limit="house.step")
        clocks.stop(Act(COUNTY, 2, at(when)), clock)
        ends[name] = Clock.objects.get(pk=clock.pk)
    assert {name: one.state for name, one in ends.items()} == {"met": "met", "missed": "missed"}
    assert all(one.next_at is None and one.ended_at for one in ends.values())


def test_what_stood_still_passes_nothing_and_what_falls_away_is_cancelled(desk):
    clock = desk.started(limit="licence.decision")
    do("cases.suspend_clock", "2026-03-03T10:00", clock=clock.pk, ground="hearing")
    clocks.stop(Act(COUNTY, 2, at("2026-09-01T10:00")), clock)
    assert Clock.objects.get(pk=clock.pk).state == "met"
    gone = desk.started(limit="house.step")
    clocks.stop(Act(COUNTY, 2, at("2026-09-01T10:00")), gone, met=False)
    assert Clock.objects.get(pk=gone.pk).state == "cancelled"
    clocks.stop(Act(COUNTY, 2, at("2026-09-01T10:00")), gone)
    assert Clock.objects.get(pk=gone.pk).state == "cancelled"


def test_a_case_that_closes_stops_all_of_them(desk):
    whole = desk.started(limit="licence.decision", step=False)
    timer = desk.started(duration="P5D", kind="timer", token="t9")
    of_step = desk.started(limit="house.step")
    clocks.stop_all(Act(COUNTY, 2, at("2026-03-04T10:00")), desk.case)
    found = [Clock.objects.get(pk=one.pk).state for one in (whole, timer, of_step)]
    assert found == ["met", "cancelled", "cancelled"]
    assert not reads.running(desk.case.pk).exists()


def test_a_set_day_is_moved_by_setting_another(desk):
    clock = desk.started(until=datetime.date(2026, 3, 20), title="督办")
    clocks.set_until(Act(COUNTY, 2, at("2026-03-04T10:00")), clock, datetime.date(2026, 4, 20))
    assert day(clock) == "2026-04-20"
    assert Clock.objects.get(pk=clock.pk).revision == 1
    other = desk.started(limit="house.step")
    with pytest.raises(Refusal):
        clocks.set_until(Act(COUNTY, 2, at("2026-03-04T10:00")), other, datetime.date(2026, 4, 20))


def test_a_change_of_a_clock_stays_as_written(desk):
    clock = desk.started(limit="licence.decision")
    do("cases.suspend_clock", "2026-03-03T10:00", clock=clock.pk, ground="hearing")
    with pytest.raises(Exception, match=r"."), transaction.atomic():
        ClockChange.objects.update(ground="other")
