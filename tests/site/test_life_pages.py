"""The ribbon's page, panel, sheet, table and JSON: what they show, and to whom."""

import json

import pytest

from guotu.core.journal import chaining
from guotu.core.people.models import Post

HERE = "?lon=113.5909736&lat=28.6994780"
PAGES = ("/life/", "/life/panel/", "/life/print/", "/life.csv", "/api/atlas/life")


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_each_form_tells_the_class_and_its_paper(clerk, landuse, address):
    answer = clerk.get(address + HERE)
    shown = str(answer.json()["events"]) if "api" in address else answer.content.decode()
    assert "水田 0101" in shown
    assert landuse.source.name in shown
    assert "第四十四条" in shown


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_no_form_tells_what_is_secret(clerk, secret_landuse, address):
    answer = clerk.get(address + HERE)
    assert answer.status_code == 200
    assert "水田" not in answer.content.decode()
    assert secret_landuse.source.name not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PAGES, "/life/place.geojson"])
def test_a_post_of_another_area_is_refused(clerk, landuse, address):
    Post.objects.filter(code="clerk").update(areas=["430999101"])
    answer = clerk.get(address + HERE)
    assert answer.status_code == 403
    assert "0101" not in answer.content.decode()


@pytest.mark.django_db
def test_every_bar_leads_to_a_row_that_is_there(clerk, landuse):
    shown = clerk.get("/life/" + HERE).content.decode()
    for part in shown.split('href="#life-')[1:]:
        assert f'id="life-{part.split(chr(34))[0]}"' in shown


@pytest.mark.django_db
def test_the_sheet_carries_place_sheets_fiction_and_trace(clerk, landuse):
    shown = clerk.get("/life/print/" + HERE + "&scale=5000").content.decode()
    for said in ("虚构县", "1:5000", "EPSG:4547", "113.5909736, 28.6994780", "行为记录至第"):
        assert said in shown
    assert chaining.head().root.hex() in shown
    assert clerk.get("/life/print/" + HERE + "&scale=7").status_code == 422


@pytest.mark.django_db
def test_an_earlier_day_shows_what_was_known_then_or_what_is_known_now(clerk, landuse):
    clerk.post("/day/", {"day": "2026-01-05"})
    then = json.loads(clerk.get("/api/atlas/life" + HERE).content)
    now = json.loads(clerk.get("/api/atlas/life" + HERE + "&known=now").content)
    assert then["later"] == 1
    assert now["later"] == 0
    assert "水田 0101" not in json.dumps(then, ensure_ascii=False)
    assert "水田 0101" in json.dumps(now, ensure_ascii=False)


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["", "?lon=x&lat=1", "?lon=190&lat=2", "?lon=nan&lat=2"])
def test_a_place_that_is_none_is_refused(clerk, landuse, place):
    assert clerk.get("/life/" + place).status_code == 422


@pytest.mark.django_db
def test_a_reader_without_review_power_sees_no_review(clerk, landuse, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    ring = [[113.5904, 28.6998], [113.5908, 28.6998], [113.5908, 28.7], [113.5904, 28.6998]]
    feature = {"type": "Feature", "properties": {}, "geometry": None}
    feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    body = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    file = SimpleUploadedFile("site.geojson", body)
    asked = {"file": file, "key": "k", "crs": "4490", "name": "新桥小学"}
    assert clerk.post("/review/new/", asked).status_code == 303
    inside = "?lon=113.5907&lat=28.69985"
    told = json.loads(clerk.get("/api/atlas/life" + inside).content)["events"]
    review = [one for one in told if one["lane"] == "用地审查"]
    assert review
    assert review[0]["address"].startswith("/review/")
    assert review[0]["sequence"] > 0
    Post.objects.filter(code="clerk").update(powers=["atlas.read"])
    told = json.loads(clerk.get("/api/atlas/life" + inside).content)["events"]
    assert not [one for one in told if one["lane"] == "用地审查"]
