"""Words become proposals, dates become lights: the pure rules of supervised tasks."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.core.cases.queries.task_thresholds import book, thresholds
from guotu.core.cases.rules.due_words import due_in, number_in
from guotu.core.cases.rules.lights import Known, light
from guotu.core.cases.rules.sentences import proposals, sentences_of, working_walk
from guotu.core.cases.rules.tasking import Row, check_closable, check_rows, faults
from guotu.lib.refusal import Refusal

SAID = datetime.date(2026, 1, 5)  # a Monday
UNITS = ["耕地保护股", "双桥镇国土所", "执法大队", "矿产股", "办公室"]


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("年底前完成", "2026-12-31"),
        ("今年底前", "2026-12-31"),
        ("明年底前", "2027-12-31"),
        ("月底前报送", "2026-01-31"),
        ("3月底前启用", "2026-03-31"),
        ("2月底", "2026-02-28"),
        ("十月底前", "2026-10-31"),
        ("十二月二十日前", "2026-12-20"),
        ("6月中旬提交", "2026-06-20"),
        ("6月前提交", "2026-05-31"),
        ("2027年3月31日前", "2027-03-31"),
        ("1月4日前", "2027-01-04"),
        ("三个工作日内", "2026-01-08"),
        ("5个工作日内", "2026-01-12"),
        ("十五天内", "2026-01-20"),
        ("两周内", "2026-01-19"),
        ("一个月内", "2026-02-05"),
        ("每月5日前报送", "2026-01-05"),
        ("每月3日前报送", "2026-02-03"),
        ("每季度报送", "2026-03-31"),
        ("一季度末", "2026-03-31"),
        ("上半年完成", "2026-06-30"),
        ("立即排查", "2026-01-06"),
        ("本周内办结", "2026-01-11"),
        ("下周报送", "2026-01-18"),
    ],
)
def test_the_day_that_words_name(words, day):
    found = due_in(words, SAID, working_walk)
    assert found is not None
    assert found.on.isoformat() == day


@pytest.mark.parametrize("words", ["抓紧落实", "第三季度报批情况", "二是要求", "13月40日前"])
def test_no_day_is_read_where_none_is_named(words):
    assert due_in(words, SAID, working_walk) is None


def test_what_comes_again_says_so():
    assert due_in("每月5日前", SAID, working_walk).every == "month"
    assert due_in("年底前", SAID, working_walk).every == ""


@pytest.mark.parametrize(
    ("words", "number"),
    [("三", 3), ("十", 10), ("十五", 15), ("二十", 20), ("三十一", 31), ("7", 7)],
)
def test_numbers_in_chinese(words, number):
    assert number_in(words) == number


def test_who_leads_comes_first_and_who_helps_after():
    text = "办公室配合，由耕地保护股牵头，会同双桥镇国土所，年底前完成摸底。"
    one = proposals(text, SAID, UNITS)[0]
    assert one.unit == "耕地保护股"
    assert set(one.assisting) == {"办公室", "双桥镇国土所"}
    assert one.sure


def test_what_only_tells_is_not_sure_and_nothing_is_lost():
    text = "会议听取了矿产股的汇报。\n一、矿产股务必立即核实；\n（二）严禁瞒报；天气晴好的一天。"
    found = proposals(text, SAID, UNITS)
    assert [one.sure for one in found] == [False, True, True, False]
    assert [one.priority for one in found] == [0, 2, 1, 0]
    assert found[1].sentence == "矿产股务必立即核实"


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    for one in proposals(text, SAID, UNITS):
        assert one.sentence in text.replace("\r", "")
        assert one.due is None or one.due.on >= SAID - datetime.timedelta(3700)
    assert sentences_of("") == []


def known(**more) -> Known:
    facts = {
        "state": "open",
        "due_on": SAID + datetime.timedelta(60),
        "next_on": SAID + datetime.timedelta(60),
        "opened_on": SAID,
        "heard_on": SAID,
    }
    return Known(**{**facts, **more})


def days(count: int) -> datetime.date:
    return SAID + datetime.timedelta(count)


@pytest.mark.parametrize(
    ("facts", "colour", "why"),
    [
        ({}, "green", "距期限还有 60 天"),
        ({"due_on": days(-1), "next_on": days(-1)}, "red", "逾期 1 天"),
        ({"due_on": days(0), "next_on": days(0)}, "yellow", "距期限还有 0 天"),
        ({"next_on": days(-2)}, "red", "节点逾期 2 天"),
        ({"next_on": days(7)}, "yellow", "距节点还有 7 天"),
        ({"doubted": True}, "red", "反馈经核查不符"),
        ({"received": False, "opened_on": days(-3)}, "yellow", "交办后 3 天未签收"),
        ({"heard_on": days(-31)}, "yellow", "31 天没有反馈"),
        ({"heard_on": days(-8), "priority": 2}, "yellow", "8 天没有反馈"),
        ({"state": "proposed", "opened_on": days(-3)}, "yellow", "登记后 3 天未经交办人确认"),
        ({"state": "reported", "reported_on": days(-1), "due_on": days(-1)}, "green", "待核查"),
        ({"state": "reported", "reported_on": days(-6)}, "yellow", "6 天未核查"),
        ({"state": "closed", "due_on": days(-9)}, "ended", "已销号"),
        ({"state": "dropped"}, "ended", "不再办理"),
    ],
)
def test_lights_and_why(facts, colour, why):
    found = light(known(**facts), SAID, thresholds(SAID))
    assert found.colour == colour
    assert any(why in one for one in found.why)


def test_a_county_sets_its_own_days(settings, tmp_path):
    settings.GUOTU_HOME = tmp_path
    told = (
        '[[rule]]\nid = "task-lights"\nkind = "tasks.lights"\ntitle = "本县"\narticle = "县"\n'
        'source = "县委办"\nmark = "V"\neffective_from = 2020-01-01\n'
        "values = { near_days = [90], silent_days = [30], receive_days = 1, confirm_days = 1, "
        "check_days = 1 }\n"
    )
    (tmp_path / "tasks.toml").write_text(told, "utf-8")
    assert light(known(), SAID, thresholds(SAID)).colour == "yellow"
    (tmp_path / "tasks.toml").write_text("not toml [", "utf-8")
    with pytest.raises(Refusal, match="督办规则读不出来"):
        book()


def test_every_fault_of_a_row_is_told():
    empty = Row("", " ", None, None, "")
    assert len(faults(empty, SAID, {1})) == 4
    late = Row("话", "事", 1, days(-1), "凭证", assisting=(1,), milestones=(("台账", days(9)),))
    told = "，".join(faults(late, SAID, {1}))
    for word in ("早于来源之日", "又列为协办", "不在期限之内"):
        assert word in told
    with pytest.raises(Refusal, match="没有要交办的事项"):
        check_rows([], SAID, {1})


def test_closing_asks_for_its_proof():
    check_closable(confirmed=True, evidence=1, record_denies="")
    for facts in ({"confirmed": False}, {"evidence": 0}, {"record_denies": "办件 1 办理中"}):
        with pytest.raises(Refusal, match="不能销号"):
            check_closable(**{"confirmed": True, "evidence": 1, "record_denies": "", **facts})
