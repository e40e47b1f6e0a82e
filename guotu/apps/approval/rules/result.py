"""The review as plain data: fixed keys, areas in m2, the same bytes for the same review."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules.areas import AreaTable
from guotu.apps.approval.rules.classes import GREAT_TITLES
from guotu.apps.approval.rules.facts import Approval, Finding, HeldLayer, Remedy, Unchecked
from guotu.apps.approval.rules.reviewing import LONLAT_DIGITS, Review

# Turns geometries of the county's frame into lon/lat (CGCS2000), for whoever reads GeoJSON.
ToLonLat = Callable[[NDArray[Any]], NDArray[Any]]


def result_of(review: Review, to_lonlat: ToLonLat) -> dict[str, Any]:
    """Return the review for JSON; pieces are GeoJSON geometries in lon/lat."""
    site = review.site
    return {
        "site": {
            "area_m2": site.total_dm2 / 100,
            "crs": f"EPSG:{site.frame.epsg}",
            "bounds": [round(value, 4) for value in site.bounds],
            "plots": [
                {"id": name, "area_m2": int(dm2) / 100}
                for name, dm2 in zip(site.ids, site.area_dm2, strict=True)
            ],
        },
        "verdict": review.verdict,
        "complete": not any(gap.required for gap in review.unchecked),
        "landuse": _landuse(review.table),
        "great_classes": _great(review.table),
        "findings": [_finding(found, to_lonlat) for found in review.findings],
        "approvals": [_approval(one) for one in review.approvals],
        "makeup": review.make_up.as_dict(),
        "remedies": [_remedy(one, to_lonlat) for one in review.remedies],
        "no_remedy": review.no_remedy,
        "unchecked": [_unchecked(gap) for gap in review.unchecked],
        "rules": [rule.as_dict() for rule in review.rules],
        "releases": [_release(layer) for _, layer in sorted(review.layers.items())],
    }


def canonical(result: dict[str, Any]) -> str:
    """Return the one text of a result: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical result."""
    return hashlib.sha256(text.encode()).hexdigest()


def geojson(geometry: shapely.Geometry | None, to_lonlat: ToLonLat) -> dict[str, Any] | None:
    """Return a geometry of the county's frame as GeoJSON in lon/lat, to 0.1 mm."""
    if geometry is None:
        return None
    turned = to_lonlat(np.array([geometry], dtype=object))
    rounded = shapely.transform(turned, lambda xy: np.round(xy, LONLAT_DIGITS))[0]
    found: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return found


def _landuse(table: AreaTable) -> list[dict[str, Any]]:
    return [
        {
            "code": cell.code,
            "name": cell.name,
            "great": cell.great,
            "owner": cell.owner,
            "owner_code": cell.owner_code,
            "ownership": cell.ownership,
            "village": cell.village,
            "village_code": cell.village_code,
            "area_m2": cell.area_dm2 / 100,
        }
        for cell in table.cells
    ]


def _great(table: AreaTable) -> list[dict[str, Any]]:
    rows = [
        {"great": great, "name": title, "area_m2": table.sum_dm2(great=great) / 100}
        for great, title in GREAT_TITLES.items()
    ]
    farmland = {
        "great": "cultivated",
        "name": "其中耕地（净面积）",
        "area_m2": table.cultivated_dm2() / 100,
    }
    return [rows[0], farmland, *rows[1:]]


def _finding(found: Finding, to_lonlat: ToLonLat) -> dict[str, Any]:
    return {
        "rule": found.rule,
        "clause": found.clause,
        "layer": found.layer,
        "release": found.release,
        "verdict": found.verdict,
        "area_m2": found.area_dm2 / 100,
        "title": found.title,
        "text": found.text,
        "mark": found.mark,
        "source": found.source,
        "paper": found.paper,
        "paper_title": found.paper_title,
        "features": [
            {
                "feature": one.feature,
                "label": one.label,
                "area_m2": one.area_dm2 / 100,
                "distance_m": one.distance_m,
            }
            for one in found.touched
        ],
        "classes": [
            {"code": code, "name": name, "area_m2": dm2 / 100} for code, name, dm2 in found.classes
        ],
        "geometry": geojson(found.geometry, to_lonlat),
    }


