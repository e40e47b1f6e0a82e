"""Opening a case: which process, what about, where on the map or in which division."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from guotu.core.atlas.life.ribbon import place_at
from guotu.core.cases.models import Case, Process
from guotu.core.cases.queries.lists import current_processes
from guotu.core.cases.views.acting import carry
from guotu.core.cases.views.case import case_seen
from guotu.core.journal import clock
from guotu.core.journal.actions import perform
from guotu.core.people import queries as people
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.core.people.scope import covers
from guotu.lib.refusal import Refusal

OPEN = "cases.open"
_DIVISION_DIGITS = 12


@require_http_methods(["GET", "POST"])
@needs_power(OPEN)
def case_new(request: HttpRequest) -> HttpResponse:
    """The form of a new case; sent, what opening it would do; confirmed, the case itself."""
    if request.method == "GET":
        return _page(request, request.GET)
    try:
        arguments = _arguments(request)
        if request.POST.get("confirmed") == "yes":
            return _opened(request, arguments)
        title = _("新收办件：%(title)s") % {"title": arguments["title"]}
        return carry(request, OPEN, heading=title, back=reverse("case-new"), **arguments)
    except Refusal as fault:
        if fault.rule.startswith("权限"):
            raise
        return _page(request, request.POST, fault=fault, status=422)


def _opened(request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    key = request.POST.get("key", "")[:64] or None
    reason = request.POST.get("reason", "").strip()
    done = perform(OPEN, actor_of_request(request), reason=reason, key=key, **arguments)
    # A key that was used before gives no answer again, and the case is the one it opened.
    found = Case.objects.filter(sequence=done.sequence).first()
    return redirect("case", found.pk) if found else redirect("cases")


def _page(
    request: HttpRequest, told: Any, fault: Refusal | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of_request(request)
    matter = told.get("matter", "")
    known = matter.isascii() and matter.isdigit()
    context = {
        "processes": current_processes(),
        "divisions": [one for one in people.divisions() if covers(actor.areas, one.code)],
        "told": told,
        "fault": fault,
        "matter": case_seen(request, int(matter)) if known else None,
    }
    return render(request, "cases/new.html", context, status=status)


def _arguments(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    process = Process.objects.filter(key=form.get("process", ""), retired_sequence=None).first()
    if process is None:
        raise Refusal(_("没有选流程"), where=_("流程"), remedy=_("选一个流程再登记"))
    title = form.get("title", "").replace("\x00", "").strip()
    if not title:
        raise Refusal(_("没有写事由"), where=_("事由"), remedy=_("用一句话写明是什么事"))
    matter = form.get("matter", "")
    place = _place(form)
    return {
        "process": process.key,
        "title": title,
        "division": form.get("division", "").strip() or _division(place),
        "place": place,
        "about": form.get("about", "").strip()[:128],
        "matter": case_seen(request, int(matter)).pk if matter.isdigit() else None,
    }


def _division(place: tuple[float, float] | None) -> str:
    """Return the division that a place lies in as the map has it; empty where it says none."""
    if place is None:
        return ""
    day = clock.today()
    # The survey's codes of villages are of nineteen digits: twelve of the division, then the owner.
    return place_at(*place, day, day).division[:_DIVISION_DIGITS]


def _place(form: Any) -> tuple[float, float] | None:
    lon, lat = form.get("longitude", "").strip(), form.get("latitude", "").strip()
    if not lon and not lat:
        return None
    try:
        place = float(lon), float(lat)
    except ValueError:
        place = (999.0, 999.0)
    if not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
        raise Refusal(
            _("经纬度不对"), where=f"{lon}, {lat}"[:40], remedy=_("在地图上点一下，或写十进制的度")
        )
    return place
