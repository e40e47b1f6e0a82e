"""Protected and other layers: what of the site lies on them, by which article, with which verdict.

Protection first (L13): what a sure rule forbids blocks until it is resolved with a paper.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules.facts import (
    VERDICTS,
    Finding,
    HeldLayer,
    Occasion,
    Touched,
    Unchecked,
)
from guotu.apps.approval.rules.site import Site
from guotu.apps.approval.rules.touch import Touch
from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.overlay import intersect
from guotu.lib.rules import Rule, RuleBook


@dataclass(frozen=True)
class Overlap:
    """What of the site lies on some features of a layer: rows, pieces, legal areas unrounded."""

    row: NDArray[np.int64]
    geometry: NDArray[Any]
    area_m2: NDArray[np.float64]


def in_force(book: RuleBook, occasion: Occasion, prefix: str = "protection.") -> list[Rule]:
    """Return the rule in force for each kind of layer rule."""
    found = [
        book.find(kind, occasion.act_date, occasion.decision_date, occasion.place)
        for kind in book.kinds(prefix)
    ]
    return [rule for rule in found if rule is not None]


def county_rules(layers: Iterable[HeldLayer], known: Sequence[Rule]) -> list[Rule]:
    """Return rules for layers that the county protects by data and no national rule names.

    A layer without a clause, or whose clause is not sure, warns and never blocks.
    """
    named = {rule.values["layer"] for rule in known}
    return [
        _county_rule(layer)
        for layer in layers
        if layer.protection.get("verdict") and layer.name not in named
    ]


def _county_rule(layer: HeldLayer) -> Rule:
    told = layer.protection
    clause = str(told.get("clause") or "")
    sure = bool(clause) and told.get("certainty", "sure") == "sure"
    return Rule(
        id=f"{layer.name}.county",
        kind=f"protection.{layer.name}",
        title=f"涉及{layer.title}",
        article=clause or "本县图层设置，未注明条款",
        source="本县图层设置",
        mark="M" if sure else "U",
        effective_from=date(1949, 10, 1),
        values={
            "layer": layer.name,
            "title": layer.title,
            "verdict": told["verdict"],
            "requirement": str(told.get("requirement") or "按所列条款办理"),
            "paper": f"{layer.name}_consent",
            "paper_title": str(told.get("paper_title") or f"{layer.title}主管部门同意的文件"),
            "required": True,
        },
    )


def check(
    site: Site,
    rules: Sequence[Rule],
    layers: Mapping[str, HeldLayer],
    occasion: Occasion,
    touch: Touch,
) -> tuple[list[Finding], list[Unchecked]]:
    """Hold the site against every rule's layer; a layer without a release is left unchecked."""
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in rules:
        layer = layers.get(rule.values["layer"])
        if layer is None:
            unchecked.append(missing(rule))
        else:
            findings += check_layer(site, rule, layer, occasion, touch)
    return findings, unchecked


def missing(rule: Rule) -> Unchecked:
    """Say that the layer of a rule is absent."""
    values = rule.values
    return Unchecked(
        values["layer"], values["title"], rule.id, rule.article, bool(values.get("required"))
    )


def check_layer(
    site: Site, rule: Rule, layer: HeldLayer, occasion: Occasion, touch: Touch
) -> list[Finding]:
    """Return the findings of one rule in one layer, worst first; a clean layer is one pass."""
    overlap = overlap_of(site, layer, touch)
    verdicts = {row: _verdict(rule, layer, row, occasion) for row in set(overlap.row.tolist())}
    groups = [
        _overlapping(site, rule, layer, occasion, overlap, verdicts, verdict)
        for verdict in VERDICTS
        if verdict in verdicts.values()
    ]
    near = _near(site, rule, layer, set(overlap.row.tolist()))
    found = [*groups, *near]
    return found or [_clean(rule, layer)]


def overlap_of(site: Site, layer: HeldLayer, touch: Touch) -> Overlap:
    """Return the pieces of the site on the areas of a layer, without touches."""
    areal = np.flatnonzero(shapely.get_dimensions(layer.geometry) == 2)
    if not len(areal):
        none = np.empty(0, dtype=np.int64)
        return Overlap(none, np.empty(0, dtype=object), np.empty(0))
    cut = intersect(site.plots, layer.geometry[areal])
    real = touch.real(cut.geometry)
    kept = np.array([piece is not None for piece in real], dtype=bool)
    geometry = real[kept]
    return Overlap(areal[cut.other[kept]], geometry, legal_area_m2(geometry, site.frame))


def union_dm2(site: Site, geometry: NDArray[Any], area_m2: NDArray[np.float64]) -> int:
    """Return the legal area under some pieces, in dm2: overlapping pieces count once."""
    total = float(area_m2.sum())
    if len(geometry) > 1:
        union = shapely.union_all(geometry)
        doubled = float(shapely.area(geometry).sum()) - float(shapely.area(union))
        if doubled > 1e-6 + 1e-9 * total:
            total = float(legal_area_m2(np.array([union], dtype=object), site.frame)[0])
    return min(_dm2(total), site.total_dm2)


def _verdict(rule: Rule, layer: HeldLayer, row: int, occasion: Occasion) -> str:
    values = rule.values
    if occasion.project and occasion.project in values.get("exempt_projects", ()):
        return "warn"
    if _is_expired(values, layer, row, occasion.decision_date):
        return str(values["expired_verdict"])
    if _is_settled(values, layer, row):
        return str(values["settled_verdict"])
    wished = rule.verdict(_graded(values, layer, row))
    lifted = values.get("paper") in occasion.papers and can_lift(rule, occasion)
    return "warn" if wished == "block" and lifted else wished


