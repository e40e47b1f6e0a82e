"""The rule data that ships: every rule cites, every threshold is dated, kinds are continuous."""

from datetime import date
from itertools import pairwise

import pytest

from tests.apps.approval.made import DAY, book

RULES = book().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_cites_its_article_source_and_mark(rule):
    assert rule.article.strip()
    assert rule.source.strip()
    assert rule.mark in "VPMU"


@pytest.mark.parametrize("kind", book().kinds())
def test_a_rule_of_each_kind_is_in_force_today(kind):
    assert book().find(kind, DAY) is not None


@pytest.mark.parametrize("kind", book().kinds("protection."))
def test_periods_of_one_kind_do_not_overlap(kind):
    rules = sorted((r for r in RULES if r.kind == kind), key=lambda r: r.effective_from)
    for earlier, later in pairwise(rules):
        assert earlier.effective_to == later.effective_from


def test_the_limits_of_article_46_are_data():
    rule = book().rule("approval.expropriation", DAY, DAY)
    assert (rule.values["farmland_over_ha"], rule.values["other_over_ha"]) == (35, 70)
    assert rule.mark == "V"
    assert rule.judged_by == "decision"


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.kind.startswith("protection.")], ids=lambda r: r.id
)
def test_a_protection_says_what_it_asks_and_which_paper(rule):
    values = rule.values
    assert values["verdict"] in ("block", "warn", "note")
    assert set(values.get("by", {}).values()) <= {"block", "warn", "note"}
    assert all(values[name] for name in ("paper", "paper_title", "requirement"))


def test_a_new_law_replaces_the_old_on_its_day():
    assert book().rule("protection.reserve", date(2026, 3, 14)).id == "reserve.1994"
    assert book().rule("protection.reserve", date(2026, 3, 15)).id == "reserve.2026"
    assert book().rule("protection.mines", date(2025, 7, 1)).id == "mines.2025"
