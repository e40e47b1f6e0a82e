"""Divisions: the list of the day one stands on, what ended and what it became, and reforms."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from guotu.core.journal import clock
from guotu.core.people import queries
from guotu.core.people.doors import needs_power
from guotu.core.people.views.acting import carry
from guotu.core.people.views.persons import ADMINISTER, READ, _carries, day_of
from guotu.core.people.views.signing import FORM
from guotu.lib.refusal import Refusal


@FORM
@never_cache
@needs_power(READ)
def divisions(request: HttpRequest) -> HttpResponseBase:
    """Divisions as they stood on the day chosen at the top; ended ones with what they became."""
    if request.method == "POST":
        return _reform(request)
    day = getattr(request, "day", None) or clock.today()
    text = request.GET.get("q", "").strip()
    rows = [one for one in queries.divisions(day) if text in one.name or one.code.startswith(text)]
    context = {
        "rows": rows,
        "q": text,
        "ended": queries.ended_divisions(day),
        "may_administer": _carries(request, ADMINISTER),
    }
    return render(request, "people/divisions.html", context)


@needs_power(ADMINISTER)
def _reform(request: HttpRequest) -> HttpResponseBase:
    form = request.POST
    on = day_of(form.get("on"))
    if on is None:
        raise Refusal(_("没有写明变更之日"), remedy=_("写出批准生效之日"))
    into = []
    for line in form.get("into", "").splitlines():
        code, _blank, name = line.strip().replace("，", " ").replace(",", " ").partition(" ")
        if code:
            into.append({"code": code, "name": name.strip()})
    return carry(
        request,
        "people.reform_divisions",
        title=_("区划变更"),
        back=reverse("divisions"),
        ended=form.get("ended", "").replace("，", " ").replace(",", " ").split(),
        into=into,
        on=on,
        paper=form.get("paper", ""),
    )
