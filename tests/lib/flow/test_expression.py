"""Conditions: the grammar and nothing beyond it, types, values, and what can hold together."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.flow.deciding import outcomes
from guotu.lib.flow.declared import VariableDeclared
from guotu.lib.flow.expression import (
    DEEPEST,
    LONGEST,
    Compare,
    Constant,
    Empty,
    Name,
    branches,
    evaluate,
    holds,
    names,
    parse,
)
from guotu.lib.flow.fitting import check_condition, type_of
from guotu.lib.refusal import Refusal

VARIABLES = {
    name: VariableDeclared(name, kind, name, values)
    for name, kind, values in (
        ("area_dm2", "integer", ()),
        ("limit_dm2", "integer", ()),
        ("note", "text", ()),
        ("urgent", "boolean", ()),
        ("due", "date", ()),
        ("decision", "choice", ("agree", "reject")),
        ("parties", "list", ()),
        ("party", "item", ()),
        ("strange", "colour", ()),
    )
}
VALUES: dict[str, Any] = {
    "area_dm2": 5,
    "note": "好",
    "urgent": True,
    "due": "2026-01-05",
    "decision": "agree",
    "parties": ["a"],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("area_dm2 > 3", True),
        ("area_dm2 >= 5 and area_dm2 <= 5 and not area_dm2 < 5", True),
        ("area_dm2 = 5 or 1 = 2", True),
        ("(1 = 2 or 1 = 1) and true", True),
        ("1 = 2 or 1 = 1 and 1 = 2", False),
        ("not not urgent", True),
        ("missing or urgent", True),
        ("not not not urgent", False),
        ('note = "好"', True),
        ('note != "坏"', True),
        ('decision in ("agree", "reject")', True),
        ('decision not in ("reject")', True),
        ('due < date("2026-01-06")', True),
        ('date("2026-01-06") > due', True),
        ('due = date("2026-01-05")', True),
        ("missing is empty", True),
        ("parties is not empty", True),
        ("missing > 3", False),
        ("not missing > 3", True),
        ("missing = 3", False),
        ("missing != 3", True),
        ("missing != other", False),
        ("missing", None),
        ("area_dm2", 5),
        ("-3", -3),
        ('"text"', "text"),
        ('date("2026-01-05")', date(2026, 1, 5)),
        ('area_dm2 = "5"', False),
        ("urgent = 1", False),
        ("parties = parties", True),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert evaluate(parse(text), VALUES) == value


@pytest.mark.parametrize(
    "text",
    ["note < 3", "urgent < true", 'note < "x"', "area_dm2 and urgent", 'due < "x"', "parties < 3"],
)
def test_values_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match="不能比较"):
        holds(parse(text), VALUES)


def test_a_text_that_is_no_day_does_not_fit_a_date() -> None:
    with pytest.raises(Refusal, match="不能比较"):
        holds(parse('due > date("2026-01-05")'), {"due": "soon"})
    with pytest.raises(Refusal, match="不能比较"):
        holds(parse('date("2026-01-05") < due'), {"due": datetime(2026, 1, 5)})  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "area_dm2 >",
        "area_dm2 > > 3",
        "area_dm2 3",
        "area_dm2 == 3",
        "area.dm2 = 3",
        "f(3)",
        "__import__('os')",
        'note = "a\\"b"',
        "note = 'a'",
        "3.5 > area_dm2",
        "3x = 3",
        "1234567890123456789 = 1",
        "area_dm2 + 1 = 2",
        "(area_dm2 = 1",
        "area_dm2 in 3",
        "area_dm2 in ()",
        "area_dm2 in (1, 2",
        "area_dm2 not 3",
        "area_dm2 is 3",
        "area_dm2 is not 3",
        "and = 3",
        "date = 3",
        "date(3)",
        'date("2026-02-30")',
        'date("26-2-3")',
        'date("1026-02-03")',
        'date("2026-02-03"',
        "date(",
        "面积 = 3",
        "a = 1 ; b = 2",
        "a[0] = 1",
        "lambda: 1",
    ],
)
def test_what_is_not_of_the_grammar_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse(text)
    assert "字符" in refused.value.what
    assert refused.value.remedy


def test_length_and_depth_are_limited() -> None:
    with pytest.raises(Refusal, match=str(LONGEST)):
        parse("a" * (LONGEST + 1))
    assert parse("(" * (DEEPEST - 1) + "a" + ")" * (DEEPEST - 1)) == Name("a")
    with pytest.raises(Refusal, match=str(DEEPEST)):
        parse("(" * 240 + "a" + ")" * 240)


@given(st.text(st.sampled_from('ab1"()<>=!, andornotisempty'), max_size=60))
def test_any_text_is_a_tree_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except Refusal:
        return
    assert names(tree) <= set(text.split()) | names(tree)
    try:
        type_of(tree, VARIABLES)
    except Refusal:
        return


def test_names_and_trees() -> None:
    assert names(parse('a = 1 and (b in (c, 2) or not d is empty) and "e" = "f"')) == {*"abcd"}
    assert branches(Name("a")) == ()
    assert parse("a is empty") == Empty(Name("a"))
    assert parse("a <= 2") == Compare("<=", Name("a"), Constant(2))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("area_dm2", "integer"),
        ("3", "integer"),
        ('"x"', "text"),
        ("true", "boolean"),
        ('date("2026-01-05")', "date"),
        ("area_dm2 > limit_dm2", "boolean"),
        ('note = decision and decision = "agree"', "boolean"),
        ('"agree" = decision', "boolean"),
        ("parties is empty and not urgent or urgent", "boolean"),
        ('party = "a" or party in ("b", 3)', "boolean"),
        ("urgent = true", "boolean"),
    ],
)
def test_types(text: str, kind: str) -> None:
    assert type_of(parse(text), VARIABLES) == kind


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("nobody = 3", "没有声明变量 nobody"),
        ("nobody is empty", "没有声明变量 nobody"),
        ("area_dm2", "条件不是真或假，而是整数"),
        ("urgent and note", "条件不是真或假，而是文字"),
        ("not due", "条件不是真或假，而是日期"),
        ("strange", "条件不是真或假，而是colour"),
        ("area_dm2 = note", "整数与文字不能比较"),
        ("party = due", "列表中的一项与日期不能比较"),
        ("note < note", "文字没有大小之分"),
        ("parties = parties", "列表不能比较"),
        ('decision = "agre"', "变量 decision 没有选项 agre"),
        ('decision in ("agree", "x")', "变量 decision 没有选项 x"),
        ('"x" = decision', "变量 decision 没有选项 x"),
        ("(note = 3) = true", "文字与整数不能比较"),
    ],
)
def test_what_does_not_fit_the_variables(text: str, what: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_condition(parse(text), VARIABLES)
    assert refused.value.what == what
    assert refused.value.remedy


def together(*texts: str, given: str = "") -> set[str] | None:
    """Return which of the conditions, by number, can hold at once: "" none, "01" both."""
    conditions = {str(number): parse(text) for number, text in enumerate(texts)}
    found = outcomes(conditions, VARIABLES, given.split())
    return None if found is None else {"".join(sorted(one)) for one in found}


def test_what_can_hold_together() -> None:
    assert together("area_dm2 > 3", "area_dm2 <= 3") == {"0", "1", ""}
    assert together("area_dm2 > 3", "area_dm2 <= 3", given="area_dm2") == {"0", "1"}
    assert together("area_dm2 > 3", "area_dm2 > 5", given="area_dm2") == {"", "0", "01"}
    assert together("area_dm2 > limit_dm2", given="area_dm2 limit_dm2") == {"", "0"}
    assert together("urgent", "not urgent") == {"0", "1"}
    assert together('decision = "agree"', 'decision = "reject"', given="decision") == {"0", "1"}
    assert together('note = "a"', 'note != "a"', given="note") == {"0", "1"}
    assert together("note = decision") == {"", "0"}
    assert together('due < date("2026-01-05")', 'due >= date("2026-01-05")', given="due") == {*"01"}
    assert together("due is empty", "due is not empty") == {"0", "1"}
    assert together("parties is empty", "parties is not empty") == {"0", "1"}
    assert together('party = "a"', "party = 3", given="party") == {"", "0", "1"}
    assert together("1 = 2") == {""}


def test_too_many_values_to_try() -> None:
    many = " or ".join(f"area_dm2 = {number * 10}" for number in range(25))
    assert (
        together(f"{many} or limit_dm2 = 1 or due is empty or party = 1 or note is empty") is None
    )
