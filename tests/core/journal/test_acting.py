"""The action runner: whole or not at all, once per key, in order, and only with the power."""

import datetime
import threading
from typing import Any

import pytest
from django.db import connections

from guotu.core.journal import actions, clock, signing
from guotu.core.journal.actions import (
    COUNTY,
    Act,
    Actor,
    Effect,
    action,
    perform,
    preview,
    registered,
    use_permission_check,
)
from guotu.core.journal.models import Entry, SubjectKey
from guotu.core.journal.queries import reason_of
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

CLERK = Actor(7, 3, frozenset({"test.write"}))


@action("test.make_post", power="test.write")
def make_post(act: Act, *, code: str, fail: bool = False) -> int:
    """Write one row, and fail after it when told to."""
    post = Post.objects.create(code=code, name=code)
    act.subject = f"post:{code}"
    act.outcome = {"post": code}
    if fail:
        raise Refusal("故意失败")
    return int(post.pk)


@pytest.mark.django_db
def test_an_act_writes_and_journals_together() -> None:
    done = perform("test.make_post", CLERK, code="a", reason="试验")
    entry = Entry.objects.get()
    assert (done.sequence, entry.sequence) == (0, 0)
    assert (entry.verb, entry.subject, entry.actor_id, entry.post_id, reason_of(entry)) == (
        "test.make_post",
        "post:a",
        7,
        3,
        "试验",
    )
    assert entry.outcome == {"post": "a"}
    assert Post.objects.filter(code="a").exists()


@pytest.mark.django_db
def test_a_refused_act_leaves_nothing() -> None:
    with pytest.raises(Refusal):
        perform("test.make_post", CLERK, code="b", fail=True)
    assert not Post.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_without_the_power_nothing_runs() -> None:
    with pytest.raises(Refusal) as refused:
        perform("test.make_post", Actor(8, 3, frozenset({"other"})), code="c")
    assert "test.write" in refused.value.rule
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_the_county_itself_may_do_everything() -> None:
    assert perform("test.make_post", COUNTY, code="d").sequence == 0


@pytest.mark.django_db
def test_the_same_key_acts_once() -> None:
    first = perform("test.make_post", CLERK, key="k1", code="e")
    again = perform("test.make_post", CLERK, key="k1", code="e")
    assert not first.repeated
    assert again.repeated
    assert (again.sequence, again.outcome) == (first.sequence, first.outcome)
    assert Post.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("actor", [Actor(9, 3, frozenset({"test.write"}))])
def test_a_key_belongs_to_its_actor(actor: Actor) -> None:
    perform("test.make_post", CLERK, key="k2", code="f")
    with pytest.raises(Refusal, match="幂等键"):
        perform("test.make_post", actor, key="k2", code="g")


def test_two_modules_cannot_register_one_name() -> None:
    def imposter(act: Act) -> None:
        """Do nothing."""

    imposter.__module__ = "elsewhere"
    with pytest.raises(RuntimeError):
        action("test.make_post", power="test.write")(imposter)
    assert registered()["test.make_post"] == "test.write"


@pytest.mark.django_db(transaction=True)
def test_twelve_writers_get_twelve_numbers_without_a_gap() -> None:
    failures: list[Any] = []

    def write(number: int) -> None:
        try:
            perform("test.make_post", CLERK, code=f"w{number}")
        except Exception as fault:  # noqa: BLE001 - collected and asserted below
            failures.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(Entry.objects.values_list("sequence", flat=True)) == list(range(12))


@pytest.mark.django_db
def test_a_preview_tells_all_and_keeps_nothing() -> None:
    shown = preview("test.note", COUNTY, text="a", reason="试验")
    assert (shown.subject, shown.effects) == ("note:a", (Effect("change", {"text": "a"}),))
    assert not Entry.objects.exists()
    assert not SubjectKey.objects.exists()


@pytest.mark.django_db
def test_a_real_county_refuses_a_simulated_moment() -> None:
    moment = datetime.datetime(2030, 1, 2, tzinfo=datetime.UTC)
    perform("test.note", COUNTY, text="a")
    with clock.simulated(moment), pytest.raises(Refusal, match="模拟时间"):
        perform("test.note", COUNTY, text="b")
    naive = datetime.datetime(2030, 1, 2)  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"), clock.simulated(naive):
        pass


@pytest.mark.django_db
def test_a_county_simulated_from_the_first_entry_goes_on_so() -> None:
    for day in (2, 3):
        moment = datetime.datetime(2030, 1, day, tzinfo=datetime.UTC)
        with clock.simulated(moment):
            assert clock.today() == datetime.date(2030, 1, day)
            perform("test.note", COUNTY, text="a")
    assert [entry.simulated for entry in Entry.objects.all()] == [True, True]


@pytest.mark.django_db
def test_rows_say_what_they_are() -> None:
    perform("test.note", COUNTY, text="a")
    entry = Entry.objects.get()
    assert str(entry) == "0 test.note note:a"
    head = signing.checkpoint()
    assert str(head) == f"1 {head.root}"
    assert str(SubjectKey(subject="x")) == "x"


def test_an_effect_is_of_a_known_kind() -> None:
    with pytest.raises(ValueError, match="no such effect"):
        Act(COUNTY, 0, datetime.datetime.now(datetime.UTC)).tell("surprise")


def test_the_permission_check_is_handed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_permission", list(actions._permission))
    use_permission_check(lambda actor, power: False)
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        perform("test.note", COUNTY, text="a")


def test_without_wiring_an_actor_holds_what_it_names() -> None:
    assert actions._holds_power(CLERK, "test.write")
    assert actions._holds_power(COUNTY, "other")
    assert not actions._holds_power(CLERK, "other")
