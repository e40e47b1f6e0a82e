"""A sentence becomes a task, and the task is closed with its proof, by hands that stay apart."""

import datetime

import pytest

from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Assisting, Feedback, Milestone, Notice, Source, Task
from guotu.core.files.models import Number
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform, preview
from guotu.core.people.models import Holding, Person
from guotu.core.people.queries import actor_of
from guotu.lib.refusal import Refusal
from tests.core.cases.supervising import bureau, post_of

pytestmark = pytest.mark.django_db
_KEPT = b"2026 survey of fields\n"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir()


@pytest.fixture
def office(db):
    """Give the bureau."""
    return bureau()


def kept(name="report.txt", data=_KEPT):
    return perform("files.keep", COUNTY, name=name, data=data, power="tasks.read").answer


def done(office, task, **more):
    told = {"task_id": task.pk, "text": "已经摸清", "done": True, "file_id": kept().pk, **more}
    return office.act("farm", "tasks.report", **told)


def checked(office, told, verdict="confirmed", who="supervisor"):
    facts = {"feedback_id": told.pk, "verdict": verdict, "text": "看了现场和报告"}
    return office.act(who, "tasks.check", **facts)


def test_twenty_decisions_become_twenty_numbered_tasks_in_one_act(office):
    rows = [office.row(f"第 {at} 件", "矿产股" if at % 2 else "耕地保护股") for at in range(20)]
    made = office.act("office", "tasks.assign", rows=rows, source=office.source())
    assert len(made) == 20
    year = clock.today().year
    assert [one.number for one in made[:2]] == [f"督〔{year}〕1号", f"督〔{year}〕2号"]
    assert {one.state for one in made} == {"open"}
    assert Source.objects.count() == 1
    assert {one.sequence for one in made} == {made[0].sequence}


def test_none_is_given_out_where_one_has_no_owner_or_no_date(office):
    rows = [office.row(), office.row(unit="矿产股")]
    object.__setattr__(rows[1], "unit_id", None)
    with pytest.raises(Refusal, match="第 2 行：没有主办单位"):
        office.act("office", "tasks.assign", rows=rows, source=office.source())
    assert not Task.objects.exists()
    assert not Number.objects.exists()


def test_a_preview_leaves_nothing_and_no_gap(office):
    told = {"rows": [office.row()], "source": office.source()}
    shown = preview("tasks.assign", office.actors["office"], **told)
    assert [one.facts["what"] for one in shown.effects if one.kind == "start"][:2] == [
        "task_source",
        "task",
    ]
    assert not Task.objects.exists()
    assert office.given().number.endswith("〕1号")


def test_the_units_are_told_and_those_that_assist(office):
    mines = office.units["矿产股"]
    task = office.given(office.row(assisting=(mines,)))
    told = set(Notice.objects.filter(task_id=task.pk).values_list("post_id", flat=True))
    assert told == {post_of(name).pk for name in ("farm", "farm2", "mines")}
    assert Assisting.objects.get().unit_id == mines


def test_an_instruction_waits_for_whoever_gave_it(office):
    told = {"kind": "instruction", "giver_id": post_of("leader").pk}
    task = office.given(**told)
    assert task.state == "proposed"
    with pytest.raises(Refusal, match="待确认"):
        office.act("farm", "tasks.receive", task_ids=[task.pk])
    office.act("leader", "tasks.confirm", "不是这个意思", task_ids=[task.pk], agreed=False)
    told = {"title": "摸清撂荒耕地并复垦", "unit_id": task.unit_id, "wanted": "复垦照片"}
    office.act("office", "tasks.restate", task_id=task.pk, due_on=task.due_on, **told)
    office.act("leader", "tasks.confirm", task_ids=[task.pk])
    task.refresh_from_db()
    assert (task.state, task.title) == ("open", "摸清撂荒耕地并复垦")
    assert [one.kind for one in task.changes.all()] == [
        "assigned",
        "returned",
        "restated",
        "confirmed",
    ]


