"""Parallel and inclusive gateways that count the tokens which have come, and need no history.

The library's own look through all completed tasks, and at the first of several ways only. These
keep with each waiting token by which flow it came, so that completed tasks need not be saved.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, ParallelGateway
from SpiffWorkflow.task import Task, TaskState
from SpiffWorkflow.util.deep_merge import DeepMerge

from guotu.lib.refusal import Refusal

CAME = "came"  # the flow by which a token came: the name of the task before


class Both(ParallelGateway):
    """Fires when each incoming flow has brought a token, and takes one from each.

    BPMN 2.0 (ISO/IEC 19510), 13.4.1; tokens in excess stay where they are.
    """

    def _update_hook(self, my_task: Task) -> bool:
        return _arrive(my_task, self._one_from_each)

    def _one_from_each(self, waiting: list[Task]) -> list[Task]:
        wanted: Counter[str] = Counter(self._inputs)
        chosen = []
        for task in waiting:
            if wanted[task.internal_data[CAME]] > 0:
                wanted[task.internal_data[CAME]] -= 1
                chosen.append(task)
        return [] if +wanted else chosen

    def _run_hook(self, my_task: Task) -> bool:
        return True


class Some(InclusiveGateway):
    """Fires when no other token can still come by a flow that has brought none.

    BPMN 2.0 (ISO/IEC 19510), 13.4.3. `behind` gives for each incoming flow the tasks from which
    it can be reached without passing this gateway; it is drawn up once a process.
    """

    behind: dict[str, frozenset[str]]

    def _update_hook(self, my_task: Task) -> bool:
        return _arrive(my_task, self._unless_more_come)

    def _unless_more_come(self, waiting: list[Task]) -> list[Task]:
        came = {task.internal_data[CAME] for task in waiting}
        empty = [self.behind[name] for name in self._inputs if name not in came]
        brought = [self.behind[name] for name in came if name in self.behind]
        for name in _live(waiting[0].workflow.tasks.values(), self.name):
            if any(name in way for way in empty) and not any(name in way for way in brought):
                return []
        first: dict[str, Task] = {}
        for task in waiting:
            first.setdefault(task.internal_data[CAME], task)
        return list(first.values())

    def _run_hook(self, my_task: Task) -> bool:
        matches, defaults = self._get_matching_outputs(my_task)
        if not matches and not defaults:
            raise no_way(self)
        my_task._sync_children(matches or defaults, TaskState.FUTURE)
        return True


def no_way(spec: Some) -> Refusal:
    """Return the refusal of a gateway none of whose conditions holds."""
    return Refusal(
        "按现有内容，这个网关没有一条路可走",
        where=spec.bpmn_name or spec.bpmn_id,
        rule="网关的条件至少有一条成立，或有默认流",
        remedy="改正所填内容；仍不行时请流程管理员给网关加上默认流",
    )


def draw_up(spec: Some) -> None:
    """Draw up from where each incoming flow of an inclusive gateway can be reached."""
    spec.behind = {}
    for first in spec.inputs:
        found, next_ones = {first.name}, [first]
        while next_ones:
            for before in next_ones.pop().inputs:
                if before is not None and before is not spec and before.name not in found:
                    found.add(before.name)
                    next_ones.append(before)
        spec.behind[first.name] = frozenset(found)


def _arrive(task: Task, choose: Callable[[list[Task]], list[Task]]) -> bool:
    """Let a token wait; say whether the gateway fires with it, which consumes the others."""
    if not task.has_state(TaskState.WAITING):
        task._inherit_data()
        task.internal_data[CAME] = task.parent.task_spec.name
        task._set_state(TaskState.WAITING)
    spec = task.task_spec
    waiting = [
        one
        for one in task.workflow.tasks.values()
        if one.task_spec is spec and one.has_state(TaskState.WAITING)
    ]
    chosen = choose(waiting)
    if task not in chosen:
        return False
    for one in chosen:
        if one is not task:
            DeepMerge.merge(task.data, one.data)
            one._set_state(TaskState.CANCELLED)
            one._drop_children()
    return True


def _live(tasks: Iterable[Task], besides: str) -> set[str]:
    """Return the names of the tasks that hold a token, or are about to get one."""
    held = TaskState.WAITING | TaskState.READY | TaskState.STARTED
    return {
        task.task_spec.name
        for task in tasks
        if task.task_spec.name != besides
        and (task.has_state(held) or (task.has_state(TaskState.FUTURE) and _is_next(task)))
    }


def _is_next(task: Task) -> bool:
    parent = task.parent
    return parent is not None and parent.has_state(TaskState.COMPLETED)
