"""Trade policy (L140) and supported trades (L144)."""

import pytest

from guotu.apps.approval.rules.trades import check_trade
from tests.apps.approval.made import book, occasion


def told(industry, rules=None):
    found = check_trade(rules or book(), occasion(industry=industry))
    return [(one.rule, one.verdict) for one in found]


@pytest.mark.parametrize(
    ("industry", "rule", "verdict"),
    [
        ("别墅开发", "trade.villa", "block"),
        ("高尔夫球场", "trade.golf", "block"),
        ("机关办公楼", "trade.party_office", "warn"),
        ("水泥熟料生产", "trade.cement", "warn"),
    ],
)
def test_forbidden_blocks_restricted_warns_and_the_unsure_only_warns(industry, rule, verdict):
    assert (rule, verdict) in told(industry)


def test_supported_trades_are_tagged():
    assert ("support.elderly", "note") in told("养老院")
    assert ("support.red_culture", "note") in told("红色教育基地")


def test_an_industry_that_is_in_no_catalogue_is_noted_and_none_given_is_not_checked():
    assert told("茶叶加工") == [("trade.2024.notice", "note")]
    assert told("") == []


def test_every_finding_of_the_catalogue_names_its_edition():
    assert {one.release for one in check_trade(book(), occasion(industry="别墅"))} == {"2024年本"}


def test_the_county_loads_a_catalogue_as_data():
    own = {
        "id": "trade.own",
        "kind": "trade.item",
        "title": "电解铝",
        "article": "县产业目录",
        "source": "县政府文件",
        "mark": "M",
        "effective_from": occasion().act_date.replace(year=2020),
        "values": {"status": "forbidden", "words": ["电解铝"]},
    }
    assert ("trade.own", "block") in told("电解铝厂", book().with_rules([own]))
