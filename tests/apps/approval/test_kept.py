"""A review is written once: neither the program nor the database changes or deletes one."""

import pytest
from django.db import DatabaseError, connection, transaction

from guotu.apps.approval import queries
from guotu.apps.approval.models import CountyRules, SiteReview
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.refusal import Refusal
from tests.apps.approval.made import box

RULES = """
[[rule]]
id = "basic_farmland.2020"
kind = "protection.basic_farmland"
title = "占用永久基本农田"
article = "县级规定"
source = "县政府文件"
mark = "U"
effective_from = 2020-01-01
[rule.values]
layer = "basic_farmland"
title = "永久基本农田"
verdict = "block"
"""


@pytest.fixture
def kept(county, boundary):
    path = boundary(box(10, 10, 195, 150))
    reviewed = queries.review_file(path, queries.occasion_on())
    return perform(
        "approval.review_site", COUNTY, reviewed=reviewed, name=path.name, path=path
    ).answer


def test_the_program_refuses_to_change_or_delete(kept):
    kept.name = "别的"
    with pytest.raises(Refusal, match="不能修改"):
        kept.save()
    with pytest.raises(Refusal):
        kept.delete()
    with pytest.raises(Refusal):
        SiteReview.objects.update(name="别的")
    with pytest.raises(Refusal):
        SiteReview.objects.all().delete()


@pytest.mark.parametrize(
    "sql", ["UPDATE approval_sitereview SET name = 'x'", "DELETE FROM approval_sitereview"]
)
def test_the_database_refuses_too(kept, sql):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert SiteReview.objects.get().name == "site.gpkg"


def test_who_has_no_power_keeps_no_review(county, boundary):
    reviewed = queries.review_file(boundary(box(10, 10, 50, 50)), queries.occasion_on())
    with pytest.raises(Refusal, match="权限"):
        perform("approval.review_site", Actor(1, 1), reviewed=reviewed, name="x")
    assert SiteReview.objects.count() == 0


def test_the_releases_and_the_rules_it_was_held_against_are_kept(kept):
    assert {one["layer"] for one in kept.releases} == {
        *("landuse", "basic_farmland", "mines", "hazard_points"),
    }
    assert all(len(one["sha256"]) == 64 for one in kept.releases)
    assert len(kept.data["rules_sha256"]) == 64
    assert all(found["release"] for found in kept.data["findings"])


def test_the_countys_own_rules_come_over_ours_and_a_faulty_file_loads_nothing(county, boundary):
    path = boundary(box(61, 10, 90, 50))

    def verdict():
        done = queries.review_file(path, queries.occasion_on())
        return next(f for f in done.result["findings"] if f["layer"] == "basic_farmland")["verdict"]

    with pytest.raises(Refusal, match="mark"):
        perform("approval.load_rules", COUNTY, name="own", text=RULES.replace('mark = "U"', ""))
    assert CountyRules.objects.count() == 0
    assert verdict() == "block"
    before = queries.fingerprint(queries.book())
    perform("approval.load_rules", COUNTY, name="own", text=RULES)
    assert queries.fingerprint(queries.book()) != before
    assert verdict() == "warn"
