"""The map page, the print page, and the pages of layers and their releases."""

import math
import re
from typing import Any

import numpy as np
import shapely
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.atlas import measuring, queries
from guotu.core.atlas.api import layers_of
from guotu.core.atlas.models import Layer, Release
from guotu.core.atlas.reader import Reader, reader_of
from guotu.core.atlas.tables import table_to_take
from guotu.core.atlas.within import outline_of
from guotu.core.people.doors import has_power, needs_power
from guotu.lib.geo import sheets
from guotu.lib.refusal import Refusal

PRINT_SCALES = (500, 1000, 2000, 5000, 10000)
_SHEET_SCALE_OF_PRINT = {500: 500, 1000: 500, 2000: 2000, 5000: 2000, 10000: 10000}
_MOST_FINDINGS = 500
_KINDS = [
    *(("gpkg", "GeoPackage"), ("parquet", "GeoParquet"), ("geojson", "GeoJSON")),
    *(("zip", "Shapefile"), ("csv", "CSV")),
]


@require_GET
@needs_power("atlas.read")
def map_page(request: HttpRequest) -> HttpResponse:
    """The map, and beside it the layers, the facts of a place, and the way into a review."""
    found = layers_of(request)
    groups: dict[str, list[dict[str, Any]]] = {}
    for layer in found:
        groups.setdefault(layer["group"], []).append(layer)
    context = {
        "groups": groups,
        "empty": not any(layer["release"] for layer in found),
        "may_review": has_power(request, "approval.review"),
        "frame": queries.county_frame(),
    }
    return render(request, "atlas/map.html", context)


@require_GET
@needs_power("atlas.read")
def print_page(request: HttpRequest) -> HttpResponse:
    """A sheet of A4: the map at an exact scale, north, sheet numbers, legend, date, releases."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
        scale = int(request.GET.get("scale", "2000"))
    except (KeyError, ValueError):
        raise Refusal(_("没有说明打印何处"), remedy=_("从地图页按“打印”进入")) from None
    if scale not in PRINT_SCALES:
        raise Refusal(_("没有这个比例尺"), where=f"1:{scale}", remedy=_("选 1:500 至 1:10000"))
    portrait = request.GET.get("paper") == "portrait"
    wide_m, high_m = _ground(portrait, scale)
    context = {
        "lon": lon,
        "lat": lat,
        "scale": scale,
        "scales": PRINT_SCALES,
        "portrait": portrait,
        "title": request.GET.get("title", "")[:40],
        "overlay": _overlay(request.GET.get("overlay", "")),
        "layers": layers_of(request),
        "frame": queries.county_frame(),
        "sheets": _sheets(lon, lat, wide_m, high_m, scale),
        "place": measuring.place(lon, lat),
    }
    return render(request, "atlas/print.html", context)


# The map's window on the paper, in millimetres; the same figures stand in css/print.css.
_WINDOW_MM = {True: (186, 206), False: (222, 154)}


def _ground(portrait: bool, scale: int) -> tuple[float, float]:
    wide, high = _WINDOW_MM[portrait]
    return wide * scale / 1000, high * scale / 1000


def _overlay(address: str) -> str:
    # A page may bring its own drawing to the paper: an address of ours, never another's.
    return address if re.fullmatch(r"/[\w-]+/\w+\.geojson(\?[\w=&%.-]*)?", address) else ""


def _sheets(lon: float, lat: float, wide_m: float, high_m: float, scale: int) -> list[str]:
    half_lat = high_m / 2 / 110_900
    half_lon = wide_m / 2 / (111_300 * math.cos(math.radians(lat)))
    bounds = (lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat)
    return list(sheets.sheets_within(bounds, _SHEET_SCALE_OF_PRINT[scale]))


@require_GET
@needs_power("atlas.read")
def layers_page(request: HttpRequest) -> HttpResponse:
    """Every layer with the release that holds on the day."""
    return render(request, "atlas/layers.html", {"rows": _rows(request)})


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    reader = reader_of(request)
    on = getattr(request, "day", None)
    current = {one.layer_id: one for one in queries.seen_releases(reader, on)}
    return [
        {
            "layer": layer,
            "release": current.get(layer.pk),
            **_told(current.get(layer.pk), reader),
        }
        for layer in queries.layers()
        if reader.sees(layer.secrecy)
    ]


def _told(release: Release | None, reader: Reader) -> dict[str, Any]:
    """Return how many features there are, and the counts of their reading, in one's divisions."""
    where = outline_of(reader)
    report = release.report if release else {}
    if release is None or where is None:
        # The lists are cut at a length; the counts are not.
        names = ("read", "accepted", "rejected_count", "quarantined_count")
        found = [int(report.get(name, 0)) for name in names]
        return {
            "features": release.features if release else 0,
            "counts": dict(zip(_COUNTS, found, strict=True)),
        }
    features = queries.features_of(release, reader)
    states = [one["state"] for one in _findings(release, reader)]
    rejected, held = states.count("rejected"), states.count("quarantined")
    found = [features + rejected + held, features, rejected, held]
    return {"features": features, "counts": dict(zip(_COUNTS, found, strict=True))}


