"""The map's own questions, answered as JSON (or a fragment for the page): layers, at, search,
frame, measure."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from guotu.core.atlas import measuring, portrayal, queries, wording
from guotu.core.atlas.models import Release
from guotu.core.atlas.reader import Reader, reader_of
from guotu.core.atlas.tiles import tiles_for
from guotu.core.atlas.within import outline_of
from guotu.core.people.doors import needs_power
from guotu.lib.refusal import Refusal

_MOST_RESULTS = 20


def _number(request: HttpRequest, name: str, least: float, most: float) -> float:
    try:
        value = float(request.GET.get(name, ""))
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Refusal("经纬度不对", where=name, remedy="写十进制的度，例如 113.6")
    return value


def _place(request: HttpRequest) -> tuple[float, float]:
    return _number(request, "lon", -180, 180), _number(request, "lat", -90, 90)


def _day(request: HttpRequest) -> Any:
    return getattr(request, "day", None)


def layers_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return every layer that the reader may see, with the release of the day and its drawing."""
    reader = reader_of(request)
    current = {one.layer_id: one for one in queries.seen_releases(reader, _day(request))}
    return [
        _described(layer, current.get(layer.pk), reader)
        for layer in queries.layers()
        if reader.sees(layer.secrecy)
    ]


def _described(layer: Any, release: Release | None, reader: Reader) -> dict[str, Any]:
    drawing = portrayal.drawing_of(layer)
    described: dict[str, Any] = {
        "layer": layer.name,
        "title": layer.title,
        "group": layer.group,
        "kind": layer.kind,
        "shown": drawing["shown"],
        "rank": drawing["rank"],
        "swatch": portrayal.swatch_of(drawing, layer.geometry),
        "code_field": layer.code_field,
        "classes": [],
        "release": None,
        "tiles": None,
        "style": [],
    }
    if release is not None:
        features = queries.features_of(release, reader)
        described |= {"release": release.name, "features": features}
        described["classes"] = portrayal.classes_of(drawing, release.code_system)
        described |= _drawn(layer, release, drawing, features, reader)
    return described


def _drawn(
    layer: Any, release: Release, drawing: dict[str, Any], features: int, reader: Reader
) -> dict[str, Any]:
    address = tiles_for(release, reader)
    if not (release.tiles_path and features and address):
        return {}
    told = {
        "tiles": address,
        "style": portrayal.style_layers(layer, drawing, release.code_system),
    }
    named = layer.label_field not in reader.hidden(layer.field_secrecy)
    if named and portrayal.labelled_apart(layer, drawing, release.features):
        told["labels"] = reverse("atlas-labels", args=[release.pk])
    return told


@require_GET
@needs_power("atlas.read")
def layers(request: HttpRequest) -> HttpResponse:
    """Answer the layers of the day, how they are drawn, and where the county lies."""
    county = queries.county()
    body = {
        "county": {"code": county.code, "name": county.name, "fictional": county.fictional},
        "bounds": measuring.county_bounds_lonlat(
            _day(request), where=outline_of(reader_of(request))
        ),
        "fonts": portrayal.FONTS,
        "layers": layers_of(request),
    }
    return JsonResponse(body)


@require_GET
@needs_power("atlas.read")
def labels(request: HttpRequest, release_id: int) -> HttpResponse:
    """Answer one point and name for each feature of a small release, as GeoJSON."""
    release = Release.objects.select_related("layer").filter(pk=release_id).first()
    reader = reader_of(request)
    if release is None or not (reader.sees(release.secrecy) and reader.sees(release.layer.secrecy)):
        raise Http404
    response = JsonResponse(measuring.labels(release, reader))
    # What is cut to an area changes with the post; what is whole never does.
    if reader.areas is None and not release.layer.field_secrecy:
        response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@require_GET
@needs_power("atlas.read")
def at(request: HttpRequest) -> HttpResponse:
    """Answer what every layer says of one place: JSON, or the fragment shown beside the map."""
    lon, lat = _place(request)
    facts = queries.facts_at(lon, lat, reader=reader_of(request), on=_day(request))
    if "text/html" in request.headers.get("Accept", ""):
        context = {"place": measuring.place(lon, lat), **wording.arranged(facts)}
        return render(request, "atlas/facts.html", context)
    return JsonResponse({"lon": lon, "lat": lat, "facts": facts})


@require_GET
@needs_power("atlas.read")
def search(request: HttpRequest) -> HttpResponse:
    """Answer things on the map by number or name; two characters are enough."""
    text = request.GET.get("q", "").strip()
    found = queries.search(text, _MOST_RESULTS, reader=reader_of(request))
    return JsonResponse({"q": text, "found": found})


@require_GET
@needs_power("atlas.read")
def frame(request: HttpRequest) -> HttpResponse:
    """Answer a place in the county's frame, and the map sheets it lies on."""
    return JsonResponse(measuring.place(*_place(request)))


@require_POST
@needs_power("atlas.read")
def measure(request: HttpRequest) -> HttpResponse:
    """Answer the length (m) and legal area (dm2) of a drawn GeoJSON geometry in lon/lat."""
    try:
        drawn = json.loads(request.body)
    except ValueError:
        raise Refusal("图形读不出来", remedy="重新画一次") from None
    return JsonResponse(measuring.measured(drawn))
