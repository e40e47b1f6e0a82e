"""The administration of people: every page shows masked names, and every act is shown first."""

import re

import pytest
from django.contrib.auth import authenticate

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.core.people.models import Holding, Person, Post
from tests.site.conftest import signed_in

POWERS = ["people.read", "people.administer", "people.look", "atlas.read"]


@pytest.fixture
def admin(county):
    """Give the client of an administrator who gave the second factor."""
    return signed_in("guanli", POWERS)


@pytest.fixture
def other(county):
    """Give somebody to administer."""
    signed_in("lin", ["atlas.read"])
    return Person.objects.get(username="lin")


def confirmed(client, address, form):
    """Post a form, confirm what is shown, and return the last answer."""
    shown = client.post(address, form)
    assert shown.status_code == 200, shown.content.decode()
    page = shown.content.decode()
    assert "办理后会这样" in page
    count = Entry.objects.count()
    key = re.search(r'name="key" value="(\w+)"', page)[1]
    answer = client.post(address, {**form, "confirmed": "yes", "key": key})
    assert client.post(address, {**form, "confirmed": "yes", "key": key}).status_code == 302
    assert Entry.objects.count() == count + 1
    return answer


PAGES = ["/people/", "/people/list.csv", "/people/posts/", "/people/units/", "/people/divisions/"]


@pytest.mark.parametrize("address", PAGES)
def test_no_page_shows_a_whole_name(admin, other, address):
    page = admin.get(address).content.decode()
    assert "林知远" not in page
    assert admin.get(f"/people/{other.pk}/").content.decode().count("林**") == 1


def test_a_whole_name_is_shown_once_its_purpose_is_given(admin, other):
    address = f"/people/{other.pk}/look/"
    assert admin.post(address, {"field": "name", "purpose": ""}).status_code == 422
    page = admin.post(address, {"field": "name", "purpose": "contact"}).content.decode()
    assert "林知远" in page
    assert Entry.objects.last().verb == "people.look"
    assert "林知远" not in admin.get(f"/people/{other.pk}/").content.decode()


def test_an_account_is_opened_and_its_owner_sets_the_password(admin, stranger):
    post = Post.objects.get(code="guanli")
    form = {"username": "xin", "name": "王小明", "post": post.pk}
    page = admin.post("/people/open/", form).content.decode()
    code = re.search(r'class="hash">([A-Z0-9-]+)<', page)[1]
    assert Holding.objects.filter(person__username="xin", post=post).exists()
    assert authenticate(username="xin", password="") is None
    fresh = "Fresh pass phrase 1"
    form = {"username": "xin", "code": code, "fresh": fresh, "again": fresh}
    assert stranger.post("/sign-in/code/", form).status_code == 302
    assert authenticate(username="xin", password=fresh)


def test_a_holding_is_ended_after_a_look_at_what_that_does(admin, other):
    held = other.holdings.get()
    form = {"holding": held.pk}
    assert confirmed(admin, f"/people/{other.pk}/end/", form)["Location"].endswith(f"{other.pk}/")
    assert not Person.objects.get(pk=other.pk).has_power("atlas.read")


def test_somebody_is_appointed_and_somebody_stands_in(admin, other):
    post = perform("people.open_post", COUNTY, code="x", name="窗口", powers=[]).answer
    confirmed(admin, f"/people/{other.pk}/appoint/", {"post": post.pk, "paper": "任〔2026〕1号"})
    held = Holding.objects.get(person=other, post=post)
    admin_id = Person.objects.get(username="guanli").pk
    form = {"holding": held.pk, "substitute": admin_id, "decision": "纪要", "until": "2099-01-01"}
    confirmed(admin, f"/people/{other.pk}/substitute/", form)
    page = admin.get(f"/people/{other.pk}/").content.decode()
    assert "guanli 代 lin" in page
    assert "窗口（代理）" in admin.get("/account/").content.decode().replace("\n", "")
    standing = held.substitutions.get()
    form = {"substitution": standing.pk}
    confirmed(admin, f"/people/{other.pk}/end-substitution/", form)


def test_an_account_goes_out_of_use_and_its_data_is_erased(admin, other):
    confirmed(admin, f"/people/{other.pk}/deactivate/", {})
    confirmed(admin, f"/people/{other.pk}/erase/", {})
    assert "erased-" in admin.get(f"/people/{other.pk}/").content.decode()
    own = Person.objects.get(username="guanli")
    assert admin.post(f"/people/{own.pk}/deactivate/").status_code == 422
    assert admin.post(f"/people/{own.pk}/fly/").status_code == 422


def test_a_post_is_changed_after_a_look_at_what_that_does(admin, other):
    post = Post.objects.get(code="lin")
    form = {"name": "窗口", "tag": "execute", "whole": "yes", "power": ["approval.read"]}
    confirmed(admin, f"/people/posts/{post.pk}/", form)
    post.refresh_from_db()
    assert (post.name, post.powers, post.areas) == ("窗口", ["approval.read"], None)
    form = {"code": "new-post", "name": "新岗", "tag": "support", "areas": "430999100"}
    confirmed(admin, "/people/posts/", form)
    assert Post.objects.get(code="new-post").areas == ["430999100"]


def test_units_and_divisions_are_set_up(admin):
    confirmed(admin, "/people/units/", {"name": "甲镇所", "division": "430999100"})
    rows = [{"code": "430999100", "name": "甲镇"}]
    perform("people.load_divisions", COUNTY, rows=rows)
    form = {
        "ended": "430999100",
        "into": "430999102 大镇",
        "on": "2099-01-01",
        "paper": "湘府函〔2099〕1号",
    }
    confirmed(admin, "/people/divisions/", form)
    assert "甲镇" in admin.get("/people/divisions/").content.decode()


def test_who_only_reads_changes_nothing(county, other):
    reader = signed_in("kan", ["people.read"])
    assert "开设账号" not in reader.get("/people/").content.decode()
    for address in ("/people/units/", "/people/posts/", f"/people/{other.pk}/erase/"):
        assert reader.post(address, {"name": "x"}).status_code == 403
    assert reader.post(f"/people/{other.pk}/look/", {}).status_code == 403


def test_persons_are_found_by_account_and_post(admin, other):
    page = admin.get("/people/?q=lin").content.decode()
    assert f"/people/{other.pk}/" in page
    assert "没有符合条件" in admin.get("/people/?q=zzz").content.decode()
    assert admin.get("/people/list.pdf").status_code == 422
