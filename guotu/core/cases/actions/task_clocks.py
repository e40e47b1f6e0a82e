"""The clock of a supervised task: it runs to the earliest day still owed, and goes up after it.

A milestone or a date that moves moves the clock; a report of completion stops it, and a report
that is sent back starts it again to the same day.
"""

from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Clock, Task
from guotu.core.cases.queries.clocks import OPEN
from guotu.core.journal.actions import Act


def set_to(act: Act, task: Task) -> None:
    """Have the clock of an open task run to the earliest day it owes; begin it where none runs."""
    if task.state != "open":
        return
    running = _running(task)
    if running is None:
        title = f"督办 {task.number}"
        clocks.start(act, task_id=task.pk, until=task.next_on, title=title)
    else:
        clocks.set_until(act, running, task.next_on)


def stop(act: Act, task: Task, *, done: bool) -> None:
    """Stop the clock of a task: what it waits for is reported done, or is given up."""
    running = _running(task)
    if running is not None:
        clocks.stop(act, running, met=done)


def _running(task: Task) -> Clock | None:
    return Clock.objects.filter(task_id=task.pk, state__in=OPEN).order_by("-pk").first()
