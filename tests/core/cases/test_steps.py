"""A case from intake to archive; data, evidence, order and one winner; what a step may not do."""

import datetime

import pytest

from guotu.core.cases.models import Case, Clock, Hand, Note, Step
from guotu.core.files.numbering import gaps
from guotu.core.journal.actions import preview
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from tests.core.cases.handling import EVIDENCE, GIVES, bureau

pytestmark = pytest.mark.django_db
ALL = ("intake", "undertake", "review", "approve", "deliver", "supervise", "file")


@pytest.fixture
def county():
    return bureau()


def refused(what):
    return pytest.raises(Refusal, match=what)


def test_a_case_goes_from_intake_to_archive_by_six_people(county):
    case = county.walk(county.opened(), *ALL)
    case.refresh_from_db()
    assert (case.state, case.result) == ("done", "granted")
    assert case.keep_until is None
    persons = set(Hand.objects.filter(matter=case).values_list("person_id", flat=True))
    assert len(persons) >= 6
    case = county.act("dang", "cases.archive", case=case.pk)
    assert case.archive_number == "档案1号"
    assert gaps() == []
    with refused("已经归档"):
        county.act("dang", "cases.archive", case=case.pk)


def test_a_number_a_clock_and_a_reason_come_with_the_case(county):
    case = county.opened()
    year = datetime.date.today().year  # noqa: DTZ011
    assert case.number == f"自然资受〔{year}〕1号"
    step = county.step(case, "intake")
    assert step.person_id in (county.persons["wang"], county.persons["wei"])
    assert "角色“window”" in step.why
    assert step.due_at is not None
    assert Case.objects.get(pk=case.pk).due_at is not None


def test_a_refused_case_leaves_no_number(county):
    with refused("没有写事由"):
        county.opened(title=" ")
    with refused("没有这个流程"):
        county.opened(process="nothing")
    assert county.opened().number.endswith("〕1号")


def test_data_are_of_the_step_and_of_their_type(county):
    case = county.opened()
    with refused("不能写这些内容"):
        county.take(case, "intake", finding="越权")
    with refused("填得不对"):
        county.take(case, "intake", papers="也许")
    with refused("有必填的内容"):
        county.take(case, "intake", papers="")
    assert county.step(case, "intake").state == "waiting"


def test_a_risk_point_asks_for_its_evidence(county):
    case = county.walk(county.opened(), "intake")
    step = county.step(case, "undertake")
    who = county.name(step.person_id)
    with refused("须写明如何核实"):
        county.act(who, "cases.complete", step=step.pk, data=GIVES["undertake"])
    with refused("没有这个风险点"):
        county.act(
            who, "cases.complete", step=step.pk, data=GIVES["undertake"], evidence={"别的": {}}
        )
    county.take(case, "undertake")
    note = Note.objects.get(case=case, kind="evidence")
    assert note.point in EVIDENCE["undertake"]
    assert Entry.objects.get(sequence=note.sequence).verb == "cases.complete"


def test_a_step_is_taken_once_and_by_whose_it_is(county):
    case = county.opened()
    step = county.step(case, "intake")
    other = "wei" if county.name(step.person_id) == "wang" else "wang"
    with refused("另一人经办"):
        county.act(other, "cases.complete", step=step.pk, data=GIVES["intake"])
    with refused("不在您现在的岗位"):
        county.act("chen", "cases.complete", step=step.pk, data=GIVES["intake"])
    county.take(case, "intake")
    with refused("已经办过"):
        county.act("wang", "cases.complete", step=step.pk, data=GIVES["intake"])


def test_the_county_itself_takes_no_step(county):
    step = county.step(county.opened(), "intake")
    with refused("具体的人"):
        county.do("cases.complete", step=step.pk, data=GIVES["intake"])


def test_a_post_without_the_power_of_the_tag_takes_no_such_step(county):
    case = county.walk(county.opened(), "intake", "undertake", "review")
    step = county.step(case, "approve")
    powers = ["cases.read", "cases.handle"]
    county.do("people.change_post", post_id=county.posts["approver"], powers=powers)
    with refused("没有办理决策类步骤的权力"):
        county.act("ju", "cases.complete", step=step.pk, data=GIVES["approve"])


