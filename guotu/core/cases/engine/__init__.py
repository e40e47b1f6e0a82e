"""The boundary to SpiffWorkflow: nothing outside this folder imports it.

A move takes a program and a case's tokens, as bytes, and gives a `Moved`: new tokens, the case's
data, and what it waits for. Timers never look at a clock, conditions are of `lib.flow`'s grammar,
scripts do not run; what the library complains of comes as a Refusal.
"""

from guotu.core.cases.engine.compiling import compile_process, text_of
from guotu.core.cases.engine.migrating import migrate
from guotu.core.cases.engine.moved import Moved, Service, Waiting
from guotu.core.cases.engine.moving import begin, catch, complete, fire, standing, terminate

__all__ = [
    "Moved",
    "Service",
    "Waiting",
    "begin",
    "catch",
    "compile_process",
    "complete",
    "fire",
    "migrate",
    "standing",
    "terminate",
    "text_of",
]
