"""The register's pages: a kind's list, its exports, a thing's life, by area and by clock."""

import csv
import io
import json

import pyogrio
import pytest
import shapely
from django.test import Client

from guotu.core.journal import paging, sealing
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.register.lineage import Child
from guotu.core.register.models import Version
from guotu.core.register.versions import Personal
from tests.core.register.conftest import DLBM, OTHER, VILLAGE, begun, box, day, did
from tests.core.register.test_taking import published, squares
from tests.site.conftest import PASSWORD, home, signed_in

__all__ = ["home"]
THERE = f"/register/landuse/{VILLAGE}-"


@pytest.fixture
def reader(home):
    """Give a client who reads the whole register."""
    return on_day(signed_in("reader", ["register.read"]), 100)


def on_day(client, number):
    client.post("/day/", {"day": day(number).isoformat()})
    return client


@pytest.fixture
def lineage():
    """Give a parcel that is split, and one half that changes its class."""
    whole = begun("0", source="初始登记")
    children = [
        Child(f"{VILLAGE}-1", box(0, 0, 40, 100), DLBM, VILLAGE),
        Child(f"{VILLAGE}-2", box(40, 0, 100, 100), DLBM, VILLAGE),
    ]
    one, two = did("split", parent=whole, on=day(10), children=children, source="县分〔2026〕1号")
    did("change", thing=one, on=day(20), facts={"DLBM": "0301"}, source="县变〔2026〕2号")
    did("correct", thing=one, valid_from=day(20), facts={"DLBM": "0305"}, source="县更〔2026〕3号")
    return whole, one, two


def test_a_list_stands_on_the_day_and_can_be_filtered(reader, lineage):
    assert reader.get("/register/").headers["Location"] == "/register/landuse/"
    shown = reader.get("/register/landuse/").content.decode()
    assert f"{VILLAGE}-1" in shown
    assert f"{VILLAGE}-0<" not in shown
    assert "0305" in shown
    filtered = reader.get(f"/register/landuse/?q={VILLAGE}-2&division=4309&known=2000-01-01")
    assert f"{VILLAGE}-2<" not in filtered.content.decode()  # nothing was known then
    on_day(reader, 5)
    earlier = reader.get("/register/landuse/?known=nonsense").content.decode()
    assert f"{VILLAGE}-0<" in earlier
    assert f"{VILLAGE}-1<" not in earlier
    assert reader.get("/register/nothing/").status_code == 404


def test_a_thing_shows_its_life_papers_and_lineage(reader, lineage):
    shown = reader.get(f"{THERE}1/").content.decode()
    for said in (
        "0305",
        "县分〔2026〕1号",
        "县更〔2026〕3号",
        "更正前的记载",
        "<svg",
        f"{VILLAGE}-0/",
    ):
        assert said in shown
    on_day(reader, 15)
    assert "0101" in reader.get(f"{THERE}1/").content.decode()
    ended = reader.get(f"{THERE}0/").content.decode()
    assert "已于 2026-01-11 终止" in ended
    assert "<svg" not in reader.get(f"{THERE}2/").content.decode().replace("<svg width", "", 1)
    assert reader.get(f"{THERE}77/").status_code == 404
    place = json.loads(reader.get(f"{THERE}0.geojson").content)
    assert place["features"][0]["geometry"]["type"] == "Polygon"