def _approval(one: Approval) -> dict[str, Any]:
    return {
        "act": one.act,
        "level": one.level,
        "clause": one.clause,
        "reason": one.reason,
        "area_m2": one.area_dm2 / 100,
        "mark": one.mark,
    }


def _remedy(one: Remedy, to_lonlat: ToLonLat) -> dict[str, Any]:
    shape = None
    if one.geometry is not None:
        shape = shapely.MultiPolygon(list(shapely.get_parts(one.geometry)))
    return {
        "id": one.id,
        "kind": one.kind,
        "title": one.title,
        "text": one.text,
        "lost_m2": one.lost_dm2 / 100,
        "left_m2": one.left_dm2 / 100,
        "papers": [{"paper": paper, "title": title} for paper, title in one.papers],
        "clauses": list(one.clauses),
        "geometry": geojson(shape, to_lonlat),
    }


def _unchecked(gap: Unchecked) -> dict[str, Any]:
    return {
        "layer": gap.layer,
        "title": gap.title,
        "rule": gap.rule,
        "clause": gap.clause,
        "required": gap.required,
        "reason": gap.reason,
    }


def _release(layer: HeldLayer) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "title": layer.title,
        "release": layer.release,
        "sha256": layer.sha256,
    }


def pieces_of(review: Review, to_lonlat: ToLonLat, mark: str = "") -> str:
    """Return all shapes as a GeoJSON collection in lon/lat: plots, parcels, findings, remedies.

    Each feature carries `verdict` (site, landuse, block, warn, note, remedy) for who draws it.
    `mark` says that the county is fictional.
    """
    shapes: list[shapely.Geometry] = []
    told: list[dict[str, Any]] = []
    for row in (*_plots(review), *_parcels(review), *_found(review), *_helped(review)):
        shapes.append(row[0])
        told.append(row[1])
    turned = to_lonlat(np.array(shapes, dtype=object))
    rounded = shapely.transform(turned, lambda xy: np.round(xy, LONLAT_DIGITS))
    features = ",".join(
        f'{{"type":"Feature","properties":{canonical(properties)},"geometry":{geometry}}}'
        for properties, geometry in zip(told, shapely.to_geojson(rounded), strict=True)
    )
    marked = f'"fictional":"{mark}",' if mark else ""
    return f'{{"type":"FeatureCollection",{marked}"features":[{features}]}}'


Row = tuple[shapely.Geometry, dict[str, Any]]


def _plots(review: Review) -> list[Row]:
    site = review.site
    return [
        (plot, {"verdict": "site", "id": name, "area_m2": int(dm2) / 100})
        for plot, name, dm2 in zip(site.plots, site.ids, site.area_dm2, strict=True)
    ]


def _parcels(review: Review) -> list[Row]:
    table, pieces = review.table, review.table.pieces
    survey = review.layers["landuse"]
    return [
        (
            pieces.geometry[i],
            {
                "verdict": "landuse",
                "code": pieces.code[i],
                "name": table.system.title(pieces.code[i]),
                "ownership": pieces.ownership[i],
                "feature": survey.feature[pieces.row[i]] if pieces.row[i] >= 0 else "",
                "area_m2": int(pieces.gross_dm2[i]) / 100,
                "bank_m2": int(pieces.bank_dm2[i]) / 100,
            },
        )
        for i in range(len(pieces.geometry))
    ]


def _found(review: Review) -> list[Row]:
    return [
        (
            found.geometry,
            {
                "verdict": found.verdict,
                "rule": found.rule,
                "clause": found.clause,
                "layer": found.layer,
                "release": found.release,
                "title": found.title,
                "area_m2": found.area_dm2 / 100,
            },
        )
        for found in review.findings
        if found.geometry is not None
    ]


def _helped(review: Review) -> list[Row]:
    return [
        (plot, {"verdict": "remedy", "remedy": remedy.id, "title": remedy.title})
        for remedy in review.remedies
        if remedy.geometry is not None
        for plot in remedy.geometry
    ]
