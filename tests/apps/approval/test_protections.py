"""Layers: what overlaps, what only touches, what is near, and with which verdict."""

from datetime import date

import numpy as np
import pytest
import shapely

from guotu.apps.approval.rules.touch import Touch
from guotu.lib.refusal import Refusal
from tests.apps.approval.made import TOUCH, box, found, layer, occasion, parcel, reviewed, site

WOOD = layer("landuse", parcel(box(-500, -500, 500, 500), "0301"))
PLOT = box(0, 0, 100, 100)


def verdicts(name, *rows, on=None, **more):
    done = reviewed(site(PLOT), WOOD, layer(name, *rows, **more), on=on)
    return [(one.verdict, one.area_dm2) for one in found(done, name)]


def test_an_overlap_is_found_with_rule_clause_release_area_and_piece():
    rows = [(box(90, 0, 200, 100), {"HXMC": "幕阜山"})]
    done = reviewed(site(PLOT), WOOD, layer("eco_redline", *rows))
    (one,) = found(done, "eco_redline")
    assert (one.verdict, one.area_dm2, one.release) == ("block", 100_000, "2025-12-31")
    assert one.rule == "eco_redline.2022"
    assert "第一、二项" in one.clause
    assert one.geometry.equals(box(90, 0, 100, 100))
    assert [(t.label, t.area_dm2) for t in one.touched] == [("幕阜山", 100_000)]
    assert one.classes == (("0301", "乔木林地", 100_000),)


@pytest.mark.parametrize(
    "beside",
    [
        box(100, 0, 200, 100),  # a shared edge
        box(100, 100, 200, 200),  # a shared corner
        box(99.9999, 0, 200, 100),  # one grid of rounding along the edge
        shapely.Polygon([(500_100, 3_176_050), (500_200, 3_176_000), (500_200, 3_176_100)]),
    ],
)
def test_a_touch_is_not_an_overlap(beside):
    assert verdicts("eco_redline", (beside, {})) == [("pass", 0)]


def test_a_narrow_strip_of_one_square_metre_is_land():
    long = box(0, 0, 5_000, 20)
    wood = layer("landuse", parcel(box(-10, -10, 6_000, 6_000), "0301"))
    red = layer("eco_redline", (box(0, 19.9995, 5_000, 60), {}))
    (one,) = found(reviewed(site(long), wood, red), "eco_redline")
    assert one.verdict == "block"
    assert one.area_dm2 == pytest.approx(250, abs=1)


def test_rounding_that_adds_up_to_a_square_metre_is_kept():
    slivers = [box(n * 1000, 0, n * 1000 + 900, 0.0005) for n in range(3)]
    touch = Touch(0.001, 1.0)
    geometry = np.array([shapely.multipolygons(slivers)], dtype=object)
    assert touch.real(geometry)[0] is not None
    assert TOUCH.real(np.array([slivers[0]], dtype=object))[0] is None


def test_overlapping_features_count_once():
    rows = [(box(50, 0, 150, 100), {}), (box(50, 0, 150, 100), {})]
    assert verdicts("eco_redline", *rows) == [("block", 500_000)]


def test_a_layer_without_a_release_leaves_the_review_incomplete():
    done = reviewed(site(PLOT), WOOD)
    assert "eco_redline" in {gap.layer for gap in done.unchecked if gap.required}
    assert not found(done, "eco_redline")
    assert done.verdict == "warn"


def test_an_expired_mining_right_warns_and_a_valid_one_blocks():
    assert verdicts("mines", (PLOT, {"YXQZ": "2030-01-01"})) == [("block", 1_000_000)]
    assert verdicts("mines", (PLOT, {"YXQZ": "2020/01/01"})) == [("warn", 1_000_000)]
    assert verdicts("mines", (PLOT, {"YXQZ": None})) == [("block", 1_000_000)]


@pytest.mark.parametrize(
    ("name", "grade", "verdict"),
    [
        ("reserve", "核心保护区", "block"),
        ("reserve", "一般控制区", "warn"),
        ("water_source", "一级保护区", "block"),
        ("water_source", "二级保护区", "warn"),
        ("heritage", "保护范围", "block"),
        ("heritage", "建设控制地带", "warn"),
        ("hazard_zones", "危险区", "block"),
        ("hazard_zones", "高易发区", "warn"),
        ("hazard_zones", "不易发区", "note"),
        ("ore_cover", "钨锡矿", "block"),
        ("ore_cover", "高岭土", "warn"),
        ("ore_cover", "砖瓦用页岩", "warn"),
    ],
)
def test_the_grade_of_a_zone_decides(name, grade, verdict):
    field = "LX" if name == "ore_cover" else "JB"
    assert verdicts(name, (PLOT, {field: grade})) == [(verdict, 1_000_000)]


def test_zones_of_two_grades_are_two_findings_worst_first():
    rows = [(box(0, 0, 30, 100), {"JB": "二级"}), (box(30, 0, 100, 100), {"JB": "一级"})]
    assert verdicts("water_source", *rows) == [("block", 700_000), ("warn", 300_000)]


