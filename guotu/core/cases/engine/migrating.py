"""Takes a case over to another version of its process, with every token where it stands.

What is kept of a case names elements by their ids. A token moves where the new version has the
same element, of the same kind, in the same called process; timers and messages on the edge of a
running activity become those that the new version draws there.
"""

import uuid

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.task import TaskState

from guotu.core.cases.engine.compiling import Program, loaded
from guotu.core.cases.engine.joining import CAME, Both, Some
from guotu.core.cases.engine.keeping import Record, unpack
from guotu.core.cases.engine.moved import Moved
from guotu.core.cases.engine.moving import moved_from
from guotu.lib.refusal import Refusal

_SPLIT = ".BoundaryEventSplit"


def migrate(old_program: bytes, new_program: bytes, tokens: bytes) -> Moved:
    """Return a case as it stands in the new version; tokens keep their ids.

    New timers and messages at the edge of a running activity begin to wait; those no longer drawn
    are gone. Raises Refusal, naming the step, where a token has no place in the new version.
    """
    old, new = loaded(old_program), loaded(new_program)
    kept = unpack(tokens)
    if kept.root is None:
        raise Refusal("办件的流程已经结束", remedy="已结束的办件留在原版本")
    _fit(kept.root, old, old.spec, new, new.spec)
    return moved_from(new, kept)


def _fit(
    root: Record, old: Program, before: BpmnProcessSpec, new: Program, after: BpmnProcessSpec
) -> None:
    """Fit the records of one process, and of what runs inside it, into the new version."""
    root.children = [one for child in root.children for one in _fitted(child, before, after)]
    for record in root.all():
        drawn, wanted = before.task_specs.get(record.name), after.task_specs.get(record.name)
        if record.holds_token and drawn is not None:
            _check_same(drawn, wanted)
            _check_came(record, wanted)
        elif wanted is None:
            record.name = after.start.name  # only what hangs on it matters
        if record.flow is not None and isinstance(wanted, SubWorkflowTask):
            if drawn is None or drawn.spec != wanted.spec:
                raise _no_place(wanted, "新版本在这里调用另一个流程")
            _fit(record.flow, old, old.called[drawn.spec], new, new.called[wanted.spec])


def _fitted(record: Record, before: BpmnProcessSpec, after: BpmnProcessSpec) -> list[Record]:
    """Return what stands in a record's place: with a split, without one, or with other events."""
    split = record if record.name.endswith(_SPLIT) else None
    main = _main(split) if split is not None else record
    main.children = [one for child in main.children for one in _fitted(child, before, after)]
    name = main.name + _SPLIT
    if not main.holds_token or name not in after.task_specs:
        return [main]
    drawn = before.task_specs[name].outputs[1:] if name in before.task_specs else []
    known = {one.name for one in drawn}
    wanted = [one.name for one in after.task_specs[name].outputs[1:]]
    if split is None:
        split = Record(str(uuid.uuid4()), name, TaskState.COMPLETED, dict(main.data))
    waiting = [one for one in split.children if one is not main and one.name in wanted]
    # An event that the old version drew and that waits no longer has come: it does not come again.
    fresh = [one for one in wanted if one not in known]
    waiting += [Record(str(uuid.uuid4()), one, TaskState.WAITING, dict(main.data)) for one in fresh]
    split.children = [main, *waiting]
    return [split]


def _main(split: Record) -> Record:
    name = split.name.removesuffix(_SPLIT)
    return next(one for one in split.children if one.name == name)


def _check_same(drawn: TaskSpec, wanted: TaskSpec | None) -> None:
    if wanted is None:
        raise _no_place(drawn, "新版本里没有这一步")
    if type(drawn) is not type(wanted):
        raise _no_place(drawn, "新版本里这一步的种类不同")


def _check_came(record: Record, wanted: TaskSpec) -> None:
    if isinstance(wanted, Both | Some) and record.internal[CAME] not in wanted._inputs:
        raise _no_place(wanted, "新版本里已到达的分支不再通向这个网关")


def _no_place(spec: TaskSpec, what: str) -> Refusal:
    return Refusal(
        what,
        where=getattr(spec, "bpmn_name", None) or getattr(spec, "bpmn_id", None) or spec.name,
        rule="办件只能转到有其现有各步的版本",
        remedy="先办完这一步再转，或让新版本保留它",
    )
