"""Packs what a case needs to go on, and nothing of what lies behind or might lie ahead of it.

A kept task is one that holds a token, or that others still lean on: the start, an activity's
split while it runs, a multi-instance activity while instances run. Completed tasks are left out,
loops and calls too, so that a case's thousandth step costs what its first did.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import MultiInstanceTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task, TaskState

from guotu.core.cases.engine.compiling import Program
from guotu.core.cases.engine.judging import Judge
from guotu.lib.refusal import Refusal

FORMAT = 1
_HELD = TaskState.WAITING | TaskState.READY | TaskState.STARTED


@dataclass
class Record:
    """One kept task: its id, the name of its specification, its state, and what it holds.

    `flow` is what runs inside it where it is a call activity or a subprocess.
    """

    token: str
    name: str
    state: int
    data: dict[str, Any] = field(default_factory=dict)
    internal: dict[str, Any] = field(default_factory=dict)
    children: list["Record"] = field(default_factory=list)
    flow: "Record | None" = None

    def all(self) -> Iterator["Record"]:
        """Return it and all beneath it in the same process."""
        yield self
        for child in self.children:
            yield from child.all()

    @property
    def holds_token(self) -> bool:
        """Say whether a token stands on it."""
        return bool(self.state & _HELD)


@dataclass
class Kept:
    """A case as kept: the records from the start on (None once it has ended), and its data."""

    root: Record | None
    data: dict[str, Any]


def pack(kept: Kept) -> bytes:
    """Return a case as bytes. Raises Refusal where its data are not plain values."""
    told = [kept.data, _listed(kept.root) if kept.root else None]
    try:
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as wrong:
        raise Refusal(
            "流程数据里有不能保存的值",
            where=str(wrong)[:80],
            remedy="只写文字、整数、是否、日期和编号",
        ) from wrong
    return b"guotu-tokens %d\n" % FORMAT + zlib.compress(text.encode())


def unpack(tokens: bytes) -> Kept:
    """Return what was packed. Raises Refusal where another version of the program packed it."""
    head, _, packed = bytes(tokens).partition(b"\n")
    if head != b"guotu-tokens %d" % FORMAT:
        raise Refusal(
            "办件的流程状态由另一个版本的程序保存", where=head[:40].decode("utf-8", "replace"),
            remedy="请管理员升级程序",
        )  # fmt: skip
    data, root = json.loads(zlib.decompress(packed))
    return Kept(_record(root) if root else None, data)


def _listed(record: Record) -> list[Any]:
    return [
        record.token,
        record.name,
        record.state,
        record.data,
        record.internal,
        [_listed(child) for child in record.children],
        _listed(record.flow) if record.flow else None,
    ]


def _record(told: list[Any]) -> Record:
    token, name, state, data, internal, children, flow = told
    inner = _record(flow) if flow else None
    return Record(token, name, state, data, internal, [_record(one) for one in children], inner)


def kept_of(workflow: BpmnWorkflow, judge: Judge) -> Kept:
    """Return what of a running case is kept."""
    root = None if workflow.completed else _tree_of(workflow.task_tree)
    return Kept(root, judge.data)


def _tree_of(start: Task) -> Record:
    root = _record_of(start)
    # (task, where it hangs, where it hangs if it is not what its split was made for)
    left = [(child, root, root) for child in reversed(start.children)]
    while left:
        task, parent, above = left.pop()
        record = _kept_record(task, above)
        if record is None:
            left += [(child, above, above) for child in reversed(task.children)]
            continue
        (parent if record.holds_token else above).children.append(record)
        # What follows an event must not hang on the split: the library takes each of a split's
        # children that is no event for the activity itself.
        outer = above if isinstance(task.task_spec, BoundaryEventSplit) else record
        left += [(child, record, outer) for child in reversed(task.children)]
    return root


def _kept_record(task: Task, above: Record) -> Record | None:
    if isinstance(task.task_spec, BoundaryEventJoin):
        return None  # it waits behind an event that has come, and is made anew behind the activity
    if task.has_state(_HELD):
        return _record_of(task)
    if isinstance(task.task_spec, BoundaryEventSplit) and _is_open(task):
        return _record_of(task)
    # A waiting task asks its parent again for what is its own; so that has to be the right one.
    if task.data != above.data and any(child.has_state(_HELD) for child in task.children):
        return Record(str(task.id), task.task_spec.name, task.state, task.data)
    return None


def _is_open(split: Task) -> bool:
    """Say whether the activity that follows a split still runs."""
    main = split.task_spec.outputs[0]
    return any(child.task_spec is main and child.has_state(_HELD) for child in split.children)


def _record_of(task: Task) -> Record:
    record = Record(str(task.id), task.task_spec.name, task.state, task.data, _internal(task))
    inner = task.workflow.top_workflow.subprocesses.get(task.id)
    if inner is not None and task.has_state(_HELD):
        record.flow = _tree_of(inner.task_tree)
    return record


def _internal(task: Task) -> dict[str, Any]:
    found = dict(task.internal_data)
    if isinstance(task.task_spec, MultiInstanceTask) and "merged" in found:
        found["merged"] = []  # the library asks for the last one only, while it merges it
    return found


def restored(program: Program, kept: Kept, judge: Judge) -> BpmnWorkflow:
    """Return a running case from what was kept. Raises Refusal where it has ended."""
    if kept.root is None:
        raise Refusal("办件的流程已经结束", remedy="刷新后查看办件的状态")
    workflow = BpmnWorkflow(program.spec, program.called, script_engine=judge, deserializing=True)
    workflow.task_tree = _restore(workflow, kept.root, None)
    return workflow


def _restore(workflow: Any, record: Record, parent: Task | None) -> Task:
    spec = workflow.spec.task_specs.get(record.name)
    if spec is None:
        raise Refusal("流程里没有这一步", where=record.name, remedy="请流程管理员核对流程的版本")
    task = Task(workflow, spec, parent, record.state, UUID(record.token))
    task.data, task.internal_data = record.data, record.internal
    task.triggered = parent is not None and isinstance(parent.task_spec, MultiInstanceTask)
    if record.flow is not None and isinstance(spec, SubWorkflowTask):
        _restore_inner(workflow.top_workflow, task, record.flow)
    for child in record.children:
        _restore(workflow, child, task)
    if record.holds_token:
        spec._predict_hook(task)
    return task


def _restore_inner(top: BpmnWorkflow, task: Task, flow: Record) -> None:
    inner = BpmnSubWorkflow(
        top.subprocess_specs[task.task_spec.spec], task.id, top, deserializing=True
    )
    top.subprocesses[task.id] = inner
    inner.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    inner.task_tree = _restore(inner, flow, None)
