"""How a supervised task goes: signed for, reported with evidence, checked by others, closed."""

from collections.abc import Sequence

from guotu.core.cases.actions import task_clocks
from guotu.core.cases.actions.tasking import (
    REPORT,
    day_of,
    doing_unit,
    needs_reason,
    reach,
    task_for,
    tell_post,
    tell_units,
    units_doing,
    write_down,
)
from guotu.core.cases.models import Feedback, Milestone, Task
from guotu.core.cases.queries.task_readers import units_of
from guotu.core.cases.queries.task_records import record_of
from guotu.core.cases.rules.tasking import PROVEN, check_apart, check_closable
from guotu.core.files.checking import Upload
from guotu.core.files.documents import attach_within
from guotu.core.files.keeping import keep_upload
from guotu.core.files.models import File
from guotu.core.journal.actions import Act, action
from guotu.lib.refusal import Refusal

CHECK, CLOSE, READ = "tasks.check", "tasks.close", "tasks.read"
_TRUE = "准确反馈：报告的状态须与记录一致"


@action("tasks.receive", power=REPORT)
def receive(act: Act, *, task_ids: Sequence[int]) -> list[Task]:
    """Sign for tasks as the unit that is to do them."""
    done = []
    for task_id in task_ids:
        task = task_for(act, task_id, "open")
        doing_unit(act, task, main_only=True)
        if task.received_at is not None:
            raise Refusal("已经签收", str(task), remedy="不必再签")
        task.received_at = act.at
        task.save(update_fields=["received_at"])
        write_down(act, task, "received")
        act.tell("change", what="task_received", task=task.pk)
        done.append(task)
    if not done:
        raise Refusal("没有选事项", remedy="至少选一件")
    act.outcome = {"tasks": [one.pk for one in done]}
    return done


@action("tasks.refuse", power=REPORT)
def refuse(act: Act, *, task_id: int) -> Task:
    """Refuse, with the reason, to take a task; it stays the unit's until it is handed over."""
    task = task_for(act, task_id, "open")
    doing_unit(act, task, main_only=True)
    reason = needs_reason(act, "拒收", task)
    if task.received_at is not None:
        rule = "不得推诿扯皮：签收之后的事项由单位办理"
        raise Refusal("已经签收，不能再拒收", str(task), rule, "有困难的请报告情况，或由督办移交")
    write_down(act, task, "refused", reason, unit_before_id=task.unit_id)
    act.tell("change", what="task_refused", task=task.pk)
    tell_post(act, task, task.source.giver_id, "changed", f"拒收：{task.title}")
    return task


@action("tasks.reach_milestone", power=REPORT)
def reach_milestone(act: Act, *, task_id: int, milestone_id: int) -> Milestone:
    """Say that a date on the way was kept: what should be there is there."""
    task = task_for(act, task_id, "open")
    doing_unit(act, task)
    found = _milestones(task, [milestone_id])[0]
    reach(act, task, [found], day_of(act))
    act.outcome = {"milestone": found.pk}
    return found


@action("tasks.report", power=REPORT)
def report(
    act: Act,
    *,
    task_id: int,
    text: str,
    done: bool = False,
    upload: Upload | None = None,
    file_id: int | None = None,
    about: str = "",
    milestones: Sequence[int] = (),
) -> Feedback:
    """Report how a task goes, or that it is done, with a file or the record that it rests on.

    What is said is held against the record at once; that the two differ is kept and shown.
    """
    task = task_for(act, task_id, "open")
    person_id, unit = act.actor.person_id, doing_unit(act, task, main_only=done)
    if person_id is None or not text.strip():
        raise Refusal("没有写情况", str(task), remedy="写明办了什么、到哪一步")
    record = record_of(act.actor, about.strip()) if about.strip() else None
    file = _evidence(act, task, upload, file_id)
    reach(act, task, _milestones(task, milestones), day_of(act))
    if done:
        _check_done(task, file is not None or record is not None)
    told = Feedback(
        task=task,
        unit_id=unit,
        text=text.strip(),
        done=done,
        file=file,
        about=about.strip(),
        record=record.said[:255] if record else "",
        agrees=record.done if record and done else None,
        person_id=person_id,
        at=act.at,
        sequence=act.sequence,
    )
    told.save(force_insert=True)
    _heard(act, task, told)
    act.tell("change", what="task_report", task=task.pk, done=done, agrees=told.agrees)
    act.outcome = {"feedback": told.pk, "done": done, "agrees": told.agrees}
    return told


def _heard(act: Act, task: Task, told: Feedback) -> None:
    task.heard_at = act.at
    task.received_at = task.received_at or act.at
    if told.done:
        task.state, task.reported_on = "reported", day_of(act)
        task_clocks.stop(act, task, done=True)
    task.save(update_fields=["heard_at", "received_at", "state", "reported_on"])


def _check_done(task: Task, proven: bool) -> None:
    left = Milestone.objects.filter(task=task, reached_sequence__isnull=True)
    if names := list(left.values_list("title", flat=True)):
        remedy = "先勾选已完成的节点"
        raise Refusal("还有节点没有完成，不能报告完成", "、".join(names), remedy=remedy)
    if not proven:
        raise Refusal(
            "报告完成要附佐证", f"{task}：{task.wanted}", PROVEN, "附上文件，或指明所依的记录"
        )


