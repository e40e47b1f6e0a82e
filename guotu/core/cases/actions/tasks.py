"""Giving out supervised tasks: a source's sentences become owned and dated; the giver agrees."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from guotu.core.cases.actions.tasking import (
    day_of,
    needs_reason,
    see_next,
    task_for,
    tell_post,
    tell_units,
    write_down,
)
from guotu.core.cases.models import Assisting, Case, Milestone, Source, Task
from guotu.core.cases.queries import cases
from guotu.core.cases.queries.task_readers import manned, source_of, visible
from guotu.core.cases.queries.task_thresholds import wants_confirming
from guotu.core.cases.rules.tasking import Row, check_rows, faults
from guotu.core.files import numbering
from guotu.core.journal.actions import Act, action
from guotu.core.people import scope
from guotu.core.people.actions.posts import known_division
from guotu.core.people.models import Post, Unit
from guotu.lib.refusal import Refusal

SERIES = "tasks"
ASSIGN, CONFIRM = "tasks.assign", "tasks.confirm"
_BY_GIVER = "准确领会和彻底贯彻领导意图：批示照录、复述为事项、由交办人确认"
numbering.declare(
    code=SERIES,
    title="督办事项",
    pattern="督〔{year}〕{number}号",
    reset="year",
    unit="办公室",
)


@action("tasks.enter_source", power=ASSIGN)
def enter_source(act: Act, **facts: Any) -> Source:
    """Enter what tasks come from: kind, title, on, paper, text, giver_id, serves_id."""
    source = _entered(act, facts)
    act.subject = f"source:{source.pk}"
    act.outcome = {"source": source.pk}
    return source


@action("tasks.assign", power=ASSIGN)
def assign(
    act: Act,
    *,
    rows: Sequence[Row],
    source_id: int | None = None,
    source: Mapping[str, Any] | None = None,
) -> list[Task]:
    """Give out tasks, one or many, from a source that is there or is entered with them.

    All of them or none. Those of a leader's instruction wait for whoever gave it to confirm them.
    """
    came = _source(act, source_id, source)
    units = set(Unit.objects.values_list("pk", flat=True))
    check_rows(list(rows), came.on, units)
    for row in rows:
        _check_place(act, row)
    made = [_given(act, came, row) for row in rows]
    Assisting.objects.bulk_create(
        [
            Assisting(task=task, unit_id=unit, sequence=act.sequence)
            for task, row in zip(made, rows, strict=True)
            for unit in dict.fromkeys(row.assisting)
        ]
    )
    Milestone.objects.bulk_create(
        [
            Milestone(task=task, title=title[:255], due_on=on, sequence=act.sequence)
            for task, row in zip(made, rows, strict=True)
            for title, on in row.milestones
        ]
    )
    _start(act, came, made)
    act.subject = f"source:{came.pk}"
    act.outcome = {"source": came.pk, "tasks": [one.pk for one in made]}
    if unmanned := {one.unit_id for one in made} - manned(one.unit_id for one in made):
        names = Unit.objects.filter(pk__in=unmanned).values_list("name", flat=True)
        act.outcome["warnings"] = [f"{name}没有能签收、反馈的岗位" for name in names]
    return made


def _start(act: Act, came: Source, made: list[Task]) -> None:
    for task in made:
        see_next(act, task)
    waiting = [one for one in made if one.state == "proposed"]
    for task in waiting:
        tell_post(act, task, came.giver_id, "changed", f"请确认：{task.title}")
    if fresh := [one for one in made if one.state == "open"]:
        tell_units(act, fresh, "handed", "交办")


def _source(act: Act, source_id: int | None, facts: Mapping[str, Any] | None) -> Source:
    if source_id is None:
        if facts is None:
            raise Refusal("没有写明事项从哪里来", remedy="写明会议、批示、规划或上级文件")
        return _entered(act, facts)
    found = source_of(act.actor, source_id)
    if found is None:
        raise Refusal("没有这个来源，或不在您的权限内", str(source_id), remedy="从来源中选")
    return found


def _entered(act: Act, facts: Mapping[str, Any]) -> Source:
    known = {"kind", "title", "on", "paper", "text", "giver_id", "serves_id"}
    if unknown := set(facts) - known:
        raise Refusal("来源没有这些项", where="、".join(sorted(unknown)))
    on: Any = facts.get("on")
    source = Source(
        kind=facts.get("kind", ""),
        title=str(facts.get("title", "")).strip(),
        on=on,
        paper=str(facts.get("paper", "")).strip()[:128],
        text=str(facts.get("text", "")),
        giver_id=facts.get("giver_id"),
        serves_id=facts.get("serves_id"),
        entered_person_id=act.actor.person_id,
        sequence=act.sequence,
    )
    _check_source(act, source)
    source.save(force_insert=True)
    act.tell("start", what="task_source", source=source.pk, on=source.on.isoformat())
    return source


def _check_source(act: Act, source: Source) -> None:
    if source.kind not in dict(Source.KINDS):
        words = "、".join(dict(Source.KINDS).values())
        raise Refusal("没有写明来源的种类", where=source.kind, remedy=f"选一种：{words}")
    if not source.title or len(source.title) > 255:
        raise Refusal(
            "来源没有名称，或名称太长", remedy="写明会议、批示或文件的名称，不超过 255 字"
        )
    if not isinstance(source.on, datetime.date) or source.on > day_of(act):
        raise Refusal("来源的日期写得不对", str(source.on or ""), remedy="写明会议或文件的日期")
    if source.giver_id is not None and not Post.objects.filter(pk=source.giver_id).exists():
        raise Refusal("没有这个交办岗位", str(source.giver_id), remedy="从岗位中选")
    if wants_confirming(source.kind) and source.giver_id is None:
        raise Refusal("没有写明由哪个岗位交办", source.title, _BY_GIVER, "选交办的领导岗位")
    if source.serves_id is not None and source_of(act.actor, source.serves_id) is None:
        raise Refusal("没有所服从的上级决策", str(source.serves_id), remedy="先登记上级文件")


def _check_place(act: Act, row: Row) -> None:
    if not scope.covers(act.actor.areas, row.division):
        where = f"{row.title}：{row.division or '全县'}"
        raise Refusal("事项不在您的地域内", where, "岗位只在其地域内办事", "由管全县的岗位交办")
    if row.serves_id is not None:
        seen = Task.objects.filter(visible(act.actor), pk=row.serves_id)
        if not seen.exists():
            raise Refusal("没有所服务的事项", str(row.serves_id), remedy="从清单中选")
    if row.case_id is not None:
        known = Case.objects.filter(cases.visible(act.actor), pk=row.case_id)
        if not known.exists():
            raise Refusal("没有所涉的办件，或不在您的权限内", str(row.case_id), remedy="核对编号")


def _given(act: Act, came: Source, row: Row) -> Task:
    if row.unit_id is None or row.due_on is None:
        raise ValueError("the rows were not checked")
    taken = numbering.take(act, SERIES, day_of(act).year)
    number = numbering.series_of(SERIES).word(taken.year, taken.number)
    task = Task(
        number=number,
        source=came,
        sentence=row.sentence.strip() or row.title.strip(),
        title=row.title.strip(),
        unit_id=row.unit_id,
        serves_id=row.serves_id,
        case_id=row.case_id,
        wanted=row.wanted.strip()[:255],
        priority=row.priority,
        division=known_division(row.division) if row.division else "",
        longitude=row.longitude,
        latitude=row.latitude,
        due_on=row.due_on,
        next_on=min([row.due_on, *(on for _, on in row.milestones)]),
        state="proposed" if wants_confirming(came.kind) else "open",
        opened_at=act.at,
        heard_at=act.at,
        entered_person_id=act.actor.person_id,
        sequence=act.sequence,
    )
    task.save(force_insert=True)
    write_down(act, task, "assigned", due_after=task.due_on, unit_after_id=task.unit_id)
    facts = {"task": task.pk, "unit": task.unit_id, "due": task.due_on.isoformat()}
    act.tell("start", what="task", number=number, state=task.state, **facts)
    return task


@action("tasks.confirm", power=CONFIRM)
def confirm(act: Act, *, task_ids: Sequence[int], agreed: bool = True) -> list[Task]:
    """Confirm, as the giver, that tasks say what was meant; or send them back with the reason."""
    if not task_ids:
        raise Refusal("没有选事项", remedy="至少选一件")
    done = []
    for task_id in task_ids:
        task = task_for(act, task_id, "proposed")
        _check_giver(act, task)
        if agreed:
            task.state, task.opened_at, task.heard_at = "open", act.at, act.at
            task.save(update_fields=["state", "opened_at", "heard_at"])
            see_next(act, task)
            write_down(act, task, "confirmed", act.reason.strip())
        else:
            write_down(act, task, "returned", needs_reason(act, "退回", task))
        act.tell("change", what="task_confirmed", task=task.pk, agreed=agreed)
        done.append(task)
    if agreed:
        tell_units(act, done, "handed", "交办")
    act.outcome = {"tasks": [one.pk for one in done], "agreed": agreed}
    return done


def _check_giver(act: Act, task: Task) -> None:
    if act.actor.post_id is None or task.source.giver_id != act.actor.post_id:
        raise Refusal("只有交办的岗位能确认", str(task), _BY_GIVER, "请交办人本人登录后确认")
    if act.actor.person_id in (None, task.entered_person_id):
        raise Refusal("复述的人不能替交办人确认", str(task), _BY_GIVER, "请交办人本人登录后确认")


@action("tasks.restate", power=ASSIGN)
def restate(
    act: Act, *, task_id: int, title: str, unit_id: int, due_on: datetime.date, wanted: str
) -> Task:
    """Put a task that is not confirmed yet into other words; what it said before stays."""
    task = task_for(act, task_id, "proposed")
    row = Row(task.sentence, title, unit_id, due_on, wanted, task.priority)
    if wrong := faults(row, task.source.on, set(Unit.objects.values_list("pk", flat=True))):
        raise Refusal("还不能这样交办", "，".join(wrong), remedy="补齐后再提交")
    write_down(
        act,
        task,
        "restated",
        act.reason.strip(),
        words=task.title,
        due_before=task.due_on,
        due_after=due_on,
        unit_before_id=task.unit_id,
        unit_after_id=unit_id,
    )
    task.title, task.unit_id, task.due_on = title.strip(), unit_id, due_on
    task.wanted, task.entered_person_id = wanted.strip()[:255], act.actor.person_id
    task.save()
    see_next(act, task)
    tell_post(act, task, task.source.giver_id, "changed", f"请确认：{task.title}")
    act.tell("change", what="task_restated", task=task.pk)
    return task
