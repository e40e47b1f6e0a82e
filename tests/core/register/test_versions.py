"""A thing over its life, on both clocks: what held, what was known, and what is refused."""

import datetime

import pytest
import shapely
from django.db import DatabaseError, transaction

from guotu.core.journal.actions import Actor, preview
from guotu.core.journal.models import Entry
from guotu.core.register import queries
from guotu.core.register.models import Thing, Version
from guotu.lib.refusal import Refusal
from tests.core.register.conftest import DLBM, OTHER, VILLAGE, begun, box, day, did


def classes(thing, known_at=None):
    return [
        (one.valid_from, one.valid_to, one.facts["DLBM"])
        for one in queries.history(thing, known_at=known_at)
    ]


def now_is():
    return Entry.objects.latest("sequence").sequence


def test_a_change_holds_from_its_day_and_what_held_before_stays():
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0301"}, source="县自然资调〔2026〕1号")
    assert classes(thing) == [(day(0), day(10), "0101"), (day(10), None, "0301")]
    first, last = queries.history(thing)
    assert first.stated_sequence < last.stated_sequence == last.sequence == first.sequence
    assert (first.area_dm2, last.source) == (last.area_dm2, "县自然资调〔2026〕1号")
    assert first.area_dm2 > 990_000


def test_the_closing_day_belongs_to_what_follows():
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0301"})
    did("end", thing=thing, on=day(20))

    def held(number):
        found = queries.as_of("landuse", valid_on=day(number))
        return [one.facts["DLBM"] for one in found]

    assert [held(number) for number in (-1, 0, 9, 10, 19, 20)] == [
        [], ["0101"], ["0101"], ["0301"], ["0301"], [],
    ]  # fmt: skip


def test_a_correction_keeps_what_was_known_before():
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0301", "QSDWMC": "双桥村"})
    before = now_is()
    did("correct", thing=thing, valid_from=day(5), valid_to=day(15), facts={"DLBM": "0201"})
    assert classes(thing) == [
        (day(0), day(5), "0101"),
        (day(5), day(10), "0201"),
        (day(10), day(15), "0201"),
        (day(15), None, "0301"),
    ]
    assert classes(thing, before) == [(day(0), day(10), "0101"), (day(10), None, "0301")]
    assert queries.history(thing)[2].facts["QSDWMC"] == "双桥村"
    changes = queries.changes_between("landuse", before, now_is())
    assert (len(changes.recorded), len(changes.superseded)) == (4, 2)
    assert len(queries.everything_said(thing)) == 1 + 2 + 4


def test_a_moment_is_the_last_act_recorded_by_then():
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0301"})
    entries = list(Entry.objects.order_by("sequence"))
    for entry in entries:
        assert queries.sequence_at(entry.recorded_at) == entry.sequence
    long_ago = entries[0].recorded_at - datetime.timedelta(days=1)
    assert queries.sequence_at(long_ago) == -1
    assert queries.history(thing, known_at=long_ago) == []


def test_life_can_be_corrected_and_no_version_left_none():
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0301"})
    did("end", thing=thing, on=day(20))
    did("correct_life", thing=thing, begun=day(3), ended=None)
    assert classes(thing) == [(day(3), day(10), "0101"), (day(10), None, "0301")]
    did("correct_life", thing=thing, ended=day(30))
    assert classes(thing)[-1] == (day(10), day(30), "0301")
    for wrong in ({"begun": day(10)}, {"ended": day(10)}, {}):
        with pytest.raises(Refusal):
            did("correct_life", thing=thing, **wrong)


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        ("change", {"on": day(10), "facts": {"DLBM": "0301"}}),  # the day of the last change
        ("change", {"on": day(5), "facts": {"DLBM": "0301"}}),  # before it
        ("change", {"on": day(15)}),  # nothing said
        ("change", {"on": day(15), "facts": {"COLOUR": "red"}}),  # outside the schema
        ("change", {"on": day(15), "facts": {"DLBM": None}}),  # required
        ("change", {"on": day(15), "facts": {"DLBM": "x"}}),  # not as written
        ("change", {"on": day(15), "facts": {"KCXS": float("nan")}}),
        ("change", {"on": day(15), "facts": {"KCXS": True}}),
        ("change", {"on": day(15), "geometry": shapely.Point(1, 1)}),
        ("change", {"on": day(15), "geometry": shapely.Polygon()}),
        ("change", {"on": day(15), "geometry": box(0, 0, 10.00003, 10)}),  # off the grid
        ("change", {"on": day(15), "geometry": shapely.force_3d(box(0, 0, 10, 10))}),
        ("change", {"on": day(15), "area_dm2": -1}),
        ("correct", {"valid_from": day(-1), "facts": {"DLBM": "0301"}}),
        ("correct", {"valid_from": day(9), "valid_to": day(9), "facts": {"DLBM": "0301"}}),
        ("end", {"on": day(10)}),
    ],
)
def test_what_is_refused(verb, told):
    thing = begun("1")
    did("change", thing=thing, on=day(10), facts={"DLBM": "0201"})
    before = list(Version.objects.order_by("id").values())
    with pytest.raises(Refusal):
        did(verb, thing=thing, **told)
    assert list(Version.objects.order_by("id").values()) == before


