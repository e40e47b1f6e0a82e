"""The action runner: whole or not at all, once per key, in order, and only with the power."""

import threading
from typing import Any

import pytest
from django.db import connections

from guotu.core.journal.actions import COUNTY, Act, Actor, action, perform, registered
from guotu.core.journal.models import Entry
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
    assert (entry.verb, entry.subject, entry.actor_id, entry.post_id, entry.reason) == (
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
