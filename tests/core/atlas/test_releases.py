"""A release is published whole, withdrawn with a reason, and never changed: not even by SQL."""

import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from guotu.core.atlas import queries
from guotu.core.atlas.models import County, Layer, Quarantined, Release
from guotu.core.journal import guarding
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal
from tests.core.atlas.conftest import squares


def test_a_county_is_begun_once(county):
    assert (county.code, county.name, county.epsg, county.fictional) == (
        "430626", "平江县", 4547, False,
    )  # fmt: skip
    assert [layer.name for layer in queries.layers()][:3] == ["divisions", "villages", "landuse"]
    with pytest.raises(Refusal, match="已经建立了平江县"):
        perform("atlas.begin_county", COUNTY, code="370403", name="薛城区", epsg=4548)
    assert County.objects.count() == 1


@pytest.mark.django_db
def test_a_store_without_a_county_says_how_to_begin(home):
    with pytest.raises(Refusal, match="guotu init"):
        queries.county()


def test_writing_needs_the_power(county):
    reader = Actor(1, 1, frozenset({"atlas.read"}))
    with pytest.raises(Refusal, match="没有办理此事的权限"):
        perform("atlas.add_layer", reader, name="tea", title="茶山")
    assert not Layer.objects.filter(name="tea").exists()


def test_a_layer_is_added_by_data(county):
    protection = {"verdict": "block", "clause": "县令第一条", "certainty": "sure"}
    perform("atlas.add_layer", COUNTY, name="tea", title="茶山", protection=protection)
    assert queries.layer("tea").protection["clause"] == "县令第一条"
    with pytest.raises(Refusal, match="已有同名图层"):
        perform("atlas.add_layer", COUNTY, name="tea", title="茶山")
    with pytest.raises(Refusal, match="没有这个图层"):
        queries.layer("coffee")


def test_names_are_dates_and_the_latest_date_holds(bring_in, landuse_file):
    old, new = datetime.date(2024, 12, 31), datetime.date(2025, 12, 31)
    for day, count, name in ((new, 2, "a.gpkg"), (old, 3, "b.gpkg"), (old, 4, "c.gpkg")):
        bring_in("landuse", landuse_file(squares(1, count), name=name), released=day)
    names = [release.name for release in queries.releases("landuse")]
    assert names == ["2025-12-31", "2024-12-31-2", "2024-12-31"]
    assert queries.current_release("landuse").features == 2
    assert queries.current_release("landuse", datetime.date(2025, 6, 1)).name == "2024-12-31-2"
    assert queries.current_release("landuse", datetime.date(2020, 1, 1)) is None
    assert [release.name for release in queries.current_releases()] == ["2025-12-31"]


def test_a_withdrawn_release_is_never_current_and_stays_readable(bring_in, landuse_file):
    old = bring_in("landuse", landuse_file(squares(1, 2)), released=datetime.date(2024, 1, 1))
    new = bring_in("landuse", landuse_file(squares(1, 3), name="b.gpkg"))
    with pytest.raises(Refusal, match="撤回须写明原因"):
        perform("atlas.withdraw", COUNTY, layer="landuse", name=new["release"])
    perform("atlas.withdraw", COUNTY, layer="landuse", name=new["release"], reason="坐标有误")
    assert queries.current_release("landuse").name == old["release"]
    withdrawn = queries.releases("landuse", withdrawn=True).get(name=new["release"])
    assert withdrawn.withdrawn_reason == "坐标有误"
    assert queries.read_all(withdrawn).num_rows == 3
    with pytest.raises(Refusal, match="已经撤回"):
        perform("atlas.withdraw", COUNTY, layer="landuse", name=new["release"], reason="再次")
    with pytest.raises(Refusal, match="没有这个版本"):
        perform("atlas.withdraw", COUNTY, layer="landuse", name="1999-01-01", reason="x")


def test_publishing_is_in_the_journal(bring_in, landuse_file):
    report = bring_in("landuse", landuse_file(squares(1, 2)))
    entry = Entry.objects.get(verb="atlas.publish")
    assert entry.subject == f"release:landuse@{report['release']}"
    assert entry.outcome["sha256"] == report["sha256"]
    assert entry.sequence == report["sequence"]


@pytest.fixture
def release(bring_in, landuse_file):
    bring_in("landuse", landuse_file(squares(1, 2)))
    return queries.current_release("landuse")


def test_the_model_refuses_to_change_or_delete_a_release(release):
    release.features = 1
    for write in (release.save, release.delete, Release.objects.all().delete):
        with pytest.raises(Refusal, match="不能修改或删除"):
            write()
    with pytest.raises(Refusal, match="不能修改或删除"):
        release.save(update_fields=["features"])


# Every column but those of a withdrawal and the tiles.
FROZEN = [
    "name", "released", "sha256", "source_id", "record_id", "path", "features", "epsg",
    "code_system", "secrecy", "fields", "bounds", "report", "recorded_at", "layer_id",
]  # fmt: skip


@pytest.mark.parametrize("column", FROZEN)
def test_the_database_refuses_to_change_a_release(release, column):
    other = {
        "released": "'2001-01-01'", "recorded_at": "'2001-01-01 00:00:00'", "features": "7",
        "epsg": "4490", "source_id": "NULL", "record_id": "NULL", "bounds": "'[]'",
        "fields": "'[]'", "report": "'{}'",
    }  # fmt: skip
    if column == "layer_id":
        value = str(Layer.objects.exclude(pk=release.layer_id).first().pk)
    else:
        value = other.get(column, "'other'")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _sql(f"UPDATE atlas_release SET {column} = {value}")


def test_every_frozen_column_is_guarded():
    writable = {"withdrawn_at", "withdrawn_reason", "tiles_path", "id"}
    columns = {field.column for field in Release._meta.concrete_fields}
    assert set(FROZEN) == columns - writable


def test_the_database_refuses_to_delete_a_release(release):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _sql("DELETE FROM atlas_release")
    if connection.vendor == "postgresql":
        _sql("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            _sql("TRUNCATE atlas_release CASCADE")
    assert Release.objects.count() == 1


def test_a_withdrawal_and_the_tiles_are_written_once(release):
    _sql("UPDATE atlas_release SET tiles_path = 'tiles/a.pmtiles'")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _sql("UPDATE atlas_release SET tiles_path = 'tiles/b.pmtiles'")
    perform("atlas.withdraw", COUNTY, layer="landuse", name=release.name, reason="坐标有误")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _sql("UPDATE atlas_release SET withdrawn_at = NULL")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        _sql("UPDATE atlas_release SET withdrawn_reason = 'x'")


def test_nothing_is_published_without_the_guards(county, bring_in, landuse_file):
    assert guarding.missing() == []
    (frozen,) = [name for name in guarding.names() if name.startswith("atlas_release_frozen_")]
    on = " ON atlas_release" if connection.vendor == "postgresql" else ""
    _sql(f"DROP TRIGGER {frozen}{on}")
    assert guarding.missing() == [frozen]
    with pytest.raises(Refusal, match="缺少防改触发器"):
        bring_in("landuse", landuse_file(squares(1, 1)))
    guarding.ensure()
    assert guarding.missing() == []


def test_quarantine_belongs_to_its_release(release):
    assert Quarantined.objects.filter(release=release).count() == 0


def _sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
