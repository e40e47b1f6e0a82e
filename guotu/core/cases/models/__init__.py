"""Processes, cases, clocks, interventions, supervised tasks and saved views."""

from guotu.core.cases.models.cases import Assignment, Case, Hand, Note, Standing, Step
from guotu.core.cases.models.clocks import Clock, ClockChange, Notice
from guotu.core.cases.models.desks import SavedView
from guotu.core.cases.models.interventions import Intervention, Reply
from guotu.core.cases.models.processes import Process
from guotu.core.cases.models.tasks import Assisting, Feedback, Milestone, Source, Task

__all__ = [
    "Assignment",
    "Assisting",
    "Case",
    "Clock",
    "ClockChange",
    "Feedback",
    "Hand",
    "Intervention",
    "Milestone",
    "Note",
    "Notice",
    "Process",
    "Reply",
    "SavedView",
    "Source",
    "Standing",
    "Step",
    "Task",
]