def test_exports_say_the_same_in_three_forms(reader, lineage, tmp_path):
    base = "/register/landuse/list"
    told = json.loads(reader.get(f"{base}.geojson?page=1").content)
    codes = [feature["properties"]["code"] for feature in told["features"]]
    assert codes == [f"{VILLAGE}-1", f"{VILLAGE}-2"]
    assert told["fictional"]
    text = reader.get(f"{base}.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[2:]] == codes
    path = tmp_path / "taken.gpkg"
    path.write_bytes(reader.get(f"{base}.gpkg").content)
    meta, _fids, shapes, fields = pyogrio.raw.read(path)
    kept = Version.objects.filter(superseded_sequence=None, valid_to=None).order_by("thing__code")
    assert [shapely.to_wkb(one.geometry) for one in kept] == [
        shapely.to_wkb(one) for one in shapely.from_wkb(shapes)
    ]
    assert list(fields[list(meta["fields"]).index("code")]) == codes


def test_a_reader_sees_the_own_areas_alone(home, lineage):
    begun("9", village=OTHER)
    perform(
        "people.open_account", COUNTY, username="there", name="林知远", password=PASSWORD,
        post_code="there",
        post={"name": "乡镇岗", "powers": ["register.read"], "areas": [OTHER[:9]]},
    )  # fmt: skip
    client = Client(HTTP_HOST="localhost")
    assert client.login(username="there", password=PASSWORD)
    on_day(client, 100)
    shown = client.get("/register/landuse/").content.decode()
    assert f"{OTHER}-9<" in shown
    assert VILLAGE not in shown
    for address in (f"{THERE}1/", f"{THERE}1.geojson"):
        assert client.get(address).status_code == 404
    for form in ("csv", "geojson"):
        assert VILLAGE not in client.get(f"/register/landuse/list.{form}").content.decode()


def test_holders_are_sealed_masked_and_never_exported(reader):
    code = f"{VILLAGE}JC00001F00010001"
    subject = sealing.new_subject()
    facts = {"ZL": "双桥村一组", "QLR": Personal(subject, "欧阳知远"), "ZJH": "430626199001011234"}
    estate = did("begin", kind="estate", code=code, on=day(0), facts=facts, division=VILLAGE)
    kept = json.dumps(Version.objects.get(thing=estate).facts, ensure_ascii=False)
    assert "知远" not in kept
    assert "1990" not in kept
    shown = reader.get(f"/register/estate/{code}/").content.decode()
    assert "欧***" in shown
    assert "知远" not in shown
    assert "199001" not in shown
    assert "1234" in shown
    for form in ("csv", "geojson", "gpkg"):
        body = reader.get(f"/register/estate/list.{form}").content
        assert "欧阳".encode() not in body
        assert b"sealed" not in body
    did("change", thing=estate, on=day(5), facts={"YT": "住宅"})
    perform("test.erase", COUNTY, subject=subject)
    assert "欧" not in reader.get(f"/register/estate/{code}/").content.decode()


@pytest.fixture(autouse=True)
def erasing(monkeypatch):
    """Give an act that erases a subject."""
    from guotu.core.journal import actions

    monkeypatch.setattr(actions, "_registered", dict(actions._registered))
    actions.action("test.erase", power="test")(lambda act, subject: sealing.erase(act, subject))


@pytest.fixture
def release(home, county, tmp_path):
    """Publish three parcels, one of them with a code that no parcel has."""
    rows = squares((VILLAGE, "1", "0101"), (VILLAGE, "2", "0301"), ("", "3", "0301"))
    return published(tmp_path, rows, 2025)


def take(client, release, **more):
    return client.post("/register/landuse/take/", {"release": release.pk, **more})


def test_an_empty_register_says_how_to_begin(reader, release):
    page = reader.get("/register/landuse/").content.decode()
    assert "怎样开始" in page
    assert "（3 个要素）" in page
    assert "由有“登记簿记载和更正”权力的岗位办理" in page
    assert "/register/landuse/take/" not in page
    assert take(reader, release).status_code == 403
    assert "怎样开始" not in reader.get("/register/landuse/?q=1").content.decode()
    assert "逐件登记" in reader.get("/register/estate/").content.decode()


def test_whoever_may_begins_it_from_the_page_once(release):
    client = signed_in("registrar", ["register.read", "register.write", "atlas.read"])
    assert "由现行版本转入登记簿" in client.get("/register/landuse/").content.decode()
    for _ in range(2):
        assert take(client, release, key="once").headers["Location"] == "/register/landuse/"
    page = client.get("/register/landuse/").content.decode()
    assert "读入 3 个，设立 2 个，不收 1 个。" in page
    assert f"{VILLAGE}0000000-1" in page
    assert "怎样开始" not in page
    assert Version.objects.count() == 2


def test_only_the_release_that_was_shown_is_taken(release):
    client = signed_in("registrar", ["register.read", "register.write", "atlas.read"])
    wrong = client.post("/register/landuse/take/", {"release": release.pk + 1})
    assert wrong.status_code == 422
    assert client.post("/register/estate/take/", {"release": release.pk}).status_code == 422
    assert not Version.objects.exists()


def test_without_a_layer_the_page_says_to_import_it(reader, county):
    assert "先导入" in reader.get("/register/landuse/").content.decode()


def test_a_register_larger_than_its_pages_says_so(reader, lineage, monkeypatch):
    monkeypatch.setattr(paging, "MOST", 1)
    page = reader.get("/register/landuse/").content.decode()
    assert "有效超过 1 件，列出前 1 件" in page
