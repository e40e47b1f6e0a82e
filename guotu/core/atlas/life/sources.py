"""Where the ribbon's events come from: functions that any installed folder's `life.py` adds."""

import datetime
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib import import_module
from typing import Any

from django.utils.module_loading import autodiscover_modules

from guotu.core.atlas.life.events import LifeEvent, LifePlace, LifeRule
from guotu.core.journal.actions import Actor

_log = logging.getLogger("guotu.life")

Source = Callable[[LifePlace, Actor], Iterable[LifeEvent]]
RuleSource = Callable[[LifePlace], Callable[[str, datetime.date], Iterable[LifeRule]]]


@dataclass(frozen=True)
class LifeSource:
    """One source of events; `powers`, if any, are those of which the reader needs one."""

    order: int
    title: Any
    run: Source
    powers: frozenset[str]

    def open_to(self, viewer: Actor) -> bool:
        """Say whether somebody may ask this source at all."""
        return not self.powers or bool(viewer.powers & (self.powers | {"*"}))


_sources: dict[str, LifeSource] = {}
_rules: dict[str, RuleSource] = {}


def life_source(
    *, order: int, title: Any, powers: Iterable[str] = ()
) -> Callable[[Source], Source]:
    """Add a source of events: `(place, viewer) -> Iterable[LifeEvent]`, by order on the ribbon.

    A source reads by the place's two clocks as far as it can tell them apart.
    """

    def added(run: Source) -> Source:
        name = f"{run.__module__}.{run.__qualname__}"
        _sources[name] = LifeSource(order, title, run, frozenset(powers))
        return run

    return added


def life_rules(opened: RuleSource) -> RuleSource:
    """Add a source of dated rules: opened for a place, it gives `(subject, day) -> rules`.

    The subject is the name of a layer, or `conversion` or `expropriation`. A press opens it once
    and asks it often: what it reads from the store, it reads when opened.
    """
    _rules[f"{opened.__module__}.{opened.__qualname__}"] = opened
    return opened


def sources() -> list[LifeSource]:
    """Return every source there is, in the order of the ribbon."""
    _discover()
    return sorted(_sources.values(), key=lambda one: one.order)


def rules_at(place: LifePlace) -> Callable[[str, datetime.date], tuple[LifeRule, ...]]:
    """Return what finds the rules about a subject in force on a day at a place.

    A rule that cannot be read must not look like no rule: what fails says so in its place.
    """
    _discover()
    opened = {name: cache(partial(source, place)) for name, source in _rules.items()}

    @cache
    def found(subject: str, day: datetime.date) -> tuple[LifeRule, ...]:
        told: list[LifeRule] = []
        for name, source in opened.items():
            try:
                told += source()(subject, day)
            except Exception:  # noqa: BLE001 - whatever it is, it is said and not shown
                _log.exception("rules of the ribbon: %s", name)
                told.append(LifeRule("规则没有读出来", "", "", "unsure"))
        return tuple(told)

    return found


@lru_cache(maxsize=1)
def _discover() -> None:
    import_module("guotu.core.atlas.life.published")
    autodiscover_modules("life")
