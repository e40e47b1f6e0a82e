"""Who is reading the map: with which powers, and in which divisions."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.http import HttpRequest

from guotu.core.atlas import rules
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.queries import actor_of_request
from guotu.lib.rules.dated import RuleBook


@dataclass(frozen=True)
class Reader:
    """What a post sees: `areas` are division codes, None the whole county, empty nothing."""

    powers: frozenset[str]
    areas: frozenset[str] | None

    def sees(self, secrecy: str) -> bool:
        """Say whether something of this secrecy class is shown."""
        return rules.may_see(secrecy, self.powers)

    def hidden(self, field_secrecy: Mapping[str, str]) -> frozenset[str]:
        """Return the fields of a layer that are not shown."""
        return frozenset(name for name, secrecy in field_secrecy.items() if not self.sees(secrecy))


PLAIN = Reader(frozenset(), None)
WHOLE = Reader(frozenset({"*"}), None)


def reader_of(request: HttpRequest) -> Reader:
    """Return who reads by this request; without a post it is somebody who sees nothing."""
    return reader_in(actor_of_request(request))


def reader_in(actor: Actor) -> Reader:
    """Return an actor as a reader; without a post nothing is shown."""
    if actor.post_id is None and "*" not in actor.powers:
        return Reader(actor.powers, frozenset())
    return Reader(actor.powers, actor.areas)


def bound(kind: str) -> Mapping[str, Any]:
    """Return the values of a rule of `access.toml` in force today ("touch", "export")."""
    return _book().rule(f"atlas.access.{kind}", clock.today()).values


@lru_cache(maxsize=1)
def _book() -> RuleBook:
    text = files("guotu.core.atlas").joinpath("access.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])
