"""The script engine that can do nothing: it judges conditions of our grammar and runs no script.

The library asks it for the value of every condition, cardinality and argument. All variables are
the case's own, one dictionary for the whole case; a task holds only what is its own instance's.
"""

from functools import lru_cache
from typing import Any, NoReturn

from SpiffWorkflow.bpmn.specs.defaults import CallActivity
from SpiffWorkflow.task import Task

from guotu.core.cases.engine.moved import Service
from guotu.lib.flow import expression
from guotu.lib.refusal import Refusal

_parsed = lru_cache(maxsize=4096)(expression.parse)


class Judge:
    """Holds a case's data during one move; `service` runs the actions of service tasks."""

    def __init__(self, data: dict[str, Any], service: Service | None) -> None:
        self.data = data
        self.service = service
        self.fault: BaseException | None = None  # what a service raised: not the library's

    def values(self, task: Task) -> dict[str, Any]:
        """Return what a task sees: the case's variables, under those of its own instance."""
        return {**self.data, **task.data}

    def evaluate(self, task: Task, text: str, external_context: Any = None) -> Any:
        """Return the value of an expression; the library calls this for each condition."""
        return expression.evaluate(_parsed(text), self.values(task))

    def execute(self, *_arguments: Any, **_named: Any) -> NoReturn:
        """Refuse: a script is never run."""
        raise Refusal(
            "流程里的脚本不会运行", rule="脚本任务一律禁止", remedy="改用服务任务调用登记的动作"
        )

    call_service = execute

    def serve(self, task: Task) -> None:
        """Run the action that a service task names, and keep what it stores."""
        spec = task.task_spec
        if self.service is None:
            raise Refusal(
                "这一步会自动办理下一项，此处不能办理",
                where=spec.bpmn_name or spec.bpmn_id,
                remedy="由经办人办理这一步",
            )
        arguments = {name: self.evaluate(task, text) for name, text in spec.arguments.items()}
        try:
            outcome = self.service(spec.bpmn_id, path_of(task), spec.action, arguments)
        except BaseException as fault:
            self.fault = fault
            raise
        for variable, key in spec.stores:
            self.write(task, {variable: outcome.get(key)})

    def write(self, task: Task, values: dict[str, Any]) -> None:
        """Keep values: an instance's own with its token, all others with the case."""
        own = own_names(task)
        for name, value in values.items():
            (task.data if name in own else self.data)[name] = value


def path_of(task: Task) -> str:
    """Return the call activities that lead to a task, joined by "/"; "" in the process itself."""
    names: list[str] = []
    caller = caller_of(task)
    while caller is not None:
        if isinstance(caller.task_spec, CallActivity):
            names.append(caller.task_spec.bpmn_id)
        caller = caller_of(caller)
    return "/".join(reversed(names))


def caller_of(task: Task) -> Task | None:
    """Return the task whose subprocess a task stands in."""
    parent = task.workflow.parent_task_id
    return None if parent is None else task.workflow.top_workflow.get_task_from_id(parent)


def own_names(task: Task) -> frozenset[str]:
    """Return the variables that belong to the instances a task stands in."""
    found: set[str] = set()
    at: Task | None = task
    while at is not None:
        above = at.parent
        if above is not None and getattr(above.task_spec, "task_spec", None) == at.task_spec.name:
            found |= above.task_spec.own_names
        at = above or caller_of(at)
    return frozenset(found)
