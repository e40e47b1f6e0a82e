"""The pages: a boundary handed in becomes a verdict, once; nobody without the power sees one."""

import json
from io import BytesIO

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.core.journal.models import Entry
from guotu.core.journal.queries import reason_of
from guotu.lib.geo.crs import frame_of, transform
from tests.apps.approval.made import FRAME, box
from tests.site.conftest import signed_in

PLOT = box(10, 10, 195, 150)


def hand_in(client, path, **more):
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post("/review/new/", {"file": upload, **more})


@pytest.fixture
def kept(clerk, boundary):
    answer = hand_in(clerk, boundary(PLOT))
    assert answer.status_code == 303
    return SiteReview.objects.get()


def test_a_file_becomes_a_verdict_kept_with_the_file(clerk, kept):
    assert kept.verdict == "block"
    assert kept.area_dm2 == 2_590_000
    assert kept.source.name == "site.gpkg"
    assert kept.person.username == "clerk"
    page = clerk.get(f"/review/{kept.pk}/").content.decode()
    for text in ("25,900.00", "《土地管理法》第三十五条", "国务院", "差在哪", "调整项目边界"):
        assert text in page


def test_the_result_is_kept_byte_for_byte_and_the_same_again(clerk, kept, boundary):
    first = clerk.get(f"/review/{kept.pk}.json").content
    assert first.decode() == kept.result
    hand_in(clerk, boundary(PLOT))
    again = SiteReview.objects.order_by("-pk").first()
    assert again.pk != kept.pk
    assert (again.result, again.sha256) == (kept.result, kept.sha256)


def test_a_double_click_acts_once(clerk, boundary):
    path = boundary(PLOT)
    addresses = {hand_in(clerk, path, key="one-press").headers["Location"] for _ in range(2)}
    assert len(addresses) == 1
    assert SiteReview.objects.count() == 1
    assert Entry.objects.filter(verb="approval.review_site").count() == 1


def test_a_figure_drawn_on_the_map_is_a_site_too(clerk):
    lonlat = transform([PLOT], FRAME, frame_of(4490))[0]
    figure = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(lonlat)),
    }
    drawn = json.dumps({"type": "FeatureCollection", "features": [figure]})
    answer = clerk.post("/review/new/", {"geojson": drawn}, headers={"Accept": "application/json"})
    assert answer.status_code == 201
    told = answer.json()
    assert told["verdict"] == "block"
    assert told["site"]["area_m2"] == pytest.approx(25_900, abs=0.05)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("notes.docx", b"PK\x03\x04 nothing", "位置"),
        ("site.geojson", b"{]", "site.geojson"),
        ("site.geojson", b'{"type":"FeatureCollection","features":[]}', "办法"),
    ],
)
def test_what_cannot_be_read_is_refused_in_chinese(clerk, name, data, said):
    answer = clerk.post("/review/new/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert SiteReview.objects.count() == 0


def test_nothing_handed_in_and_a_site_elsewhere_are_refused(clerk, boundary):
    assert "没有选择文件" in clerk.post("/review/new/", {}).content.decode()
    far = hand_in(clerk, boundary(box(30_000, 0, 30_100, 100)))
    assert far.status_code == 422
    assert "完全不在本县" in far.content.decode()


def test_a_file_with_one_bad_figure_is_refused_whole(clerk):
    ring = [[113.99, 28.7], [113.991, 28.7], [113.991, 28.701], [113.99, 28.7]]
    bad = [[113.99, 28.7], [1e200, 28.7], [113.991, 28.701], [113.99, 28.7]]
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [one]}}
        for one in (ring, bad)
    ]
    data = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    answer = clerk.post("/review/new/", {"file": SimpleUploadedFile("a.geojson", data)})
    assert answer.status_code == 422
    assert SiteReview.objects.count() == 0


@pytest.mark.parametrize(
    "address",
    [
        "/review/",
        "/review/new/",
        "/review/1/",
        "/review/1.json",
        "/review/1.geojson",
        "/review/1.docx",
        "/review/1.xlsx",
        "/review/1/remedy.geojson",
        "/review/list.xlsx",
    ],
)
def test_every_address_asks_for_its_power(visitor, address):
    assert visitor.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/review/new/", "/review/1/resolve/"])
