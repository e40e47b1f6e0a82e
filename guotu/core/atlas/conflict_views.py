"""The page of where the three control lines run into one another, its table and its map."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from guotu.core.atlas import queries
from guotu.core.atlas.conflicts import CLAUSE, LineConflict, line_conflicts, missing_lines
from guotu.core.atlas.models import Layer, Release
from guotu.core.atlas.reader import reader_of
from guotu.core.atlas.tables import table_to_take
from guotu.core.atlas.within import outline_of
from guotu.core.atlas.wording import mark_said
from guotu.core.people.doors import needs_power
from guotu.lib.geo.crs import LONLAT, transform


@require_GET
@needs_power("atlas.read")
def conflicts_page(request: HttpRequest) -> HttpResponse:
    """Every overlap of two of the three lines, the largest first, each with its place."""
    found = _conflicts(request)
    boxes = shapely.bounds(_lonlat(found)).tolist()
    rows = [
        {"conflict": each, "bounds": ",".join(f"{value:.7f}" for value in box)}
        for each, box in zip(found, boxes, strict=True)
    ]
    missing = missing_lines(_day(request), sees=_sees(request))
    titles = dict(Layer.objects.filter(name__in=missing).values_list("name", "title"))
    context = {
        "rows": rows,
        "total_dm2": sum(each.area_dm2 for each in found),
        "missing": [titles.get(name, name) for name in missing],
        "clause": CLAUSE,
    }
    return render(request, "atlas/conflicts.html", context)


@require_GET
@needs_power("atlas.read")
def conflicts_csv(request: HttpRequest) -> HttpResponse:
    """The same list as a table to take along."""
    head = [_("图层"), _("要素"), _("图层"), _("要素"), _("重叠面积（平方米）")]
    rows: list[list[Any]] = [
        [
            *(f"{each.one.layer.title}@{each.one.name}", each.one_feature),
            *(f"{each.other.layer.title}@{each.other.name}", each.other_feature),
            f"{each.area_m2:.2f}",
        ]
        for each in _conflicts(request)
    ]
    return table_to_take("line-conflicts.csv", head, rows)


@require_GET
@needs_power("atlas.read")
def conflicts_geojson(request: HttpRequest) -> HttpResponse:
    """The overlapping pieces themselves, in lon/lat."""
    found = _conflicts(request)
    features = [
        {
            "type": "Feature",
            "properties": {
                "verdict": "block",
                "layers": [str(each.one), str(each.other)],
                "features": [each.one_feature, each.other_feature],
                "area_m2": each.area_m2,
            },
            "geometry": json.loads(shape),
        }
        for each, shape in zip(found, shapely.to_geojson(_lonlat(found)), strict=True)
    ]
    told: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if said := mark_said(queries.county()):
        told["fictional"] = said
    body = json.dumps(told, ensure_ascii=False)
    return HttpResponse(body, content_type="application/geo+json")


def _conflicts(request: HttpRequest) -> list[LineConflict]:
    where = outline_of(reader_of(request))
    return line_conflicts(_day(request), sees=_sees(request), where=where)


def _day(request: HttpRequest) -> Any:
    return getattr(request, "day", None)


def _sees(request: HttpRequest) -> Callable[[Release], bool]:
    reader = reader_of(request)
    return lambda release: reader.sees(release.secrecy) and reader.sees(release.layer.secrecy)


def _lonlat(found: list[LineConflict]) -> Any:
    shapes = np.array([each.geometry for each in found], dtype=object)
    return transform(shapes, queries.county_frame(), LONLAT) if len(shapes) else shapes
