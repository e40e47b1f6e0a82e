"""What every act on a supervised task does: find it, write down what was done, tell whom."""

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from guotu.core.cases.actions import task_clocks
from guotu.core.cases.models import Assisting, Milestone, Notice, Task, TaskChange
from guotu.core.cases.queries.task_readers import REPORT, unit_of, visible
from guotu.core.journal.actions import Act
from guotu.core.people.models import Post
from guotu.lib.refusal import Refusal

_OWED = ("proposed", "open", "reported")


def task_for(act: Act, task_id: int, *states: str) -> Task:
    """Return a task that the actor may see, in one of `states` (any that is owed).

    Sets the act's subject. Raises Refusal.
    """
    seen = Task.objects.select_related("source", "unit").filter(visible(act.actor))
    task = seen.filter(pk=task_id).first()
    if task is None:
        raise Refusal("没有这件督办事项，或不在您的权限内", where=str(task_id), remedy="从清单中选")
    wanted = states or _OWED
    if task.state not in wanted:
        words = dict(Task.STATES)
        raise Refusal(
            f"这件事项{words[task.state]}，不能这样办",
            where=str(task),
            rule=f"此事只在{'、'.join(words[one] for one in wanted)}时可办",
            remedy="打开事项看下一步",
        )
    act.subject = f"task:{task.pk}"
    return task


def needs_reason(act: Act, what: str, where: object) -> str:
    """Return the reason of an act. Raises Refusal where it has none."""
    reason = act.reason.strip()
    if not reason:
        raise Refusal(f"{what}须写明理由", str(where), "理由留在事项的经过里，人人可见", "写明理由")
    return reason


def doing_unit(act: Act, task: Task, *, main_only: bool = False) -> int:
    """Return the unit of the post acted in, where it does the task. Raises Refusal."""
    unit = unit_of(act.actor)
    helped = [] if main_only else _assisting(task)
    if unit is None or act.actor.person_id is None or unit not in (task.unit_id, *helped):
        who = "主办单位" if main_only else "主办或协办单位"
        what = f"这件事要由{who}的岗位办理"
        raise Refusal(what, f"{task}：{task.unit.name}", remedy="换到该单位的岗位，或由该单位办理")
    return unit


def units_doing(task: Task) -> set[int]:
    """Return the ids of all units that do a task: the main one and those that assist."""
    return {task.unit_id, *_assisting(task)}


def _assisting(task: Task) -> list[int]:
    return list(Assisting.objects.filter(task=task).values_list("unit_id", flat=True))


def write_down(act: Act, task: Task, kind: str, reason: str = "", **facts: Any) -> TaskChange:
    """Write what was done to a task into its history."""
    change = TaskChange(
        task=task,
        kind=kind,
        at=act.at,
        reason=reason,
        post_id=act.actor.post_id,
        person_id=act.actor.person_id,
        sequence=act.sequence,
        **facts,
    )
    change.save(force_insert=True)
    return change


def tell_units(act: Act, tasks: Iterable[Task], kind: str, word: str) -> None:
    """Put a notice before the posts of the main and assisting units that report on each task."""
    held = list(tasks)
    doing: dict[int, set[int]] = {one.pk: {one.unit_id} for one in held}
    for row in Assisting.objects.filter(task__in=held).values_list("task_id", "unit_id"):
        doing[row[0]].add(row[1])
    posts = _posts_of({unit for units in doing.values() for unit in units})
    notices = [
        Notice(
            post_id=post,
            task_id=one.pk,
            kind=kind,
            text=f"{word}：{one.title}"[:255],
            at=act.at,
            sequence=act.sequence,
        )
        for one in held
        for unit in sorted(doing[one.pk])
        for post in posts.get(unit, [])
    ]
    Notice.objects.bulk_create(notices)
    told = sorted({unit for units in doing.values() for unit in units})
    act.tell("send", what="task_notice", units=told, count=len(notices))


def tell_post(act: Act, task: Task, post_id: int | None, kind: str, text: str) -> None:
    """Put a notice on a task before one post, where there is one."""
    if post_id is None:
        return
    told = {"kind": kind, "text": text[:255], "at": act.at, "sequence": act.sequence}
    Notice(post_id=post_id, task_id=task.pk, **told).save(force_insert=True)
    act.tell("send", what="post_notice", post=post_id, count=1)


def _posts_of(units: set[int]) -> dict[int, list[int]]:
    """Return unit -> its posts that report; all its posts where none has the power."""
    found: dict[int, list[int]] = {}
    spare: dict[int, list[int]] = {}
    for post in Post.objects.filter(unit_id__in=units).order_by("pk"):
        unit = int(post.unit_id or 0)
        spare.setdefault(unit, []).append(post.pk)
        if REPORT in post.powers:
            found.setdefault(unit, []).append(post.pk)
    return spare | found


def reach(act: Act, task: Task, milestones: Iterable[Milestone], on: datetime.date) -> None:
    """Mark milestones as reached on a day, and see what is owed next."""
    for one in milestones:
        one.reached_on, one.reached_sequence = on, act.sequence
        one.save(update_fields=["reached_on", "reached_sequence"])
        write_down(act, task, "milestone", one.title)
        act.tell("change", what="task_milestone", task=task.pk, milestone=one.pk)
    see_next(act, task)


def see_next(act: Act, task: Task) -> None:
    """Keep the earliest day that a task still owes, and its clock to that day."""
    owed = Milestone.objects.filter(task=task, reached_sequence__isnull=True)
    days = [*owed.values_list("due_on", flat=True), task.due_on]
    if min(days) != task.next_on:
        task.next_on = min(days)
        task.save(update_fields=["next_on"])
    task_clocks.set_to(act, task)


def day_of(act: Act) -> datetime.date:
    """Return the county's day of an act."""
    return timezone.localdate(act.at)
