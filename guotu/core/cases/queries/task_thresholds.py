"""The dated values of supervised tasks in force today, read from `tasks.toml`; a county's replace.

A county puts its own numbers of days in `GUOTU_HOME/tasks.toml`: a rule of the same id goes before.
"""

import datetime
import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings

from guotu.core.cases.rules.lights import Thresholds
from guotu.core.journal import clock
from guotu.lib.refusal import Refusal
from guotu.lib.rules.dated import Rule, RuleBook


@cache
def _ours() -> RuleBook:
    text = (Path(__file__).parents[1] / "tasks.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])


def book() -> RuleBook:
    """Return all rules of supervised tasks. Raises Refusal where the county's cannot be read."""
    path = Path(settings.GUOTU_HOME) / "tasks.toml"
    if not path.exists():
        return _ours()
    try:
        return _ours().with_rules(tomllib.loads(path.read_text("utf-8")).get("rule", []))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("本县的督办规则读不出来", str(path), remedy=f"改正后再试：{error}") from error


def lights_rule(on: datetime.date | None = None) -> Rule:
    """Return the rule of lights in force on a day (today)."""
    return book().rule("tasks.lights", on or clock.today())


def thresholds(on: datetime.date | None = None) -> Thresholds:
    """Return the thresholds of lights in force on a day (today)."""
    return Thresholds.of(lights_rule(on).values)


def wants_confirming(kind: str) -> bool:
    """Say whether tasks of a kind of source wait for whoever gave it to confirm them."""
    return kind in book().rule("tasks.confirm", clock.today()).values["kinds"]


def most_bounces() -> int:
    """Return how often a task may go from unit to unit before it goes up."""
    return int(book().rule("tasks.bounces", clock.today()).values["most"])
