"""Changes of a supervised task, each with a reason and a power; what was before stays."""

import datetime

from guotu.core.cases.actions import task_clocks
from guotu.core.cases.actions.tasking import (
    day_of,
    needs_reason,
    see_next,
    task_for,
    tell_post,
    tell_units,
    write_down,
)
from guotu.core.cases.actions.tasks import ASSIGN
from guotu.core.cases.models import Milestone, Task, TaskChange
from guotu.core.cases.queries.task_readers import units_of
from guotu.core.cases.queries.task_thresholds import most_bounces
from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Unit
from guotu.lib.refusal import Refusal


@action("tasks.change_due", power="tasks.change_due")
def change_due(act: Act, *, task_id: int, due_on: datetime.date) -> Task:
    """Change the date of a task; the earlier dates stay. No unit puts off its own."""
    task = task_for(act, task_id, "proposed", "open")
    reason = needs_reason(act, "变更期限", task)
    if task.unit_id in units_of(act.actor):
        rule = "期限由交办方变更，主办单位不给自己展期"
        raise Refusal("不能变更本单位事项的期限", str(task), rule, "请交办的领导岗位办理")
    _check_due(act, task, due_on)
    write_down(act, task, "due", reason, due_before=task.due_on, due_after=due_on)
    act.tell("change", what="task_due", before=str(task.due_on), after=str(due_on), task=task.pk)
    task.due_on = due_on
    task.save(update_fields=["due_on"])
    see_next(act, task)
    tell_units(act, [task], "changed", f"期限改为 {due_on}")
    act.outcome = {"task": task.pk, "due": due_on.isoformat()}
    return task


def _check_due(act: Act, task: Task, due_on: datetime.date) -> None:
    if due_on == task.due_on:
        raise Refusal("期限没有变化", str(task), remedy="写另一个日期")
    if due_on < day_of(act):
        raise Refusal("新期限已经过去", due_on.isoformat(), remedy="写今天或以后的日期")
    late = Milestone.objects.filter(task=task, due_on__gt=due_on, reached_sequence__isnull=True)
    if late.exists():
        raise Refusal("新期限早于未完成的节点", due_on.isoformat(), remedy="写晚于各节点的日期")


@action("tasks.hand_over", power=ASSIGN)
def hand_over(act: Act, *, task_id: int, unit_id: int) -> Task:
    """Give a task to another unit, with the reason; who had it before stays to be seen.

    Handed on more often than the rule allows, it is laid before whoever gave it (推诿上提).
    """
    task = task_for(act, task_id, "proposed", "open")
    reason = needs_reason(act, "移交", task)
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or unit.pk == task.unit_id:
        raise Refusal("没有写明移交给哪个单位", str(task), remedy="选另一个单位")
    earlier = task.unit_id
    write_down(act, task, "handed", reason, unit_before_id=earlier, unit_after_id=unit.pk)
    task.unit, task.received_at = unit, None
    task.save(update_fields=["unit", "received_at"])
    times = TaskChange.objects.filter(task=task, kind="handed").count()
    if times > most_bounces():
        tell_post(act, task, task.source.giver_id, "escalated", f"移交 {times} 次：{task.title}")
    tell_units(act, [task], "handed", "移交")
    act.tell("change", what="task_handed", task=task.pk, before=earlier, after=unit.pk)
    act.outcome = {"task": task.pk, "unit": unit.pk, "times": times}
    return task


@action("tasks.drop", power="tasks.drop")
def drop(act: Act, *, task_id: int) -> Task:
    """Give a task up, with the reason; it stays in the list of what was given up.

    One under the county's eye (挂牌督办) cannot be given up, only done.
    """
    task = task_for(act, task_id)
    reason = needs_reason(act, "不再办理", task)
    if task.board_sequence is not None:
        rule = "挂牌督办的事项办结销号才摘牌"
        raise Refusal("挂牌督办的事项不能不再办理", str(task), rule, "办结后销号")
    if task.unit_id in units_of(act.actor):
        rule = "有案必办：主办单位不给自己销掉事项"
        raise Refusal("不能取消本单位的事项", str(task), rule, "请交办的领导岗位办理")
    task.state, task.closed_at = "dropped", act.at
    task.save(update_fields=["state", "closed_at"])
    task_clocks.stop(act, task, done=False)
    write_down(act, task, "dropped", reason)
    tell_units(act, [task], "changed", "不再办理")
    act.tell("change", what="task_dropped", task=task.pk)
    act.outcome = {"task": task.pk}
    return task


@action("tasks.urge", power="tasks.check")
def urge(act: Act, *, task_id: int) -> Task:
    """Urge the units that do a task, in the words of the act's reason."""
    task = task_for(act, task_id, "open")
    reason = needs_reason(act, "催办", task)
    write_down(act, task, "urged", reason)
    tell_units(act, [task], "urged", "催办")
    act.tell("change", what="task_urged", task=task.pk)
    act.outcome = {"task": task.pk}
    return task


@action("tasks.put_on_board", power="tasks.drop")
def put_on_board(act: Act, *, task_id: int) -> Task:
    """Put a task under the county's eye (挂牌督办): only doing it takes the plate down."""
    task = task_for(act, task_id, "open")
    if task.board_sequence is not None:
        raise Refusal("已经挂牌督办", str(task), remedy="不必再办")
    task.board_sequence = act.sequence
    task.save(update_fields=["board_sequence"])
    write_down(act, task, "board", needs_reason(act, "挂牌督办", task))
    tell_units(act, [task], "changed", "挂牌督办")
    act.tell("change", what="task_board", task=task.pk)
    act.outcome = {"task": task.pk}
    return task
