"""Reading and checking written processes (BPMN 2.0): what a drawing declares, whether it runs."""

from guotu.lib.flow.checking import check
from guotu.lib.flow.declared import Declared, StepDeclared, declared
from guotu.lib.flow.elements import SUPPORTED, Drawing, Element
from guotu.lib.flow.problems import Problem, refusal_of
from guotu.lib.flow.reading import read

__all__ = [
    "SUPPORTED",
    "Declared",
    "Drawing",
    "Element",
    "Problem",
    "StepDeclared",
    "check",
    "declared",
    "read",
    "refusal_of",
]
