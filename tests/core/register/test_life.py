"""What the register tells on a place's ribbon: versions, lineage, two clocks, nobody's name."""

import datetime

import pytest

from guotu.core.atlas.life.events import LifePlace
from guotu.core.atlas.life.ribbon import ribbon_of
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.register.lineage import Child
from tests.core.register.conftest import DLBM, EAST, NORTH, OTHER, VILLAGE, begun, box, day, did

POWERS = frozenset({"atlas.read", "register.read"})
READER = Actor(1, 1, POWERS)
ESTATE = f"{VILLAGE}JC00001F00010001"


def at(east, north, on=60, known_days=0):
    known_on = clock.today() - datetime.timedelta(known_days)
    x, y = EAST + east, NORTH + north
    return LifePlace(113.0, 28.0, x, y, 4547, "430999", VILLAGE, day(on), known_on)


def told(place, viewer=READER, lane="登记：图斑"):
    return [
        (event.kind, event.start, event.end, event.title.replace(f"{VILLAGE}-", ""))
        for one in ribbon_of(place, viewer).lanes
        if one.title == lane
        for event in one.events
    ]


@pytest.fixture
def split():
    """Give a parcel that was split, and whose western part changed its class."""
    whole = begun("0", source="初始登记")
    children = [
        Child(f"{VILLAGE}-1", box(0, 0, 40, 100), DLBM, VILLAGE),
        Child(f"{VILLAGE}-2", box(40, 0, 100, 100), DLBM, VILLAGE),
    ]
    one, _ = did("split", parent=whole, on=day(10), children=children, source="县分〔2026〕1号")
    did("change", thing=one, on=day(20), facts={"DLBM": "0301"}, source="县变〔2026〕2号")


WHOLE = ("is", day(0), day(9), "0")


def test_a_place_has_its_own_line_of_descent_and_the_next_one_another(split):
    assert told(at(20, 50)) == [
        WHOLE,
        ("is", day(10), day(19), "1"),
        ("act", day(10), day(10), "分割 0 → 1"),
        ("is", day(20), None, "1"),
    ]
    assert told(at(70, 50)) == [
        WHOLE,
        ("is", day(10), None, "2"),
        ("act", day(10), day(10), "分割 0 → 2"),
    ]
    assert told(at(150, 50)) == []


def test_on_the_new_boundary_both_parts_are_told(split):
    titles = [one[3] for one in told(at(40, 50))]
    assert {"0", "1", "2", "分割 0 → 1", "分割 0 → 2"} == set(titles)


def test_the_paper_the_facts_and_the_act_stand_beside_it(split):
    lane = next(one for one in ribbon_of(at(20, 50), READER).lanes if one.title == "登记：图斑")
    last = lane.events[-1]
    assert last.paper.name == "县变〔2026〕2号"
    assert last.detail == "地类编码 0301"
    assert last.sequence > lane.events[0].sequence > 0


def test_the_day_cuts_and_what_was_not_known_is_not_told(split):
    assert told(at(20, 50, on=5)) == [("is", day(0), None, "0")]
    assert told(at(20, 50, known_days=400)) == []


def test_of_a_thing_corrected_only_what_is_known_is_told(split):
    fact = {"DLBM": "0305"}
    thing = begun("9", box(200, 0, 300, 100))
    did("correct", thing=thing, valid_from=day(0), facts=fact, source="县更〔2026〕3号")
    lane = next(one for one in ribbon_of(at(250, 50), READER).lanes if one.title == "登记：图斑")
    assert [one.detail for one in lane.events] == ["地类编码 0305"]


def test_nobody_is_named_whoever_looks():
    facts = {"ZL": "双桥村一组", "QLLX": "宅基地使用权", "QLR": "张三", "ZJH": "11010119900307803X"}
    did(
        "begin", kind="estate", code=ESTATE, on=day(0), facts=facts, geometry=box(0, 0, 50, 50),
        division=VILLAGE,
    )  # fmt: skip
    for powers in (POWERS, frozenset({"*"})):
        ribbon = ribbon_of(at(20, 20), Actor(1, 1, powers))
        said = str([one for one in ribbon.events if one.kind != "rule"])
        assert "双桥村一组" in said
        assert "宅基地使用权" in said
        for hidden in ("张三", "11010119900307803X", "权利人", "sealed"):
            assert hidden not in said


def test_a_post_without_the_power_or_of_another_village_is_told_nothing(split):
    assert told(at(20, 50), Actor(1, 1, frozenset({"atlas.read"}))) == []
    begun("8", box(0, 0, 100, 100), village=OTHER)
    own = Actor(1, 1, POWERS, frozenset({VILLAGE}))
    assert not [one for one in told(at(20, 50), own) if OTHER in one[3]]
    assert [one for one in told(at(20, 50)) if OTHER in one[3]]
