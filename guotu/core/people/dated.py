"""The dated rules of signing in and of posts, read from `rules.toml` beside this file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from guotu.core.journal import clock
from guotu.lib.rules.dated import Rule, RuleBook


@cache
def book() -> RuleBook:
    """Return all rules of this folder."""
    text = (Path(__file__).parent / "rules.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])


def rule(kind: str) -> Rule:
    """Return the rule of a kind (`people.lockout`) in force today."""
    return book().rule(f"people.{kind}", clock.today())


def values(kind: str) -> Mapping[str, Any]:
    """Return the thresholds of a kind in force today."""
    return rule(kind).values


def conflicts() -> list[Rule]:
    """Return the rules in force today on which powers one post may not join."""
    return book().all_of("people.conflict", clock.today())
