"""The list says the same as the rule of lights, and costs the same however long it is."""

import datetime
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Task
from guotu.core.cases.queries import task_misses, task_tables, tasks
from guotu.core.cases.queries.task_thresholds import thresholds
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform
from tests.core.cases.supervising import bureau, post_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir()


@pytest.fixture
def office(db):
    """Give the bureau."""
    return bureau()


def later(days: int) -> datetime.date:
    return clock.today() + datetime.timedelta(days)


def ago(days: int) -> datetime.datetime:
    return clock.now() - datetime.timedelta(days=days)


def states():
    """Yield what tasks may look like, around every threshold."""
    known = thresholds()
    for priority in (0, 1, 2):
        near, silent = known.near_days[priority], known.silent_days[priority]
        days = (-1, 0, near, near + 1)
        heard = (silent, silent + 1)
        for due, last, opened in itertools.product(days, heard, (0, known.receive_days + 1)):
            facts = {"priority": priority, "due_on": later(due), "next_on": later(min(due, near))}
            yield {**facts, "heard_at": ago(last), "opened_at": ago(opened)}
            yield {**facts, "next_on": later(due), "heard_at": ago(0), "opened_at": ago(opened)}
    for state, waited in itertools.product(
        ("reported", "proposed", "closed", "dropped"), (known.check_days, known.check_days + 1, 3)
    ):
        facts = {"state": state, "due_on": later(-3), "next_on": later(-3)}
        told = {"reported_on": later(-waited), "opened_at": ago(waited), "heard_at": ago(0)}
        yield {**facts, **told}
        yield {**facts, **told, "doubted": True}
        yield {**facts, **told, "due_on": later(60), "next_on": later(60)}


def test_the_filter_by_light_says_what_the_rule_says(office):
    task = office.given()
    made = []
    for number, facts in enumerate(states()):
        one = Task.objects.get(pk=task.pk)
        one.pk, one.number, one.state = None, f"n{number}", "open"
        for name, value in facts.items():
            setattr(one, name, value)
        one.save(force_insert=True)
        made.append(one)
    assert len({tasks.light_of(one).colour for one in made}) == 4
    for colour in ("red", "yellow", "green", "ended"):
        found = set(Task.objects.filter(tasks.has_light(colour)).values_list("pk", flat=True))
        told = {one.pk for one in Task.objects.all() if tasks.light_of(one).colour == colour}
        assert found == told, colour


def test_the_list_and_the_tables_cost_the_same_for_many(office):
    actor = office.actors["office"]

    def asked():
        with CaptureQueriesContext(
            connection,
        ) as made:
            tasks.page(actor, tasks.asked({}), 1)
            task_tables.by_unit(tasks.tasks(actor, tasks.asked({"state": "all"})))
            task_tables.by_source(actor)
            task_tables.lights(actor)
            task_misses.misses(actor)
        return len(made)

    office.given(office.row(assisting=(office.units["矿产股"],)))
    few = asked()
    helped = (office.units["矿产股"], office.units["督查室"])
    rows = [office.row(f"第 {at} 件", assisting=helped) for at in range(40)]
    for _ in range(3):
        office.given(*rows)
    assert asked() == few


def test_filters_and_views(office):
    leader = office.actors["leader"]
    near = office.given(office.row("临期", days=3, priority=2))
    town = office.given(office.row("乡镇", "双桥镇国土所", days=60, division="430999101"))
    mine = office.given(office.row("矿山", "矿产股", days=90), title="县委批示", kind="superior")

    def found(**told):
        return {one.pk for one in tasks.tasks(leader, tasks.asked(told))}

    assert found() == {near.pk, town.pk, mine.pk}
    assert found(view="leader") == {near.pk}
    assert found(view="organ") == {near.pk, mine.pk}
    assert found(view="grassroots") == {town.pk}
    assert found(light="green") == {town.pk, mine.pk}
    assert found(unit=str(office.units["矿产股"])) == {mine.pk}
    assert found(kind="superior") == {mine.pk}
    assert found(division="430999101") == {town.pk}
    assert found(text="矿") == {mine.pk}
    assert found(priority="2") == {near.pk}
    assert found(unit="x'; --") == set()
    assert found(state="closed") == set()
    farm = office.actors["farm"]
    assert {one.pk for one in tasks.tasks(farm, tasks.asked({"mine": "1"}))} == {near.pk}


def test_a_row_for_each_unit(office):
    task = office.given()
    office.given(office.row("迟了", "矿产股"))
    Task.objects.filter(title="迟了").update(due_on=later(-2), next_on=later(-2))
    file = perform("files.keep", COUNTY, name="r.txt", data=b"r\n", power="tasks.read").answer
    told = {"task_id": task.pk, "text": "完成", "done": True, "file_id": file.pk}
    feedback = office.act("farm", "tasks.report", **told)
    judged = {"feedback_id": feedback.pk, "verdict": "confirmed", "text": "看了"}
    office.act("supervisor", "tasks.check", **judged)
    office.act("supervisor", "tasks.close", task_id=task.pk)
    leader = office.actors["leader"]
    rows = task_tables.by_unit(tasks.tasks(leader, tasks.asked({"state": "all"})))
    by_name = {row["unit"]: row for row in rows}
    assert rows[0]["unit"] == "矿产股"
    assert by_name["耕地保护股"]["closed"] == 1
    assert by_name["耕地保护股"]["fed_back"] == 1
    assert by_name["耕地保护股"]["accuracy"] == (1, 1)
    assert by_name["矿产股"]["late"] == 1
    assert task_tables.sums(rows)["dispatched"] == 2


def test_what_was_missed_is_listed(office):
    text = "由耕地保护股年底前完成摸底；由矿产股 3 月底前编制复绿方案。"
    rows = [office.row("摸底", sentence="由耕地保护股年底前完成摸底")]
    office.act("office", "tasks.assign", rows=rows, source=office.source(text=text))
    office.act("office", "tasks.enter_source", **office.source(title="没有事项的会"))
    instruction = office.given(kind="instruction", giver_id=post_of("leader").pk)
    unread = office.given(office.row("没人看"))
    old = timezone.now() - datetime.timedelta(days=9)
    Task.objects.filter(pk__in=[instruction.pk, unread.pk]).update(opened_at=old)
    office.act("farm", "tasks.refuse", "不归我管", task_id=unread.pk)
    found = task_misses.misses(office.actors["office"])
    told = {(one.kind, one.title) for one in found}
    assert ("unassigned", "由矿产股 3 月底前编制复绿方案") in told
    assert ("taskless", "没有事项的会") in told
    assert ("unconfirmed", instruction.title) in told
    assert ("unread", "没人看") in told
    assert ("refused", "没人看") in told
    assert not any(kind == "unassigned" and "摸底" in title for kind, title in told)
