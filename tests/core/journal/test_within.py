"""A written process calls actions as parts of its own act: only those that let it, whole or not."""

import pytest

from guotu.core.journal.actions import (
    Act,
    Actor,
    action,
    callable_by_process,
    perform,
    preview,
    within,
)
from guotu.core.journal.models import Entry
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

pytestmark = pytest.mark.django_db
CLERK = Actor(7, 3, frozenset({"test.complete"}))


@action("test.set_up", power="test.other", by_process=True)
def set_up(act: Act, *, code: str, name: str = "") -> int:
    """Write a row, on the authority of the process."""
    act.subject, act.outcome = f"post:{code}", {"post": code}
    return int(Post.objects.create(code=code, name=name or code).pk)


@action("test.closed", power="test.other")
def closed(act: Act) -> None:
    """Be called by nobody's process."""


@action("test.complete", power="test.complete")
def complete(act: Act, *, calls: list[tuple[str, dict[str, str]]]) -> list[int]:
    """Call what a process would."""
    act.subject, act.outcome = "step:1", {"step": 1}
    answers = [within(act, name, **told) for name, told in calls]
    act.outcome |= {"called": len(answers)}
    return answers


def test_a_called_action_is_a_part_of_the_act_and_leaves_its_outcome_in_an_effect():
    done = perform("test.complete", CLERK, calls=[("test.set_up", {"code": "a", "name": "甲"})])
    assert done.answer == [Post.objects.get(code="a").pk]
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject) == ("test.complete", "step:1")
    assert entry.outcome == {"step": 1, "called": 1}
    (effect,) = entry.effects
    assert effect == {
        "kind": "start",
        "facts": {"action": "test.set_up", "outcome": {"post": "a"}},
    }


@pytest.mark.parametrize("name", ["test.closed", "test.unheard"])
def test_what_does_not_let_a_process_call_it_takes_the_whole_act_back(name):
    with pytest.raises(Refusal, match="流程不能调用"):
        perform("test.complete", CLERK, calls=[("test.set_up", {"code": "a"}), (name, {})])
    assert not Post.objects.exists()
    assert not Entry.objects.exists()


def test_a_preview_tells_what_would_be_called_and_keeps_nothing():
    shown = preview("test.complete", CLERK, calls=[("test.set_up", {"code": "a"})])
    assert [one.facts["action"] for one in shown.effects] == ["test.set_up"]
    assert not Post.objects.exists()


def test_the_list_for_processes_names_arguments_and_leaves_out_what_is_closed():
    listed = callable_by_process()
    assert listed["test.set_up"] == ("code", "name")
    assert "test.closed" not in listed
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        perform("test.set_up", CLERK, code="a")
