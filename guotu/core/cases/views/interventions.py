"""Who asked about a case on whose behalf: recording it, the register, and the right of reply."""

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from guotu.core.atlas.tables import table_to_take
from guotu.core.cases.queries import interventions as found
from guotu.core.cases.views.acting import carry, fresh_key
from guotu.core.cases.views.case import back_to, case_seen
from guotu.core.cases.views.desk import READ
from guotu.core.journal.actions import perform
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

REGISTER = "cases.read_interventions"


@require_GET
@needs_power(READ)
def interventions_page(request: HttpRequest) -> HttpResponse:
    """The register of what was asked: case, day, manner and post; who and what stay sealed."""
    context = {
        "rows": found.listed(actor_of_request(request), _text(request.GET, "case")),
        "asked": _text(request.GET, "case"),
        "may_look": has_power(request, REGISTER),
        "key": fresh_key(),
    }
    return render(request, "cases/interventions.html", context)


@require_GET
@needs_power(READ)
def interventions_csv(request: HttpRequest) -> HttpResponse:
    """The register as a table to take along, without who and what."""
    head = [_("办件"), _("日期"), _("方式"), _("记录岗位"), _("申辩次数"), _("行为记录号")]
    rows = [
        [one["case"].number, one["on"].isoformat(), one["manner"], one["post"],
         one["replies"], one["sequence"]]
        for one in found.listed(actor_of_request(request), _text(request.GET, "case"))
    ]  # fmt: skip
    return table_to_take("interventions.csv", head, rows)


@require_http_methods(["GET", "POST"])
@never_cache
@needs_power(REGISTER)
def interventions_look(request: HttpRequest) -> HttpResponse:
    """Open what is sealed, for one case; that somebody looked, and why, is recorded."""
    number = _number(request.POST or request.GET, "case")
    case = case_seen(request, number)
    reason = _text(request.POST, "reason")
    if request.method == "GET" or not reason:
        context = {"case": case, "key": fresh_key()}
        return render(request, "cases/intervention_purpose.html", context)
    actor = actor_of_request(request)
    done = perform("cases.look_at_interventions", actor, reason=reason, case=case.pk)
    context = {"case": case, "rows": done.answer, "sequence": done.sequence}
    return render(request, "cases/intervention_look.html", context)


@require_http_methods(["GET", "POST"])
@needs_power(READ)
def intervention_new(request: HttpRequest, number: int) -> HttpResponse:
    """Record who asked for what on a case; it cannot be removed afterwards."""
    case = case_seen(request, number)
    if request.method == "GET":
        context: dict[str, Any] = {"case": case, "manners": found.MANNERS, "today": _today(request)}
        return render(request, "cases/intervention_new.html", context)
    form = request.POST
    return carry(
        request,
        "cases.record_intervention",
        heading=_("登记干预过问：%(number)s") % {"number": case.number},
        back=back_to(case),
        case=case.pk,
        asker=_text(form, "asker"),
        said=_text(form, "said"),
        manner=_text(form, "manner"),
        on=_day(form.get("on", "")),
    )


@require_POST
@needs_power(READ)
def intervention_reply(request: HttpRequest, number: int) -> HttpResponse:
    """Add what the one who is said to have asked answers."""
    back = reverse("interventions")
    told: dict[str, Any] = {"intervention": number, "text": _text(request.POST, "text")}
    return carry(request, "cases.reply_intervention", heading=_("登记申辩"), back=back, **told)


def _text(form: Any, name: str) -> str:
    return str(form.get(name, "")).replace("\x00", "").strip()[:2000]


def _number(form: Any, name: str) -> int:
    text = _text(form, name)
    if not (text.isascii() and text.isdigit()):
        raise Refusal(_("没有说是哪一件"), where=name, remedy=_("从登记簿里选一件"))
    return int(text)


def _today(request: HttpRequest) -> datetime.date:
    today: datetime.date = request.today  # type: ignore[attr-defined]
    return today


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            _("日期写得不对"), where=text[:20], remedy=_("写成 2026-01-05 的样子")
        ) from None
