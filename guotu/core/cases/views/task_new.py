"""Giving out many tasks on one page: paste the text, put the rows right, confirm at once."""

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from guotu.core.cases import actions as _actions  # noqa: F401 - registers the verbs
from guotu.core.cases.models import Source, Task
from guotu.core.cases.queries import task_readers
from guotu.core.cases.queries.clocks import county_calendar
from guotu.core.cases.rules.due_words import Walk
from guotu.core.cases.rules.sentences import proposals
from guotu.core.cases.rules.tasking import Row
from guotu.core.cases.views.acting import fresh_key
from guotu.core.cases.views.task_acts import fields_of, number_of
from guotu.core.cases.views.task_rows import (
    MOST_ROWS,
    FormRow,
    names_of,
    read_rows,
    row_of,
    row_of_proposal,
    spare_rows,
)
from guotu.core.cases.views.task_saying import said_all
from guotu.core.cases.views.tasks import ASSIGN
from guotu.core.journal import clock
from guotu.core.journal.actions import Previewed, perform, preview
from guotu.core.people import queries as people
from guotu.core.people.doors import needs_power
from guotu.core.people.models import Post
from guotu.core.people.queries import actor_of_request
from guotu.core.people.scope import covers
from guotu.core.people.views.signing import FORM
from guotu.lib.days import Calendar, Term, day_of, due
from guotu.lib.refusal import Refusal


@FORM
@never_cache
@needs_power(ASSIGN)
def tasks_new(request: HttpRequest) -> HttpResponse:
    """Give out tasks of a source that is new, or (`?source=`) is there."""
    step = request.POST.get("step", "") if request.method == "POST" else ""
    known = _known_source(request)
    if step == "read":
        return _page(request, known, _proposed(request, known))
    if step in ("look", "give"):
        return _give(request, known)
    if step == "enter" and known is None:
        return _entered(request)
    if step == "rows":
        return _page(request, known, read_rows(request.POST))
    return _page(request, known, _proposed(request, known) if known else [])


def _known_source(request: HttpRequest) -> Source | None:
    number = number_of(request.POST.get("source") or request.GET.get("source"))
    return task_readers.source_of(actor_of_request(request), number) if number else None


def _proposed(request: HttpRequest, known: Source | None) -> list[FormRow]:
    """Return the rows that the text proposes, without those that became tasks already."""
    text = known.text if known else request.POST.get("text", "")
    said_on = known.on if known else _day(request.POST.get("on"))
    units = people.units()
    walk = _walk(county_calendar())
    found = proposals(text, said_on or clock.today(), [], names_of(units), walk)
    given = set(known.tasks.values_list("sentence", flat=True)) if known else set()
    fresh = [one for one in found if one.sentence not in given]
    if len(fresh) > MOST_ROWS:
        fresh = [one for one in fresh if one.sure][:MOST_ROWS]
    numbers = {one.name: one.pk for one in units}
    rows = [row_of_proposal(at, one, numbers) for at, one in enumerate(fresh)]
    return rows + spare_rows(len(rows))


def _give(request: HttpRequest, known: Source | None) -> HttpResponse:
    """Show what giving out the ticked rows would do, or do it; faults go back beside their rows."""
    units = people.units()
    rows = read_rows(request.POST)
    kept = [one for one in rows if one.keep]
    facts = _facts(request)
    said_on = known.on if known else facts["on"] or clock.today()
    made: list[Row] = [row_of(one, units, said_on) for one in kept]
    if any(one.faults for one in kept):
        return _page(request, known, rows, fault=_("有事项还不能交办：写明缺的再看一次"))
    came: dict[str, Any] = {"source_id": known.pk} if known else {"source": facts}
    actor = actor_of_request(request)
    try:
        if request.POST.get("step") == "give":
            key = request.POST.get("key", "")[:64] or None
            done = perform("tasks.assign", actor, key=key, rows=made, **came)
            words = {"count": len(made), "number": done.sequence}
            messages.success(request, _("已交办 %(count)s 件，记录号 %(number)s") % words)
            return redirect("tasks-source", done.outcome["source"])
        shown = preview("tasks.assign", actor, rows=made, **came)
    except Refusal as refusal:
        return _page(request, known, rows, refusal=refusal)
    return _looked(request, kept, units, shown)


def _entered(request: HttpRequest) -> HttpResponse:
    """Enter a source alone: its tasks can be given out later."""
    key = request.POST.get("key", "")[:64] or None
    try:
        done = perform("tasks.enter_source", actor_of_request(request), key=key, **_facts(request))
    except Refusal as refusal:
        return _page(request, None, read_rows(request.POST), refusal=refusal)
    word = _("已登记来源，记录号 %(number)s")
    messages.success(request, word % {"number": done.sequence})
    return redirect("tasks-source", done.outcome["source"])


def _looked(
    request: HttpRequest, kept: list[FormRow], units: list[Any], shown: Previewed
) -> HttpResponse:
    names = {one.pk: one.name for one in units}
    context = {
        "rows": [(one, names[one.unit or 0]) for one in kept],
        "effects": said_all(shown.effects),
        "warnings": shown.outcome.get("warnings", []),
        "fields": fields_of(request),
        "key": fresh_key(),
    }
    return render(request, "cases/tasks/look.html", context)


def _facts(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    return {
        "kind": form.get("kind", ""),
        "title": form.get("title", "").strip(),
        "on": _day(form.get("on")),
        "paper": form.get("paper", "").strip(),
        "text": form.get("text", "").replace("\x00", ""),
        "giver_id": number_of(form.get("giver")) or None,
        "serves_id": number_of(form.get("serves")) or None,
    }


def _page(
    request: HttpRequest,
    known: Source | None,
    rows: list[FormRow],
    *,
    fault: str = "",
    refusal: Refusal | None = None,
) -> HttpResponse:
    actor = actor_of_request(request)
    sources = Source.objects.filter(task_readers.visible_sources(actor))
    facts = (
        _facts(request) if request.method == "POST" else {"kind": "meeting", "on": clock.today()}
    )
    context = {
        "known": known,
        "facts": facts,
        "rows": rows,
        "fault_words": fault,
        "fault": refusal,
        "units": people.units(),
        "kinds": Source.KINDS,
        "priorities": Task.PRIORITIES,
        "givers": [one for one in Post.objects.select_related("unit") if one.tag == "decide"],
        "above": sources.filter(kind__in=("superior", "plan", "speech", "meeting"))[:50],
        "divisions": [one for one in people.divisions() if covers(actor.areas, one.code)],
        "whole": task_readers.sees_whole(actor),
        "key": fresh_key(),
    }
    status = 422 if fault or refusal else 200
    return render(request, "cases/tasks/new.html", context, status=status)


def _walk(known: Calendar) -> Walk:
    def walked(day: datetime.date, count: int) -> datetime.date:
        return day_of(due(Term(count, "working_days"), _noon(day), known).at) if count else day

    return walked


def _noon(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(12)))


def _day(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        return None
