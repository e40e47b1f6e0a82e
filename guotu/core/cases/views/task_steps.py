"""Which steps of a task its reader may take now: what is offered first on its page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from guotu.core.cases.models import Assisting, Feedback, Task
from guotu.core.cases.queries import task_readers, task_records
from guotu.core.cases.views.acting import fresh_key
from guotu.core.journal.actions import Actor
from guotu.core.people import queries as people
from guotu.core.people.doors import has_power
from guotu.core.people.queries import actor_of_request


@dataclass(frozen=True)
class Reader:
    """Who reads a task: powers, the unit acted in, whether it does the task, all own units."""

    powers: frozenset[str]
    main: bool
    helps: bool
    apart: bool
    gives: bool


def steps_of(request: HttpRequest, task: Task, feedback: list[Feedback]) -> dict[str, Any]:
    """Return the acts that are open to the reader, by name, with what their forms ask for.

    An act is offered where the power is there and the rule would not refuse at once.
    """
    actor = actor_of_request(request)
    reader = _reader(request, actor, task, feedback)
    found = {name: True for name, open_to in _OFFERED.items() if open_to(reader, task)}
    unchecked = [one for one in feedback if not one.verdict] if "check" in found else []
    if not unchecked:
        found.pop("check", None)
    if not _closable(feedback):
        found.pop("close", None)
    return {
        **found,
        "any": bool(found),
        "key": fresh_key(),
        "unchecked": unchecked,
        "records": task_records.kinds(),
        "units": people.units() if {"hand_over", "restate"} & set(found) else [],
        "owed": [one for one in task.milestones.all() if one.reached_sequence is None],
        "waits": _waits(task, feedback),
    }


def _reader(request: HttpRequest, actor: Actor, task: Task, feedback: list[Feedback]) -> Reader:
    wanted = ("report", "assign", "confirm", "check", "close", "change_due", "drop")
    powers = frozenset(name for name in wanted if has_power(request, f"tasks.{name}"))
    unit, own = task_readers.unit_of(actor), task_readers.units_of(actor)
    helping = set(Assisting.objects.filter(task=task).values_list("unit_id", flat=True))
    reported = any(one.person_id == actor.person_id for one in feedback)
    return Reader(
        powers,
        main=unit == task.unit_id,
        helps=unit in helping,
        apart=not reported and not own & {task.unit_id, *helping},
        gives=task.source.giver_id is not None and task.source.giver_id == actor.post_id,
    )


def _closable(feedback: list[Feedback]) -> bool:
    done = [one for one in feedback if one.done]
    return bool(done) and done[-1].verdict == "confirmed"


def _waits(task: Task, feedback: list[Feedback]) -> str:
    """Say whom the task waits for, for a reader who can do nothing about it."""
    if task.state == "proposed":
        return _("等交办人确认")
    if task.state == "open":
        if task.received_at is None:
            return _("等主办单位签收")
        return _("等主办单位反馈")
    if task.state == "reported":
        return _("等督查销号") if _closable(feedback) else _("等督查核查")
    return ""


def _is_open(task: Task) -> bool:
    return task.state == "open"


_OFFERED = {
    "confirm": lambda who, task: "confirm" in who.powers and who.gives and task.state == "proposed",
    "restate": lambda who, task: "assign" in who.powers and task.state == "proposed",
    "receive": lambda who, task: (
        "report" in who.powers and who.main and _is_open(task) and task.received_at is None
    ),
    "refuse": lambda who, task: (
        "report" in who.powers and who.main and _is_open(task) and task.received_at is None
    ),
    "report": lambda who, task: (
        "report" in who.powers and (who.main or who.helps) and _is_open(task)
    ),
    "done": lambda who, task: "report" in who.powers and who.main and _is_open(task),
    "check": lambda who, task: (
        "check" in who.powers and who.apart and task.state in ("open", "reported")
    ),
    "close": lambda who, task: (
        "close" in who.powers and who.apart and task.state == "reported" and not task.doubted
    ),
    "urge": lambda who, task: "check" in who.powers and _is_open(task),
    "hand_over": lambda who, task: "assign" in who.powers and task.state in ("proposed", "open"),
    "change_due": lambda who, task: (
        "change_due" in who.powers and who.apart and task.state in ("proposed", "open")
    ),
    "put_on_board": lambda who, task: (
        "drop" in who.powers and _is_open(task) and task.board_sequence is None
    ),
    "drop": lambda who, task: (
        "drop" in who.powers
        and who.apart
        and task.board_sequence is None
        and task.state in ("proposed", "open", "reported")
    ),
}
