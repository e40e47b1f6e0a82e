"""The page of one case: the next step first, then the drawing, place, clocks, papers and trail."""

from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from guotu.core.cases import limits
from guotu.core.cases.models import Case, Step
from guotu.core.cases.queries import marks
from guotu.core.cases.queries.cases import case as case_of
from guotu.core.cases.queries.pages import Whole, mine_of, recallable, takers, whole
from guotu.core.cases.rules.retention import results
from guotu.core.cases.views import forms
from guotu.core.cases.views.acting import fresh_key
from guotu.core.cases.views.desk import READ
from guotu.core.cases.views.mapped import on_map
from guotu.core.files import queries as files
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor, perform
from guotu.core.people import queries as people
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.models import Post
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal


def case_seen(request: HttpRequest, number: int) -> Case:
    """Return a case that the reader may see; elsewhere there is none."""
    found = case_of(actor_of_request(request), number)
    if found is None:
        raise Http404
    return found


@require_GET
@needs_power(READ)
def case_page(request: HttpRequest, number: int) -> HttpResponse:
    """One case. Opening it with a step of one's own is recorded once, for nobody sits on it."""
    case, actor = case_seen(request, number), actor_of_request(request)
    _note_opened(case, actor)
    return render(request, "cases/case.html", context_of(request, case))


def context_of(request: HttpRequest, case: Case, **more: Any) -> dict[str, Any]:
    """Return what the page of a case shows to who reads it."""
    actor, found = actor_of_request(request), whole(case)
    process, mine = case.standing.process, mine_of(actor, found)
    handles = has_power(request, "cases.handle")
    clocks = [_said_clock(one) for one in found.clocks]
    spot = (case.longitude, case.latitude)
    return {
        "case": case,
        "whole": found,
        "process": process,
        "mine": [_own(process, case, one) for one in mine],
        "others": [one for one in found.waiting if one not in mine],
        "drawing": drawing_of(found),
        "papers": files.papers_of(f"case:{case.pk}", actor),
        "documents": files.documents(actor).filter(subject=f"case:{case.pk}")[:50],
        "owed": [one for one in found.notes if _owes(actor, one)],
        "recallable": recallable(actor, case) if handles else None,
        "takers": takers() if handles else [],
        "posts": Post.objects.select_related("unit") if handles else [],
        "clocks": sorted(clocks, key=lambda one: (one["ended"], one["one"].step_id or 0)),
        "folded": len({one["ended"] for one in clocks}) > 1,
        "box": ",".join(map(str, spot * 2)),
        "result": results(clock.today()).get(case.result, case.result),
        "key": fresh_key(),
        "live": case.state in marks.LIVE,
        "may": _may(request, case),
        **more,
    }


def _said_clock(one: Any) -> dict[str, Any]:
    """Return a clock with the grounds on which it may stand still, and by how much it extends."""
    grounds = limits.house("grounds")
    known = [(code, grounds[code]) for code in one.terms.get("suspends", ()) if code in grounds]
    article = one.terms.get("rule", {}).get("article", "")
    return {
        "one": one,
        "ended": one.ended_at is not None,
        "article": article,
        "grounds": known,
        "changes": [(each, grounds.get(each.ground, each.ground)) for each in one.changes.all()],
        "extends": one.terms.get("extend_amount") and not one.extended,
    }


@require_GET
@needs_power(READ)
def case_geojson(request: HttpRequest, number: int) -> HttpResponse:
    """The place of a case for the map."""
    case = case_seen(request, number)
    features = []
    if case.longitude is not None and case.latitude is not None:
        place = {"type": "Point", "coordinates": [case.longitude, case.latitude]}
        told = {"verdict": "site", "number": case.number}
        features.append({"type": "Feature", "properties": told, "geometry": place})
    return on_map(features)


def drawing_of(found: Whole) -> dict[str, Any]:
    """Return which elements of the drawing are done, and at which the tokens stand.

    What lies within a called process is shown at the call.
    """
    here = {_drawn(one) for one in found.steps if one.state == "waiting"}
    done = {_drawn(one) for one in found.steps if one.state == "done"} - here
    return {"here": sorted(here), "done": sorted(done)}


def _drawn(step: Step) -> str:
    return step.path.split("/")[0] if step.path else step.element


def _own(process: Any, case: Case, step: Step) -> dict[str, Any]:
    data = {**case.standing.data, **step.item}
    told = forms.step_of(process, step.element, step.path)
    units = tuple(one.name for one in people.units())
    return {"step": step, "form": forms.form_of(process, told, data, step.draft or {}, units)}


def _owes(actor: Actor, note: Any) -> bool:
    asked = note.asked_post_id is not None and note.asked_post_id == actor.post_id
    return asked and note.answered_sequence is None


def _may(request: HttpRequest, case: Case) -> dict[str, bool]:
    live = case.state in marks.LIVE
    closed = not live and case.archived_sequence is None
    return {
        "handle": has_power(request, "cases.handle"),
        "withdraw": live and has_power(request, "cases.withdraw"),
        "terminate": live and has_power(request, "cases.terminate"),
        "archive": closed and has_power(request, "cases.archive"),
        "allot": has_power(request, "cases.allot"),
        "suspend": live and has_power(request, "cases.suspend"),
        "extend": live and has_power(request, "cases.extend"),
        "attach": has_power(request, "files.attach"),
        "files": has_power(request, "files.read"),
        "journal": has_power(request, "journal.read"),
    }


def _note_opened(case: Case, actor: Actor) -> None:
    fresh = Step.objects.filter(case=case, state="waiting", seen_at__isnull=True)
    if "cases.handle" not in actor.powers or not fresh.exists():
        return
    for step in mine_of(actor, whole(case)):
        if step.seen_at is None:
            # What the act refuses (a hand over meanwhile) is no fault of the page.
            with suppress(Refusal):
                perform("cases.mark_seen", actor, step=step.pk)


def back_to(case: Case) -> str:
    """Return the address of a case."""
    return reverse("case", args=[case.pk])