def test_a_project_that_the_law_exempts_is_warned_and_a_paper_lifts_a_block():
    rows = [(PLOT, {})]
    energy = occasion(project="energy")
    assert verdicts("basic_farmland", *rows) == [("block", 1_000_000)]
    assert verdicts("basic_farmland", *rows, on=energy) == [("warn", 1_000_000)]
    held = occasion(papers=frozenset({"basic_farmland_approval"}))
    assert verdicts("basic_farmland", *rows, on=held) == [("warn", 1_000_000)]


def test_a_paper_that_this_kind_of_project_cannot_have_lifts_nothing():
    held = occasion(project="water_supply", papers=frozenset({"basic_farmland_approval"}))
    assert verdicts("basic_farmland", (PLOT, {}), on=held) == [("block", 1_000_000)]


def test_hazard_points_count_within_the_countys_distance():
    point = (shapely.Point(500_250, 3_176_050), {"MC": "李家湾"})
    done = reviewed(site(PLOT), WOOD, layer("hazard_points", point))
    (one,) = found(done, "hazard_points")
    assert (one.verdict, one.touched[0].distance_m) == ("warn", 150.0)
    near = layer("hazard_points", point, protection={"distance_m": 100})
    assert found(reviewed(site(PLOT), WOOD, near), "hazard_points")[0].verdict == "pass"


def test_lines_through_the_site_warn_and_lines_along_its_edge_do_not():
    through = shapely.LineString([(499_900, 3_176_050), (500_300, 3_176_050)])
    along = shapely.LineString([(500_000, 3_176_000), (500_100, 3_176_000)])
    assert verdicts("river", (through, {"MC": "汨水"})) == [("warn", 0)]
    assert verdicts("river", (along, {"MC": "汨水"})) == [("pass", 0)]


def test_a_county_protects_a_layer_of_its_own_by_data():
    clause = "县政府令第 1 号"
    sure = {"verdict": "block", "clause": clause}
    assert verdicts("tea_gardens", (PLOT, {}), protection=sure) == [("block", 1_000_000)]
    unsure = {**sure, "certainty": "unsure"}
    assert verdicts("tea_gardens", (PLOT, {}), protection=unsure) == [("warn", 1_000_000)]
    nameless = {"verdict": "block"}
    assert verdicts("tea_gardens", (PLOT, {}), protection=nameless) == [("warn", 1_000_000)]


def test_no_rule_marked_unsure_ever_blocks():
    everything = [
        layer(name, (PLOT, {"JB": "核心 一级 危险区", "ZT": "新增", "LX": "", "MC": ""}))
        for name in ("approved", "violations", "facility_farmland", "banked_plots", "forest")
    ]
    done = reviewed(site(PLOT), WOOD, *everything)
    assert all(one.verdict != "block" for one in done.findings if one.mark == "U")
    assert not done.blocks


def test_an_older_day_is_judged_by_the_older_rule():
    then = occasion(day=date(2018, 6, 1))
    done = reviewed(site(PLOT), WOOD, layer("basic_farmland", (PLOT, {})), on=then)
    assert found(done, "basic_farmland")[0].rule == "basic_farmland.1999"
    assert {one.clause for one in done.approvals if one.act == "土地征收"} == {
        "《土地管理法》（2004年修正）第四十五条第一款第（一）项"
    }


def test_plan_says_what_lies_outside_the_boundary():
    inside = layer("urban_boundary", (box(-10, -10, 200, 200), {}))
    half = layer("urban_boundary", (box(50, -10, 200, 200), {}))
    assert found(reviewed(site(PLOT), WOOD, inside), "urban_boundary")[0].verdict == "pass"
    (one,) = found(reviewed(site(PLOT), WOOD, half), "urban_boundary")
    assert (one.verdict, one.area_dm2) == ("warn", 500_000)


def test_plots_that_overlap_one_another_are_refused_and_neighbours_are_not():
    with pytest.raises(Refusal, match="重叠约 1000"):
        site(box(0, 0, 60, 100), box(50, 0, 100, 100))
    assert site(box(0, 0, 50, 100), box(50, 0, 100, 100)).total_dm2 == 1_000_000


def test_a_site_that_is_no_area_or_crosses_itself_is_refused():
    with pytest.raises(Refusal, match="须是面"):
        site(shapely.LineString([(500_000, 3_176_000), (500_010, 3_176_000)]))
    bow = shapely.Polygon(
        [(500_000, 3_176_000), (500_010, 3_176_010), (500_010, 3_176_000), (500_000, 3_176_010)]
    )
    with pytest.raises(Refusal, match="自相交"):
        site(bow)


def test_a_site_outside_the_county_is_refused_and_one_without_a_survey_too():
    with pytest.raises(Refusal, match="完全不在本县"):
        reviewed(site(box(9_000, 0, 9_100, 100)), WOOD)
    with pytest.raises(Refusal, match="没有地类图斑"):
        reviewed(site(PLOT))