def test_returned_for_lacking_papers_once_with_the_clock_standing_still(county):
    case = county.take(county.opened(), "intake", papers="缺件")
    case = county.walk(case, "notify")
    case.refresh_from_db()
    clock = Clock.objects.get(case=case, step=None, kind="limit")
    assert (case.state, clock.state) == ("suspended", "suspended")
    assert Clock.objects.filter(case=case, kind="timer", state="running").count() == 1
    case = county.walk(case, "supplement")
    case.refresh_from_db()
    clock.refresh_from_db()
    assert (case.state, clock.state) == ("open", "running")
    assert not Clock.objects.filter(case=case, kind="timer", state="running").exists()
    # A second notice is not sent: what lacked was told once.
    county.take(case, "intake", papers="缺件")
    assert county.step(case, "undertake")


def test_a_timer_that_runs_out_ends_the_wait(county):
    case = county.walk(county.take(county.opened(), "intake", papers="缺件"), "notify")
    clock = Clock.objects.get(case=case, kind="timer", state="running")
    Clock.objects.filter(pk=clock.pk).update(next_at=clock.started_at)
    county.do("cases.fire_clock", clock=clock.pk, revision=clock.revision, stage=clock.stage)
    assert Step.objects.get(case=case, element="supplement").state == "cancelled"
    case = county.walk(case, "lapse")
    case.refresh_from_db()
    assert (case.state, case.result) == ("withdrawn", "withdrawn")
    assert case.keep_until is not None
    assert not Clock.objects.filter(case=case, state__in=["running", "suspended"]).exists()


def test_sent_back_it_returns_to_who_had_it(county):
    case = county.walk(county.opened(), "intake", "undertake")
    first = Step.objects.get(case=case, element="undertake").person_id
    county.take(case, "review", verdict="退回承办")
    again = county.step(case, "undertake")
    assert again.person_id == first
    assert "此前由其办理" in again.why


def test_opinions_of_units_come_in_parallel_from_a_called_process(county):
    case = county.walk(county.opened(), "intake")
    county.take(case, "undertake", units=["林业股", "审核股"])
    signs = Step.objects.filter(case=case, element="sign", state="waiting").order_by("pk")
    assert {one.item["unit"] for one in signs} == {"林业股", "审核股"}
    assert {one.path for one in signs} == {"ask"}
    assert signs[0].person_id == county.persons["lin"]
    for one in signs:
        county.act(county.name(one.person_id), "cases.complete", step=one.pk, data=GIVES["sign"])
    county.walk(case, "survey_site", "gather")
    case.standing.refresh_from_db()
    assert case.standing.data["replies"] == ["无意见", "无意见"]
    assert county.step(case, "review")


def test_a_preview_shows_what_comes_and_keeps_nothing(county):
    case = county.opened()
    step = county.step(case, "intake")
    actor = county.actor(county.name(step.person_id))
    shown = preview("cases.complete", actor, step=step.pk, data=GIVES["intake"])
    assert shown.outcome["next"][0]["step"] == "承办"
    assert county.step(case, "intake").pk == step.pk
    assert not Hand.objects.filter(step=step).exists()


def test_many_steps_at_once_each_for_itself(county):
    steps = [county.step(county.opened(), "intake") for _ in range(4)]
    mine = [one.pk for one in steps if one.person_id == county.persons["wang"]]
    assert 0 < len(mine) < 4
    told = {"steps": [one.pk for one in steps], "data": GIVES["intake"]}
    with refused("另一人经办"):
        county.act("wang", "cases.complete_many", all_or_none=True, **told)
    came = county.act("wang", "cases.complete_many", **told)
    assert {one["step"] for one in came if one["done"]} == set(mine)
    assert all(one["why"] for one in came if not one["done"])


def test_a_draft_is_kept_and_taken_up(county):
    case = county.opened()
    step = county.step(case, "intake")
    who = county.name(step.person_id)
    county.act(who, "cases.save_draft", step=step.pk, data={"papers": "齐全"})
    county.act(who, "cases.save_draft", step=step.pk, data={"papers": "齐全"})
    assert Hand.objects.filter(step=step, manner="drafted").count() == 1
    county.act(who, "cases.complete", step=step.pk)
    assert county.step(case, "undertake")


def test_withdrawn_and_terminated_cases_stop(county):
    first, second = county.opened(), county.opened()
    with refused("须写明理由"):
        county.act("wang", "cases.withdraw", case=first.pk)
    county.act("wang", "cases.withdraw", "申请人书面撤回", case=first.pk)
    county.act("ju", "cases.terminate", "申请事项依法不再需要许可", case=second.pk)
    assert {one.state for one in Case.objects.all()} == {"withdrawn", "terminated"}
    assert not Step.objects.filter(state="waiting").exists()
    assert not Clock.objects.filter(state__in=["running", "suspended"]).exists()
