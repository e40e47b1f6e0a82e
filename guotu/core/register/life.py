"""What the register adds to the ribbon of a place: what ever lay there, and its lineage."""

import datetime
from collections.abc import Iterator
from typing import Any

import shapely
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guotu.core.atlas.life import LifeEvent, LifePaper, LifePlace, life_source
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.register.catalogue import kinds
from guotu.core.register.models import Descent, Version
from guotu.core.register.queries import Known, descents_among, known, sequence_at, within_areas
from guotu.core.register.rules import Kind

_SECRET = {"atlas.read_secret", "*"}


@life_source(order=30, title=gettext_lazy("登记簿"), powers=["register.read"])
def things_at(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield each version of each thing on the place, as known then, and what became of them."""
    at = _known_at(place)
    found = known(Version.objects.filter(valid_from__lte=place.day), at)
    found = within_areas(found, viewer.areas).filter(geometry__meets=place.point.bounds)
    here = [
        one
        for one in found.select_related("thing").order_by("kind", "code", "valid_from")
        if shapely.intersects(one.geometry, place.point)
    ]
    for version in here:
        yield _version(version, kinds()[version.kind], viewer)
    for descent in descents_among({one.thing_id for one in here}):
        if at is None or descent.sequence <= sequence_at(at):
            yield _descent(descent, place)


def _known_at(place: LifePlace) -> Known:
    """Return the last moment of the day known on; None for all that is known now."""
    if place.known_on >= clock.today():
        return None
    after = place.known_on + datetime.timedelta(days=1)
    zone = timezone.get_default_timezone()
    return datetime.datetime.combine(after, datetime.time(), zone) - datetime.timedelta(
        microseconds=1
    )


def _version(version: Version, kind: Kind, viewer: Actor) -> LifeEvent:
    last = version.valid_to - datetime.timedelta(days=1) if version.valid_to else None
    facts = [
        f"{fact.title} {_said(version.facts[name])}"
        for name, fact in kind.facts.items()
        if version.facts.get(name) not in (None, "") and _open(fact, viewer)
    ]
    return LifeEvent(
        version.valid_from,
        last,
        _("登记：%(kind)s") % {"kind": kind.title},
        version.code,
        detail="，".join(facts),
        paper=LifePaper(version.source) if version.source else None,
        sequence=version.stated_sequence,
        division=version.division,
    )


def _open(fact: Any, viewer: Actor) -> bool:
    """Say whether a fact may stand on the ribbon: nothing personal does, whoever looks."""
    return not fact.personal and (fact.secrecy != "secret" or bool(viewer.powers & _SECRET))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)


def _descent(descent: Descent, place: LifePlace) -> LifeEvent:
    words = {
        "split": _("分割"),
        "merge": _("合并"),
        "reshape": _("界线调整"),
        "exchange": _("互换"),
    }
    kind = kinds()[descent.parent.kind]
    return LifeEvent(
        descent.on,
        descent.on,
        _("登记：%(kind)s") % {"kind": kind.title},
        f"{words[descent.verb]} {descent.parent.code} → {descent.child.code}",
        paper=LifePaper(descent.source) if descent.source else None,
        sequence=descent.sequence,
        division=place.division,
        kind="act",
    )
