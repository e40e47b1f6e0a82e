"""Divisions keep their days: what ended points to what it became, and areas follow."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.core.people import queries, scope
from guotu.core.people.models import Division
from guotu.core.people.rules import codes
from guotu.lib.refusal import Refusal
from tests.core.people.conftest import do, opened

DAY = datetime.date
OLD = [
    {"code": "430626", "name": "平江县"},
    {"code": "430626100", "name": "甲镇"},
    {"code": "430626101", "name": "乙镇"},
    {"code": "430626101201", "name": "丙村"},
]


@pytest.fixture
def county(db):
    """Load four divisions as of 2000."""
    do("people.load_divisions", rows=OLD, since=DAY(2000, 1, 1))


def reform(ended, into, on):
    rows = [{"code": code, "name": name} for code, name in into]
    do("people.reform_divisions", ended=ended, into=rows, on=on, paper="湘府函〔2015〕1号")


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("430000", "province", ""),
        ("430600", "city", "430000"),
        ("430626000000", "county", "430600"),
        ("430626100000", "township", "430626"),
        ("430626101200", "village", "430626101"),
    ],
)
def test_a_code_says_its_level_and_what_is_above(code, level, parent):
    assert (codes.level_of(code), codes.parent_of(code)) == (level, parent)


@pytest.mark.parametrize("code", ["", "43", "43062", "4306261", "abcdef", "000000", "４３０６２６"])
def test_what_is_no_code_is_refused(code):
    with pytest.raises(Refusal):
        codes.check_code(code)


@given(st.from_regex(r"[1-9][0-9]{11}", fullmatch=True))
def test_a_division_lies_in_itself_and_in_all_above(code):
    kept = codes.check_code(code)
    while kept:
        assert scope.covers({kept}, code)
        kept = codes.parent_of(kept)


def test_a_township_covers_its_villages_and_not_its_neighbour():
    assert scope.covers({"430626100"}, "430626100201")
    assert not scope.covers({"430626100"}, "430626101201")
    assert not scope.covers({"430626101201"}, "430626101")
    assert scope.covers(None, "")
    assert not scope.covers({"430626"}, "")
    assert not scope.covers(frozenset(), "430626")


def test_loading_the_same_again_changes_nothing(county):
    do("people.load_divisions", rows=OLD)
    assert Division.objects.count() == len(OLD)


def test_a_new_name_ends_the_old_one(county):
    rows = [{"code": "430626100", "name": "新镇"}]
    do("people.load_divisions", rows=rows, since=DAY(2010, 5, 1))
    assert queries.division("430626100", DAY(2010, 4, 30)).name == "甲镇"
    assert queries.division("430626100", DAY(2010, 5, 1)).name == "新镇"


def test_a_merger_is_followed(county):
    reform(["430626100", "430626101"], [("430626102", "大镇")], DAY(2015, 11, 1))
    assert queries.division("430626101", DAY(2015, 10, 31)).name == "乙镇"
    assert queries.division("430626101", DAY(2015, 11, 1)) is None
    assert [one.name for one in queries.became("430626101", DAY(2020, 1, 1))] == ["大镇"]
    assert [one.name for one in queries.became("430626101", DAY(2014, 1, 1))] == ["乙镇"]


def test_a_split_is_followed_twice_over(county):
    reform(["430626100"], [("430626103", "东镇"), ("430626104", "西镇")], DAY(2012, 1, 1))
    reform(["430626104"], [("430626101", "乙镇")], DAY(2016, 1, 1))
    names = [one.name for one in queries.became("430626100", DAY(2020, 1, 1))]
    assert names == ["乙镇", "东镇"]


def test_a_post_reads_what_went_into_its_division_whole(county):
    person = opened("suo", "office", areas=["430626101"])
    reform(["430626100"], [("430626101", "乙镇")], DAY(2015, 11, 1))
    assert queries.actor_of(person).areas == {"430626100", "430626101"}
    reform(["430626101"], [("430626105", "南镇"), ("430626106", "北镇")], DAY(2018, 1, 1))
    other = opened("nan", "south", areas=["430626105"])
    assert queries.actor_of(other).areas == {"430626105"}


def test_a_reform_needs_its_paper_and_what_stands(county):
    into = [{"code": "430626102", "name": "大镇"}]
    for ended, paper in ((["430626100"], " "), (["430626199"], "文"), ([], "文")):
        with pytest.raises(Refusal):
            do(
                "people.reform_divisions",
                ended=ended,
                into=into,
                on=DAY(2015, 1, 1),
                paper=paper,
            )
    with pytest.raises(Refusal):
        reform(["430626100"], [("430626102", "大镇")], DAY(2000, 1, 1))
    assert not Division.objects.exclude(until=None).exists()


def test_a_post_cannot_be_of_a_division_that_never_was(county):
    with pytest.raises(Refusal):
        opened("x", "nowhere", areas=["430626199"])
