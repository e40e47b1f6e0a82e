"""The limits of law and of the house, read from `limits.toml`, and what the county puts over it."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from django.conf import settings

from guotu.core.journal import clock
from guotu.lib.refusal import Refusal
from guotu.lib.rules import Rule, RuleBook

PREFIX = "limit."
_OWN = "limits.toml"


def book() -> RuleBook:
    """Return every limit: the platform's, and in their place the county's own by the same id.

    The county's stand in `limits.toml` of its folder. Raises Refusal where that cannot be read.
    """
    path = Path(settings.GUOTU_HOME) / _OWN
    return _with_own(path, path.stat().st_mtime_ns) if path.exists() else _shipped()


def keys() -> frozenset[str]:
    """Return the keys that a drawing or an act may name (`licence.decision`), of any date."""
    return frozenset(kind.removeprefix(PREFIX) for kind in book().kinds(PREFIX))


def limit(key: str, on: date, place: str = "") -> Rule:
    """Return the limit of a key in force on a day at a place (a division code); else Refusal."""
    found = book().find(PREFIX + key, on, place=place)
    if found is None:
        raise Refusal(
            "没有这个期限规则，或当日尚未生效",
            where=f"{key}（{on.isoformat()}）",
            remedy="改用 limits.toml 里的期限，或由县里在 limits.toml 补上",
        )
    return found


def house(kind: str) -> Mapping[str, Any]:
    """Return the values of the clocks' own rules in force today: stages, failing, grounds."""
    return book().rule(f"house.{kind}", clock.today()).values


@cache
def _shipped() -> RuleBook:
    return _read(resources.files(__package__).joinpath(_OWN).read_text("utf-8"))


@lru_cache(maxsize=2)
def _with_own(path: Path, _changed_ns: int) -> RuleBook:
    try:
        own = tomllib.loads(path.read_text("utf-8")).get("rule", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal("期限规则读不出来", str(path), remedy=f"改正后再试：{error}") from error
    return _shipped().with_rules(own)


def _read(text: str) -> RuleBook:
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])
