"""What was let slip (任何闪失和疏漏): unread, unconfirmed, unassigned, unchecked, bounced about."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from guotu.core.cases.models import Source, Task, TaskChange
from guotu.core.cases.queries.task_readers import manned, sees_whole, visible, visible_sources
from guotu.core.cases.queries.task_thresholds import most_bounces, thresholds
from guotu.core.cases.rules.sentences import proposals
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.models import Unit

_MOST = 50
_SOURCES_READ = 30


@dataclass(frozen=True)
class Miss:
    """One thing let slip: what kind, a title, since when, and the task or source it is about."""

    kind: str
    title: str
    since: datetime.date
    task_id: int | None = None
    source_id: int | None = None


# kind -> what it is called; the order is that in which they are shown
KINDS = {
    "unconfirmed": "交办人未确认",
    "unread": "交办后未签收",
    "refused": "拒收后无人承接",
    "unchecked": "报告完成后未核查",
    "bounced": "在单位之间推来推去",
    "ownerless": "主办单位没有能反馈的岗位",
    "taskless": "会议、批示没有形成事项",
    "textless": "会议没有原文和文号",
    "unassigned": "原文里有任务没有交办",
}


def misses(actor: Actor) -> list[Miss]:
    """Return what was let slip in what an actor sees, in the order of `KINDS`.

    At most fifty of a kind; a fixed number of queries. What lies in the text of a source is told
    only to who reads the whole county.
    """
    found = [*_of_tasks(actor), *_of_sources(actor)]
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one.kind), one.since))


def _of_tasks(actor: Actor) -> list[Miss]:
    today, known = clock.today(), thresholds()
    moved = TaskChange.objects.filter(task=OuterRef("pk"))
    # A refusal stands until the task is handed on, which empties what was signed.
    refused = Exists(moved.filter(kind="refused", unit_before_id=OuterRef("unit_id")))
    seen = Task.objects.filter(visible(actor), state__in=("proposed", "open", "reported"))
    wanted = {
        "unconfirmed": Q(state="proposed", opened_at__lt=_ago(known.confirm_days)),
        "unread": Q(state="open", received_at=None, opened_at__lt=_ago(known.receive_days)),
        "refused": Q(state="open", received_at=None) & Q(refused),
        "unchecked": Q(
            state="reported", reported_on__lt=today - datetime.timedelta(known.check_days)
        ),
        "ownerless": ~Q(unit_id__in=manned(set(seen.values_list("unit_id", flat=True)))),
    }
    found = [
        Miss(kind, task.title, _since(kind, task), task_id=task.pk)
        for kind, such in wanted.items()
        for task in seen.filter(such)[:_MOST]
    ]
    bounced = (
        TaskChange.objects.filter(task__in=seen.order_by().values("pk"))
        .filter(kind__in=("handed", "refused"))
        .order_by()
        .values("task_id", "task__title", "task__due_on")
        .annotate(times=Count("pk"))
        .filter(times__gt=most_bounces())
    )
    return found + [
        Miss("bounced", row["task__title"], row["task__due_on"], task_id=row["task_id"])
        for row in bounced[:_MOST]
    ]


def _since(kind: str, task: Task) -> datetime.date:
    if kind == "unchecked" and task.reported_on is not None:
        return task.reported_on
    return timezone.localdate(task.opened_at)


def _ago(days: int) -> datetime.datetime:
    day = clock.today() - datetime.timedelta(days)
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def _of_sources(actor: Actor) -> list[Miss]:
    seen = Source.objects.filter(visible_sources(actor))
    empty = seen.filter(~Exists(Task.objects.filter(source=OuterRef("pk"))))
    found = [Miss("taskless", one.title, one.on, source_id=one.pk) for one in empty[:_MOST]]
    textless = seen.filter(kind__in=("meeting", "speech"), text="", paper="")
    found += [Miss("textless", one.title, one.on, source_id=one.pk) for one in textless[:_MOST]]
    if not sees_whole(actor):
        return found
    read = list(seen.exclude(text="")[:_SOURCES_READ])
    said: dict[int, set[str]] = {one.pk: set() for one in read}
    given = Task.objects.filter(source__in=read).values_list("source_id", "sentence")
    for source_id, sentence in given:
        said[source_id].add(sentence.strip())
    names = list(Unit.objects.values_list("name", flat=True))
    return (
        found
        + [
            Miss("unassigned", sentence, one.on, source_id=one.pk)
            for one in read
            if said[one.pk]
            for sentence in left_out(one, said[one.pk], names)
        ][:_MOST]
    )


def left_out(source: Source, said: set[str], names: list[str]) -> list[str]:
    """Return the sentences of a source that read like duties and became no task; no query.

    `said` are the sentences that became tasks, `names` those of all units.
    """
    return [
        one.sentence
        for one in proposals(source.text, source.on, names)
        if one.sure and not any(one.sentence in each or each in one.sentence for each in said)
    ]