_COUNTS = ("read", "accepted", "rejected", "quarantined")


def _layer(request: HttpRequest, name: str) -> Layer:
    layer = Layer.objects.filter(name=name).first()
    if layer is None or not reader_of(request).sees(layer.secrecy):
        raise Http404
    return layer


@require_GET
@needs_power("atlas.read")
def layer_page(request: HttpRequest, name: str) -> HttpResponse:
    """One layer: its releases, each with what was read, accepted, rejected and held back."""
    layer, reader = _layer(request, name), reader_of(request)
    releases = [
        {"release": one, **_told(one, reader), "findings": _findings(one, reader)}
        for one in queries.releases(name, withdrawn=True)
        if reader.sees(one.secrecy)
    ]
    context = {
        "layer": layer,
        "releases": releases,
        "most": _MOST_FINDINGS,
        "may_take": bool(releases),
        "kinds": _KINDS,
    }
    return render(request, "atlas/layer.html", context)


def _findings(release: Release, reader: Reader) -> list[dict[str, Any]]:
    report, where = release.report, outline_of(reader)
    rejected = [{"state": "rejected", **item} for item in report.get("rejected", [])]
    held = [{"state": "quarantined", **item} for item in report.get("quarantined", [])]
    found = rejected + held
    if where is not None:
        placed = [one for one in found if one.get("x") is not None and one.get("y") is not None]
        spots = np.array([(one["x"], one["y"]) for one in placed], float).reshape(-1, 2)
        inside = shapely.intersects_xy(where.shape, spots[:, 0], spots[:, 1])
        found = [one for one, here in zip(placed, inside, strict=True) if here]
    return found[:_MOST_FINDINGS]


@require_GET
@needs_power("atlas.read")
def layers_csv(request: HttpRequest) -> HttpResponse:
    """The list of layers as a table to take along."""
    head = [
        *(_("图层"), _("标题"), _("分组"), _("版本"), _("发布日期"), _("要素数")),
        *(_("读入"), _("采用"), _("剔除"), _("待确认"), _("分类体系"), _("密级"), _("散列")),
    ]
    rows: list[list[Any]] = []
    for row in _rows(request):
        layer, release, counts = row["layer"], row["release"], row["counts"]
        line: list[Any] = [layer.name, layer.title, layer.group]
        if release is not None:
            line += [release.name, release.released.isoformat(), row["features"]]
            line += [counts["read"], counts["accepted"]]
            line += [counts["rejected"], counts["quarantined"]]
            line += [release.code_system, release.get_secrecy_display(), release.sha256]
        rows.append(line)
    return table_to_take("layers.csv", head, rows)


@require_GET
@needs_power("atlas.read")
def layer_findings_csv(request: HttpRequest, name: str) -> HttpResponse:
    """What was rejected or held back of a layer's releases, with rule, reason and place."""
    _layer(request, name)
    reader = reader_of(request)
    head = [_("版本"), _("处理"), _("要素"), _("规则"), _("原因"), _("横坐标"), _("纵坐标")]
    words = {"rejected": _("剔除"), "quarantined": _("待确认")}
    keys = ("feature", "rule", "reason", "x", "y")
    rows: list[list[Any]] = []
    for release in queries.releases(name, withdrawn=True):
        if reader.sees(release.secrecy):
            rows += [
                [release.name, words[item["state"]], *(item.get(key) for key in keys)]
                for item in _findings(release, reader)
            ]
    return table_to_take(f"{name}-findings.csv", head, rows)
