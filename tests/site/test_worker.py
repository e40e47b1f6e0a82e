"""The worker: due clocks speak, what is broken holds nobody up; it is kept, alone, and ended."""

import contextlib
import datetime
import threading

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Clock, Notice
from guotu.core.journal import clock as county_clock
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from guotu.site.cli.main import main
from guotu.site.worker import chores, firing, running
from guotu.site.worker.alone import alone
from guotu.site.worker.ending import Ending
from guotu.site.worker.firing import Firing, StoreGone
from tests.core.cases.clocked import office


@pytest.fixture
def desk(db):
    """Give a case with its step and posts, all in the real present."""
    return office()


@pytest.fixture
def lines():
    """Collect what the worker reports."""
    return []


def started_ago(desk, hours, **told):
    begun = timezone.localtime(county_clock.now()) - datetime.timedelta(hours=hours)
    return desk.started(begun.replace(tzinfo=None).isoformat(), duration="PT1H", **told)


def late(desk, number=1, **told):
    """Begin timers that are due since an hour."""
    return [started_ago(desk, 30, kind="timer", token=f"t{n}", **told) for n in range(number)]


def state(clock):
    return Clock.objects.get(pk=clock.pk).state


def test_what_is_due_is_done_and_what_is_not_waits(desk, monkeypatch, lines):
    done = []
    monkeypatch.setitem(clocks._firing, "timer", lambda act, clock: done.append(clock.pk))
    due = late(desk, 3)
    waiting = started_ago(desk, -30, kind="timer")
    fire = Firing(lines.append)
    assert fire.fire_due(lambda: False) == 3
    assert fire.fire_due(lambda: False) == 0
    assert sorted(done) == [one.pk for one in due]
    assert state(waiting) == "running"
    assert lines == []


def test_one_broken_case_holds_up_no_other(desk, monkeypatch, lines):
    due = late(desk, 5)
    broken = due[0].pk

    def run(act, clock):
        if clock.pk == broken:
            raise ZeroDivisionError("流程坏了")

    monkeypatch.setitem(clocks._firing, "timer", run)
    fire = Firing(lines.append)
    assert fire.fire_due(lambda: False) == 5
    assert fire.fire_due(lambda: False) == 0
    assert [state(one) for one in due] == ["running"] + ["met"] * 4
    held = Clock.objects.get(pk=broken)
    assert held.failures == 1
    assert "流程坏了" in held.failure
    assert held.next_at > county_clock.now()
    assert len(lines) == 1
    assert Entry.objects.filter(verb="cases.clock_failed").count() == 1


def test_what_cannot_even_be_written_down_is_left_alone_a_while(desk, monkeypatch, lines):
    due = late(desk, 3)
    real = firing.perform

    def refuses(name, *arguments, **told):
        if told.get("clock") == due[1].pk:
            raise Refusal("坏到底")
        return real(name, *arguments, **told)

    monkeypatch.setattr(firing, "perform", refuses)
    monkeypatch.setitem(clocks._firing, "timer", lambda act, clock: None)
    fire = Firing(lines.append)
    assert fire.fire_due(lambda: False) == 3
    assert fire.fire_due(lambda: False) == 0
    assert [state(one) for one in due] == ["met", "running", "met"]
    assert len(lines) == 2


def test_a_store_that_does_not_answer_is_no_clocks_fault(desk, monkeypatch, lines):
    late(desk)

    def locked(act, clock):
        raise OperationalError("database is locked")

    monkeypatch.setitem(clocks._firing, "timer", locked)
    with pytest.raises(StoreGone):
        Firing(lines.append).fire_due(lambda: False)
    assert Clock.objects.get().failures == 0


def test_a_fault_in_a_question_is_the_clocks_own(desk, monkeypatch, lines):
    late(desk)

    def asks(act, clock):
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    monkeypatch.setitem(clocks._firing, "timer", asks)
    Firing(lines.append).fire_due(lambda: False)
    assert Clock.objects.get().failures == 1


def test_it_ends_between_two_acts(desk, monkeypatch, lines):
    ending = Ending()
    monkeypatch.setitem(clocks._firing, "timer", lambda act, clock: ending.tell())
    due = late(desk, 3)
    running.run(ending, lines.append)
    assert sorted(state(one) for one in due) == ["met", "running", "running"]


def test_reservations_whose_day_has_passed_are_voided_and_nothing_is_written_else(db, lines):
    before = Entry.objects.count()
    chores.do_all(lines.append)
    assert Entry.objects.count() == before
    assert lines == []


def test_a_chore_that_fails_leaves_the_others_alone(db, monkeypatch, lines):
    done = []

    def broken():
        raise Refusal("坏了")

    monkeypatch.setattr(chores, "expire_reservations", broken)
    monkeypatch.setattr(chores, "hand_on", lambda: done.append(1))
    chores.do_all(lines.append)
    assert done == [1]
    assert "坏了" in lines[0]


@pytest.mark.django_db(transaction=True)
def test_one_works_and_the_others_stand_by():
    seen = []

    def other():
        with alone() as held:
            seen.append(held)
        connection.close()

    def ask():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    with alone() as held:
        assert held
        ask()
    ask()
    assert seen == [False, True]


def test_a_stand_by_ends_when_told(db, monkeypatch, lines):
    @contextlib.contextmanager
    def taken():
        yield False

    monkeypatch.setattr(running, "alone", taken)
    monkeypatch.setattr(running, "_STAND_BY_SECONDS", 0.01)
    ending = Ending()
    threading.Timer(0.1, ending.tell).start()
    running.run(ending, lines.append)
    assert lines == []


def test_a_store_that_is_gone_is_waited_for(db, monkeypatch, lines):
    monkeypatch.setattr(running, "_STAND_BY_SECONDS", 0.01)
    monkeypatch.setattr(running.connections, "close_all", lambda: None)
    ending, tries = Ending(), []

    def work(ending, report):
        tries.append(1)
        if len(tries) == 3:
            ending.tell()
            return
        raise StoreGone("没有应答")

    monkeypatch.setattr(running, "_work", work)
    running.run(ending, lines.append)
    assert len(tries) == 3
    assert "没有应答" in lines[0]


def test_the_command_does_what_is_due_once(desk, monkeypatch, capsys):
    monkeypatch.setattr("guotu.site.cli.worker.ready", lambda: None)
    desk.started("2026-03-02T09:00", limit="house.step")
    with pytest.raises(SystemExit) as left:
        main(["worker", "--once"])
    assert left.value.code == 0
    assert "已办" in capsys.readouterr().out
    assert {"overdue", "escalated"} <= set(Notice.objects.values_list("kind", flat=True))


def test_acts_of_the_worker_are_the_countys(desk, lines):
    desk.started("2026-03-02T09:00", limit="house.step")
    Firing(lines.append).fire_due(lambda: False)
    entry = Entry.objects.filter(verb="cases.fire_clock").first()
    assert (entry.actor_id, entry.post_id) == (None, None)
    assert perform("people.open_unit", COUNTY, name="另一单位").answer.pk
