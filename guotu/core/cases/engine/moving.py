"""The moves of a case: begin, complete a step, fire a timer, catch a message, end from outside."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent, UserTask
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task, TaskState

from guotu.core.cases.engine.compiling import Program, loaded
from guotu.core.cases.engine.judging import Judge, path_of
from guotu.core.cases.engine.keeping import Kept, kept_of, pack, restored, unpack
from guotu.core.cases.engine.moved import Kind, Moved, Service, Waiting
from guotu.core.cases.engine.specs import Awaited, as_drawn
from guotu.core.cases.engine.troubles import in_words
from guotu.lib.refusal import Refusal

_MOST_STEPS = 500  # the library looks no deeper than a thousand tasks
# The library gathers a report of every change of state before it asks whether anybody listens.
for _name in ("spiff", "spiff.task", "spiff.workflow", "spiff.data"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def begin(program: bytes, data: Mapping[str, Any], service: Service | None = None) -> Moved:
    """Begin a case with its data, and run until it waits for somebody or something.

    `service(element, path, action, arguments)` runs the action of a service task and returns its
    outcome; a Refusal of its own passes through. Raises Refusal where the case cannot go on.
    """
    ready = loaded(program)
    judge = Judge(dict(data), service)

    def start() -> BpmnWorkflow:
        return BpmnWorkflow(ready.spec, ready.called, script_engine=judge)

    return _moved(judge, start, lambda _workflow: None)


def complete(
    program: bytes,
    tokens: bytes,
    token: str,
    data: Mapping[str, Any],
    service: Service | None = None,
) -> Moved:
    """Complete the step that waits as `token`, and run on.

    `data` are the variables that it writes; those not named stay. Raises Refusal where the step no
    longer waits, where no way leads on, or where an action refuses.
    """

    def act(workflow: BpmnWorkflow) -> None:
        task = _waiting(workflow, token, TaskState.READY)
        workflow.script_engine.write(task, dict(data))
        task.run()

    return _resumed(program, tokens, service, act)


def fire(
    program: bytes,
    tokens: bytes,
    token: str,
    service: Service | None = None,
    data: Mapping[str, Any] | None = None,
) -> Moved:
    """Fire the timer that waits as `token`, and run on; whoever calls has judged the time.

    Raises Refusal where it no longer waits.
    """

    def act(workflow: BpmnWorkflow) -> None:
        task = _waiting(workflow, token, TaskState.WAITING)
        workflow.script_engine.write(task, dict(data or {}))
        _come(task)

    return _resumed(program, tokens, service, act)


def catch(
    program: bytes,
    tokens: bytes,
    message: str,
    data: Mapping[str, Any],
    service: Service | None = None,
) -> Moved:
    """Let all that wait for the message `message` go on, with what it brings.

    Raises Refusal where nothing waits for it.
    """

    def act(workflow: BpmnWorkflow) -> None:
        found = [
            task
            for task in _tasks(workflow, TaskState.WAITING)
            if _is_awaited(task, "message", message)
        ]
        if not found:
            raise Refusal(
                "办件此刻不在等这个消息", where=message, remedy="核对消息名称和办件的进度"
            )
        for task in found:
            if task.has_state(TaskState.WAITING):  # an earlier one may have ended it
                workflow.script_engine.write(task, dict(data))
                _come(task)

    return _resumed(program, tokens, service, act)


def terminate(tokens: bytes) -> Moved:
    """End a case from outside, wherever it stands; its data stay."""
    data = unpack(tokens).data
    return Moved(pack(Kept(None, data)), data, (), True, True)


def _resumed(
    program: bytes, tokens: bytes, service: Service | None, act: Callable[[BpmnWorkflow], None]
) -> Moved:
    kept = unpack(tokens)
    judge = Judge(kept.data, service)
    return _moved(judge, lambda: restored(loaded(program), kept, judge), act)


def standing(program: bytes, tokens: bytes) -> Moved:
    """Return how a case stands: what it waits for, with nothing moved and nothing called.

    Raises Refusal where it has ended.
    """
    return moved_from(loaded(program), unpack(tokens))


def moved_from(program: Program, kept: Kept) -> Moved:
    """Return how a case stands in a program, with nothing done but what runs by itself."""
    judge = Judge(kept.data, None)
    return _moved(judge, lambda: restored(program, kept, judge), lambda _workflow: None)


def _moved(
    judge: Judge, start: Callable[[], BpmnWorkflow], act: Callable[[BpmnWorkflow], None]
) -> Moved:
    try:
        workflow = start()
        act(workflow)
        _run_on(workflow)
    except Exception as fault:
        if fault is judge.fault:
            raise
        raise in_words(fault) from fault
    tokens = pack(kept_of(workflow, judge))
    waiting = tuple(_told(task) for task in _tasks(workflow, TaskState.READY | TaskState.WAITING))
    found = tuple(one for one in waiting if one is not None)
    if not found and not workflow.completed:
        raise _stuck(workflow)
    return Moved(tokens, judge.data, found, workflow.completed, _was_terminated(workflow))


def _run_on(workflow: BpmnWorkflow) -> None:
    """Run whatever runs by itself, until all that is left waits."""
    steps = 0
    while True:
        _drop_orphans(workflow)
        ready = [task for task in _tasks(workflow, TaskState.READY) if not task.task_spec.manual]
        if not ready:
            return
        for task in ready:
            if task.has_state(TaskState.READY):
                task.run()
        steps += len(ready)
        if steps > _MOST_STEPS:
            raise Refusal(
                "流程在自动的步骤里打转",
                where=ready[0].task_spec.bpmn_id or ready[0].task_spec.name,
                rule=f"一次办理后自动走过的步骤不超过 {_MOST_STEPS}",
                remedy="请流程管理员检查网关的条件",
            )


def _drop_orphans(workflow: BpmnWorkflow) -> None:
    """Let go of calls whose calling task is gone: the library still asks for their caller."""
    flows = [workflow, *workflow.subprocesses.values()]
    there = {task.id for flow in flows for task in flow.tasks.values() if _holds(task)}
    gone = [token for token in workflow.subprocesses if token not in there]
    for token in gone:
        del workflow.subprocesses[token]
    if gone:
        _drop_orphans(workflow)


def _holds(task: Task) -> bool:
    return bool(task.has_state(TaskState.WAITING | TaskState.READY | TaskState.STARTED))


def _tasks(workflow: BpmnWorkflow, state: int) -> list[Task]:
    flows = [workflow, *workflow.subprocesses.values()]
    return [task for flow in flows for task in flow.tasks.values() if task.has_state(state)]


def _waiting(workflow: BpmnWorkflow, token: str, state: int) -> Task:
    for task in _tasks(workflow, state):
        if str(task.id) == token and (
            task.task_spec.manual if state == TaskState.READY else _is_awaited(task, "timer")
        ):
            return task
    raise Refusal("这一步已经办过，或已不在等待", where=token, remedy="刷新后查看办件现在的步骤")


def _is_awaited(task: Task, kind: str, text: str | None = None) -> bool:
    drawn = getattr(task.task_spec, "event_definition", None)
    return isinstance(drawn, Awaited) and drawn.kind == kind and text in (None, drawn.text)


def _come(task: Task) -> None:
    task.task_spec.event_definition.catch(task)
    task.task_spec._update(task)


def _told(task: Task) -> Waiting | None:
    """Return what a task waits for; None where that is no matter of anybody outside."""
    spec = task.task_spec
    drawn = getattr(spec, "event_definition", None)
    if task.has_state(TaskState.READY):
        kind: Kind = "user" if isinstance(spec, UserTask) else "manual"
        duration = message = ""
    elif isinstance(drawn, Awaited):
        kind = drawn.kind
        duration, message = (drawn.text, "") if kind == "timer" else ("", drawn.text)
    else:
        return None
    attached = ""
    if isinstance(spec, BoundaryEvent):
        attached = as_drawn(task.parent.task_spec.name.removesuffix(".BoundaryEventSplit"))
    return Waiting(
        token=str(task.id),
        element=spec.bpmn_id,
        path=path_of(task),
        name=spec.bpmn_name or spec.bpmn_id,
        kind=kind,
        duration=duration,
        message=message,
        attached=attached,
        interrupting=bool(attached and spec.cancel_activity),
        item=dict(task.data),
    )


def _was_terminated(workflow: BpmnWorkflow) -> bool:
    last = workflow.last_task
    drawn = getattr(last.task_spec, "event_definition", None) if last is not None else None
    return bool(workflow.completed and isinstance(drawn, TerminateEventDefinition))


def _stuck(workflow: BpmnWorkflow) -> Refusal:
    names = {
        task.task_spec.bpmn_name or task.task_spec.bpmn_id or task.task_spec.name
        for task in _tasks(workflow, TaskState.WAITING | TaskState.STARTED)
    }
    return Refusal(
        "办件走到了没有出路的地方",
        where="、".join(sorted(names)),
        rule="每个办件都要能走到结束",
        remedy="请流程管理员检查汇合网关，改正后重新部署",
    )