def test_nobody_else_confirms_for_the_giver(office):
    task = office.given(kind="instruction", giver_id=post_of("leader").pk)
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        office.act("office", "tasks.confirm", task_ids=[task.pk])
    with pytest.raises(Refusal, match="只有交办的岗位能确认"):
        perform("tasks.confirm", COUNTY, task_ids=[task.pk])
    # Whoever restated it holds the giver's post too: still not the giver's word.
    clerk = Person.objects.get(username="office")
    told = {"person_id": clerk.pk, "post_id": post_of("leader").pk}
    held = perform("people.appoint", COUNTY, **told).answer
    both = actor_of(clerk)
    as_leader = type(both)(both.person_id, held.post_id, frozenset(["tasks.confirm"]), None)
    with pytest.raises(Refusal, match="复述的人不能替交办人确认"):
        perform("tasks.confirm", as_leader, task_ids=[task.pk])


def test_an_instruction_without_a_giver_is_refused(office):
    with pytest.raises(Refusal, match="没有写明由哪个岗位交办"):
        office.given(kind="instruction")


def test_from_signing_to_closing(office):
    day = clock.today() + datetime.timedelta(5)
    task = office.given(office.row(milestones=(("台账", day),)))
    assert task.next_on == day
    office.act("farm", "tasks.receive", task_ids=[task.pk])
    step = Milestone.objects.get()
    office.act("farm", "tasks.reach_milestone", task_id=task.pk, milestone_id=step.pk)
    task.refresh_from_db()
    assert task.next_on == task.due_on
    told = done(office, task)
    checked(office, told)
    closed = office.act("supervisor", "tasks.close", task_id=task.pk)
    assert closed.state == "closed"
    assert closed.changes.last().kind == "closed"


def test_closing_without_evidence_is_refused(office):
    task = office.given()
    with pytest.raises(Refusal, match="没有核查属实的完成报告，不能销号"):
        office.act("supervisor", "tasks.close", task_id=task.pk)
    with pytest.raises(Refusal, match="报告完成要附佐证"):
        done(office, task, file_id=None)
    told = done(office, task)
    with pytest.raises(Refusal, match="没有核查属实的完成报告"):
        office.act("supervisor", "tasks.close", task_id=task.pk)
    checked(office, told, "returned")
    task.refresh_from_db()
    assert task.state == "open"


def test_whoever_reports_does_not_check(office):
    task = office.given()
    told = done(office, task)
    farmer = Person.objects.get(username="farm")
    # The reporter stands in the supervisor's post.
    held = Holding.objects.get(person__username="supervisor")
    later = clock.today() + datetime.timedelta(30)
    facts = {"holding_id": held.pk, "until": later, "decision": "局发〔2026〕1号"}
    perform("people.substitute", COUNTY, person_id=farmer.pk, **facts)
    stands_in = actor_of(farmer)
    powers = frozenset(["tasks.check", "tasks.close", "tasks.read"])
    stands_in = type(stands_in)(farmer.pk, held.post_id, powers, None)
    for verb, told_ in (
        ("tasks.check", {"feedback_id": told.pk, "verdict": "confirmed", "text": "好"}),
        ("tasks.close", {"task_id": task.pk}),
    ):
        with pytest.raises(Refusal, match="不能核查自己报告过的事项"):
            perform(verb, stands_in, **told_)
        with pytest.raises(Refusal, match="要由具名的人来做"):
            perform(verb, COUNTY, **told_)
    colleague = Person.objects.get(username="farm2")
    other = type(stands_in)(colleague.pk, held.post_id, powers, None)
    with pytest.raises(Refusal, match="不能核查本单位的事项"):
        perform("tasks.check", other, feedback_id=told.pk, verdict="confirmed", text="好")


