"""Lists of cases with filters, their map, their exports, and the views that one keeps."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from guotu.core.cases.models import Case
from guotu.core.cases.queries import lists, marks
from guotu.core.cases.views.acting import at_once
from guotu.core.cases.views.desk import READ
from guotu.core.cases.views.mapped import on_map
from guotu.core.cases.views.taking import as_csv, as_workbook
from guotu.core.people import queries as people
from guotu.core.people.doors import has_power, needs_power
from guotu.core.people.queries import actor_of_request
from guotu.core.people.scope import covers
from guotu.lib.refusal import Refusal

MOST_EXPORTED = 20_000


@require_GET
@needs_power(READ)
def cases_page(request: HttpRequest) -> HttpResponse:
    """The cases the reader may see, by filters, a page at a time, beside their map."""
    actor, filters = actor_of_request(request), lists.asked(request.GET)
    after = request.GET.get("after", "")[:80]
    extent = lists.extent(actor, filters)
    context = {
        "page": lists.page(actor, filters, after),
        "filters": filters,
        "query": filters.query(),
        "after": after,
        "extent": ",".join(f"{one:.6f}" for one in extent) if extent else "",
        "states": Case.STATES,
        "kinds": lists.kinds(),
        "divisions": [one for one in people.divisions() if covers(actor.areas, one.code)],
        "units": people.units(),
        "views": lists.views_of(actor, "cases"),
        "near": marks.near_days(),
        "stuck": marks.stuck_days(),
        "most": lists.MOST_COUNTED,
        "may_open": has_power(request, "cases.open"),
    }
    return render(request, "cases/list.html", context)


@require_GET
@needs_power(READ)
def cases_geojson(request: HttpRequest) -> HttpResponse:
    """What of the list lies in a box: cases, or heaps of them where they are many."""
    found = lists.points(actor_of_request(request), lists.asked(request.GET), _box(request))
    return on_map([_heap(one) if "count" in one else _point(one) for one in found])


@require_GET
@needs_power(READ)
def cases_export(request: HttpRequest, form: str) -> HttpResponse:
    """The list, filtered the same way, as a table to take along."""
    actor, filters = actor_of_request(request), lists.asked(request.GET)
    rows = lists.everything(actor, filters, MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        rule = _("一次最多导出 %(number)s 件") % {"number": f"{MOST_EXPORTED:,}"}
        remedy = _("用种类、行政区或时限筛选后再导出")
        raise Refusal(_("办件太多，不能一次导出"), rule=rule, remedy=remedy)
    return as_csv(rows) if form == "csv" else as_workbook(rows)


@require_POST
@needs_power(READ)
def saved_views(request: HttpRequest) -> HttpResponse:
    """Keep the filters under a name, or drop a kept view."""
    query = lists.asked(_parsed(request.POST.get("query", ""))).query()
    back = f"{reverse('cases')}?{query}"
    drop = request.POST.get("drop", "")
    if drop.isascii() and drop.isdigit():
        word = _("已删去视图，记录号 %(number)s")
        return at_once(request, "cases.drop_view", back=back, word=word, view=int(drop))
    name = request.POST.get("name", "")
    if not name.strip():
        return redirect(back)
    word = _("已存下视图，记录号 %(number)s")
    told = {"page": "cases", "name": name, "query": query}
    return at_once(request, "cases.keep_view", back=back, word=word, **told)


def _parsed(query: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(query[:512]))


def _box(request: HttpRequest) -> lists.Box:
    try:
        west, south, east, north = map(float, request.GET.get("bbox", "").split(","))
    except ValueError:
        west, south, east, north = -180.0, -90.0, 180.0, 90.0
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise Refusal(_("地图范围不对"), where="bbox", remedy=_("写成 西,南,东,北 的度数"))
    return west, south, east, north


def _point(one: dict[str, Any]) -> dict[str, Any]:
    light = marks.light(one["due_at"], one["state"] in marks.LIVE)
    told = {
        "light": light or "done",
        "number": one["number"],
        "title": one["title"],
        "address": reverse("case", args=[one["pk"]]),
    }
    return _feature(one["longitude"], one["latitude"], told)


def _heap(one: dict[str, Any]) -> dict[str, Any]:
    told = {"count": one["count"], "light": "overdue" if one["overdue"] else "later"}
    return _feature(one["x"], one["y"], told)


def _feature(lon: float, lat: float, told: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(lon, 7), round(lat, 7)]}
    return {"type": "Feature", "properties": told, "geometry": place}
