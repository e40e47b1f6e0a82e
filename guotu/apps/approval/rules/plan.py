"""Site against plan (用途管制): what lies inside and outside the urban boundary (L121)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules.areas import Pieces
from guotu.apps.approval.rules.facts import Finding, HeldLayer, Unchecked
from guotu.apps.approval.rules.protections import missing
from guotu.apps.approval.rules.site import Site
from guotu.apps.approval.rules.touch import Touch
from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.overlay import intersect
from guotu.lib.rules import Rule


@dataclass(frozen=True)
class Plan:
    """How the site lies to the urban boundary; `inside` None where no release is there."""

    inside: NDArray[Any] | None
    inside_dm2: int
    outside_dm2: int
    finding: Finding | None
    unchecked: Unchecked | None


def check_plan(site: Site, rule: Rule, layers: Mapping[str, HeldLayer], touch: Touch) -> Plan:
    """Hold the site against the urban boundary: inside passes, outside warns."""
    layer = layers.get(rule.values["layer"])
    if layer is None:
        return Plan(None, 0, site.total_dm2, None, missing(rule))
    boundary = _union(layer.geometry)
    outside = touch.real(shapely.difference(site.plots, boundary))
    outside = outside[[piece is not None for piece in outside]]
    inside = touch.real(shapely.intersection(site.plots, boundary))
    inside = inside[[piece is not None for piece in inside]]
    outside_dm2 = _outside_dm2(site, inside, outside)
    finding = _finding(rule, layer, outside, outside_dm2, site.total_dm2)
    return Plan(inside, site.total_dm2 - outside_dm2, outside_dm2, finding, None)


def _union(geometry: NDArray[Any]) -> shapely.Geometry:
    areal = geometry[shapely.get_dimensions(geometry) == 2]
    return shapely.union_all(areal) if len(areal) else shapely.Polygon()


def _outside_dm2(site: Site, inside: NDArray[Any], outside: NDArray[Any]) -> int:
    # Inside and outside close on the site: the larger part takes what rounding leaves.
    if not len(outside):
        return 0
    if not len(inside):
        return site.total_dm2
    out = float(legal_area_m2(outside, site.frame).sum())
    whole = out + float(legal_area_m2(inside, site.frame).sum())
    return min(int(np.floor(site.total_dm2 * out / whole + 0.5)), site.total_dm2)


def _finding(
    rule: Rule, layer: HeldLayer, outside: NDArray[Any], outside_dm2: int, total_dm2: int
) -> Finding:
    values = rule.values
    verdict = rule.verdict(values["outside_verdict"]) if outside_dm2 else "pass"
    if outside_dm2:
        share = "全部" if outside_dm2 == total_dm2 else "部分"
        text = (
            f"{share}在{values['title']}外，{outside_dm2 / 100:.2f} 平方米。{values['requirement']}"
        )
    else:
        text = f"全部在{values['title']}内"
    return Finding.of(
        rule,
        layer,
        verdict,
        outside_dm2,
        title=rule.title,
        text=text,
        geometry=shapely.union_all(outside) if len(outside) else None,
        paper=values["paper"] if outside_dm2 else "",
        paper_title=values["paper_title"] if outside_dm2 else "",
    )


def inside_dm2(plan: Plan, pieces: Pieces, chosen: NDArray[np.bool_]) -> int:
    """Return how much of the chosen survey pieces (gross area) lies inside the boundary."""
    rows = np.flatnonzero(chosen)
    total = int(pieces.gross_dm2[rows].sum())
    if not plan.inside_dm2 or plan.inside is None or not total:
        return 0
    if not plan.outside_dm2:
        return total
    geometry = pieces.geometry[rows]
    cut = intersect(geometry, plan.inside)
    planar = shapely.area(geometry)
    share = np.bincount(cut.subject, weights=shapely.area(cut.geometry), minlength=len(rows))
    ratio = np.divide(share, planar, out=np.zeros_like(planar), where=planar > 0)
    return min(int(np.floor(float((pieces.gross_dm2[rows] * ratio).sum()) + 0.5)), total)
