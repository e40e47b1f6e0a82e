"""Carries out what is done to a task from its page: what it would do first, then the act, once."""

import datetime
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from guotu.core.cases import actions as _actions  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Feedback, Task
from guotu.core.cases.queries import task_readers
from guotu.core.cases.views.acting import fresh_key
from guotu.core.cases.views.task_saying import said_all
from guotu.core.cases.views.tasks import READ
from guotu.core.files import queries as files
from guotu.core.files import serving
from guotu.core.files.checking import taken_in
from guotu.core.journal.actions import perform, preview
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

_Arguments = Callable[[HttpRequest, Task], dict[str, Any]]


@require_POST
@never_cache
@needs_power(READ)
def task_act(request: HttpRequest, number: int, verb: str) -> HttpResponse:
    """Do one of the acts on a task, shown first; a report, which carries a file, at once."""
    task = task_readers.task_of(actor_of_request(request), number)
    if task is None:
        raise Http404
    if verb == "report":
        return _report(request, task)
    if verb not in _VERBS:
        raise Refusal(_("没有这件事可办"), where=verb[:20], remedy=_("回到事项，按页上的按钮办"))
    name, title, arguments = _VERBS[verb]
    return carry(request, name, str(title), task, **arguments(request, task))


def carry(
    request: HttpRequest, name: str, title: str, task: Task, /, **arguments: Any
) -> HttpResponse:
    """Show what an act on a task would do; once that is confirmed, do it and go back to the task.

    Raises Refusal, on the first look already, where the act would be refused.
    """
    actor, back = actor_of_request(request), reverse("task", args=[task.pk])
    reason = request.POST.get("reason", "").strip()
    if request.POST.get("confirmed") != "yes":
        shown = preview(name, actor, reason=reason, **arguments)
        context = {
            "title": title,
            "task": task,
            "told": [(_("理由"), reason)] if reason else [],
            "effects": said_all(shown.effects),
            "fields": fields_of(request),
            "key": fresh_key(),
            "back": back,
        }
        return render(request, "cases/tasks/confirm.html", context)
    key = request.POST.get("key", "")[:64] or None
    done = perform(name, actor, reason=reason, key=key, **arguments)
    messages.success(request, _("已办理，记录号 %(number)s") % {"number": done.sequence})
    return redirect(back)


def fields_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what a form sent, to be sent again once it is confirmed."""
    own = {"csrfmiddlewaretoken", "confirmed", "key", "step"}
    sent = request.POST.lists()
    return [(name, str(value)) for name, values in sent if name not in own for value in values]


def _report(request: HttpRequest, task: Task) -> HttpResponse:
    """Report at once: a chosen file cannot be shown first and sent again."""
    form = request.POST
    kind, record = form.get("record_kind", ""), form.get("record", "").strip()
    with ExitStack() as held:
        given = request.FILES.get("file")
        upload = held.enter_context(_taken(given)) if given else None
        done = perform(
            "tasks.report",
            actor_of_request(request),
            key=form.get("key", "")[:64] or None,
            task_id=task.pk,
            text=form.get("text", ""),
            done=form.get("done") == "yes",
            upload=upload,
            about=f"{kind}:{record}" if record else "",
            milestones=[int(one) for one in form.getlist("milestone") if one.isdigit()],
        )
    if done.outcome["agrees"] is False:
        messages.warning(request, _("已报告，但所指的记录还没有办结：核查时会看到两者不符"))
    else:
        word = _("已报告，等督查核查，记录号 %(number)s")
        messages.success(request, word % {"number": done.sequence})
    return redirect("task", task.pk)


def _taken(given: UploadedFile) -> Any:
    return taken_in(given.name or "", data=given.read())


@require_safe
@needs_power(READ)
def task_evidence(request: HttpRequest, number: int, feedback: int) -> HttpResponseBase:
    """The file that a report rests on, to save; 404 for what one may not read."""
    actor = actor_of_request(request)
    task = task_readers.task_of(actor, number)
    told = Feedback.objects.filter(pk=feedback, task=task).select_related("file").first()
    if task is None or told is None or told.file is None:
        raise Http404
    # The task was seen by its own rule of units; only the class of secrecy is asked here.
    if told.file.secrecy == "secret" and not files.may_read(actor, told.file):
        raise Http404
    return serving.send(request, told.file)


def _only_task(request: HttpRequest, task: Task) -> dict[str, Any]:
    return {"task_id": task.pk}


def _these(request: HttpRequest, task: Task) -> dict[str, Any]:
    return {"task_ids": [task.pk]}


def _agreed(request: HttpRequest, task: Task) -> dict[str, Any]:
    form = request.POST
    several = [number_of(one) for one in form.getlist("task")[:100]]
    return {"task_ids": several or [task.pk], "agreed": form.get("agreed") == "yes"}


def _restate(request: HttpRequest, task: Task) -> dict[str, Any]:
    form = request.POST
    return {
        "task_id": task.pk,
        "title": form.get("title", ""),
        "unit_id": number_of(form.get("unit")),
        "due_on": _day(form.get("due_on")),
        "wanted": form.get("wanted", ""),
    }


def _milestone(request: HttpRequest, task: Task) -> dict[str, Any]:
    return {"task_id": task.pk, "milestone_id": number_of(request.POST.get("milestone"))}


def _check(request: HttpRequest, task: Task) -> dict[str, Any]:
    form = request.POST
    told = {"verdict": form.get("verdict", ""), "text": form.get("text", "")}
    feedback = number_of(form.get("feedback"))
    if not Feedback.objects.filter(pk=feedback, task=task).exists():
        raise Refusal(_("没有这条反馈"), where=task.number, remedy=_("刷新后再试"))
    return {"feedback_id": feedback, **told}


def _due(request: HttpRequest, task: Task) -> dict[str, Any]:
    return {"task_id": task.pk, "due_on": _day(request.POST.get("due_on"))}


def _unit(request: HttpRequest, task: Task) -> dict[str, Any]:
    return {"task_id": task.pk, "unit_id": number_of(request.POST.get("unit"))}


_VERBS: dict[str, tuple[str, Any, _Arguments]] = {
    "receive": ("tasks.receive", gettext_lazy("签收"), _these),
    "refuse": ("tasks.refuse", gettext_lazy("拒收"), _only_task),
    "confirm": ("tasks.confirm", gettext_lazy("确认或退回"), _agreed),
    "restate": ("tasks.restate", gettext_lazy("重新表述"), _restate),
    "milestone": ("tasks.reach_milestone", gettext_lazy("节点完成"), _milestone),
    "check": ("tasks.check", gettext_lazy("核查反馈"), _check),
    "close": ("tasks.close", gettext_lazy("销号"), _only_task),
    "change-due": ("tasks.change_due", gettext_lazy("变更期限"), _due),
    "hand-over": ("tasks.hand_over", gettext_lazy("移交"), _unit),
    "urge": ("tasks.urge", gettext_lazy("催办"), _only_task),
    "board": ("tasks.put_on_board", gettext_lazy("挂牌督办"), _only_task),
    "drop": ("tasks.drop", gettext_lazy("不再办理"), _only_task),
}


def number_of(text: str | None) -> int:
    """Return the number that a field of a form holds; 0 where it holds none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 18 else 0


def _day(text: str | None) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        remedy = _("写成 2026-01-05 的样子")
        raise Refusal(_("日期写得不对"), where=str(text)[:20], remedy=remedy) from None
