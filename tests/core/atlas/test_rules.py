"""Class codes mean what the survey says, by date and system; layers are well formed."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.core.atlas import rules
from guotu.lib.refusal import Refusal


@pytest.mark.parametrize(
    ("code", "name", "great", "cultivated"),
    [
        ("0101", "水田", "农用地", True),
        ("0103", "旱地", "农用地", True),
        ("0201K", "可调整果园", "农用地", False),
        ("0404", "其他草地", "未利用地", False),
        ("0402", "沼泽草地", "农用地", False),
        ("0603", "盐田", "建设用地", False),
        ("1006", "农村道路", "农用地", False),
        ("1104A", "养殖坑塘", "农用地", False),
        ("1109", "水工建筑用地", "建设用地", False),
        ("1203", "田坎", "农用地", False),
        ("201A", "城市独立工业用地", "建设用地", False),
        ("08H2A", "高教用地", "建设用地", False),
    ],
)
def test_third_survey_classes(code, name, great, cultivated):
    found = rules.land_class(code)
    assert found is not None
    assert (found.name, found.great_name, found.is_cultivated) == (name, great, cultivated)


def test_adjustable_codes_are_not_cultivated_land():
    adjustable = [
        one for one in rules.class_system("survey3").classes.values() if one.is_adjustable
    ]
    assert len(adjustable) == 9
    assert not any(one.is_cultivated for one in adjustable)


def test_the_great_classes_cover_every_leaf():
    for system in rules.class_systems().values():
        for code, found in system.classes.items():
            has_children = any(other != code and other.startswith(code) for other in system.classes)
            is_group = code == "00" or (len(code) == 2 and has_children)
            assert found.great or is_group, (system.id, code)


@given(st.text(max_size=8))
def test_an_unknown_code_is_none_and_never_an_error(code):
    found = rules.land_class(code)
    assert found is None or found.code == code


def test_codes_are_the_systems_own():
    assert rules.land_class("0305", "survey3").name == "灌木林地"
    assert rules.land_class("0305", "guide2023") is None
    assert rules.land_class("0303", "guide2023").name == "灌木林地"
    with pytest.raises(Refusal, match="没有这个地类分类体系"):
        rules.land_class("0101", "survey4")


def test_the_crosswalk_names_one_several_or_none():
    assert rules.crosswalk("011", "survey2", "survey3").codes == ("0101",)
    assert rules.crosswalk("011", "survey2", "survey3").certainty == "sure"
    several = rules.crosswalk("0204", "survey3", "guide2023")
    assert several.codes == ("0204", "0205")
    assert several.certainty == "unsure"
    assert rules.crosswalk("023", "survey2", "guide2023").codes == ("0204", "0205")
    assert rules.crosswalk("205", "survey2", "survey3").codes == ()
    assert rules.crosswalk("0101", "survey3", "survey3").codes == ("0101",)
    assert rules.crosswalk("011", "survey2", "survey3", datetime.date(2010, 1, 1)).codes == ()
    with pytest.raises(Refusal, match="没有这两个分类体系之间的对照表"):
        rules.crosswalk("0101", "guide2023", "survey2")


def test_every_code_of_a_crosswalk_is_a_code_of_its_systems():
    for pair in (("survey2", "survey3"), ("survey3", "guide2023")):
        source, target = (rules.class_system(one).classes for one in pair)
        for code in source:
            assert set(rules.crosswalk(code, *pair).codes) <= set(target)


def test_the_standard_layers_are_whole():
    layers = {one["name"]: one for one in rules.standard_layers()}
    assert {"divisions", "villages", "landuse", "basic_farmland", "eco_redline"} <= set(layers)
    assert len(layers) == 19
    assert layers["basic_farmland"]["protection"]["verdict"] == "block"
    for one in layers.values():
        protection = one["protection"]
        assert not (protection.get("verdict") == "block" and protection["certainty"] != "sure")
        assert set(one["tiling"]) == {"min", "max", "fields"}


def test_the_legend_is_by_land_class_where_the_layer_says_so():
    legend = rules.legend({"by": "land_class"}, "survey3")
    assert {"code": "0101", "name": "水田", "colour": "#fff2a8", "great": "农用地"} in legend
    assert rules.legend({"fill": "#fff"}, "survey3") == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": "Tea-Hills"}, "图层名称"),
        ({"title": " "}, "图层标题"),
        ({"protection": {"verdict": "forbid", "clause": "x"}}, "结论应为"),
        ({"protection": {"verdict": "warn", "clause": " "}}, "依据条款"),
        (
            {"protection": {"verdict": "block", "clause": "x", "certainty": "unsure"}},
            "只能提醒",
        ),
        ({"protection": {"verdict": "warn", "clause": "x", "distance_m": -1}}, "距离"),
    ],
)
def test_a_badly_formed_layer_is_refused(facts, said):
    named = {"name": "tea_hills", "title": "茶山", **facts}
    name, title = named.pop("name"), named.pop("title")
    with pytest.raises(Refusal, match=said):
        rules.checked_layer(name, title, named)


@pytest.mark.parametrize(
    ("code", "name", "epsg"),
    [("4306", "平江县", 4547), ("430626", " ", 4547), ("430626", "平江县", 4490)],
)
def test_a_county_that_cannot_be_is_refused(code, name, epsg):
    with pytest.raises(Refusal):
        rules.check_county(code, name, epsg)


def test_secret_layers_need_a_power_of_their_own():
    assert rules.may_see("internal", frozenset())
    assert not rules.may_see("secret", frozenset({"atlas.read"}))
    assert rules.may_see("secret", frozenset({"atlas.read_secret"}))
