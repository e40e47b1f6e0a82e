"""A place's ribbon: states by release, changes between dates, two clocks, what a reader may see."""

import datetime

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guotu.core.atlas.life import sources
from guotu.core.atlas.life.events import LifeEvent
from guotu.core.atlas.life.ribbon import place_at, ribbon_of
from guotu.core.atlas.models import Quarantined, Release
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.geo.crs import LONLAT, frame_of, transform
from guotu.lib.refusal import Refusal
from tests.core.atlas.conftest import EAST, EPSG, NORTH, squares

TODAY = datetime.date(2099, 1, 1)
READER = Actor(1, 1, frozenset({"atlas.read"}))
MIDDLE = (EAST + 30.0, NORTH + 30.0)


def day(year):
    return datetime.date(year, 12, 31)


def at(x, y, on=TODAY, known_on=TODAY):
    point = transform(shapely.points([[x, y]]), frame_of(EPSG), LONLAT)[0]
    return place_at(point.x, point.y, on, known_on)


def told(lane, *, place=None, viewer=READER):
    ribbon = ribbon_of(place or at(*MIDDLE), viewer)
    found = [one for one in ribbon.lanes if one.title == lane]
    return [(one.kind, one.start, one.end, one.title) for one in found[0].events] if found else []


@pytest.fixture
def history(bring_in, landuse_file):
    """Give a maker of a landuse release of a year: `history(2020, "0101")`."""

    def make(year, code, **options):
        fields = {"DLBM": [code], "QSDWMC": ["双桥村"], "SJNF": [str(year)]}
        fields |= options.pop("fields", {})
        name = f"l{year}{code}{len(options)}{Release.objects.count()}.gpkg"
        path = landuse_file(squares(1, 1), name=name, **fields)
        bring_in("landuse", path, released=day(year), **options)
        return Release.objects.order_by("-pk")[0]

    return make


def test_equal_releases_are_one_run_and_different_ones_changed_between(history):
    for year, code in ((2019, "0101"), (2020, "0101"), (2022, "0702")):
        history(year, code)
    assert told("地类图斑") == [
        ("is", day(2019), day(2020), "水田 0101 · 双桥村"),
        ("change", day(2020), day(2022), "2020-12-31 与 2022-12-31 之间有变化"),
        ("is", day(2022), None, "农村宅基地 0702 · 双桥村"),
    ]


def test_the_day_cuts_and_an_earlier_last_release_goes_on(history):
    history(2019, "0101")
    history(2022, "0702")
    place = at(*MIDDLE, on=datetime.date(2021, 6, 1))
    assert told("地类图斑", place=place) == [("is", day(2019), None, "水田 0101 · 双桥村")]


def test_a_press_asks_the_store_as_often_however_many_layers_there_are(
    history, bring_in, landuse_file
):
    def queries_of_a_press():
        with CaptureQueriesContext(connection) as asked:
            ribbon = ribbon_of(at(*MIDDLE), READER)
        return len(ribbon.lanes), len(asked)

    for year, code in ((2019, "0101"), (2022, "0702")):
        history(year, code)
    few, asked = queries_of_a_press()
    for name in ("basic_farmland", "eco_redline", "urban_boundary", "hazard_zones", "mines"):
        for year in (2018, 2021):
            path = landuse_file(squares(1, 1), name=f"{name}{year}.gpkg", TBBH=[str(year)])
            bring_in(name, path, released=day(year))
    assert queries_of_a_press() == (few + 5, asked)
    assert asked < 12


def test_what_came_in_later_is_counted_and_not_shown(history):
    history(2019, "0101")
    ribbon = ribbon_of(at(*MIDDLE, known_on=datetime.date(2020, 1, 1)), READER)
    assert ribbon.later == 1
    assert all(event.kind == "rule" for event in ribbon.events)


def test_a_withdrawn_release_is_never_in_force_and_is_in_force_as_known_before(history):
    history(2019, "0101")
    history(2022, "0702")
    perform("atlas.withdraw", COUNTY, layer="landuse", name="2022-12-31", reason="坐标有误")
    found = told("地类图斑")
    assert [one[0] for one in found] == ["is", "withdrawn"]
    assert found[0][2] is None
    assert "已撤回" in found[1][3]


def test_of_two_releases_of_one_day_the_later_holds(history):
    history(2019, "0101")
    history(2019, "0702")
    assert [(one[0], one[3].split(" ")[0]) for one in told("地类图斑")] == [
        ("is", "农村宅基地"),
        ("superseded", "水田"),
    ]


def test_code_systems_are_held_against_each_other_by_the_crosswalk(history):
    history(2018, "011", code_system="survey2")
    history(2020, "0101", code_system="survey3")
    kinds = told("地类图斑")
    assert [one[0] for one in kinds] == ["is", "change", "is"]
    assert "地类未变" in kinds[1][3]
    history(2021, "0702", code_system="guide2023")
    assert "之间" in told("地类图斑")[3][3] or "无法比较" in told("地类图斑")[3][3]


def test_the_paper_the_rule_and_the_act_stand_beside_the_state(history):
    history(2019, "0101")
    release = history(2022, "0702")
    ribbon = ribbon_of(at(*MIDDLE), READER)
    lane = next(one for one in ribbon.lanes if one.title == "地类图斑")
    first, change, last = lane.events
    assert last.paper.name == release.source.name
    assert last.sequence > first.sequence > 0
    articles = [one.article for one in change.rule]
    assert "《土地管理法》（2004年修正）第四十四条" in articles
    assert "《土地管理法》第四十四条" in articles
    assert last.address == f"/layers/landuse/#release-{release.pk}"


