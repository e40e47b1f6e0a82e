"""Processes, cases, clocks, interventions, supervised tasks and saved views."""

from guotu.core.cases.models.cases import Assignment, Case, Hand, Note, Standing, Step
from guotu.core.cases.models.clocks import (
    CalendarDay,
    CalendarYear,
    Clock,
    ClockChange,
    Notice,
)
from guotu.core.cases.models.desks import SavedView
from guotu.core.cases.models.handing import Before, HandOver
from guotu.core.cases.models.interventions import Intervention, Reply
from guotu.core.cases.models.processes import Migration, Process
from guotu.core.cases.models.tasks import (
    Assisting,
    Feedback,
    Milestone,
    Source,
    Task,
    TaskChange,
)

__all__ = [
    "Assignment",
    "Assisting",
    "Before",
    "CalendarDay",
    "CalendarYear",
    "Case",
    "Clock",
    "ClockChange",
    "Feedback",
    "Hand",
    "HandOver",
    "Intervention",
    "Migration",
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
    "TaskChange",
]
