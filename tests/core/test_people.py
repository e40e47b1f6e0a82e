"""Powers belong to posts; a person has those of the post held, and only while in use."""

import pytest
from django.test import RequestFactory

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.people.models import Person
from guotu.core.people.queries import actor_of, actor_of_request

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
