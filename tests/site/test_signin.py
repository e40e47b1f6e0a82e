"""Signing in and out, and that nothing opens without it."""

import datetime
import re

import pyotp
import pytest
from django.urls import URLPattern, get_resolver

from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.people.models import Person
from guotu.core.people.sessions import address_of
from tests.site.conftest import PASSWORD, signed_in

VALUES = (
    (r"^\^|\\(?=\.)|\$$", ""),
    (r"\(\?P<kind>\[[^)]*\)", "parcel"),
    (r"\(\?P<\w+>(\w+)[^)]*\)", r"\1"),
    ("<slug:verb>", "code"),
    (r"<slug:\w+>", "landuse"),
    (r"<int:\w+>", "1"),
    ("<str:suffix>", ".geojson"),
    (r"<(str|path):\w+>", "csv"),
)
OPEN = {"sign-in", "sign-in-code", "sign-out", "language"}


def addresses(patterns=None):
    """Yield (name, address) of every page, with some number where one is wanted."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if not isinstance(pattern, URLPattern):
            yield from addresses(pattern.url_patterns)
            continue
        route = str(pattern.pattern)
        for part, value in VALUES:
            route = re.sub(part, value, route)
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
    page = signed_in("reader", ["atlas.read"]).get("/").content.decode()
    assert 'href="/layers/"' in page
    assert 'href="/review/"' not in page
    assert 'id="review-form"' not in page


def person(username="clerk"):
    return Person.objects.get(username=username)


def still_in(client):
    """Say whether a session goes on."""
    return client.get("/account/").status_code == 200


def test_after_five_failures_the_right_password_has_to_wait(clerk, stranger):
    for _number in range(5):
        stranger.post("/sign-in/", {"username": "clerk", "password": "wrong"})
    answer = stranger.post("/sign-in/", {"username": "clerk", "password": PASSWORD})
    assert answer.status_code == 403
    assert "尝试次数过多" in answer.content.decode()
    elsewhere = {"username": "clerk", "password": PASSWORD}
    later = clock.now() + datetime.timedelta(minutes=2)
    with clock.simulated(later):
        assert stranger.post("/sign-in/", elsewhere).status_code == 302


@pytest.mark.parametrize(
    "end",
    [
        lambda one: perform("people.end_holding", COUNTY, holding_id=one.holdings.get().pk),
        lambda one: perform("people.deactivate", COUNTY, person_id=one.pk),
        lambda one: perform("people.end_sessions", COUNTY, person_id=one.pk),
        lambda one: perform("people.set_password", Actor(one.pk, None), encoded="another"),
    ],
    ids=["post ended", "out of use", "signed out by another", "password changed"],
)
def test_a_session_ends_at_once(clerk, end):
    assert still_in(clerk)
    end(person())
    assert not still_in(clerk)
    assert clerk.get("/").status_code == 302


@pytest.mark.parametrize(("minutes", "goes_on"), [(59, True), (61, False)])
def test_an_idle_session_ends(clerk, minutes, goes_on):
    assert still_in(clerk)
    with clock.simulated(clock.now() + datetime.timedelta(minutes=minutes)):
        assert still_in(clerk) == goes_on


def test_a_session_used_all_day_ends_after_twelve_hours(clerk):
    begun, seen = clock.now(), []
    for half in range(1, 27):
        with clock.simulated(begun + datetime.timedelta(minutes=30 * half)):
            seen.append(still_in(clerk))
    assert seen == [True] * 24 + [False] * 2


def test_one_acts_in_the_post_that_was_chosen(clerk):
    post = {"code": "keeper", "name": "资料员", "powers": ["files.read"]}
    kept = perform("people.open_post", COUNTY, **post).answer
    held = perform("people.appoint", COUNTY, person_id=person().pk, post_id=kept.pk).answer
    assert "改用此岗" in clerk.get("/account/").content.decode()
    assert clerk.post("/account/act-as/", {"key": f"held-{held.pk}"}).status_code == 302
    assert clerk.get("/layers/").status_code == 403
    assert clerk.post("/account/act-as/", {"key": "held-99999"}).status_code == 422


def test_a_password_to_be_changed_leads_there_first(clerk):
    Person.objects.filter(username="clerk").update(must_change=True)
    assert clerk.get("/layers/")["Location"] == "/account/password/"
    assert clerk.get("/api/atlas/layers").status_code == 403
    form = {"old": PASSWORD, "fresh": "Fresh pass phrase 1", "again": "Fresh pass phrase 2"}
    assert clerk.post("/account/password/", form).status_code == 422
    form["again"] = form["fresh"]
    assert clerk.post("/account/password/", form)["Location"] == "/account/"
    assert clerk.get("/layers/").status_code == 200


def test_a_code_from_the_administrator_sets_the_password(clerk, stranger):
    code = perform("people.issue_code", COUNTY, person_id=person().pk).answer
    fresh = "Fresh pass phrase 1"
    form = {"username": "clerk", "code": "AAAA", "fresh": fresh, "again": fresh}
    assert stranger.post("/sign-in/code/", form).status_code == 403
    answer = stranger.post("/sign-in/code/", {**form, "code": code})
    assert answer["Location"] == "/sign-in/"
    assert not still_in(clerk)
    answer = stranger.post("/sign-in/", {"username": "clerk", "password": fresh})
    assert answer.status_code == 302


def test_a_page_asks_for_the_second_factor_and_then_opens(county):
    powers = ["people.read", "people.administer"]
    client = signed_in("guanli", powers)
    session = client.session
    del session["second_factor"]
    session.save()
    Person.objects.filter(username="guanli").update(enrolled_sequence=None)
    where = client.get("/people/open/")["Location"]
    assert where == "/account/second-factor/?next=%2Fpeople%2Fopen%2F"
    page = client.get(where).content.decode()
    assert "data:image/svg+xml" in page
    totp = pyotp.TOTP(client.session["enrolling"])
    form = {"code": totp.now(), "next": "/people/open/"}
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code == 422
    page = client.post("/account/second-factor/", form).content.decode()
    assert "抄下这些备用码" in page
    assert client.get("/people/open/").status_code == 200


@pytest.mark.parametrize(
    ("near", "said", "address"),
    [
        ("127.0.0.1", "1.2.3.4, 10.1.1.1", "10.1.1.1"),
        ("10.9.9.9", "1.2.3.4", "10.9.9.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "rubbish", "127.0.0.1"),
    ],
)
def test_where_a_request_comes_from(rf, near, said, address):
    request = rf.get("/", REMOTE_ADDR=near, HTTP_X_FORWARDED_FOR=said)
    assert address_of(request) == address
