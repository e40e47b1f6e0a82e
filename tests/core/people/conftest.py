"""People to test with: a unit, posts and persons, made the way the county makes them."""

import pytest

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.people.models import Person, Post

PASSWORD = "a long enough pass phrase"


def opened(username, post_code="", powers=("approval.review",), **facts):
    """Open an account, in a post with these powers where one is named."""
    post = {"name": post_code, "tag": "execute", "powers": list(powers), **facts}
    done = perform(
        "people.open_account",
        COUNTY,
        username=username,
        name="张三丰",
        password=PASSWORD,
        post_code=post_code,
        post=post if post_code else None,
    )
    return Person.objects.get(pk=done.answer.pk)


def do(name, /, **arguments):
    """Have the county do something; return the answer."""
    return perform(name, COUNTY, **arguments).answer


@pytest.fixture
def clerk(db):
    """Give somebody who holds the post `clerk`."""
    return opened("jingban", "clerk")


@pytest.fixture
def head_post(db):
    """Give a post with one seat, that decides."""
    facts = {"name": "局长", "tag": "decide", "powers": ["atlas.read"], "seats": 1}
    return Post.objects.get(pk=do("people.open_post", code="head", **facts).pk)
