"""Signing in and out, and that nothing opens without it."""

import pytest
from django.urls import URLPattern, get_resolver

from tests.site.conftest import PASSWORD

OPEN = {"sign-in", "sign-out", "language"}


def addresses():
    """Yield (name, address) of every page, with some number where one is wanted."""
    for outer in get_resolver().url_patterns:
        inner = [outer] if isinstance(outer, URLPattern) else outer.url_patterns
        for pattern in inner:
            route = str(pattern.pattern)
            for part, value in (
                ("<slug:name>", "landuse"),
                ("<int:release_id>", "1"),
                ("<int:review_id>", "1"),
                ("<str:kind>", "csv"),
                ("<str:suffix>", ".geojson"),
            ):
                route = route.replace(part, value)
            yield pattern.name, "/" + route


def test_every_page_asks_for_sign_in(stranger):
    asked = 0
    for name, address in addresses():
        assert "<" not in address, f"give {address} a value here"
        if name in OPEN:
            continue
        asked += 1
        for answer in (stranger.get(address), stranger.post(address)):
            assert answer.status_code in (302, 401), address
            if answer.status_code == 302:
                assert answer["Location"].startswith("/sign-in/?next="), address
    assert asked >= 12


def test_api_says_in_json_that_nobody_is_signed_in(stranger):
    answer = stranger.get("/api/atlas/layers")
    assert answer.status_code == 401
    assert answer.json()["what"] == "还没有登录"


def test_fragment_asks_the_page_to_go_to_sign_in(stranger):
    answer = stranger.get("/search/?q=ab", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/")


def test_sign_in_goes_on_to_where_one_was_going(clerk, stranger):
    form = {"username": "clerk", "password": PASSWORD, "next": "/layers/"}
    assert stranger.post("/sign-in/", form)["Location"] == "/layers/"
    assert stranger.get("/layers/").status_code == 200


def test_sign_in_never_sends_anybody_elsewhere(clerk, stranger):
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        form = {"username": "clerk", "password": PASSWORD, "next": elsewhere}
        assert stranger.post("/sign-in/", form)["Location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"), [("clerk", "wrong"), ("nobody-at-all", PASSWORD), ("", "")]
)
def test_wrong_account_and_wrong_password_get_the_same_answer(clerk, stranger, username, password):
    answer = stranger.post("/sign-in/", {"username": username, "password": password})
    assert answer.status_code == 403
    assert "账号或密码不对" in answer.content.decode()
    assert "_auth_user_id" not in stranger.session


def test_sign_out_wants_a_post_and_ends_the_session(clerk):
    assert clerk.get("/sign-out/").status_code == 405
    assert clerk.post("/sign-out/")["Location"] == "/sign-in/"
    assert clerk.get("/").status_code == 302


def test_forms_are_refused_without_their_token(clerk):
    clerk.handler.enforce_csrf_checks = True
    answer = clerk.post("/day/", {"day": "2025-01-01"})
    assert answer.status_code == 403
    assert "这张表单已过期" in answer.content.decode()


def test_without_power_no_page_of_the_map_opens(nobody):
    for address in ("/", "/layers/", "/layers.csv", "/print/", "/search/?q=ab"):
        answer = nobody.get(address, HTTP_ACCEPT="text/html")
        assert answer.status_code == 403, address
        assert "权限 atlas.read" in answer.content.decode()
    answer = nobody.get("/api/atlas/layers")
    assert (answer.status_code, answer.json()["rule"]) == (403, "权限 atlas.read")


def test_duties_without_power_are_not_on_the_rail(county):
    from tests.site.conftest import signed_in

    page = signed_in("reader", ["atlas.read"]).get("/").content.decode()
    assert 'href="/layers/"' in page
    assert 'href="/review/"' not in page
    assert 'id="review-form"' not in page
