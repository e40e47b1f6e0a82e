"""Valid arguments for every action that is registered: whatever an act needs is made beforehand.

A maker takes the `World` and returns what to perform, or None where the act can be done once only
and is done. What it makes on the way is committed, each by an act of its own; `arguments` may be
called again, and stages anew what an act uses up. Makers stand in the modules `_acts_*`.
"""

import importlib
import pkgutil
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import trials
from guotu.core.journal.actions import COUNTY, Actor, perform, registered


@dataclass(frozen=True)
class Given:
    """What an act is performed with."""

    arguments: Callable[[], dict[str, Any]]
    reason: str = "试验"
    actor: Actor = COUNTY


@dataclass
class World:
    """A county to act in: chance, names that are not taken, a folder, and what is often needed."""

    chance: random.Random = field(default_factory=lambda: random.Random(1))
    taken: int = 0

    @cached_property
    def folder(self) -> Path:
        """A folder for files to give in."""
        return Path(tempfile.mkdtemp(prefix="guotu-acts-"))

    def name(self, start: str = "t") -> str:
        """Return a name that no other call has returned."""
        self.taken += 1
        return f"{start}{self.taken}"

    def data(self) -> bytes:
        """Return bytes that no other call has returned."""
        return f"{self.name('bytes ')}\n".encode() * self.chance.randint(1, 50)

    def do(self, verb: str, **arguments: Any) -> Any:
        """Perform an act that another one needs, and return its answer."""
        return perform(verb, COUNTY, reason="试验的准备", **arguments).answer


Maker = Callable[[World], Given | None]
MAKERS: dict[str, Maker] = {}


def makes(verb: str) -> Callable[[Maker], Maker]:
    """Register the maker of a verb's arguments."""

    def register(maker: Maker) -> Maker:
        MAKERS[verb] = maker
        return maker

    return register


def verbs() -> list[str]:
    """Return every verb of the product, makers and verbs loaded; a trial's own are left out."""
    for found in pkgutil.iter_modules(trials.__path__):
        if found.name.startswith("_acts_"):
            importlib.import_module(f"trials.{found.name}")
    importlib.import_module("guotu.site.backup.actions")
    return [verb for verb in registered() if not verb.startswith("trial.")]


def uncovered() -> list[str]:
    """Return the verbs that no maker makes arguments for."""
    return [verb for verb in verbs() if verb not in MAKERS]


def covered() -> Iterator[tuple[str, Maker]]:
    """Yield every verb that has a maker, with it."""
    yield from ((verb, MAKERS[verb]) for verb in verbs() if verb in MAKERS)


def simply(**arguments: Any) -> Given:
    """Return what is given as it is."""
    return Given(lambda: dict(arguments))
