"""The pages of the map and its layers: what they say, to whom, and nothing from outside."""

import csv
import io
import re

import pytest
import shapely

from guotu.core.atlas import queries
from guotu.core.journal.actions import COUNTY, perform
from tests.site.conftest import EAST, NORTH, SIDE

PAGES = ["/", "/layers/", "/layers/landuse/", "/print/?lon=113.59&lat=28.71&scale=2000"]


def lonlat(east, north):
    """Return a place of the county in degrees."""
    from guotu.lib.geo.crs import frame_of, transform

    point = transform(shapely.points([[east, north]]), queries.county_frame(), frame_of(4490))[0]
    return point.x, point.y


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_and_say_that_the_county_is_fictional(clerk, landuse, page):
    answer = clerk.get(page)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "虚构县" in text
    assert "云溪县" in text


@pytest.mark.parametrize("page", [*PAGES, "/sign-in/"])
def test_pages_load_nothing_from_outside_and_run_nothing_inline(clerk, landuse, page):
    answer = clerk.get(page)
    text = answer.content.decode()
    outside = [
        found
        for found in re.findall(r'(?:src|href|action)="([^"]*)"', text)
        if re.match(r"(?:[a-z]+:)?//", found)
    ]
    assert outside == []
    assert re.findall(r"\son[a-z]+\s*=", text) == []
    assert " style=" not in text
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    nonces = re.findall(r'nonce="([^"]+)"', text)
    assert all(f"'nonce-{nonce}'" in policy for nonce in nonces)


def test_a_nonce_is_never_used_twice(clerk, landuse):
    pages = [clerk.get("/").content.decode() for _ in range(3)]
    assert len({re.search(r'nonce="([^"]+)"', page).group(1) for page in pages}) == 3


def test_layers_are_told_with_their_drawing(clerk, landuse):
    told = clerk.get("/api/atlas/layers").json()
    found = {layer["layer"]: layer for layer in told["layers"]}
    assert found["landuse"]["release"] == "2025-12-31"
    assert found["landuse"]["tiles"] is None
    assert found["mines"]["release"] is None
    assert {one["code"]: one["name"] for one in found["landuse"]["classes"]}["0101"] == "水田"
    west, south, east, north = told["bounds"]
    lon, lat = lonlat(EAST + SIDE, NORTH + SIDE)
    assert west < lon < east
    assert south < lat < north


def test_a_press_on_the_map_says_what_stands_there(clerk, landuse):
    lon, lat = lonlat(EAST + 30, NORTH + 30)
    facts = clerk.get(f"/api/atlas/at?lon={lon}&lat={lat}").json()["facts"]
    assert [(fact["layer"], fact["code"]) for fact in facts] == [("landuse", "0101")]
    fragment = clerk.get(f"/api/atlas/at?lon={lon}&lat={lat}", HTTP_ACCEPT="text/html")
    text = fragment.content.decode()
    assert "水田" in text
    assert "双桥村" in text
    assert "3,599.8" in text  # 60 m squared on the ellipsoid: a little less than 3,600


@pytest.mark.parametrize("query", ["", "lon=abc&lat=1", "lon=200&lat=1", "lon=nan&lat=1"])
def test_a_place_that_is_none_is_refused_in_chinese(clerk, landuse, query):
    for address in ("/api/atlas/at", "/api/atlas/frame"):
        answer = clerk.get(f"{address}?{query}")
        assert answer.status_code == 422
        assert answer.json()["what"] == "经纬度不对"


def test_a_place_is_said_in_the_county_frame_with_its_sheets(clerk, county):
    lon, lat = lonlat(EAST, NORTH)
    told = clerk.get(f"/api/atlas/frame?lon={lon}&lat={lat}").json()
    assert (told["easting_m"], told["northing_m"]) == (EAST, NORTH)
    assert told["sheets"]["10000"].startswith("H49G")
    assert (
        clerk.get("/api/atlas/frame?lon=113.6&lat=28.7").json()["sheets"]["10000"] == "H49G080090"
    )


