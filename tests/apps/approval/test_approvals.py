"""Who may approve, at the limits: strictly greater, collective land alone, two decisions."""

from datetime import date

import pytest

from guotu.apps.approval.rules.approvals import Taking, approvals
from tests.apps.approval.made import book, box, layer, occasion, parcel, reviewed, site

HA = 1_000_000


def taking(**changed):
    usual = {
        "farm_dm2": 0,
        "inside_dm2": None,
        "basic_dm2": 0,
        "basic_collective_dm2": 0,
        "collective_dm2": 0,
        "collective_farmland_dm2": 0,
        "collective_bank_dm2": 0,
        "unclear_owner_dm2": 0,
        "unused_dm2": 0,
    }
    return Taking(**{**usual, **changed})


def levels(on=None, **changed):
    found = approvals(taking(**changed), book(), on or occasion())
    return {one.act: one.level for one in found}


@pytest.mark.parametrize(
    ("farmland", "other", "level", "clause"),
    [
        (35 * HA, 0, "省级人民政府", "第二款"),
        (35 * HA + 1, 0, "国务院", "第（二）项"),
        (0, 70 * HA, "省级人民政府", "第二款"),
        (0, 70 * HA + 1, "国务院", "第（三）项"),
        (35 * HA, 70 * HA, "省级人民政府", "第二款"),
        (1, 70 * HA + 1, "国务院", "第（三）项"),
    ],
)
def test_expropriation_at_the_limits(farmland, other, level, clause):
    found = approvals(
        taking(collective_dm2=farmland + other, collective_farmland_dm2=farmland),
        book(),
        occasion(),
    )
    (one,) = [each for each in found if each.act == "土地征收"]
    assert one.level == level
    assert one.clause.endswith(clause)


def test_any_basic_farmland_goes_to_the_state_council_in_both_decisions():
    done = levels(farm_dm2=1, basic_dm2=1, basic_collective_dm2=1, collective_dm2=1)
    assert done == {"农用地转用": "国务院", "土地征收": "国务院"}


def test_state_land_is_converted_but_not_expropriated():
    assert levels(farm_dm2=50 * HA, inside_dm2=50 * HA) == {"农用地转用": "省级人民政府"}


def test_built_collective_land_is_expropriated_but_not_converted():
    assert levels(collective_dm2=HA) == {"土地征收": "省级人民政府"}


def test_conversion_inside_and_outside_the_plan_are_told_apart():
    found = approvals(taking(farm_dm2=3 * HA, inside_dm2=HA), book(), occasion())
    assert [(one.clause, one.area_dm2) for one in found] == [
        ("《土地管理法》第四十四条第三款", HA),
        ("《土地管理法》第四十四条第四款；国发〔2020〕4号第一条", 2 * HA),
    ]


def test_where_two_readings_of_a_limit_part_the_reason_says_so():
    by_gross = approvals(
        taking(collective_dm2=36 * HA, collective_farmland_dm2=34 * HA, collective_bank_dm2=2 * HA),
        book(),
        occasion(),
    )
    assert "毛面积" in by_gross[0].reason
    by_total = approvals(
        taking(collective_dm2=80 * HA, collective_farmland_dm2=30 * HA), book(), occasion()
    )
    assert by_total[0].level == "省级人民政府"
    assert "总面积" in by_total[0].reason


def test_the_day_of_decision_decides_the_competence():
    before = occasion(day=date(2019, 12, 31))
    found = approvals(taking(collective_dm2=HA), book(), before)
    assert "2004年修正" in found[0].clause


def test_unused_land_goes_by_the_province():
    assert levels(unused_dm2=5) == {"未利用地使用": "按省、自治区、直辖市的规定"}


def test_basic_farmland_on_state_land_is_converted_centrally_and_expropriated_by_none():
    survey = layer("landuse", parcel(box(-10, -10, 200, 200), "0101", QSXZ="20"))
    basic = layer("basic_farmland", (box(0, 0, 50, 50), {}))
    done = reviewed(site(box(0, 0, 100, 100)), survey, basic)
    assert {one.act: one.level for one in done.approvals} == {"农用地转用": "国务院"}


def test_the_net_area_of_farmland_is_held_against_35_hectares():
    # 600 m by 600 m is 36 ha gross; 5 % of field banks leave 34.2 ha net.
    survey = layer("landuse", parcel(box(-10, -10, 700, 700), "0101", KCXS=0.05))
    done = reviewed(site(box(0, 0, 600, 600)), survey)
    (one,) = [each for each in done.approvals if each.act == "土地征收"]
    assert one.level == "省级人民政府"
    assert "毛面积" in one.reason
    bare = layer("landuse", parcel(box(-10, -10, 700, 700), "0101"))
    done = reviewed(site(box(0, 0, 600, 600)), bare)
    (one,) = [each for each in done.approvals if each.act == "土地征收"]
    assert one.level == "国务院"
