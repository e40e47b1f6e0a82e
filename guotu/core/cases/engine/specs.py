"""The library's elements as we let them run: waits that we end, services by name, instances."""

from typing import Any

from SpiffWorkflow.bpmn.specs.data_spec import TaskDataReference
from SpiffWorkflow.bpmn.specs.defaults import (
    ExclusiveGateway,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    ServiceTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.task import Task, TaskState

from guotu.core.cases.engine.joining import no_way
from guotu.core.cases.engine.moved import Kind
from guotu.lib.refusal import Refusal

RENAMED = "~"  # what an id ends with that had to give way
_ITEMS = "items"
_MOST_INSTANCES = 200


def as_drawn(name: str) -> str:
    """Return the id that an element has in the drawing."""
    return name.rstrip(RENAMED)


class Awaited(EventDefinition):
    """A timer or a message: it waits until it is told that it has come, and looks at no clock."""

    def __init__(self, kind: Kind, text: str) -> None:
        super().__init__(name=text)
        self.kind = kind
        self.text = text

    def catches(self, my_task: Task, event: Any) -> bool:
        """Take nothing that is thrown within the library."""
        return False


class Service(ServiceTask):
    """Runs one registered action: its arguments are expressions, its outcome fills variables."""

    action: str
    arguments: dict[str, str]
    stores: tuple[tuple[str, str], ...]

    def _execute(self, task: Task) -> bool:
        task.workflow.script_engine.serve(task)
        return True


class OneOf(ExclusiveGateway):
    """Takes the first way whose condition holds, or the default flow; refuses where none does."""

    def _run_hook(self, my_task: Task) -> bool:
        taken = self.default_task_spec
        for condition, name in self.cond_task_specs:
            if condition is not None and condition._matches(my_task):
                taken = name
                break
        if taken is None:
            raise no_way(self)
        my_task._sync_children([self._wf_spec.task_specs[taken]], TaskState.FUTURE)
        return True


class CaseList(TaskDataReference):
    """The list that a multi-instance activity goes through, as it stood when it began."""

    def get(self, my_task: Task) -> list[Any]:
        """Return the items; the first time they are taken from the case's data."""
        held = my_task.internal_data.get(_ITEMS)
        if held is None:
            held = my_task.workflow.script_engine.values(my_task).get(self.bpmn_id) or []
            if not isinstance(held, list) or len(held) > _MOST_INSTANCES:
                raise _not_countable(my_task, f"“{self.bpmn_id}”不是清单")
            my_task.internal_data[_ITEMS] = list(held)
        found: list[Any] = my_task.internal_data[_ITEMS]
        return found

    def exists(self, my_task: Task) -> bool:
        """Say yes: a list that was never given is empty."""
        return True


def _not_countable(my_task: Task, what: str) -> Refusal:
    return Refusal(
        f"{what}，或超过 {_MOST_INSTANCES} 项",
        where=my_task.task_spec.bpmn_name or my_task.task_spec.bpmn_id,
        rule="多实例活动逐项办理，项数须先确定",
        remedy="改正所填内容后再提交",
    )


class _Gathering(MultiInstanceTask):
    """Gathers what each instance brings into the case's data, in the order of the list."""

    @property
    def own_names(self) -> frozenset[str]:
        """Return the variables that each instance has for itself."""
        names = [one.bpmn_id for one in (self.input_item, self.output_item) if one is not None]
        return frozenset(names)

    def _update_hook(self, my_task: Task) -> Any:
        if self.cardinality is not None:
            times = my_task.workflow.script_engine.evaluate(my_task, self.cardinality)
            if isinstance(times, bool) or not isinstance(times, int) or not _few(times):
                raise _not_countable(my_task, f"“{self.cardinality}”不是次数")
        return super()._update_hook(my_task)

    def merge_child(self, workflow: Any, child: Task) -> None:
        """Put what an instance brought at its place."""
        my_task = child.parent
        if self.data_output is not None and self.output_item is not None:
            place = child.internal_data.get("key_or_index", child.internal_data.get("item"))
            brought = my_task.workflow.script_engine.data.setdefault(self.data_output.bpmn_id, [])
            brought.extend([None] * (place + 1 - len(brought)))
            brought[place] = child.data.get(self.output_item.bpmn_id)
        my_task.internal_data["merged"].append(str(child.id))

    def init_data_output_with_input_data(self, my_task: Task, input_data: Any) -> None:
        """Begin with nothing brought."""
        my_task.workflow.script_engine.data[self.data_output.bpmn_id] = []

    def init_data_output_with_cardinality(self, my_task: Task) -> None:
        """Begin with nothing brought."""
        my_task.workflow.script_engine.data[self.data_output.bpmn_id] = []


def _few(times: int) -> bool:
    return 0 <= times <= _MOST_INSTANCES


class OneAfterAnother(SequentialMultiInstanceTask, _Gathering):
    """A multi-instance activity whose instances follow one another."""


class AtOnce(ParallelMultiInstanceTask, _Gathering):
    """A multi-instance activity whose instances run side by side."""