def measure(client, figure):
    return client.post("/api/atlas/measure", figure, content_type="application/json")


def test_a_drawn_ring_is_measured_by_the_legal_rule(clerk, county):
    corners = [(460000, 3176000), (461000, 3176000), (461000, 3177000), (460000, 3177000)]
    ring = [list(lonlat(east, north)) for east, north in [*corners, corners[0]]]
    told = measure(clerk, {"type": "Polygon", "coordinates": [ring]}).json()
    assert abs(told["area_dm2"] - 99996150) <= 30  # golden 999961.50 m2; lon/lat costs 0.1 mm
    assert abs(told["length_m"] - 4000) < 1


def test_a_drawn_line_has_a_length_and_no_area(clerk, county):
    line = [list(lonlat(460000, 3176000)), list(lonlat(460000, 3177000))]
    told = measure(clerk, {"type": "LineString", "coordinates": line}).json()
    assert told["area_dm2"] is None
    assert abs(told["length_m"] - 999.98) < 0.05


@pytest.mark.parametrize(
    "figure",
    [
        "not json",
        "[]",
        '{"type":"Point","coordinates":[1,2]}',
        '{"type":"Polygon","coordinates":[]}',
        '{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}',
        '{"type":"LineString","coordinates":[["a","b"],[1,2]]}',
        '{"type":"LineString","coordinates":[[1e300,1],[1,2]]}',
        '{"type":"Polygon","coordinates":[[[113.6,28.7],[113.61,28.71],[113.61,28.7],'
        "[113.6,28.71],[113.6,28.7]]]}",
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_in_chinese(clerk, county, figure):
    answer = measure(clerk, figure)
    assert answer.status_code == 422
    assert re.search(r"[\u4e00-\u9fff]", answer.json()["what"])


def test_search_answers_from_two_characters(clerk, landuse):
    assert "result-title" not in clerk.get("/search/?q=0").content.decode()
    text = clerk.get("/search/?q=0002").content.decode()
    assert 'data-feature="2"' in text
    assert "图层" in clerk.get("/search/?q=地类图斑").content.decode()
    assert "没有找到" in clerk.get("/search/?q=zzzz").content.decode()


def test_search_text_never_becomes_markup(clerk, landuse):
    text = clerk.get("/search/", {"q": "<b>x</b>"}).content.decode()
    assert "<b>x</b>" not in text


def test_layers_page_accounts_for_every_feature_read(clerk, landuse):
    text = clerk.get("/layers/landuse/").content.decode()
    report = landuse.report
    closed = report["accepted"] + len(report["rejected"]) + len(report["quarantined"])
    assert report["read"] == closed == 6
    assert landuse.sha256 in text
    assert "待确认" in text


def test_layers_export_is_a_table_a_spreadsheet_can_read(clerk, landuse):
    answer = clerk.get("/layers.csv")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1] == ["虚构县，不得用于办事"]
    row = next(row for row in rows if row[0] == "landuse")
    assert row[3:5] == ["2025-12-31", "2025-12-31"]
    assert "attachment" in answer["Content-Disposition"]


def test_withdrawn_release_is_marked_with_its_reason(clerk, landuse):
    perform("atlas.withdraw", COUNTY, reason="坐标系弄错", layer="landuse", name=landuse.name)
    text = clerk.get("/layers/landuse/").content.decode()
    assert "已撤回" in text
    assert "坐标系弄错" in text
    found = {layer["layer"]: layer for layer in clerk.get("/api/atlas/layers").json()["layers"]}
    assert found["landuse"]["release"] is None


def test_secret_release_is_not_there_for_others(clerk, secret_landuse):
    text = clerk.get("/layers/landuse/").content.decode()
    assert secret_landuse.sha256 not in text
    lon, lat = lonlat(EAST + 30, NORTH + 30)
    assert clerk.get(f"/api/atlas/at?lon={lon}&lat={lat}").json()["facts"] == []
    assert clerk.get(f"/api/atlas/labels/{secret_landuse.pk}").status_code == 404
    assert "result-title" not in clerk.get("/search/?q=0002").content.decode()
    assert secret_landuse.sha256 not in clerk.get("/layers.csv").content.decode()


def test_secret_layer_is_not_there_for_others(clerk, landuse):
    type(landuse.layer).objects.filter(name="landuse").update(secrecy="secret")
    assert clerk.get("/layers/landuse/").status_code == 404
    names = [layer["layer"] for layer in clerk.get("/api/atlas/layers").json()["layers"]]
    assert "landuse" not in names


def test_another_day_tints_the_frame_and_moves_the_map(clerk, landuse):
    assert "other-day" not in clerk.get("/").content.decode()
    assert clerk.post("/day/", {"day": "2025-06-30", "next": "/layers/"})["Location"] == "/layers/"
    text = clerk.get("/").content.decode()
    assert 'class="other-day"' in text
    assert "不是今天" in text
    found = {layer["layer"]: layer for layer in clerk.get("/api/atlas/layers").json()["layers"]}
    assert found["landuse"]["release"] is None
    clerk.post("/day/", {"day": ""})
    assert "other-day" not in clerk.get("/").content.decode()


@pytest.mark.parametrize("day", ["yesterday", "2999-01-01", "2025-13-01"])
def test_a_day_that_is_none_is_refused(clerk, county, day):
    assert clerk.post("/day/", {"day": day}).status_code == 422


def test_day_goes_back_to_our_own_pages_only(clerk, county):
    answer = clerk.post("/day/", {"day": "2025-06-30", "next": "https://example.org/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("query", ["", "lon=1", "lon=1&lat=2&scale=37", "lon=a&lat=b"])
def test_a_print_of_nothing_is_refused(clerk, county, query):
    answer = clerk.get(f"/print/?{query}", HTTP_ACCEPT="text/html")
    assert answer.status_code == 422


def test_print_names_scale_sheets_frame_and_day(clerk, landuse):
    lon, lat = lonlat(EAST, NORTH)
    text = clerk.get(f"/print/?lon={lon}&lat={lat}&scale=10000&title=<b>甲</b>").content.decode()
    assert "1:10000" in text
    assert "H49G0" in text
    assert "&lt;b&gt;甲&lt;/b&gt;" in text
    assert "正北" in text
    assert "data-overlay-url" not in text
    asked = "/print/?lon=113&lat=28&overlay="
    assert "data-overlay-url" in clerk.get(asked + "/review/3.geojson?part=map").content.decode()
    for elsewhere in ("//example.org/a.geojson", "https://example.org/a.geojson", "/a/../b"):
        assert "data-overlay-url" not in clerk.get(asked + elsewhere).content.decode()


def test_a_missing_page_says_so_in_chinese(clerk):
    answer = clerk.get("/no-such-page/")
    assert answer.status_code == 404
    assert "没有这一页" in answer.content.decode()
    told = clerk.get("/no-such-page/", HTTP_ACCEPT="application/json").json()
    assert set(told) == {"what", "where", "rule", "remedy"}


def test_a_failing_page_says_so_in_chinese_and_shows_no_trace(clerk, monkeypatch):
    def broken(*arguments, **named):
        raise RuntimeError("SECRET DETAIL")

    monkeypatch.setattr(queries, "layers", broken)
    clerk.raise_request_exception = False
    answer = clerk.get("/layers/")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert "程序内部出错" in text
    assert "SECRET" not in text


def test_an_empty_county_says_how_to_begin(clerk):
    text = clerk.get("/").content.decode()
    assert "还没有图层" in text
    assert "guotu import landuse" in text
