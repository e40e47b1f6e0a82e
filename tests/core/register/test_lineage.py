"""Who came of whom: sums close on both sides, both ways, and nothing is told twice."""

import pytest

from guotu.core.register import queries
from guotu.core.register.lineage import Child
from guotu.core.register.models import Descent, Thing
from guotu.lib.refusal import Refusal
from tests.core.register.conftest import DLBM, VILLAGE, begun, box, day, did


def child(number, *sides):
    return Child(f"{VILLAGE}-{number}", box(*sides), DLBM, VILLAGE)


def held(number):
    found = queries.as_of("landuse", valid_on=day(number))
    return {one.code.rpartition("-")[2]: one.area_dm2 for one in found}


def sums(end, thing):
    found = Descent.objects.filter(**{end: thing}).values_list("area_dm2", flat=True)
    return sum(found)


def kin(found):
    return [(one.thing.code.rpartition("-")[2], one.generation) for one in found]


def test_land_is_split_moved_and_put_together_and_every_square_decimetre_is_told():
    whole = begun("0")
    area = held(0)["0"]
    one, two, three = did(
        "split", parent=whole, on=day(10),
        children=[
            child("1", 0, 0, 33, 100), child("2", 33, 0, 66, 100), child("3", 66, 0, 100, 100),
        ],
    )  # fmt: skip
    assert list(held(9)) == ["0"]
    assert sum(held(10).values()) == area == sums("parent", whole)
    four, five = did(
        "reshape", parents=[one, two], on=day(20),
        children=[child("4", 0, 0, 50, 100), child("5", 50, 0, 66, 100)],
    )  # fmt: skip
    six, seven = did(
        "exchange", parents=[five, three], on=day(30),
        children=[
            Child(f"{VILLAGE}-6", box(50, 0, 60, 100).union(box(60, 0, 70, 10)), DLBM, VILLAGE),
            Child(
                f"{VILLAGE}-7",
                box(50, 0, 100, 100).difference(box(50, 0, 60, 100).union(box(60, 0, 70, 10))),
                DLBM,
                VILLAGE,
            ),
        ],
    )  # fmt: skip
    (eight,) = did(
        "merge", parents=[four, six, seven], on=day(40), child=child("8", 0, 0, 100, 100)
    )
    assert held(40) == {"8": area}
    for thing in Thing.objects.all():
        life = queries.history(thing)
        if thing != whole:
            assert sums("child", thing) == life[0].area_dm2
        if thing != eight:
            assert sums("parent", thing) == life[-1].area_dm2
    up = kin(queries.ancestors(eight))
    assert up == [
        ("4", 1), ("6", 1), ("7", 1), ("1", 2), ("2", 2), ("3", 2), ("5", 2), ("0", 3),
    ]  # fmt: skip
    assert kin(queries.descendants(whole))[-1] == ("8", 3)
    assert kin(queries.ancestors(eight, 1)) == up[:3]
    before = Descent.objects.filter(verb="merge").first().sequence - 1
    assert queries.ancestors(eight, known_at=before) == []
    assert len(queries.descents_among([four.pk, six.pk, eight.pk])) == 2
    edges = Descent.objects.filter(parent=five, child=six)
    assert edges.exists()
    assert edges.get().verb == "exchange"


def test_what_the_lineage_was_reckoned_from_is_not_corrected_alone():
    whole = begun("0")
    one, _two = did(
        "split", parent=whole, on=day(10),
        children=[child("1", 0, 0, 40, 100), child("2", 40, 0, 100, 100)],
    )  # fmt: skip
    for thing, when, told in (
        (whole, day(5), {"geometry": box(0, 0, 99, 100)}),
        (one, day(10), {"area_dm2": 5}),
    ):
        with pytest.raises(Refusal, match="沿革"):
            did("correct", thing=thing, valid_from=when, **told)
    with pytest.raises(Refusal, match="沿革"):
        did("correct_life", thing=whole, ended=day(11))
    did("correct", thing=whole, valid_from=day(5), facts={"DLBM": "0201"})


def test_refused_changes_leave_nothing_behind():
    whole, other = begun("0"), begun("9", box(100, 0, 200, 100))
    halves = [child("1", 0, 0, 40, 100), child("2", 40, 0, 100, 100)]
    estate = did(
        "begin", kind="estate", code=f"{VILLAGE}GB00001W00000000", on=day(0), facts={"ZL": "一组"}
    )
    wrong = [
        ("split", {"parent": whole, "on": day(0), "children": halves}),
        ("split", {"parent": estate, "on": day(5), "children": halves}),
        ("split", {"parent": whole, "on": day(5), "children": [halves[0], halves[0]]}),
        ("merge", {"parents": [whole, whole], "on": day(5), "child": child("3", 0, 0, 100, 100)}),
        ("merge", {"parents": [whole, estate], "on": day(5), "child": child("3", 0, 0, 9, 9)}),
        ("merge", {"parents": [whole, other], "on": day(5), "child": child("3", 0, 0, 199, 100)}),
        (
            "split",
            {"parent": whole, "on": day(5), "children": [child("9", 0, 0, 40, 100), halves[1]]},
        ),
    ]
    for verb, told in wrong:
        with pytest.raises(Refusal):
            did(verb, **told)
    assert set(held(9)) == {"0", "9"}
    assert not Descent.objects.exists()
