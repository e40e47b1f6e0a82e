"""The review: a site held against releases and rules, whole, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules import classes as kinds
from guotu.apps.approval.rules.approvals import Taking, approvals
from guotu.apps.approval.rules.areas import AreaTable, area_table
from guotu.apps.approval.rules.classes import ClassSystem
from guotu.apps.approval.rules.facts import (
    VERDICTS,
    Approval,
    Finding,
    HeldLayer,
    Occasion,
    Remedy,
    Unchecked,
    worst,
)
from guotu.apps.approval.rules.makeup import MakeUp, finding_of, make_up
from guotu.apps.approval.rules.plan import Plan, check_plan, inside_dm2
from guotu.apps.approval.rules.protections import check, check_layer, county_rules, in_force
from guotu.apps.approval.rules.remedies import Trim, remedies, without_remedy
from guotu.apps.approval.rules.site import Site, site_of
from guotu.apps.approval.rules.touch import Touch
from guotu.apps.approval.rules.trades import check_trade
from guotu.lib.geo.crs import Frame, frame_of, transform
from guotu.lib.geo.overlay import apportion_dm2, intersect
from guotu.lib.refusal import Refusal
from guotu.lib.rules import Rule, RuleBook

SURVEY = "landuse"
LONLAT_DIGITS = 9  # 0.1 mm
BASIC = "basic_farmland"


@dataclass(frozen=True)
class Review:
    """All that is said of a site; `rules` are those that were applied."""

    site: Site
    table: AreaTable
    findings: list[Finding]
    approvals: list[Approval]
    make_up: MakeUp
    remedies: list[Remedy]
    no_remedy: str
    unchecked: list[Unchecked]
    rules: list[Rule]
    layers: Mapping[str, HeldLayer]

    @property
    def verdict(self) -> str:
        """Return the worst finding; a site that could not be checked whole is never a pass."""
        found = worst([finding.verdict for finding in self.findings])
        gaps = any(gap.required for gap in self.unchecked)
        return worst([found, "warn"]) if gaps else found

    @property
    def blocks(self) -> list[Finding]:
        """Return what stands against the site."""
        return [finding for finding in self.findings if finding.blocks]


@dataclass(frozen=True)
class _Case:
    """What a review is held under: rules in force, layers, occasion."""

    book: RuleBook
    layers: Mapping[str, HeldLayer]
    occasion: Occasion
    layer_rules: list[Rule]
    touch: Touch

    def rule(self, kind: str) -> Rule:
        return self.book.rule(
            kind, self.occasion.act_date, self.occasion.decision_date, self.occasion.place
        )


def touch_of(book: RuleBook, occasion: Occasion) -> Touch:
    """Return what counts as a touch on this occasion."""
    rule = book.rule("site.touch", occasion.act_date, occasion.decision_date, occasion.place)
    return Touch.from_rule(rule)


def review(
    site: Site, layers: Mapping[str, HeldLayer], book: RuleBook, occasion: Occasion
) -> Review:
    """Review a site against the layers near it (keyed by name) under the rules in force.

    Raises Refusal where there is no survey to say whose land it is, or the site lies outside it.
    """
    survey = _survey(layers)
    national = in_force(book, occasion)
    planned = in_force(book, occasion, "plan.")
    rules = [*national, *county_rules(layers.values(), [*national, *planned])]
    case = _Case(book, layers, occasion, rules, touch_of(book, occasion))
    system = ClassSystem.of(survey.code_system, case.rule("site.classes"))
    table = area_table(site, survey, system)
    _check_within(site, table, survey)
    findings, unchecked = check(site, rules, layers, occasion, case.touch)
    findings = [_by_class(found, site, table) for found in findings]
    plan = check_plan(site, case.rule("plan.urban_boundary"), layers, case.touch)
    basic_dm2, basic_collective_dm2 = _basic(findings, table)
    made = make_up(table, survey, basic_dm2, book, occasion)
    findings += [
        *([plan.finding] if plan.finding else []),
        *_survey_findings(case, table, survey),
        finding_of(made, survey, occasion),
        *check_trade(book, occasion),
    ]
    findings.sort(key=lambda found: VERDICTS.index(found.verdict))
    blocks = [found for found in findings if found.blocks]
    helped = _remedies(site, blocks, case)
    return Review(
        site=site,
        table=table,
        findings=findings,
        approvals=approvals(_taking(table, plan, basic_dm2, basic_collective_dm2), book, occasion),
        make_up=made,
        remedies=helped,
        no_remedy=without_remedy(blocks, helped),
        unchecked=[*unchecked, *([plan.unchecked] if plan.unchecked else []), *_no_trade(occasion)],
        rules=_applied(rules, findings, case),
        layers=layers,
    )


def _survey(layers: Mapping[str, HeldLayer]) -> HeldLayer:
    survey = layers.get(SURVEY)
    if survey is None:
        raise Refusal(
            "本县没有地类图斑的有效版本，不能审查",
            where="图层 landuse",
            rule="《土地管理法》第二十六条",
            remedy="先用 guotu import landuse 文件 导入国土变更调查成果",
        )
    return survey


def _check_within(site: Site, table: AreaTable, survey: HeldLayer) -> None:
    if not table.cells or all(not cell.code for cell in table.cells):
        west, south, east, north = site.bounds
        raise Refusal(
            "项目范围完全不在本县地类图斑内",
            where=f"{site.frame.name}，东 {west:.0f}-{east:.0f}，北 {south:.0f}-{north:.0f}",
            rule=f"地类图斑 {survey.release} 版",
            remedy="核对坐标系和带号（常见原因：带号或中央经线不符、横纵坐标颠倒）",
        )


def _by_class(found: Finding, site: Site, table: AreaTable) -> Finding:
    """Say which classes an overlap takes, in dm2 that sum to the finding."""
    if not found.area_dm2 or found.geometry is None:
        return found
    piece = np.array([found.geometry], dtype=object)
    cut = intersect(table.pieces.geometry, piece)
    if not len(cut.subject):
        return found
    code = [table.pieces.code[row] for row in cut.subject]
    names = sorted(set(code))
    weight = np.bincount(
        [names.index(one) for one in code], weights=shapely.area(cut.geometry), minlength=len(names)
    )
    shares = apportion_dm2(weight.astype(np.float64), found.area_dm2)
    titles = {cell.code: cell.name for cell in table.cells}
    split = tuple(
        (one, titles.get(one, table.system.title(one)), int(share))
        for one, share in zip(names, shares, strict=True)
        if share
    )
    return replace(found, classes=split)


def _basic(findings: list[Finding], table: AreaTable) -> tuple[int, int]:
    """Return basic farmland in the site, and how much of it is not state-owned land, in dm2."""
    held = [found for found in findings if found.layer == BASIC and found.geometry is not None]
    total = sum(found.area_dm2 for found in held)
    if not total:
        return 0, 0
    shapes = np.array([found.geometry for found in held], dtype=object)
    cut = intersect(table.pieces.geometry, shapes)
    area = shapely.area(cut.geometry)
    state = np.array(
        [table.pieces.ownership[row] == kinds.STATE for row in cut.subject], dtype=bool
    )
    share = float(area[~state].sum()) / float(area.sum()) if len(area) else 1.0
    return total, int(np.floor(total * share + 0.5))


def _taking(table: AreaTable, plan: Plan, basic_dm2: int, basic_collective_dm2: int) -> Taking:
    pieces = table.pieces
    farm = np.array([table.system.great(code) == kinds.FARM for code in pieces.code], dtype=bool)
    collective = (kinds.COLLECTIVE, kinds.UNKNOWN)
    owned = sum(c.area_dm2 for c in table.cells if c.ownership in collective and c.code)
    return Taking(
        farm_dm2=table.sum_dm2(great=kinds.FARM),
        inside_dm2=None if plan.inside is None else inside_dm2(plan, pieces, farm),
        basic_dm2=basic_dm2,
        basic_collective_dm2=basic_collective_dm2,
        collective_dm2=owned,
        collective_farmland_dm2=table.cultivated_dm2(collective),
        collective_bank_dm2=sum(
            int(bank)
            for bank, whose in zip(pieces.bank_dm2, pieces.ownership, strict=True)
            if whose in collective
        ),
        unclear_owner_dm2=sum(
            c.area_dm2 for c in table.cells if c.ownership == kinds.UNKNOWN and c.code
        ),
        unused_dm2=table.sum_dm2(great=kinds.UNUSED),
    )


def _survey_findings(case: _Case, table: AreaTable, survey: HeldLayer) -> list[Finding]:
    outside = sum(cell.area_dm2 for cell in table.cells if not cell.code)
    unclear = sum(
        cell.area_dm2
        for cell in table.cells
        if cell.code and (cell.great == kinds.UNCLEAR or cell.ownership == kinds.UNKNOWN)
    )
    found = [_survey_finding(case.rule("site.coverage"), survey, outside, "不在地类图斑内")]
    found.append(
        _survey_finding(case.rule("site.classes"), survey, unclear, "地类或权属性质不能识别")
    )
    rows = np.flatnonzero(table.pieces.row < 0)
    if outside and len(rows):
        found[0] = replace(found[0], geometry=shapely.union_all(table.pieces.geometry[rows]))
    return found


def _survey_finding(rule: Rule, survey: HeldLayer, dm2: int, what: str) -> Finding:
    verdict = rule.verdict(rule.values["verdict"]) if dm2 else "pass"
    text = (
        f"{dm2 / 100:.2f} 平方米{what}。{rule.values['requirement']}"
        if dm2
        else f"没有{what}的部分"
    )
    return Finding.of(
        rule,
        survey,
        verdict,
        dm2,
        title=rule.title if dm2 else f"没有{what}的部分",
        text=text,
    )


def _no_trade(occasion: Occasion) -> list[Unchecked]:
    if occasion.industry:
        return []
    return [
        Unchecked(
            "trades",
            "产业目录",
            "trade.catalogue",
            "产业用地目录",
            False,
            "未填写项目所属产业，未核对",
        )
    ]


def _remedies(site: Site, blocks: list[Finding], case: _Case) -> list[Remedy]:
    if not blocks:
        return []
    held = [rule for rule in case.layer_rules if rule.values["layer"] in case.layers]

    def blocked(plots: NDArray[Any], papers: frozenset[str]) -> bool:
        occasion = replace(case.occasion, papers=papers)
        # A boundary travels as lon/lat too: what passes must pass after that rounding.
        return any(
            _is_blocked(changed, site.frame, held, replace(case, occasion=occasion))
            for changed in (plots, _there_and_back(plots, site.frame))
        )

    trim = Trim.from_rule(case.rule("remedy.trim"))
    return remedies(site, blocks, case.occasion, trim, blocked)


def _is_blocked(plots: NDArray[Any], frame: Frame, rules: list[Rule], case: _Case) -> bool:
    try:
        ids = [str(number) for number in range(1, len(plots) + 1)]
        changed = site_of(plots, ids, frame, case.touch)
    except Refusal:
        return True
    # A site that straddles the county's border may have nothing left within it.
    if not len(intersect(changed.plots, case.layers[SURVEY].geometry).subject):
        return True
    return any(
        found.blocks
        for rule in rules
        for found in check_layer(
            changed, rule, case.layers[rule.values["layer"]], case.occasion, case.touch
        )
    )


def _there_and_back(plots: NDArray[Any], frame: Frame) -> NDArray[Any]:
    lonlat = frame_of(4490)
    turned = transform(plots, frame, lonlat)
    rounded = shapely.transform(turned, lambda xy: np.round(xy, LONLAT_DIGITS))
    back: NDArray[Any] = transform(rounded, lonlat, frame)
    return back


def _applied(rules: list[Rule], findings: list[Finding], case: _Case) -> list[Rule]:
    used = {found.rule for found in findings}
    book = {rule.id: rule for rule in [*case.book.rules, *rules]}
    approving = [
        case.book.find(
            kind, case.occasion.act_date, case.occasion.decision_date, case.occasion.place
        )
        for kind in ("approval.conversion", "approval.expropriation", "makeup.farmland")
    ]
    used |= {rule.id for rule in approving if rule is not None}
    return [book[name] for name in sorted(used) if name in book]
