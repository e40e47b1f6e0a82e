"""What steps write is of its type; a result says how long its file is kept; risks want evidence."""

import datetime

import pytest

from guotu.core.cases.rules.retention import archive_by, kept, results
from guotu.core.cases.rules.taking import Risk, lacking, passing
from guotu.core.cases.rules.variables import written
from guotu.lib.flow.declared import VariableDeclared
from guotu.lib.refusal import Refusal

VARIABLES = {
    one.name: one
    for one in (
        VariableDeclared("area", "integer", "面积", required=True),
        VariableDeclared("text", "text", "文字"),
        VariableDeclared("yes", "boolean", "是否"),
        VariableDeclared("day", "date", "日子"),
        VariableDeclared("way", "choice", "方式", ("甲", "乙")),
        VariableDeclared("units", "list", "单位"),
        VariableDeclared("ways", "list", "方式", ("甲", "乙")),
    )
}
WRITES = tuple(VARIABLES)


@pytest.mark.parametrize(
    ("name", "given", "kept_as"),
    [
        ("area", "12", 12),
        ("area", -3, -3),
        ("text", "一段话", "一段话"),
        ("yes", "true", True),
        ("yes", False, False),
        ("day", "2026-01-05", "2026-01-05"),
        ("day", datetime.date(2026, 1, 5), "2026-01-05"),
        ("way", "甲", "甲"),
        ("units", ["林业股", 3], ["林业股", 3]),
        ("ways", ("乙",), ["乙"]),
    ],
)
def test_a_value_of_its_type_is_kept_plain(name, given, kept_as):
    assert written({"area": 1, name: given}, WRITES, VARIABLES)[name] == kept_as


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("area", 1.5),
        ("area", True),
        ("area", "一百"),
        ("text", 5),
        ("text", "长" * 2001),
        ("yes", "也许"),
        ("day", "2026-13-01"),
        ("day", 20260105),
        ("day", datetime.datetime(2026, 1, 5, tzinfo=datetime.UTC)),
        ("way", "丙"),
        ("units", "林业股"),
        ("units", []),
        ("units", [1.5]),
        ("units", [True]),
        ("ways", ["丙"]),
        ("yes", []),
    ],
)
def test_a_value_of_another_type_is_refused(name, given):
    with pytest.raises(Refusal, match="填得不对"):
        written({"area": 1, name: given}, WRITES, VARIABLES)


def test_what_is_required_and_what_is_foreign():
    with pytest.raises(Refusal, match="必填"):
        written({"text": "x"}, WRITES, VARIABLES)
    assert written({"text": "x", "day": ""}, WRITES, VARIABLES, partly=True) == {"text": "x"}
    with pytest.raises(Refusal, match="不能写"):
        written({"area": 1}, ("text",), VARIABLES)


def test_a_result_says_how_long_its_file_is_kept():
    closed = datetime.date(2026, 3, 2)
    assert kept("done", closed).keep_until == datetime.date(2036, 12, 31)
    assert kept("准予许可", closed).result == "granted"
    assert kept("granted", closed).keep_until is None
    assert archive_by(closed) == datetime.date(2027, 6, 30)
    assert "准予许可" in results(closed).values()
    with pytest.raises(Refusal, match="没有这种办理结果"):
        kept("nothing", closed)
    with pytest.raises(Refusal, match="没有这种办理结果"):
        kept("registered", datetime.date(2010, 1, 1))


def test_a_risk_point_is_passed_by_its_own_kind_of_evidence():
    risks = [Risk("核实"), Risk("公示", "document")]
    for wrong in ({}, {"核实": {"note": "短"}}, {"核实": {"note": "已到现场核实"}, "公示": {}}):
        with pytest.raises(Refusal, match="廉政风险点"):
            passing(risks, wrong)
    told = {"核实": {"note": "已到现场核实"}, "公示": {"file": "ab"}}
    assert passing(risks, told) == told


def test_a_post_takes_steps_of_the_natures_it_has():
    assert lacking("decide", ["cases.handle"]) == "办理决策类步骤"
    assert lacking("decide", ["cases.handle", "cases.decide"]) == ""
    assert lacking("support", ["cases.handle"]) == ""
    assert lacking("supervise", ["*"]) == ""
