"""What site review tells on the ribbon of a place, and to whom."""

import datetime

import pytest

from guotu.apps.approval import life
from guotu.apps.approval.models import SiteReview
from guotu.core.atlas.life.events import LifePlace
from guotu.core.atlas.life.ribbon import ribbon_of
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.models import Entry
from tests.apps.approval.made import E0, N0, box
from tests.apps.approval.test_pages import hand_in

READER = Actor(1, 1, frozenset({"atlas.read", "approval.read", "files.read"}))


def at(east, north, day=None):
    today = clock.today()
    x, y = E0 + east, N0 + north
    return LifePlace(113.0, 28.0, x, y, 4547, "430626", "", day or today, today)


def told(place, viewer=READER):
    return [one for one in ribbon_of(place, viewer).events if one.lane == "用地审查"]


@pytest.fixture
def kept(clerk, boundary):
    assert hand_in(clerk, boundary(box(10, 10, 195, 150))).status_code == 303
    return SiteReview.objects.get()


def test_a_review_stands_where_its_site_lies_by_its_verdict_its_act_and_its_clauses(kept):
    (event,) = told(at(50, 50))
    assert event.title == "site.gpkg：不通过"
    assert event.address == f"/review/{kept.pk}/"
    assert event.sequence == Entry.objects.get(verb="approval.review_site").sequence
    clauses = {one["clause"] for one in [*kept.data["findings"], *kept.data["approvals"]]}
    assert {rule.article for rule in event.rule} == clauses
    assert told(at(10, 50)) == [event]  # its edge is its own
    assert told(at(9.9, 50)) == []
    assert told(at(50, 50, clock.today() - datetime.timedelta(1))) == []


def test_of_two_sites_the_place_has_its_own(clerk, kept, boundary):
    assert told(at(50, 50))
    other = boundary(box(10, 160, 90, 190), name="other.gpkg")
    assert hand_in(clerk, other).status_code == 303
    assert [one.title for one in told(at(50, 170))] == ["other.gpkg：有提示"]
    assert len(told(at(50, 50))) == 1


def test_a_block_that_was_lifted_is_an_act_of_its_own_with_paper_and_reason(kept):
    facts = {"rule": "mines.2025", "paper": "补偿协议", "number": "平资〔2026〕1号"}
    reason = "已与矿业权人签订协议"
    perform("approval.resolve_block", COUNTY, reason=reason, review_id=kept.pk, **facts)
    _, lifted = told(at(50, 50))
    assert lifted.title == "site.gpkg：阻断已处理"
    assert (lifted.paper.name, lifted.paper.number) == ("补偿协议", "平资〔2026〕1号")
    assert lifted.detail == reason
    assert lifted.sequence == Entry.objects.get(verb="approval.resolve_block").sequence


def test_a_review_is_told_to_nobody_who_may_not_open_it(kept):
    place = at(50, 50)
    assert told(place, Actor(1, 1, frozenset({"atlas.read"}))) == []
    # The site lies in no division of the map: it is the county's alone.
    one_town = Actor(1, 1, READER.powers, frozenset({"430626101"}))
    assert list(life.reviews_at(place, one_town)) == []
    assert list(life.reviews_at(place, READER))


def test_the_file_of_a_review_is_named_to_who_may_read_it(kept):
    assert told(at(50, 50))[0].paper.name == "site.gpkg"
    assert told(at(50, 50))[0].paper.address == f"/files/{kept.source_id}/download"


def test_rules_stand_each_for_its_time(kept):
    rules = [one for one in ribbon_of(at(50, 50), READER).events if one.kind == "rule"]
    taking = [one for one in rules if "土地征收" in one.lane]
    assert [(one.start.year, one.end and one.end.year) for one in taking] == [
        (1999, 2019),
        (2020, None),
    ]
    found = life.rules_there(at(50, 50))
    days = (datetime.date(2010, 1, 1), datetime.date(2024, 1, 1))
    articles = [[rule.article for rule in found("expropriation", day)] for day in days]
    assert articles == [["《土地管理法》（2004年修正）第四十五条"], ["《土地管理法》第四十六条"]]
    assert list(found("conversion", datetime.date(1900, 1, 1))) == []
