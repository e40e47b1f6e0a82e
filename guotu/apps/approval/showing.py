"""What the pages show of a saved review, in the order a clerk reads it."""

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from guotu.apps.approval import queries
from guotu.apps.approval.exports import words
from guotu.apps.approval.exports.matrix import matrix_of
from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.core.atlas.models import FICTION
from guotu.core.atlas.reader import reader_of
from guotu.lib.geo.crs import frame_of, transform

VERDICTS = [
    ("block", _("不通过")),
    ("warn", _("有提示")),
    ("note", _("有说明")),
    ("pass", _("通过")),
]
# Kinds of project that the law treats apart.
PROJECTS = [
    ("", _("一般项目")),
    ("energy", _("能源重点项目")),
    ("transport", _("交通重点项目")),
    ("water", _("水利重点项目")),
    ("water_supply", _("供水设施或水源保护项目")),
    ("military", _("军事设施")),
]
_TAGS = {"block": "tag-bad", "warn": "tag-warn", "note": "", "pass": "tag-good"}


def review_of(request: HttpRequest, review_id: int) -> SiteReview:
    """Return a saved review; 404 for what one may not see, as for what is not there."""
    found = queries.saved_for(reader_of(request), review_id)
    if found is None:
        raise Http404
    return found


def shown(review: SiteReview, resolved: Sequence[BlockResolution], verdict: str) -> dict[str, Any]:
    """Return the parts of the verdict page; `verdict` is how it stands after resolutions."""
    data = review.data
    settled = {done.rule: done for done in resolved}
    findings = [_finding(one, settled.get(one["rule"])) for one in data["findings"]]
    return {
        "said": words.overall(verdict, data["complete"]),
        "area": {
            "m2": words.m2(review.area_dm2),
            "ha": words.hectares(review.area_dm2),
            "mu": words.mu(review.area_dm2),
        },
        "blocks": [one for one in findings if one["verdict"] == "block"],
        "others": [one for one in findings if one["verdict"] in ("warn", "note")],
        "passed": [one for one in findings if one["verdict"] == "pass"],
        "remedies": [_remedy(one, review) for one in data["remedies"]],
        "no_remedy": data["no_remedy"],
        "approvals": [{**one, "area": words.m2(_dm2(one["area_m2"]))} for one in data["approvals"]],
        "makeup": _make_up(data["makeup"]),
        "unchecked": data["unchecked"],
        "great": [
            {"name": one["name"], "area": words.m2(_dm2(one["area_m2"])), "great": one["great"]}
            for one in data["great_classes"]
            if one["area_m2"]
        ],
        "table": _table(data["landuse"]),
        "plots": data["site"]["plots"],
        "releases": data["releases"],
        "resolved": resolved,
    }


def _dm2(area_m2: float) -> int:
    return round(area_m2 * 100)


def _finding(one: dict[str, Any], settled: BlockResolution | None) -> dict[str, Any]:
    return {
        **one,
        "area": words.m2(_dm2(one["area_m2"])) if one["area_m2"] else "",
        "word": words.FINDING_WORDS[one["verdict"]],
        "tag": _TAGS[one["verdict"]],
        "mark_word": words.MARK_WORDS[one["mark"]],
        "settled": settled,
        "key": uuid.uuid4().hex,
        "classes": [{**c, "area": words.m2(_dm2(c["area_m2"]))} for c in one["classes"]],
        "place": _middle(one["geometry"]),
    }


def _middle(geometry: dict[str, Any] | None) -> dict[str, str] | None:
    """Return where on the map a piece is: its middle and its box, in degrees."""
    if geometry is None:
        return None
    shape = shapely.from_geojson(json.dumps(geometry))
    middle = shapely.point_on_surface(shape)
    box = ",".join(f"{value:.7f}" for value in shapely.bounds(shape))
    return {"lon": f"{middle.x:.7f}", "lat": f"{middle.y:.7f}", "bounds": box}


def _remedy(one: dict[str, Any], review: SiteReview) -> dict[str, Any]:
    return {
        **one,
        "lost": words.m2(_dm2(one["lost_m2"])),
        "left": words.m2(_dm2(one["left_m2"])),
        "has_boundary": one["id"] in review.remedies,
    }


def _make_up(made: dict[str, Any]) -> dict[str, Any]:
    return {
        **made,
        "quantity": words.m2(_dm2(made["quantity_m2"])),
        "paddy": "" if made["paddy_m2"] is None else words.m2(_dm2(made["paddy_m2"])),
        "grades": [{**one, "area": words.m2(_dm2(one["area_m2"]))} for one in made["grades"]],
        "basic": words.m2(_dm2(made["basic_farmland_m2"])) if made["basic_farmland_m2"] else "",
    }


def _table(landuse: list[dict[str, Any]]) -> dict[str, Any]:
    table = matrix_of(landuse)
    return {
        "columns": table.columns,
        "rows": [
            {
                "village": row.village,
                "owner": row.owner,
                "ownership": row.ownership,
                "cells": [words.m2(dm2) if dm2 else "" for dm2 in row.cells_dm2],
                "total": words.m2(row.total_dm2),
            }
            for row in table.rows
        ],
        "sums": [words.m2(dm2) for dm2 in table.sums_dm2],
        "total": words.m2(table.total_dm2),
    }


# What is drawn last lies on top: what blocks must be seen.
_DRAWN = ("note", "warn", "remedy", "block", "site")


def drawn(review: SiteReview) -> list[dict[str, Any]]:
    """Return the shapes for the map, what blocks on top.

    A warning that covers the whole site would hide all else, so it is told and not drawn.
    """
    whole = review.area_m2 * 0.999
    shapes: list[dict[str, Any]] = json.loads(review.pieces)["features"]
    kept = [
        one
        for one in shapes
        if (told := one["properties"])["verdict"] in _DRAWN
        and not (told["verdict"] in ("warn", "note") and told["area_m2"] >= whole)
    ]
    return sorted(kept, key=lambda one: _DRAWN.index(one["properties"]["verdict"]))


def without_page(asked: QueryDict) -> str:
    """Return the filters of a list as a query string, without the page number."""
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


def sites_geojson(reviews: Iterable[SiteReview], fictional: bool) -> str:
    """Return the sites of some reviews as GeoJSON in lon/lat."""
    lonlat = frame_of(4490)
    features = []
    for review in reviews:
        plots = shapely.get_parts(shapely.from_wkb(bytes(review.site)))
        turned = transform(np.atleast_1d(plots), frame_of(review.epsg), lonlat)
        whole = shapely.multipolygons(shapely.get_parts(turned))
        facts = {"id": review.pk, "name": review.name, "area_m2": review.area_m2}
        properties = {**facts, "verdict": review.verdict}
        geometry = json.loads(str(shapely.to_geojson(whole)))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    mark = {"fictional": FICTION} if fictional else {}
    told = {"type": "FeatureCollection", **mark, "features": features}
    return json.dumps(told, ensure_ascii=False)