def can_lift(rule: Rule, occasion: Occasion) -> bool:
    """Say whether the rule's paper can be had at all for this kind of project."""
    projects = rule.values.get("paper_projects", ())
    open_to = not projects or not occasion.project or occasion.project in projects
    return bool(rule.values.get("paper")) and open_to


def _graded(values: Mapping[str, Any], layer: HeldLayer, row: int) -> str:
    for name in values.get("field", ()):
        text = _text(layer, name, row)
        for word, verdict in values.get("by", {}).items():
            if word in text:
                return str(verdict)
    return str(values["verdict"])


def _text(layer: HeldLayer, name: str, row: int) -> str:
    if name not in layer.fields.column_names:
        return ""
    value = layer.fields.column(name)[row].as_py()
    return "" if value is None else str(value)


def _is_expired(values: Mapping[str, Any], layer: HeldLayer, row: int, day: date) -> bool:
    text = _text(layer, values.get("expires_field", ""), row)[:10].replace("/", "-")
    try:
        return date.fromisoformat(text) < day
    except ValueError:
        return False


def _is_settled(values: Mapping[str, Any], layer: HeldLayer, row: int) -> bool:
    text = _text(layer, values.get("settled_field", ""), row)
    return bool(text) and any(word in text for word in values.get("settled", ()))


def _overlapping(
    site: Site,
    rule: Rule,
    layer: HeldLayer,
    occasion: Occasion,
    overlap: Overlap,
    verdicts: Mapping[int, str],
    verdict: str,
) -> Finding:
    chosen = np.flatnonzero([verdicts[row] == verdict for row in overlap.row.tolist()])
    geometry, area, rows = overlap.geometry[chosen], overlap.area_m2[chosen], overlap.row[chosen]
    dm2 = union_dm2(site, geometry, area)
    each = dict.fromkeys(rows.tolist())
    touched = tuple(
        Touched(layer.feature[row], layer.label(row), _dm2(area[rows == row].sum())) for row in each
    )
    return _finding(
        rule,
        layer,
        verdict,
        dm2,
        f"{rule.values['title']}：重叠 {dm2 / 100:.2f} 平方米，涉及 {len(touched)} 处",
        geometry=geometry[0] if len(geometry) == 1 else shapely.union_all(geometry),
        touched=touched,
        paper_can_lift=can_lift(rule, occasion),
        blockers=tuple(layer.geometry[row] for row in each),
    )


def _dm2(area_m2: float) -> int:
    return int(np.floor(area_m2 * 100 + 0.5))


def reach_m(rule: Rule, protection: Mapping[str, Any]) -> float:
    """Return within how many metres a feature counts: the county's own figure comes first."""
    return float(protection.get("distance_m") or rule.values.get("within_m") or 0.0)


def _near(site: Site, rule: Rule, layer: HeldLayer, overlapped: set[int]) -> list[Finding]:
    """Return what lies within the rule's distance, and lines and points within the site itself."""
    within = reach_m(rule, layer.protection)
    if not len(layer.feature):
        return []
    whole = shapely.MultiPolygon(list(shapely.get_parts(site.plots)))
    distance = shapely.distance(layer.geometry, whole)
    counts = (distance <= within) if within > 0 else _run_through(layer.geometry, whole)
    rows = [
        int(row)
        for row in np.argsort(distance, kind="stable")
        if counts[row] and int(row) not in overlapped
    ]
    if not rows:
        return []
    touched = tuple(
        Touched(layer.feature[row], layer.label(row), 0, round(float(distance[row]), 2))
        for row in rows
    )
    where = f"{within:g} 米内" if within > 0 else "项目范围内"
    text = (
        f"{rule.values['title']}：{where}有 {len(rows)} 处，"
        f"{_how_near(float(distance[rows[0]]))}（{touched[0].label}）"
    )
    geometry = shapely.union_all(layer.geometry[rows]) if len(rows) > 1 else layer.geometry[rows[0]]
    return [_finding(rule, layer, "warn", 0, text, geometry=geometry, touched=touched)]


def _run_through(geometry: NDArray[Any], whole: shapely.Geometry) -> NDArray[np.bool_]:
    # A line or a point has no area to overlap with; along the boundary it only touches.
    thin = shapely.get_dimensions(geometry) < 2
    within: NDArray[np.bool_] = shapely.crosses(geometry, whole) | shapely.within(geometry, whole)
    return thin & within


def _how_near(distance_m: float) -> str:
    return f"最近 {distance_m:.2f} 米" if distance_m else "最近的就在项目范围内"


def _clean(rule: Rule, layer: HeldLayer) -> Finding:
    return _finding(rule, layer, "pass", 0, f"不涉及{rule.values['title']}")


def _finding(
    rule: Rule, layer: HeldLayer, verdict: str, dm2: int, text: str, **more: Any
) -> Finding:
    values = rule.values
    asks = verdict in ("block", "warn")
    if asks and values.get("requirement"):
        text = f"{text}。{values['requirement']}"
    return Finding.of(
        rule,
        layer,
        verdict,
        dm2,
        title=rule.title if verdict != "pass" else f"不涉及{values['title']}",
        text=text,
        paper=values.get("paper", "") if asks else "",
        paper_title=values.get("paper_title", "") if asks else "",
        **more,
    )
