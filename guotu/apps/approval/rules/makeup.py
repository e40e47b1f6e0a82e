"""What must be made up for (占补平衡): farmland by quantity, quality, paddy, by the day's rule."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from guotu.apps.approval.rules.areas import AreaTable
from guotu.apps.approval.rules.facts import Finding, HeldLayer, Occasion
from guotu.lib.rules import Rule, RuleBook


@dataclass(frozen=True)
class MakeUp:
    """What to make up: net farmland, how much of it is paddy, and by quality grade (GDDB).

    `grades` maps a grade ("" where the survey gives none) to net dm2; `mean_grade` is weighted by
    area over what has a grade. `basic_dm2` is permanent basic farmland to be redrawn elsewhere.
    """

    rule: Rule
    quantity_dm2: int
    paddy_dm2: int | None
    grades: dict[str, int]
    mean_grade: float | None
    basic_dm2: int
    redraw: Rule | None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON, areas in m2."""
        values = self.rule.values
        return {
            "regime": values["regime"],
            "clause": self.rule.article,
            "requirement": values["requirement"],
            "quantity_m2": self.quantity_dm2 / 100,
            "paddy_m2": None if self.paddy_dm2 is None else self.paddy_dm2 / 100,
            "grades": [
                {"grade": grade, "area_m2": dm2 / 100} for grade, dm2 in sorted(self.grades.items())
            ],
            "mean_grade": self.mean_grade,
            "basic_farmland_m2": self.basic_dm2 / 100,
            "basic_farmland_clause": self.redraw.article if self.redraw else None,
        }


def make_up(
    table: AreaTable, survey: HeldLayer, basic_dm2: int, book: RuleBook, occasion: Occasion
) -> MakeUp:
    """Return what the site's farmland costs under the regime in force on the day of the act."""
    day = (occasion.act_date, occasion.decision_date, occasion.place)
    rule = book.rule("makeup.farmland", *day)
    grades = _by_grade(table, survey)
    paddy = sum(c.area_dm2 for c in table.cells if c.code == table.system.paddy)
    return MakeUp(
        rule=rule,
        quantity_dm2=table.cultivated_dm2(),
        paddy_dm2=paddy if rule.values["paddy"] else None,
        grades=grades,
        mean_grade=_mean(grades),
        basic_dm2=basic_dm2,
        redraw=book.find("makeup.basic_farmland", *day),
    )


def _by_grade(table: AreaTable, survey: HeldLayer) -> dict[str, int]:
    pieces, grade = table.pieces, survey.column("GDDB")
    sums: dict[str, int] = {}
    for index in np.flatnonzero([table.system.is_cultivated(code) for code in pieces.code]):
        name = grade[pieces.row[index]]
        net = int(pieces.gross_dm2[index] - pieces.bank_dm2[index])
        sums[name] = sums.get(name, 0) + net
    return {name: dm2 for name, dm2 in sums.items() if dm2}


def _mean(grades: dict[str, int]) -> float | None:
    known = {float(g): dm2 for g, dm2 in grades.items() if g.replace(".", "", 1).isdigit()}
    weight = sum(g * dm2 for g, dm2 in known.items() if g > 0)
    total = sum(dm2 for g, dm2 in known.items() if g > 0)
    return round(weight / total, 2) if total else None


def finding_of(made: MakeUp, survey: HeldLayer, occasion: Occasion) -> Finding:
    """Say as a finding what must be made up; it warns until the make-up is confirmed."""
    values = made.rule.values
    confirmed = values["paper"] in occasion.papers
    asked = made.quantity_dm2 > 0 and not confirmed
    verdict = "warn" if asked else ("note" if made.quantity_dm2 else "pass")
    text = "不占用耕地，无须补充"
    if made.quantity_dm2:
        text = f"须补充耕地 {made.quantity_dm2 / 100:.2f} 平方米"
        if made.paddy_dm2:
            text += f"，其中水田 {made.paddy_dm2 / 100:.2f} 平方米"
        if made.mean_grade is not None:
            text += f"，被占耕地平均等别 {made.mean_grade:g}"
        text += f"。{values['requirement']}"
    return Finding.of(
        made.rule,
        survey,
        verdict,
        made.quantity_dm2,
        title=made.rule.title,
        text=text,
        paper=values["paper"] if asked else "",
        paper_title=values["paper_title"] if asked else "",
    )
