"""Who may approve: conversion (转用, art 44) and expropriation (征收, art 46) are two decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guotu.apps.approval.rules.facts import Approval, Occasion
from guotu.lib.rules import Rule, RuleBook

DM2_PER_HA = 1_000_000


@dataclass(frozen=True)
class Taking:
    """What a site takes, in whole dm2.

    Farm land in the great class (农用地) is what is converted; what is expropriated is collective
    land alone. `farmland` is the net area of 耕地 (field banks are other farm land).
    `basic_collective` is basic farmland on collective land. `inside` is the farm land within the
    plan's boundary, None where no boundary is there to hold it against.
    """

    farm_dm2: int
    inside_dm2: int | None
    basic_dm2: int
    basic_collective_dm2: int
    collective_dm2: int
    collective_farmland_dm2: int
    collective_bank_dm2: int
    unclear_owner_dm2: int
    unused_dm2: int


def approvals(taking: Taking, book: RuleBook, occasion: Occasion) -> list[Approval]:
    """Return every decision that the site needs, each with its level, clause and reason."""
    return [
        *_conversion(taking, _rule(book, "approval.conversion", occasion)),
        *_expropriation(taking, _rule(book, "approval.expropriation", occasion), book, occasion),
        *_unused(taking, book, occasion),
    ]


def _rule(book: RuleBook, kind: str, occasion: Occasion) -> Rule:
    return book.rule(kind, occasion.act_date, occasion.decision_date, occasion.place)


def _m2(dm2: int) -> str:
    return f"{dm2 / 100:.2f} 平方米"


def _ha(dm2: int) -> str:
    # Enough digits to tell 35 ha from just over it.
    return f"{dm2 / DM2_PER_HA:.6f}".rstrip("0").rstrip(".") + " 公顷"


def _conversion(taking: Taking, rule: Rule) -> list[Approval]:
    values = rule.values
    if taking.basic_dm2:
        reason = f"占用永久基本农田 {_m2(taking.basic_dm2)}，不论面积大小由国务院批准"
        area = max(taking.farm_dm2, taking.basic_dm2)
        level, clause = values["basic_farmland_level"], values["basic_farmland_clause"]
        return [Approval(values["act"], level, clause, reason, area, rule.mark)]
    inside = taking.inside_dm2 or 0
    outside = taking.farm_dm2 - inside
    found = []
    if inside:
        found.append(_converted(values, "inside", inside, rule))
    if outside:
        found.append(_converted(values, "outside", outside, rule, taking.inside_dm2 is None))
    return found


def _converted(
    values: Mapping[str, Any], side: str, dm2: int, rule: Rule, unknown: bool = False
) -> Approval:
    reason = f"农用地 {_m2(dm2)}{values[f'{side}_reason']}"
    if unknown:
        reason += "；本县没有城镇开发边界的有效版本，暂按范围外认定"
    else:
        reason += "；村庄建设用地范围以村庄规划为准"
    return Approval(
        values["act"], values[f"{side}_level"], values[f"{side}_clause"], reason, dm2, rule.mark
    )


def _expropriation(
    taking: Taking, rule: Rule, book: RuleBook, occasion: Occasion
) -> list[Approval]:
    # State-owned land is not expropriated.
    if not taking.collective_dm2:
        return []
    values = rule.values
    level, clause, reason = _expropriation_level(taking, values)
    central = level == values["central_level"]
    notes = [reason]
    if taking.basic_dm2:
        notes.append(values["together"])
    if taking.unclear_owner_dm2:
        notes.append(f"其中权属不明 {_m2(taking.unclear_owner_dm2)} 暂按集体土地计")
    if central:
        notes += _delegated(book, occasion)
    else:
        notes += _close_to_limit(taking, values)
    return [
        Approval(values["act"], level, clause, "；".join(notes), taking.collective_dm2, rule.mark)
    ]


def _expropriation_level(taking: Taking, values: Mapping[str, Any]) -> tuple[str, str, str]:
    farmland = taking.collective_farmland_dm2
    other = taking.collective_dm2 - farmland
    if taking.basic_collective_dm2:
        reason = f"征收永久基本农田 {_m2(taking.basic_collective_dm2)}"
        return values["central_level"], values["basic_farmland_clause"], reason
    if farmland > values["farmland_over_ha"] * DM2_PER_HA:
        reason = f"征收耕地 {_ha(farmland)}，超过 {values['farmland_over_ha']} 公顷"
        return values["central_level"], values["farmland_clause"], reason
    if other > values["other_over_ha"] * DM2_PER_HA:
        reason = f"征收其他土地 {_ha(other)}，超过 {values['other_over_ha']} 公顷"
        return values["central_level"], values["other_clause"], reason
    reason = (
        f"征收集体土地 {_ha(taking.collective_dm2)}，其中耕地 {_ha(farmland)}、"
        f"其他土地 {_ha(other)}，均未超过国务院批准的界限"
    )
    return values["provincial_level"], values["provincial_clause"], reason


def _close_to_limit(taking: Taking, values: Mapping[str, Any]) -> list[str]:
    # Two readings of the limits are in use; where they part, a person must look.
    notes = []
    gross = taking.collective_farmland_dm2 + taking.collective_bank_dm2
    if gross > values["farmland_over_ha"] * DM2_PER_HA:
        notes.append(f"耕地含田坎 {_ha(gross)}，如按毛面积计已超过界限，须核实")
    if taking.collective_dm2 > values["other_over_ha"] * DM2_PER_HA:
        notes.append(
            f"征收总面积超过 {values['other_over_ha']} 公顷，如按总面积计须报国务院，须核实"
        )
    return notes


def _delegated(book: RuleBook, occasion: Occasion) -> list[str]:
    rule = book.find(
        "approval.delegation", occasion.act_date, occasion.decision_date, occasion.place
    )
    if rule is None or not occasion.place.startswith(tuple(rule.values["places"])):
        return []
    return [f"{rule.values['reason']}（{rule.article}）"]


def _unused(taking: Taking, book: RuleBook, occasion: Occasion) -> list[Approval]:
    rule = book.find("approval.unused", occasion.act_date, occasion.decision_date, occasion.place)
    if rule is None or not taking.unused_dm2:
        return []
    values = rule.values
    reason = f"{values['reason']}，{_m2(taking.unused_dm2)}"
    return [
        Approval(values["act"], values["level"], rule.article, reason, taking.unused_dm2, rule.mark)
    ]
