"""The list of powers (权力清单): each with its Chinese title, tag and need of a second factor.

What is not on the list is not a power of any post (法无授权不可为). Each folder lists its own in
`powers.toml` beside its code, and there too what its acts are called.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

# Whoever is signed in may do this with the account that is theirs; no post carries it.
OWN = "people.own"


@dataclass(frozen=True)
class Power:
    """A power (权力): `tag` is decide, execute, supervise or support; empty for reading."""

    name: str
    title: str
    tag: str = ""
    second_factor: bool = False


@cache
def catalogue() -> dict[str, Power]:
    """Return every declared power by its name. Raises ValueError where one is declared twice."""
    found: dict[str, Power] = {}
    for path in _files():
        for row in tomllib.loads(path.read_text("utf-8")).get("power", []):
            power = Power(**row)
            if power.name in found:
                raise ValueError(f"{path}: {power.name} is declared twice")
            found[power.name] = power
    return dict(sorted(found.items()))


@cache
def verbs() -> dict[str, str]:
    """Return the Chinese title of every act by its registered name."""
    found: dict[str, str] = {}
    for path in _files():
        found |= tomllib.loads(path.read_text("utf-8")).get("verbs", {})
    return found


@cache
def words() -> dict[str, str]:
    """Return what a folder calls the facts that its acts leave in the record, by their keys."""
    found: dict[str, str] = {}
    for path in _files():
        found |= tomllib.loads(path.read_text("utf-8")).get("words", {})
    return found


@cache
def second_factor_powers() -> frozenset[str]:
    """Return the names of the powers that ask for a second factor."""
    return frozenset(power.name for power in catalogue().values() if power.second_factor)


def _files() -> list[Path]:
    folders = [Path(each.path) for each in apps.get_app_configs()]
    folders.append(Path(settings.PROJECT_ROOT) / "guotu" / "site")
    found = [folder / "powers.toml" for folder in folders if folder.is_relative_to(_guotu())]
    return [path for path in found if path.exists()]


def _guotu() -> Path:
    return Path(settings.PROJECT_ROOT) / "guotu"
