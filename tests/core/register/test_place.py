"""The geometry field and the lookup: bit for bit, the same on both stores, never out of step."""

import math
import random

import pytest
import shapely
from django.core.exceptions import FieldError
from django.db import connection

from guotu.core.register import lookup, spatial
from guotu.core.register.models import Version
from guotu.lib.geo.lineage import on_grid
from guotu.lib.refusal import Refusal
from tests.core.register.conftest import EAST, NORTH, OTHER, VILLAGE, begun, box, day, did

WHEN = {"valid_on": day(0)}


def codes(found):
    return [one.code.rpartition("-")[2] for one in found]


def test_coordinates_come_back_bit_for_bit():
    dice = random.Random(7)
    shapes = []
    for number in range(60):
        turn = sorted(dice.uniform(0, 2 * math.pi) for _ in range(9))
        points = [(EAST + 900 * math.cos(a), NORTH + 900 * math.sin(a)) for a in turn]
        hole = [(EAST + math.cos(a), NORTH + math.sin(a)) for a in turn]
        shape = on_grid(shapely.Polygon(points, [hole] if number % 3 == 0 else None))
        if shape.is_valid:
            shapes.append(shapely.MultiPolygon([shape]) if number % 2 else shape)
    for number, shape in enumerate(shapes):
        begun(str(number), shape)
    kept = Version.objects.order_by("id")
    assert len(shapes) > 20
    for one, shape in zip(kept, shapes, strict=True):
        assert shapely.to_wkb(one.geometry, byte_order=1) == shapely.to_wkb(shape, byte_order=1)
        assert one.bounds == shape.bounds


def test_a_place_on_the_edge_is_on_both_and_on_a_corner_on_four():
    for row in range(3):
        for column in range(3):
            shape = box(100 * column, 100 * row, 100 * column + 100, 100 * row + 100)
            begun(f"{row}{column}", shape)
    assert codes(lookup.at("landuse", EAST + 50, NORTH + 50, **WHEN)) == ["00"]
    assert codes(lookup.at("landuse", EAST + 100, NORTH + 50, **WHEN)) == ["00", "01"]
    assert codes(lookup.at("landuse", EAST + 100, NORTH + 100, **WHEN)) == ["00", "01", "10", "11"]
    assert codes(lookup.at("landuse", EAST - 0.0001, NORTH + 50, **WHEN)) == []
    west, south = EAST + 300, NORTH + 300
    corner = (west, south, west + 9, south + 9)
    assert codes(lookup.within("landuse", corner, **WHEN)) == ["22"]
    just_off = (west + 0.0001, south, west + 9, south + 9)
    assert codes(lookup.within("landuse", just_off, **WHEN)) == []
    line = shapely.LineString([(EAST - 10, NORTH + 250), (EAST + 150, NORTH + 250)])
    assert codes(lookup.touching("landuse", line, **WHEN)) == ["20", "21"]
    assert lookup.touching("landuse", shapely.Point(), **WHEN) == []
    assert lookup.at("landuse", EAST + 50, NORTH + 50, valid_on=day(-1)) == []
    assert lookup.at("landuse", EAST + 50, NORTH + 50, areas={OTHER}, **WHEN) == []
    near = lookup.nearest("landuse", EAST - 70, NORTH + 150, most=2, **WHEN)
    assert [(codes([one]), round(far, 3)) for one, far in near] == [
        (["10"], 70.0),
        (["00"], round(math.hypot(70, 50), 3)),
    ]
    assert lookup.nearest("landuse", EAST - 5000, NORTH, **WHEN) == []


def test_a_concave_thing_is_not_where_only_its_box_is():
    bent = box(0, 0, 100, 100).difference(box(10, 10, 100, 100))
    begun("1", bent)
    assert lookup.at("landuse", EAST + 50, NORTH + 50, **WHEN) == []
    assert codes(lookup.at("landuse", EAST + 5, NORTH + 50, **WHEN)) == ["1"]


def test_only_the_index_is_asked_and_exact_predicates_are_not_the_store_s():
    found = Version.objects.filter(geometry__meets=(0, 0, 1, 1))
    plan = found.explain() if connection.vendor == "sqlite" else ""
    assert connection.vendor != "sqlite" or "VIRTUAL TABLE INDEX" in plan
    with pytest.raises(FieldError):
        Version.objects.filter(geometry__contains=1).exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_rebuilt_table_gets_its_index_back():
    begun("1")
    trigger = spatial._trigger("register_version")
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{trigger}"')
    with pytest.raises(Refusal, match="空间索引"):
        spatial.check_index()
    begun("2")
    spatial.ensure()
    spatial.check_index()
    assert codes(lookup.at("landuse", EAST + 50, NORTH + 50, **WHEN)) == ["1", "2"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM register_version_place")
    with pytest.raises(Refusal, match="空间索引"):
        spatial.check_index()


def test_the_index_is_sound_after_acts():
    thing = begun("1")
    did("change", thing=thing, on=day(5), geometry=box(0, 0, 50, 50))
    did("begin", kind="estate", code=f"{VILLAGE}GB00001W00000000", on=day(0), facts={"ZL": "一组"})
    spatial.check_index()
    assert codes(lookup.at("landuse", EAST + 80, NORTH + 80, valid_on=day(4))) == ["1"]
    assert lookup.at("landuse", EAST + 80, NORTH + 80, valid_on=day(5)) == []


def test_every_place_is_held_against_the_index():
    begun("1")
    begun("2", box(200, 0, 300, 100))
    assert spatial.verify() == {"places": 2, "ok": True, "faults": []}


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_postgresql_without_its_index_is_found():
    begun("1")
    with connection.cursor() as cursor:
        cursor.execute('DROP INDEX "register_version_place"')
    assert spatial.verify()["faults"] == ["register_version：没有空间索引"]
    with pytest.raises(Refusal, match="空间索引"):
        spatial.check_index()
