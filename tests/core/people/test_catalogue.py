"""The list of powers is whole: nothing in code asks for, and no demo post has, one not on it."""

import ast
from pathlib import Path

import pytest

from guotu.core.journal.actions import registered
from guotu.core.people import catalogue
from guotu.core.people.rules.posts import TAGS
from guotu.site.demo.accounts import POSTS
from tests.tidy.test_limits import ROOT

ASKED_BY = {"needs_power", "has_power", "check_power"}


def asked_by_pages() -> set[str]:
    """Return every power that a page names in plain text."""
    found = set()
    for path in Path(ROOT / "guotu").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ASKED_BY:
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    return found


def of_the_product() -> dict[str, str]:
    """Return every action with its power, but those that tests register (`test.`, `filestest.`)."""
    return {
        verb: power
        for verb, power in registered().items()
        if not verb.split(".")[0].endswith("test")
    }


def test_every_power_of_an_action_is_on_the_list():
    assert set(of_the_product().values()) - set(catalogue.catalogue()) == set()


def test_every_act_has_its_name():
    assert set(of_the_product()) - set(catalogue.verbs()) == set()


def test_every_power_of_a_page_is_on_the_list():
    assert len(asked_by_pages()) >= 3
    assert asked_by_pages() - set(catalogue.catalogue()) == set()


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.code)
def test_every_power_of_the_demo_is_on_the_list(post):
    assert set(post.powers) - set(catalogue.catalogue()) == set()


def test_each_power_has_a_chinese_title_and_a_known_tag():
    for power in catalogue.catalogue().values():
        assert any("\u4e00" <= each <= "\u9fff" for each in power.title), power
        assert power.tag in {"", *TAGS}, power
    titles = [power.title for power in catalogue.catalogue().values()]
    assert len(titles) == len(set(titles))
