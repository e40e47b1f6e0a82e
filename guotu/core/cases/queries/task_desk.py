"""The supervised tasks that wait for whoever looks at the desk, each with why; and search hits."""

from dataclasses import dataclass

from django.db.models import Q

from guotu.core.cases.models import Assisting, Task
from guotu.core.cases.queries.task_readers import unit_of, visible
from guotu.core.cases.queries.tasks import Row, rows_of
from guotu.core.journal.actions import Actor

MOST = 30


@dataclass(frozen=True)
class Waiting:
    """A task that waits for the reader: its row with its light, and what it waits for."""

    row: Row
    why: str


def waiting(actor: Actor, most: int = MOST) -> list[Waiting]:
    """Return what an actor's post is to do about tasks, the earliest due first; three queries.

    To confirm as the giver, to sign for and report on as the unit, to check as the supervisor.
    """
    if actor.post_id is None or "tasks.read" not in actor.powers:
        return []
    unit = unit_of(actor) or 0
    helped = Assisting.objects.filter(unit_id=unit).values("task_id")
    doing = Q(unit_id=unit) | Q(pk__in=helped)
    wanted = Q(pk__in=[])
    if "tasks.confirm" in actor.powers:
        wanted |= Q(state="proposed", source__giver_id=actor.post_id)
    if "tasks.report" in actor.powers:
        wanted |= Q(state="open") & doing
    if "tasks.check" in actor.powers:
        wanted |= Q(state="reported") & ~doing
    found = Task.objects.filter(wanted).filter(visible(actor)).select_related("source", "unit")
    rows = rows_of(found.order_by("next_on", "-priority", "id")[:most])
    return [Waiting(row, _why(row.task)) for row in rows]


def _why(task: Task) -> str:
    if task.state == "proposed":
        return "您交办的，请确认"
    if task.state == "reported":
        return "报告完成，请核查"
    return "本单位办理" if task.received_at else "交办本单位，请签收"


def search(actor: Actor, text: str, limit: int = 6) -> list[Task]:
    """Return tasks by number, wording or sentence that an actor may see, the latest first."""
    wanted = Q(number__contains=text) | Q(title__contains=text) | Q(sentence__contains=text)
    found = Task.objects.filter(visible(actor)).filter(wanted)
    return list(found.select_related("unit").order_by("-id")[:limit])
