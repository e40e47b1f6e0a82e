"""Dated rules: which one holds, where, and how sure it must be to refuse."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.refusal import Refusal
from guotu.lib.rules import Rule, RuleBook


def row(**changed: Any) -> dict[str, Any]:
    usual = {
        "id": "r",
        "kind": "k",
        "title": "规则",
        "article": "第一条",
        "source": "文本",
        "mark": "V",
        "effective_from": date(2020, 1, 1),
    }
    return {**usual, **changed}


def one(**changed: Any) -> Rule:
    return RuleBook.from_dicts([row(**changed)]).rules[0]


def test_a_rule_holds_from_its_first_day_until_the_day_it_ends() -> None:
    rule = one(effective_to=date(2021, 1, 1))
    assert not rule.holds_on(date(2019, 12, 31))
    assert rule.holds_on(date(2020, 1, 1))
    assert rule.holds_on(date(2020, 12, 31))
    assert not rule.holds_on(date(2021, 1, 1))


def test_the_later_rule_of_a_kind_is_in_force() -> None:
    rows = [row(id="old"), row(id="new", effective_from=date(2024, 9, 30))]
    book = RuleBook.from_dicts(rows)
    assert book.rule("k", date(2024, 9, 29)).id == "old"
    assert book.rule("k", date(2024, 9, 30)).id == "new"


def test_the_more_local_rule_comes_before_the_later_one() -> None:
    book = RuleBook.from_dicts(
        [
            row(id="nation", effective_from=date(2025, 1, 1)),
            row(id="hunan", place="43"),
            row(id="county", place="430626"),
        ]
    )
    day = date(2026, 1, 1)
    assert book.rule("k", day, place="430626").id == "county"
    assert book.rule("k", day, place="430681").id == "hunan"
    assert book.rule("k", day, place="110101").id == "nation"


def test_substance_goes_by_the_act_and_competence_by_the_decision() -> None:
    before, after = date(2019, 6, 1), date(2020, 6, 1)
    old = {"effective_from": date(1999, 1, 1), "effective_to": date(2020, 1, 1)}
    book = RuleBook.from_dicts(
        [
            row(id="substance.old", kind="s", **old),
            row(id="substance.new", kind="s"),
            row(id="level.old", kind="l", judged_by="decision", **old),
            row(id="level.new", kind="l", judged_by="decision"),
        ]
    )
    assert book.rule("s", before, after).id == "substance.old"
    assert book.rule("l", before, after).id == "level.new"


def test_an_unsure_rule_warns_and_never_blocks() -> None:
    assert one(mark="U").verdict("block") == "warn"
    assert one(mark="U").verdict("note") == "note"
    assert one(mark="U").certainty == "unsure"
    for mark in ("V", "P", "M"):
        assert one(mark=mark).verdict("block") == "block"


def test_no_rule_in_force_is_a_refusal_that_names_kind_and_day() -> None:
    book = RuleBook.from_dicts([row()])
    assert book.find("k", date(2019, 1, 1)) is None
    with pytest.raises(Refusal, match="2019-01-01"):
        book.rule("k", date(2019, 1, 1))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"article": ""}, "article"),
        ({"mark": "X"}, "可靠程度"),
        ({"effective_from": "2020-01-01"}, "日期"),
        ({"effective_to": date(2019, 1, 1)}, "失效日"),
        ({"judged_by": "whim"}, "judged_by"),
        ({"limit": 5}, "limit"),
    ],
)
def test_a_faulty_rule_is_refused_by_name(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        RuleBook.from_dicts([row(**changed)])


def test_a_county_puts_its_own_rule_in_place_of_ours() -> None:
    book = RuleBook.from_dicts([row(), row(id="other")])
    own = book.with_rules([row(values={"limit_m": 5})])
    assert own.rule("k", date(2026, 1, 1)).id in {"r", "other"}
    assert {rule.id: dict(rule.values) for rule in own.rules} == {"other": {}, "r": {"limit_m": 5}}
    assert dict(book.rules[0].values) == {}


@given(
    st.lists(st.integers(0, 4000), min_size=1, max_size=8, unique=True),
    st.integers(-50, 4100),
)
def test_the_rule_found_is_the_last_begun_by_the_day(starts: list[int], day: int) -> None:
    origin = date(2010, 1, 1)
    book = RuleBook.from_dicts(
        [row(id=str(n), effective_from=origin + timedelta(n)) for n in starts]
    )
    rule = book.find("k", origin + timedelta(day))
    begun = [n for n in starts if n <= day]
    assert (rule.id if rule else None) == (str(max(begun)) if begun else None)


def test_a_rule_tells_where_it_stands_and_a_book_what_it_holds() -> None:
    told = one().as_dict()
    assert (told["article"], told["source"], told["effective_from"]) == (
        "第一条",
        "文本",
        "2020-01-01",
    )
    book = RuleBook.from_dicts([row(id="a", kind="x.b"), row(id="b", kind="x.a"), row(id="c")])
    assert book.kinds("x.") == ["x.a", "x.b"]
