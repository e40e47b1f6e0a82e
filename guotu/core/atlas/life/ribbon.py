"""Gathers the ribbon of a place: every source asked, nothing beyond the post, cut by two clocks."""

import datetime
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from django.utils.translation import gettext as _

from guotu.core.atlas import queries, rules
from guotu.core.atlas.life.events import LifeEvent, LifePlace
from guotu.core.atlas.life.reading import division_at
from guotu.core.atlas.life.sources import LifeSource, sources
from guotu.core.journal.actions import Actor
from guotu.core.people.scope import covers
from guotu.lib.geo.crs import LONLAT, frame_of, transform
from guotu.lib.refusal import Refusal

_log = logging.getLogger("guotu.life")


@dataclass(frozen=True)
class Lane:
    """The events of one kind of thing, in the order of time."""

    title: str
    events: list[LifeEvent]

    @property
    def is_empty(self) -> bool:
        """Say whether the place never was in what the lane shows."""
        return all(event.kind == "out" for event in self.events)


@dataclass(frozen=True)
class Ribbon:
    """All that is known of a place by its two clocks; `later` counts what came in afterwards."""

    place: LifePlace
    lanes: list[Lane]
    later: int

    @property
    def events(self) -> list[LifeEvent]:
        """Return every event, lane by lane."""
        return [event for lane in self.lanes for event in lane.events]

    @property
    def shown(self) -> list[Lane]:
        """Return the lanes that say more than that the place is not in them."""
        return [lane for lane in self.lanes if not lane.is_empty]

    @property
    def outside(self) -> list[Lane]:
        """Return the lanes in which the place never was."""
        return [lane for lane in self.lanes if lane.is_empty]


def place_at(lon: float, lat: float, day: datetime.date, known_on: datetime.date) -> LifePlace:
    """Return a place (degrees, CGCS2000) by its two clocks; a Refusal outside the county's zone."""
    county = queries.county()
    frame = frame_of(county.epsg)
    point = transform(np.array([shapely.Point(lon, lat)], object), LONLAT, frame)[0]
    if not np.isfinite(shapely.get_coordinates(point)).all():
        raise Refusal(_("这个经纬度不在县的坐标带内"), where=f"{lon}, {lat}")
    x, y = float(point.x), float(point.y)
    division = division_at(x, y)
    return LifePlace(lon, lat, x, y, frame.epsg, county.code, division, day, known_on)


def check_within(place: LifePlace, viewer: Actor) -> None:
    """Raise a Refusal for a place outside the areas of the post."""
    if not covers(viewer.areas, place.division):
        raise Refusal(
            _("此处不在您岗位的辖区之内"),
            rule="权限 本岗位的辖区",
            remedy=_("请由辖区包括此处的岗位查看"),
        )


def ribbon_of(place: LifePlace, viewer: Actor) -> Ribbon:
    """Return all that the viewer may know of a place; a source that fails is one line saying so.

    Raises a Refusal outside the areas of the viewer's post.
    """
    check_within(place, viewer)
    lanes: dict[str, list[LifeEvent]] = {}
    later = 0
    for source in sources():
        if not source.open_to(viewer):
            continue
        for event in _asked(source, place, viewer):
            if event.recorded is not None and event.recorded > place.known_on:
                later += 1
                continue
            lanes.setdefault(event.lane, []).append(event)
    found = [Lane(title, sorted(events, key=_by_time)) for title, events in lanes.items()]
    return Ribbon(place, found, later)


def _asked(source: LifeSource, place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    try:
        found = [event for event in source.run(place, viewer) if has_right(event, viewer)]
    except Exception:  # noqa: BLE001 - whatever it is, it is said and not shown
        # The reason may name what the reader must not see: it goes to the log alone.
        _log.exception("source of the ribbon: %s", source.title)
        told = _("“%(source)s”没有读出来，这一项不全") % {"source": source.title}
        found = [LifeEvent(place.day, place.day, str(source.title), told, kind="fault")]
    yield from (cut for event in found if (cut := _cut(event, place.day)) is not None)


def has_right(event: LifeEvent, viewer: Actor) -> bool:
    """Say whether the viewer's powers and areas reach an event."""
    within = not event.division or covers(viewer.areas, event.division)
    return within and rules.may_see(event.secrecy, viewer.powers)


def _cut(event: LifeEvent, day: datetime.date) -> LifeEvent | None:
    """Cut an event at the day looked from: what begins later is not, what ends later goes on."""
    if event.start is not None and event.start > day:
        return None
    return replace(event, end=None) if event.end is not None and event.end > day else event


def _by_time(event: LifeEvent) -> tuple[bool, datetime.date, bool]:
    start = event.start or datetime.date.min
    return event.kind in ("withdrawn", "superseded"), start, event.kind == "change"
