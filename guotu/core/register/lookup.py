"""One lookup by place for both stores: candidates from the store's index, the truth from Shapely.

Every answer is of one kind, of one day, as known at a moment; its order is that of the codes, by
character number, or of the distance first. Coordinates are metres of the county's zone.
"""

import datetime
from collections.abc import Iterable
from typing import Any

import numpy as np
import shapely

from guotu.core.journal import clock
from guotu.core.register.geometry import Bounds
from guotu.core.register.models import Version
from guotu.core.register.queries import Known, as_of

_FIRST_REACH_M = 50.0


def at(kind: str, x: float, y: float, **when: Any) -> list[Version]:
    """Return the things that a place is on, its edge included. See `touching` for `when`."""
    return touching(kind, shapely.Point(x, y), **when)


def touching(
    kind: str,
    geometry: Any,
    *,
    valid_on: datetime.date | None = None,
    known_at: Known = None,
    areas: Iterable[str] | None = None,
) -> list[Version]:
    """Return the things that have a point in common with a geometry, on a day (today)."""
    if geometry.is_empty:
        return []
    found = _meeting(kind, geometry.bounds, valid_on, known_at, areas)
    shapely.prepare(geometry)
    return _kept(found, lambda shapes: shapely.intersects(geometry, shapes))


def within(
    kind: str,
    bounds: Bounds,
    *,
    valid_on: datetime.date | None = None,
    known_at: Known = None,
    areas: Iterable[str] | None = None,
) -> list[Version]:
    """Return the things that have a point in common with a box (west, south, east, north)."""
    found = _meeting(kind, bounds, valid_on, known_at, areas)
    box = shapely.box(*bounds)
    shapely.prepare(box)
    return _kept(found, lambda shapes: shapely.intersects(box, shapes))


def nearest(
    kind: str,
    x: float,
    y: float,
    *,
    most: int = 1,
    reach_m: float = 1_000.0,
    valid_on: datetime.date | None = None,
    known_at: Known = None,
    areas: Iterable[str] | None = None,
) -> list[tuple[Version, float]]:
    """Return up to `most` things within `reach_m` of a place with their distance, nearest first."""
    place = shapely.Point(x, y)
    reach = min(_FIRST_REACH_M, reach_m)
    while True:
        box = (x - reach, y - reach, x + reach, y + reach)
        found = _meeting(kind, box, valid_on, known_at, areas)
        far = shapely.distance(place, np.array([one.geometry for one in found], object))
        near = [(one, float(d)) for one, d in zip(found, far, strict=True) if d <= reach]
        if len(near) >= most or reach >= reach_m:
            near.sort(key=lambda pair: (pair[1], pair[0].code))
            return near[:most]
        reach = min(reach * 4, reach_m)


def _meeting(
    kind: str,
    bounds: Bounds,
    valid_on: datetime.date | None,
    known_at: Known,
    areas: Iterable[str] | None,
) -> list[Version]:
    found = as_of(kind, valid_on=valid_on or clock.today(), known_at=known_at, areas=areas)
    met = found.filter(geometry__meets=bounds).order_by()
    return sorted(met, key=lambda one: one.code)


def _kept(found: list[Version], holds: Any) -> list[Version]:
    if not found:
        return []
    kept = holds(np.array([one.geometry for one in found], object))
    return [one for one, keep in zip(found, kept, strict=True) if keep]
