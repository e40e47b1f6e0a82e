"""Dates, owners and the task itself change only with a reason and a power; nothing is hidden."""

import datetime

import pytest
from django.db import DatabaseError, transaction

from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Notice, TaskChange
from guotu.core.journal import clock
from guotu.lib.refusal import Refusal
from tests.core.cases.supervising import bureau, post_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(db):
    """Give the bureau."""
    return bureau()


def later(days: int) -> datetime.date:
    return clock.today() + datetime.timedelta(days)


def test_a_date_changes_with_a_reason_and_the_earlier_stays(office):
    task = office.given()
    before = task.due_on
    with pytest.raises(Refusal, match="变更期限须写明理由"):
        office.act("leader", "tasks.change_due", task_id=task.pk, due_on=later(40))
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        office.act("farm", "tasks.change_due", "忙", task_id=task.pk, due_on=later(40))
    office.act("leader", "tasks.change_due", "汛期", task_id=task.pk, due_on=later(40))
    change = TaskChange.objects.get(kind="due")
    assert (change.due_before, change.due_after, change.reason) == (before, later(40), "汛期")
    task.refresh_from_db()
    assert (task.due_on, task.next_on) == (later(40), later(40))


def test_a_date_does_not_fall_before_a_milestone(office):
    task = office.given(office.row(milestones=(("台账", later(10)),)))
    with pytest.raises(Refusal, match="早于未完成的节点"):
        office.act("leader", "tasks.change_due", "早", task_id=task.pk, due_on=later(5))


def test_a_refusal_is_seen_and_the_task_still_owned(office):
    task = office.given()
    with pytest.raises(Refusal, match="拒收须写明理由"):
        office.act("farm", "tasks.refuse", task_id=task.pk)
    office.act("farm", "tasks.refuse", "不是本股职责", task_id=task.pk)
    task.refresh_from_db()
    assert (task.unit.name, task.state) == ("耕地保护股", "open")
    assert task.changes.last().reason == "不是本股职责"
    office.act("farm", "tasks.receive", task_ids=[task.pk])
    with pytest.raises(Refusal, match="不能再拒收"):
        office.act("farm", "tasks.refuse", "又不想办", task_id=task.pk)


def test_handed_on_too_often_it_goes_up(office):
    task = office.given(giver_id=post_of("leader").pk)
    for unit in ("矿产股", "双桥镇国土所", "耕地保护股"):
        told = {"task_id": task.pk, "unit_id": office.units[unit]}
        office.act("office", "tasks.hand_over", "职责在彼", **told)
    assert Notice.objects.filter(post_id=post_of("leader").pk, kind="escalated").count() == 1
    assert task.changes.filter(kind="handed").count() == 3
    told = {"task_id": task.pk, "unit_id": office.units["耕地保护股"]}
    with pytest.raises(Refusal, match="没有写明移交给哪个单位"):
        office.act("office", "tasks.hand_over", "x", **told)


def test_what_is_dropped_stays_and_what_is_on_the_board_cannot_be(office):
    task, other = office.given(), office.given()
    office.act("leader", "tasks.put_on_board", "县长挂牌", task_id=other.pk)
    with pytest.raises(Refusal, match="挂牌督办的事项不能不再办理"):
        office.act("leader", "tasks.drop", "算了", task_id=other.pk)
    with pytest.raises(Refusal, match="不再办理须写明理由"):
        office.act("leader", "tasks.drop", task_id=task.pk)
    office.act("leader", "tasks.drop", "上级已收回", task_id=task.pk)
    task.refresh_from_db()
    assert (task.state, task.changes.last().reason) == ("dropped", "上级已收回")
    with pytest.raises(Refusal, match="不再办理，不能这样办"):
        office.act("farm", "tasks.report", task_id=task.pk, text="还办吗")


def test_urging_tells_the_unit(office):
    task = office.given()
    office.act("supervisor", "tasks.urge", "请抓紧", task_id=task.pk)
    assert Notice.objects.filter(task_id=task.pk, kind="urged").count() == 2


@pytest.mark.parametrize("table", ["cases_taskchange", "cases_source", "cases_assisting"])
def test_the_store_itself_refuses_to_change_what_was_done(office, table):
    from django.db import connection

    office.given(office.row(assisting=(office.units["矿产股"],)))
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET sequence = 7"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
