"""What the library complains of, said so that a person can put it right."""

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.exceptions import WorkflowException

from guotu.lib.refusal import Refusal

_REMEDY = "用 guotu process check 检查流程图，改正后重新部署"


def in_words(fault: Exception) -> Refusal:
    """Return the refusal for an error of the library, with the element where it is known."""
    if isinstance(fault, Refusal):
        return fault
    where, what = "", "流程不能这样走"
    if isinstance(fault, ValidationException):
        what = "流程图不能运行"
        where = " ".join(part for part in (fault.file_name, fault.id, fault.name) if part)
    elif isinstance(fault, WorkflowException) and fault.task_spec is not None:
        spec = fault.task_spec
        where = getattr(spec, "bpmn_name", None) or getattr(spec, "bpmn_id", None) or spec.name
    said = str(fault).strip(" .")[:200]
    return Refusal(f"{what}（{type(fault).__name__}：{said}）", where=where, remedy=_REMEDY)