def test_a_check_is_given_once(office):
    told = checked(office, done(office, office.given()))
    with pytest.raises(Refusal, match="已经核查"):
        checked(office, told, "differs")


def test_what_differs_turns_the_light_red_until_found_true(office):
    task = office.given()
    checked(office, done(office, task), "differs")
    task.refresh_from_db()
    assert (task.doubted, task.state) == (True, "open")
    again = done(office, task, text="补齐了")
    checked(office, again)
    task.refresh_from_db()
    assert (task.doubted, task.state) == (False, "reported")
    office.act("supervisor", "tasks.close", task_id=task.pk)


def test_a_report_rests_on_a_record_that_is_there(office):
    task = office.given()
    with pytest.raises(Refusal, match="没有所指的记录"):
        done(office, task, file_id=None, about="entry:999999")
    with pytest.raises(Refusal, match="没有所指的记录"):
        done(office, task, file_id=None, about="unheard:1")
    told = done(office, task, file_id=None, about="entry:0")
    assert told.record == "行为记录第 0 号在案"


def test_another_unit_does_not_report(office):
    task = office.given()
    with pytest.raises(Refusal, match="要由主办或协办单位的岗位办理"):
        office.act("mines", "tasks.report", task_id=task.pk, text="办了")
    office.given(office.row("另一件", assisting=(office.units["矿产股"],)))
    other = Task.objects.latest("pk")
    assert office.act("mines", "tasks.report", task_id=other.pk, text="配合了").unit_id
    with pytest.raises(Refusal, match="要由主办单位的岗位办理"):
        office.act("mines", "tasks.report", task_id=other.pk, text="完了", done=True)


def test_milestones_come_before_completion(office):
    task = office.given(office.row(milestones=(("台账", clock.today()),)))
    with pytest.raises(Refusal, match="还有节点没有完成"):
        done(office, task)
    done(office, task, milestones=[Milestone.objects.get().pk])
    assert Feedback.objects.get().done


def test_reading_is_by_area_and_by_unit(office):
    from guotu.core.cases.queries.task_readers import task_of

    task = office.given()
    there = office.given(office.row("修水渠", division="430999101"))
    near = office.actors["station"]
    assert task_of(near, there.pk) == there
    assert task_of(near, task.pk) is None
    with pytest.raises(Refusal, match="不在您的权限内"):
        office.act("station", "tasks.receive", task_ids=[task.pk])


def test_what_is_reported_is_held_against_the_case(office):
    from tests.core.cases import handling

    case = handling.bureau().opened()
    task = office.given()
    told = done(office, task, file_id=None, about=f"case:{case.number}")
    assert (told.agrees, told.record) == (False, f"办件 {case.number} 记录为办理中")
    with pytest.raises(Refusal, match="记录与报告不符，不能判为属实"):
        checked(office, told)
    checked(office, told, "differs")
    task.refresh_from_db()
    assert (task.state, task.doubted) == ("open", True)


def test_the_clock_follows_what_is_owed_next(office):
    from guotu.core.cases.models import Clock

    day = clock.today() + datetime.timedelta(5)
    task = office.given(office.row(milestones=(("台账", day),)))
    running = Clock.objects.get(task_id=task.pk)
    assert (running.state, running.terms["until"]) == ("running", day.isoformat())
    step = Milestone.objects.get()
    office.act("farm", "tasks.reach_milestone", task_id=task.pk, milestone_id=step.pk)
    running.refresh_from_db()
    assert running.terms["until"] == task.due_on.isoformat()
    told = done(office, task)
    running.refresh_from_db()
    assert running.state == "met"
    checked(office, told, "returned")
    assert Clock.objects.get(task_id=task.pk, state="running").due_at > clock.now()
    told = done(office, task, text="补齐了")
    checked(office, told)
    office.act("supervisor", "tasks.close", task_id=task.pk)
    assert not Clock.objects.filter(task_id=task.pk, state="running").exists()