def test_an_ended_thing_takes_no_change_and_its_code_is_never_used_again():
    thing = begun("1")
    did("end", thing=thing, on=day(10))
    with pytest.raises(Refusal, match="已经终止"):
        did("change", thing=thing, on=day(20), facts={"DLBM": "0301"})
    with pytest.raises(Refusal, match="存续期间"):
        did("correct", thing=thing, valid_from=day(5), valid_to=day(11), facts={"DLBM": "0301"})
    with pytest.raises(Refusal, match="已经登记过"):
        begun("1", on=20)
    for kind, code in (("landuse", "abc"), ("estate", "1" * 28), ("nothing", "1")):
        with pytest.raises(Refusal):
            did("begin", kind=kind, code=code, on=day(0), facts=DLBM)


def test_a_post_acts_in_its_own_area():
    there = Actor(None, 1, frozenset({"register.write"}), frozenset({OTHER[:9]}))
    thing = begun("1")
    for verb, told in (
        ("change", {"on": day(5), "facts": {"DLBM": "0301"}}),
        ("correct", {"valid_from": day(5), "facts": {"DLBM": "0301"}}),
        ("end", {"on": day(5)}),
        ("correct_life", {"begun": day(5)}),
    ):
        with pytest.raises(Refusal, match="办理区域"):
            did(verb, there, thing=thing, **told)
    with pytest.raises(Refusal, match="办理区域"):
        begun("2", actor=there)
    assert begun("2", village=OTHER, actor=there).code == f"{OTHER}-2"


def test_areas_cut_what_is_read():
    begun("1")
    begun("2", village=OTHER)
    for areas, codes in (
        (None, ["1", "2"]),
        ({VILLAGE}, ["1"]),
        ({VILLAGE[:9]}, ["1"]),
        ({"430999"}, ["1", "2"]),
        (set(), []),
    ):
        found = queries.as_of("landuse", valid_on=day(0), areas=areas)
        assert [one.code[-1] for one in found] == codes


def test_a_preview_shows_and_keeps_nothing(county):
    told = {"kind": "landuse", "code": f"{VILLAGE}-9", "on": day(0), "facts": DLBM}
    shown = preview("register.begin", Actor(None, None, frozenset({"*"})), **told)
    assert shown.effects[0].facts["thing"] == f"landuse:{VILLAGE}-9"
    assert not Thing.objects.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE register_version SET valid_to = '2026-01-05'",
        "UPDATE register_version SET superseded_sequence = 7 WHERE superseded_sequence > 0",
        "UPDATE register_version SET superseded_sequence = NULL WHERE superseded_sequence > 0",
        "UPDATE register_thing SET code = 'x'",
        "UPDATE register_descent SET area_dm2 = 1",
        "DELETE FROM register_version",
        "DELETE FROM register_descent",
        "DELETE FROM register_thing",
    ],
)
def test_the_store_itself_refuses_to_change_what_was_written(sql):
    from django.db import connection

    thing = begun("1")
    did("change", thing=thing, on=day(1), facts={"DLBM": "0301"})
    halves = [
        lineage_child("2", box(0, 0, 50, 100)),
        lineage_child("3", box(50, 0, 100, 100)),
    ]
    did("split", parent=thing, on=day(9), children=halves)
    refused = pytest.raises(DatabaseError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def lineage_child(number, shape):
    from guotu.core.register.lineage import Child

    return Child(f"{VILLAGE}-{number}", shape, DLBM, VILLAGE)