def test_nothing_secret_is_told_without_the_power(history):
    history(2019, "0101")
    history(2020, "0702", secrecy="secret")
    history(2022, "0101")
    assert told("地类图斑") == [("is", day(2019), None, "水田 0101 · 双桥村")]
    secret = Actor(1, 1, frozenset({"atlas.read", "atlas.read_secret"}))
    assert len(told("地类图斑", viewer=secret)) == 5


def test_a_post_of_another_area_reads_nothing(history, bring_in, landuse_file):
    history(2019, "0101")
    for layer, code in (("divisions", "430626100"), ("villages", "430626100201")):
        fields = {"XZQDM": [code], "ZLDWDM": [code], "ZLDWMC": ["双桥村"]}
        path = landuse_file(squares(1, 1), name=f"{layer}.gpkg", **fields)
        bring_in(layer, path, released=day(2019))
    own = Actor(1, 1, frozenset({"atlas.read"}), frozenset({"430626100"}))
    other = Actor(1, 1, frozenset({"atlas.read"}), frozenset({"430626101"}))
    assert told("地类图斑", viewer=own)
    with pytest.raises(Refusal, match="辖区"):
        ribbon_of(at(*MIDDLE), other)
    with pytest.raises(Refusal, match="辖区"):
        ribbon_of(at(EAST + 500.0, NORTH + 500.0), own)


def test_a_place_outside_says_so_and_a_feature_held_back_is_named(history):
    release = history(2019, "0101")
    outside = (EAST + 90.0, NORTH + 30.0)
    Quarantined.objects.create(
        release=release,
        feature="9",
        rule="r",
        reason="自相交",
        geometry=shapely.to_wkb(squares(1, 2)[1]),
    )
    ribbon = ribbon_of(at(*outside), READER)
    lane = next(one for one in ribbon.lanes if one.title == "地类图斑")
    assert [one.kind for one in lane.events] == ["out"]
    assert "自相交" in lane.events[0].detail
    assert lane in ribbon.outside


def test_a_file_that_is_gone_leaves_the_time_unknown(history, home):
    history(2019, "0101")
    gone = history(2020, "0101")
    history(2022, "0101")
    (home / gone.path).unlink()
    kinds = [(one[0], one[1]) for one in told("地类图斑")]
    assert kinds == [("is", day(2019)), ("fault", day(2020)), ("is", day(2022))]


def test_a_field_that_is_secret_is_not_told(history):
    history(2019, "0101", fields={"BH": ["甲一"]})
    ribbon = ribbon_of(at(*MIDDLE), READER)
    assert "甲一" in str(ribbon.events)
    facts = {"layer": "landuse", "fields": {"BH": "secret", "QSDWMC": "secret"}}
    perform("atlas.classify", COUNTY, **facts)
    said = str(ribbon_of(at(*MIDDLE), READER).events)
    assert "水田" in said
    assert "甲一" not in said
    assert "双桥村" not in said


def test_of_land_across_the_boundary_a_post_of_one_side_is_not_told_the_whole(
    history, bring_in, landuse_file
):
    history(2019, "0101")
    half = shapely.box(EAST, NORTH, EAST + 30, NORTH + 60)
    town = landuse_file([half], name="d.gpkg", XZQDM=["430626100"])
    bring_in("divisions", town, released=day(2019))
    inside, own = at(EAST + 20, NORTH + 30), frozenset({"430626100"})
    shown = [
        str(ribbon_of(inside, Actor(1, 1, frozenset({"atlas.read"}), areas)).events)
        for areas in (None, own)
    ]
    assert all("水田 0101" in one for one in shown)
    assert [one.count("面积 3,") for one in shown] == [1, 0]


@pytest.fixture
def more_sources(monkeypatch):
    """Let a test add sources that are gone after it."""
    sources.sources()
    monkeypatch.setattr(sources, "_sources", dict(sources._sources))
    monkeypatch.setattr(sources, "_rules", dict(sources._rules))


def test_a_source_that_fails_is_a_line_and_the_rest_stands(history, more_sources):
    history(2019, "0101")

    @sources.life_source(order=5, title="案件")
    def broken(place, viewer):
        yield LifeEvent(day(2020), None, "案件", "半个")
        raise RuntimeError("秘密地名")

    assert told("案件")[0][0] == "fault"
    assert "秘密地名" not in str(told("案件"))
    assert told("地类图斑")


def test_what_a_source_yields_is_held_to_powers_areas_and_both_clocks(history, more_sources):
    history(2019, "0101")

    @sources.life_source(order=5, title="案件", powers=["cases.read"])
    def cases(place, viewer):
        yield LifeEvent(day(2020), day(2030), "案件", "公开")
        yield LifeEvent(day(2020), None, "案件", "涉密", secrecy="secret")
        yield LifeEvent(day(2026), None, "案件", "以后")
        yield LifeEvent(day(2020), None, "案件", "后知", recorded=day(2026))
        yield LifeEvent(day(2020), None, "案件", "外地", division="430999")

    place = at(*MIDDLE, on=day(2025), known_on=day(2025))
    assert told("案件", place=place) == []
    clerk = Actor(1, 1, frozenset({"atlas.read", "cases.read"}), None)
    assert [one[1:] for one in told("案件", place=place, viewer=clerk)] == [
        (day(2020), None, "公开"),
        (day(2020), None, "外地"),
    ]


def test_a_rule_source_that_fails_says_so(history, more_sources):
    @sources.life_rules
    def broken(place):
        raise RuntimeError

    history(2019, "0101")
    lane = next(one for one in ribbon_of(at(*MIDDLE), READER).lanes if one.title == "地类图斑")
    assert "规则没有读出来" in [one.title for one in lane.events[0].rule]
