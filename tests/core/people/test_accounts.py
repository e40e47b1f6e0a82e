"""Powers belong to posts; a person has those of the post held, and only while in use."""

import json

import pytest
from django.test import RequestFactory

from guotu.core.journal import sealing
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.journal.models import Entry
from guotu.core.people import personal
from guotu.core.people.models import Person
from guotu.core.people.queries import actor_of, actor_of_request
from guotu.lib.refusal import Refusal

POST = {"name": "经办", "tag": "execute", "powers": ["approval.review"]}


def open_account(username: str = "jingban") -> Person:
    done = perform(
        "people.open_account",
        COUNTY,
        username=username,
        name="经办",
        password="a long enough pass phrase",
        post_code="clerk",
        post=POST,
    )
    assert isinstance(done.answer, Person)
    return done.answer


@pytest.mark.django_db
def test_an_account_has_the_powers_of_its_post() -> None:
    person = open_account()
    assert person.has_power("approval.review")
    assert not person.has_power("atlas.publish")
    assert person.password.startswith("argon2$")
    assert actor_of(person).powers == frozenset({"approval.review"})


@pytest.mark.django_db
def test_an_account_out_of_use_has_no_powers() -> None:
    person = open_account()
    person.is_active = False
    person.save()
    assert not person.has_power("approval.review")
    assert actor_of(person).powers == frozenset()


@pytest.mark.django_db
def test_a_person_without_a_post_has_no_powers() -> None:
    person = Person.objects.create_user("nobody", "a long enough pass phrase")
    assert not person.has_power("approval.review")
    assert actor_of(person).post_id is None


@pytest.mark.django_db
def test_a_request_of_nobody_has_no_powers(rf: RequestFactory) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = AnonymousUser()
    assert actor_of_request(request).powers == frozenset()
    request.user = open_account()
    assert actor_of_request(request).powers == frozenset({"approval.review"})


def test_names_are_sealed_masked_and_shown_only_by_a_recorded_look(clerk: Person) -> None:
    assert "张三丰".encode() not in bytes(clerk.sealed_name or b"")
    assert personal.masked(clerk)["name"] == "张**"
    assert personal.shown_names([clerk]) == {clerk.pk: "张**"}
    facts = {"person_id": clerk.pk, "fields": ["name"]}
    done = perform("people.look", COUNTY, purpose="contact", **facts)
    assert done.answer == {"name": "张三丰"}
    entry = Entry.objects.get(sequence=done.sequence)
    assert entry.subject == f"person:{clerk.pk}"
    assert entry.outcome == {"fields": ["name"], "purpose": "contact"}
    for wrong in ({"purpose": ""}, {"purpose": "contact", "fields": []}):
        with pytest.raises(Refusal):
            perform("people.look", COUNTY, **{**facts, **wrong})


def test_no_entry_ever_holds_a_name(clerk: Person) -> None:
    perform("people.set_personal_data", COUNTY, person_id=clerk.pk, telephone="13900001234")
    clerk.refresh_from_db()
    assert personal.masked(clerk)["telephone"] == "*******1234"
    said = json.dumps(
        list(Entry.objects.values("subject", "outcome", "effects")), ensure_ascii=False
    )
    assert "张三丰" not in said
    assert "13900001234" not in said


def test_what_is_erased_cannot_be_read_again(clerk: Person) -> None:
    kept, subject = bytes(clerk.sealed_name or b""), clerk.subject
    with pytest.raises(Refusal, match="在用"):
        perform("people.erase", COUNTY, person_id=clerk.pk)
    perform("people.deactivate", COUNTY, person_id=clerk.pk)
    perform("people.erase", COUNTY, person_id=clerk.pk)
    clerk.refresh_from_db()
    assert clerk.username.startswith("erased-")
    assert sealing.unseal(subject, kept) is None
    assert personal.shown_names([clerk]) == {}


def test_accounts_go_out_of_use_and_back(clerk: Person) -> None:
    before = clerk.get_session_auth_hash()
    perform("people.deactivate", COUNTY, person_id=clerk.pk)
    clerk.refresh_from_db()
    assert not clerk.is_active
    assert clerk.get_session_auth_hash() != before
    for name in ("people.deactivate", "people.issue_code"):
        with pytest.raises(Refusal):
            perform(name, COUNTY, person_id=clerk.pk)
    perform("people.reactivate", COUNTY, person_id=clerk.pk)
    clerk.refresh_from_db()
    assert clerk.has_power("approval.review")
    perform("people.end_sessions", COUNTY, person_id=clerk.pk)
    with pytest.raises(Refusal):
        perform("people.reactivate", COUNTY, person_id=clerk.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["", " a", "x" * 65, "JINGBAN"])
def test_an_account_name_is_its_own(clerk: Person, username: str) -> None:
    with pytest.raises(Refusal):
        open_account(username)
