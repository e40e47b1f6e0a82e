"""The ribbon as page, panel beside the map, sheet of A4, table, JSON, and mark on the map."""

import math
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.atlas import measuring, queries
from guotu.core.atlas.life import wording
from guotu.core.atlas.life.drawing import Drawn, drawn
from guotu.core.atlas.life.events import LifePlace
from guotu.core.atlas.life.ribbon import Ribbon, check_within, place_at, ribbon_of
from guotu.core.atlas.tables import table_to_take
from guotu.core.journal import clock
from guotu.core.journal.chaining import peaks_after
from guotu.core.journal.models import Entry
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request
from guotu.lib.refusal import Refusal

SCALES = (500, 1000, 2000, 5000, 10000)
# The arms of the mark on the map, in metres from the place.
_ARM_M = (6.0, 26.0)
_DEGREE_M = 111_300.0


@require_GET
@needs_power("atlas.read")
def life_page(request: HttpRequest) -> HttpResponse:
    """The ribbon of one place beside the map, the place marked on it."""
    return render(request, "atlas/life/page.html", _context(request))


@require_GET
@needs_power("atlas.read")
def life_panel(request: HttpRequest) -> HttpResponse:
    """The same ribbon as a fragment for the panel beside the map."""
    return render(request, "atlas/life/ribbon.html", {**_context(request), "panel": True})


@require_GET
@needs_power("atlas.read")
def life_print(request: HttpRequest) -> HttpResponse:
    """A sheet of A4: place, sheet numbers, the map at a scale, every event, the trace."""
    scale = request.GET.get("scale", "2000")
    if scale not in map(str, SCALES):
        raise Refusal(_("没有这个比例尺"), where=f"1:{scale}", remedy=_("选 1:500 至 1:10000"))
    last = Entry.objects.order_by("-sequence").first()
    context = _context(request)
    more = {"scale": int(scale), "scales": SCALES, "printed": clock.now(), "last": last}
    more["root"] = peaks_after(last).root.hex()
    return render(request, "atlas/life/print.html", {**context, **more})


@require_GET
@needs_power("atlas.read")
def life_csv(request: HttpRequest) -> HttpResponse:
    """The events of the ribbon as a table to take along."""
    return table_to_take("life.csv", wording.head(), wording.rows(_ribbon(request)))


@require_GET
@needs_power("atlas.read")
def life_geojson(request: HttpRequest) -> HttpResponse:
    """The mark of the place for the map: a cross that leaves the place itself free."""
    place = _place(request)
    _check_within(place, request)
    lon, lat, (near, far) = place.lon, place.lat, _ARM_M
    east = 1 / (_DEGREE_M * math.cos(math.radians(lat)))
    north = 1 / _DEGREE_M
    arms = [
        [[lon + dx * step * east, lat + dy * step * north] for step in (near, far)]
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    feature = {
        "type": "Feature",
        "properties": {"verdict": "site"},
        "geometry": {"type": "MultiLineString", "coordinates": arms},
    }
    body = {"type": "FeatureCollection", "features": [feature]}
    return JsonResponse(body, content_type="application/geo+json")


@require_GET
@needs_power("atlas.read")
def life_json(request: HttpRequest) -> HttpResponse:
    """Answer the ribbon of a place as JSON."""
    ribbon = _ribbon(request)
    place = ribbon.place
    body = {
        "lon": place.lon,
        "lat": place.lat,
        "day": place.day.isoformat(),
        "known_on": place.known_on.isoformat(),
        "later": ribbon.later,
        "events": wording.plain(ribbon),
    }
    return JsonResponse(body)


def _context(request: HttpRequest) -> dict[str, Any]:
    ribbon = _ribbon(request)
    place, picture = ribbon.place, drawn(ribbon)
    today = clock.today()
    return {
        "place": measuring.place(place.lon, place.lat),
        "asked": f"lon={place.lon:.7f}&lat={place.lat:.7f}",
        "known": request.GET.get("known", ""),
        "known_on": place.known_on,
        "as_known_then": place.known_on < today,
        "may_know_more": place.day < today,
        "drawn": picture,
        "lanes": _told(picture),
        "outside": [lane.title for lane in ribbon.outside],
        "later": ribbon.later,
        "name": _name(ribbon),
        "fictional": queries.county().fictional,
    }


def _told(picture: Drawn) -> list[dict[str, Any]]:
    return [
        {
            "title": lane.title,
            "rows": [
                {
                    "number": bar.number,
                    "event": bar.event,
                    "bar": bar,
                    "when": wording.when(bar.event),
                    "kind": wording.kind_word(bar.event),
                    "rules": [wording.rule_text(one) for one in bar.event.rule],
                }
                for bar in lane.bars
            ],
        }
        for lane in picture.lanes
    ]


def _name(ribbon: Ribbon) -> str:
    """Return what the place is called: the township and village that it lies in, as last known."""
    titles = dict(queries.Layer.objects.values_list("name", "title"))
    names = []
    for layer in ("divisions", "villages"):
        lane = next((one for one in ribbon.lanes if one.title == titles.get(layer)), None)
        last = [event for event in lane.events if event.kind == "is"] if lane else []
        if last:
            names.append(last[-1].title.split(" · ")[0])
    return "".join(names)


def _ribbon(request: HttpRequest) -> Ribbon:
    place = _place(request)
    _check_within(place, request)
    return ribbon_of(place, actor_of_request(request))


def _check_within(place: LifePlace, request: HttpRequest) -> None:
    try:
        check_within(place, actor_of_request(request))
    except Refusal as refusal:
        raise PermissionDenied(refusal) from None


def _place(request: HttpRequest) -> LifePlace:
    lon, lat = _number(request, "lon", 180), _number(request, "lat", 90)
    today = clock.today()
    day = getattr(request, "day", today)
    known_on = today if request.GET.get("known") == "now" else min(day, today)
    return place_at(lon, lat, day, known_on)


def _number(request: HttpRequest, name: str, most: float) -> float:
    try:
        value = float(request.GET.get(name, ""))
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise Refusal(_("经纬度不对"), where=name, remedy=_("写十进制的度，例如 113.6"))
    return value