def test_nobody_without_the_power_writes(visitor, address):
    assert visitor.post(address, {}).status_code == 403


def test_who_has_not_signed_in_is_sent_to_sign_in(county, client):
    assert client.get("/review/").headers["Location"].startswith("/sign-in/")


def test_a_trimmed_boundary_taken_away_and_handed_in_again_passes(clerk, kept, tmp_path):
    for suffix in (".geojson", ".txt"):
        taken = clerk.get(f"/review/{kept.pk}/remedy{suffix}?remedy=trim")
        assert taken.status_code == 200
        path = tmp_path / f"again{suffix}"
        path.write_bytes(taken.content)
        hand_in(clerk, path)
        again = SiteReview.objects.order_by("-pk").first()
        assert again.verdict == "warn"
        assert again.area_m2 == pytest.approx(21_850, abs=0.05)


def test_a_block_stands_until_it_is_resolved_with_paper_number_and_reason(clerk, kept):
    address = f"/review/{kept.pk}/resolve/"
    told = {"rule": "mines.2025", "paper": "补偿协议", "number": "平资〔2026〕1号"}
    assert clerk.post(address, {**told, "reason": " "}).status_code == 422
    assert BlockResolution.objects.count() == 0
    assert clerk.post(address, {**told, "reason": "已与矿业权人签订协议"}).status_code == 303
    page = clerk.get(f"/review/{kept.pk}/").content.decode()
    assert "平资〔2026〕1号" in page
    assert SiteReview.objects.get().verdict == "block"
    assert clerk.post(address, {**told, "reason": "再来一次"}).status_code == 422
    entry = Entry.objects.get(verb="approval.resolve_block")
    assert reason_of(entry) == "已与矿业权人签订协议"


def test_the_list_filters_and_exports_with_its_sum(clerk, kept):
    page = clerk.get("/review/?verdict=block&q=site").content.decode()
    assert "site.gpkg" in page
    assert "没有符合条件的审查" in clerk.get("/review/?verdict=pass").content.decode()
    book = load_workbook(BytesIO(clerk.get("/review/list.xlsx").content))
    assert book.worksheets[0].cell(book.worksheets[0].max_row, 4).value == 25_900
    text = clerk.get("/review/list.csv").content.decode("utf-8-sig")
    assert text.splitlines()[-1] == "合计,,1,25900.00,"
    shapes = json.loads(clerk.get("/review/list.geojson").content)
    assert [one["properties"]["verdict"] for one in shapes["features"]] == ["block"]
    assert clerk.get("/review/list.pdf").status_code == 422


def test_the_map_gets_site_findings_and_remedies(clerk, kept):
    drawn = clerk.get(f"/review/{kept.pk}.geojson?part=map").json()["features"]
    assert {one["properties"]["verdict"] for one in drawn} == {"site", "block", "warn", "remedy"}
    whole = json.loads(clerk.get(f"/review/{kept.pk}.geojson").content)
    survey = [f["properties"] for f in whole["features"] if f["properties"]["verdict"] == "landuse"]
    assert sum(one["area_m2"] for one in survey) == pytest.approx(25_900)


@pytest.mark.parametrize(
    "rest", ["/", ".json", ".geojson", ".docx", ".xlsx", "/remedy.geojson", "/remedy.txt"]
)
def test_what_one_may_not_see_is_not_there_and_says_so_alike(clerk, boundary, rest):
    hand_in(clerk, boundary(box(10, 10, 60, 60)))
    review = SiteReview.objects.get().pk
    neighbour = signed_in("neighbour", ["approval.read"], areas=["430999103"])
    answers = [
        client.get(f"/review/{number}{rest}")
        for client, number in ((neighbour, review), (neighbour, 9999), (clerk, 9999))
    ]
    assert [one.status_code for one in answers] == [404, 404, 404]
    assert neighbour.post(f"/review/{review}/resolve/", {"rule": "x"}).status_code in (403, 404)