def _milestones(task: Task, wanted: Sequence[int]) -> list[Milestone]:
    found = list(Milestone.objects.filter(task=task, pk__in=wanted, reached_sequence__isnull=True))
    if len(found) != len(set(wanted)):
        raise Refusal("没有这个节点，或已经完成", str(task), remedy="刷新后再试")
    return found


def _evidence(act: Act, task: Task, upload: Upload | None, file_id: int | None) -> File | None:
    if upload is None:
        if file_id is None:
            return None
        file = File.objects.filter(pk=file_id, swept_sequence=None).first()
        if file is None:
            raise Refusal("没有这个文件", str(file_id), remedy="重新选择文件")
    else:
        closed = {"secrecy": "internal", "power": READ, "division_code": task.division}
        file = keep_upload(upload, act=act, **closed)
    attach_within(
        act,
        subject=f"task:{task.pk}",
        file=file,
        title=file.name[:200],
        paper="其他",
        secrecy=file.secrecy,
    )
    return file


@action("tasks.check", power=CHECK)
def check(act: Act, *, feedback_id: int, verdict: str, text: str) -> Feedback:
    """Say, as a supervisor of another unit than the reporter's, what a report is worth.

    `verdict` is confirmed, differs or returned. A report of completion that is not confirmed is
    owed again; one that differs turns the task's light red until a later report is found true.
    """
    told = Feedback.objects.filter(pk=feedback_id).first()
    if told is None:
        raise Refusal("没有这条反馈", str(feedback_id), remedy="刷新后再试")
    task = task_for(act, told.task_id, "open", "reported")
    _check_verdict(told, verdict, text, str(task))
    check_apart(
        person_id=act.actor.person_id,
        units=units_of(act.actor),
        reporters={told.person_id},
        task_units=units_doing(task),
        where=str(task),
    )
    if verdict == "confirmed" and told.done and (denied := _denied(act, told)):
        raise Refusal("记录与报告不符，不能判为属实", denied, _TRUE, "判为不符，或退回")
    told.verdict, told.checked_text = verdict, text.strip()
    told.checked_person_id, told.checked_at = act.actor.person_id, act.at
    told.checked_sequence = act.sequence
    told.save()
    _judged(act, task, told)
    if verdict != "confirmed":
        word = "反馈不符" if verdict == "differs" else "反馈退回"
        tell_units(act, [task], "changed", word)
    act.tell("change", what="task_checked", task=task.pk, verdict=verdict, done=told.done)
    act.outcome = {"feedback": told.pk, "verdict": verdict}
    return told


def _check_verdict(told: Feedback, verdict: str, text: str, where: str) -> None:
    if verdict not in ("confirmed", "differs", "returned"):
        raise Refusal("没有写明核查结论", where, remedy="选属实、不符或退回")
    if told.verdict:
        raise Refusal("这条反馈已经核查", where, "意见写下即不更改", "等下一次反馈再核查")
    if not text.strip():
        raise Refusal("没有写明核查了什么", where, remedy="写明看了什么、凭什么这样判")


def _judged(act: Act, task: Task, told: Feedback) -> None:
    task.doubted = told.verdict == "differs" or (task.doubted and told.verdict != "confirmed")
    if told.done and told.verdict != "confirmed" and task.state == "reported":
        task.state, task.reported_on = "open", None
    task.save(update_fields=["doubted", "state", "reported_on"])
    task_clocks.set_to(act, task)


def _denied(act: Act, told: Feedback) -> str:
    """Return what the record now says against completion; empty where it says nothing against."""
    if not told.about:
        return ""
    record = record_of(act.actor, told.about)
    return record.said if record.done is False else ""


@action("tasks.close", power=CLOSE)
def close(act: Act, *, task_id: int) -> Task:
    """Close a task with its proof: reported done, found true by others, with evidence (销号)."""
    task = task_for(act, task_id)
    told = list(Feedback.objects.filter(task=task))
    check_apart(
        person_id=act.actor.person_id,
        units=units_of(act.actor),
        reporters={one.person_id for one in told},
        task_units=units_doing(task),
        where=str(task),
    )
    found_true = [one for one in told if one.verdict == "confirmed"]
    finished = [one for one in found_true if one.done]
    check_closable(
        confirmed=task.state == "reported" and bool(finished) and not task.doubted,
        evidence=sum(one.file_id is not None or bool(one.about) for one in found_true),
        record_denies=_denied(act, finished[-1]) if finished else "",
        where=str(task),
    )
    task.state, task.closed_at = "closed", act.at
    task.save(update_fields=["state", "closed_at"])
    met = task.reported_on is not None and task.reported_on <= task.due_on
    task_clocks.stop(act, task, done=True)
    write_down(act, task, "closed", act.reason.strip())
    tell_units(act, [task], "changed", "销号")
    act.tell("change", what="task_closed", task=task.pk, met=met)
    act.outcome = {"task": task.pk, "met": met}
    return task
