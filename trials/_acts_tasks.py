"""Makers for the acts of supervised tasks: giving out, confirming, reporting, checking, closing."""

import datetime
from typing import Any

from guotu.core.cases.models import Feedback, Milestone, Task
from guotu.core.journal import clock
from tests.core.cases.supervising import Bureau, bureau, post_of
from trials._acts_people import division
from trials._kernel_acts import Given, World, makes

_bureaus: dict[int, Bureau] = {}


def _county(world: World) -> Bureau:
    if id(world) not in _bureaus:
        _bureaus[id(world)] = bureau(division(world).code)
    return _bureaus[id(world)]


def _by(world: World, who: str, **arguments: Any) -> Given:
    return Given(lambda: dict(arguments), actor=_county(world).actors[who])


def _given(world: World, *, milestone: bool = False, **source: Any) -> Task:
    made = _county(world)
    day = clock.today() + datetime.timedelta(3)
    row = made.row(world.name("事项"), milestones=(("台账", day),) if milestone else ())
    done: Task = made.given(row, **source)
    return done


def _proposed(world: World) -> Task:
    _county(world)
    return _given(world, kind="instruction", giver_id=post_of("leader").pk)


def _reported(world: World) -> Feedback:
    task = _given(world)
    told = {"text": "已经办完", "done": True, "file_id": _file(world)}
    done: Feedback = _county(world).act("farm", "tasks.report", task_id=task.pk, **told)
    return done


def _file(world: World) -> int:
    kept = world.do("files.keep", name=f"{world.name()}.txt", data=world.data())
    return int(kept.pk)


@makes("tasks.enter_source")
def _enter_source(world: World) -> Given:
    return _by(world, "office", **_county(world).source(title=world.name("会议"), text="原文"))


@makes("tasks.assign")
def _assign(world: World) -> Given:
    made = _county(world)
    helped = (made.units["矿产股"],)
    day = clock.today() + datetime.timedelta(2)
    count = world.chance.randint(1, 4)
    rows = [
        made.row(world.name("事项"), assisting=helped, milestones=(("台账", day),))
        for _ in range(count)
    ]
    return _by(world, "office", rows=rows, source=made.source())


@makes("tasks.confirm")
def _confirm(world: World) -> Given:
    agreed = world.chance.random() < 0.7
    return _by(world, "leader", task_ids=[_proposed(world).pk], agreed=agreed)


@makes("tasks.restate")
def _restate(world: World) -> Given:
    task = _proposed(world)
    told = {"title": world.name("另一种说法"), "unit_id": task.unit_id, "wanted": "照片"}
    return _by(world, "office", task_id=task.pk, due_on=task.due_on, **told)


@makes("tasks.receive")
def _receive(world: World) -> Given:
    return _by(world, "farm", task_ids=[_given(world).pk])


@makes("tasks.refuse")
def _refuse(world: World) -> Given:
    return _by(world, "farm", task_id=_given(world).pk)


@makes("tasks.reach_milestone")
def _reach_milestone(world: World) -> Given:
    task = _given(world, milestone=True)
    milestone = Milestone.objects.get(task=task)
    return _by(world, "farm", task_id=task.pk, milestone_id=milestone.pk)


@makes("tasks.report")
def _report(world: World) -> Given:
    told = {"text": "已经办完", "done": world.chance.random() < 0.5, "file_id": _file(world)}
    return _by(world, "farm", task_id=_given(world).pk, **told)


@makes("tasks.check")
def _check(world: World) -> Given:
    verdict = world.chance.choice(["confirmed", "differs", "returned"])
    told = {"verdict": verdict, "text": "看了现场"}
    return _by(world, "supervisor", feedback_id=_reported(world).pk, **told)


@makes("tasks.close")
def _close(world: World) -> Given:
    told = _reported(world)
    judged = {"feedback_id": told.pk, "verdict": "confirmed", "text": "看了现场"}
    _county(world).act("supervisor", "tasks.check", **judged)
    return _by(world, "supervisor", task_id=told.task_id)


@makes("tasks.change_due")
def _change_due(world: World) -> Given:
    day = clock.today() + datetime.timedelta(world.chance.randint(30, 90))
    return _by(world, "leader", task_id=_given(world).pk, due_on=day)


@makes("tasks.hand_over")
def _hand_over(world: World) -> Given:
    unit = _county(world).units["矿产股"]
    return _by(world, "office", task_id=_given(world).pk, unit_id=unit)


@makes("tasks.drop")
def _drop(world: World) -> Given:
    return _by(world, "leader", task_id=_given(world).pk)


@makes("tasks.urge")
def _urge(world: World) -> Given:
    return _by(world, "supervisor", task_id=_given(world).pk)


@makes("tasks.put_on_board")
def _put_on_board(world: World) -> Given:
    return _by(world, "leader", task_id=_given(world).pk)
