"""Reads what releases say of one place: which features stand there, and which are held back."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from django.db.models import QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from guotu.core.atlas import places, queries, rules
from guotu.core.atlas.life.events import LifePlace
from guotu.core.atlas.life.runs import Seen, Thing
from guotu.core.atlas.models import Layer, Quarantined, Release
from guotu.core.atlas.reader import Reader
from guotu.core.atlas.within import Outline, clipped
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal

# How far from a point or a line one still presses it; the map's facts use the same.
TOLERANCE_M = 15.0
# The survey's field of the class code (TD/T 1057): layers that carry it hold land classes.
_CLASS_FIELD = "DLBM"


@dataclass(frozen=True)
class Read:
    """One release as it speaks of the place: its state, and the facts of the features there."""

    release: Release
    seen: Seen
    facts: list[dict[str, Any]]


@dataclass(frozen=True)
class Known:
    """A layer's releases known on the day asked, oldest first; `later` came in only after it."""

    releases: list[Release] = field(default_factory=list)
    later: list[Release] = field(default_factory=list)


def known_releases(place: LifePlace, powers: frozenset[str]) -> list[tuple[Layer, Known]]:
    """Return each layer with releases up to the day that may be seen, in the legend's order."""
    found: dict[int, tuple[Layer, Known]] = {}
    for one in _releases(place.day):
        if rules.may_see(one.layer.secrecy, powers) and rules.may_see(one.secrecy, powers):
            _, known = found.setdefault(one.layer_id, (one.layer, Known()))
            is_later = day_of(one.recorded_at) > place.known_on
            (known.later if is_later else known.releases).append(one)
    return list(found.values())


def _releases(day: datetime.date) -> QuerySet[Release]:
    found = Release.objects.filter(released__lte=day)
    found = found.order_by("layer__order", "layer__name", "released", "pk")
    # A release's report may be large and says nothing of one place.
    return found.select_related("layer", "source").defer("report", "fields")


def is_withdrawn(release: Release, known_on: datetime.date) -> bool:
    """Say whether a release was withdrawn, as known on a day."""
    return release.withdrawn_at is not None and day_of(release.withdrawn_at) <= known_on


def day_of(moment: datetime.datetime) -> datetime.date:
    """Return the county's calendar day of a moment."""
    return timezone.localtime(moment).date()


def read(release: Release, place: LifePlace, reader: Reader, where: Outline | None) -> Read:
    """Return what a release says there to a reader; a file that is gone leaves it unknown.

    `where` is the outline of the reader's divisions, None the whole county.
    """
    classed = is_classed(release)
    system = release.code_system if classed else ""
    try:
        facts = _facts(release, place, reader, where)
    except (Refusal, OSError):
        return Read(release, Seen(release.pk, release.released, system, None), [])
    things = tuple(sorted({_thing(one, classed) for one in facts}, key=_order))
    return Read(release, Seen(release.pk, release.released, system, things), facts)


def is_classed(release: Release) -> bool:
    """Say whether the release's codes are land classes of its system."""
    return bool(release.code_system) and release.layer.code_field == _CLASS_FIELD


def _order(thing: Thing) -> tuple[str, str, str, str]:
    return thing.code, thing.owner, thing.right, thing.label


def _facts(
    release: Release, place: LifePlace, reader: Reader, where: Outline | None
) -> list[dict[str, Any]]:
    if not _comes_near(release, place):
        return []
    point = place.point
    columns = queries.open_columns(release, reader)
    rows = queries.read_near(release, point.bounds, TOLERANCE_M, columns)
    reach = np.where(shapely.get_dimensions(rows.geometry) == 2, 0.0, TOLERANCE_M)
    here = np.flatnonzero(shapely.distance(rows.geometry, point) <= reach)
    facts = [
        places.fact(release, rows.feature[row], one)
        for row, one in zip(here, rows.fields.take(here).to_pylist(), strict=True)
    ]
    return facts if where is None else _within(facts, rows.geometry[here], where)


def _within(
    facts: list[dict[str, Any]], geometry: NDArray[Any], where: Outline
) -> list[dict[str, Any]]:
    """Return the facts of what lies in an outline; of what crosses it the whole area is not told.

    The part's area is not measured: a press would cut twelve releases for it.
    """
    inside = where.holds(geometry)
    in_part = ~shapely.is_empty(clipped(geometry, where))
    return [
        fact if whole else {**fact, "area_dm2": 0}
        for fact, whole, part in zip(facts, inside, in_part, strict=True)
        if whole or part
    ]


def _comes_near(release: Release, place: LifePlace) -> bool:
    """Say whether the place is in the release's box at all; then alone its file is opened."""
    if not release.bounds:
        return True
    west, south, east, north = release.bounds
    across = west - TOLERANCE_M <= place.x <= east + TOLERANCE_M
    return across and south - TOLERANCE_M <= place.y <= north + TOLERANCE_M


def _thing(fact: dict[str, Any], classed: bool) -> Thing:
    code, fields = str(fact["code"]), fact["fields"]
    if fact["kind"] == "base" and classed:
        # A parcel's number may change while the land does not.
        owner, right = (str(fields.get(name) or "") for name in ("QSDWMC", "QSXZ"))
        return Thing(code=code, owner=owner, right=right)
    return Thing(code=code, label=str(fact["label"]))


def held_back(releases: Iterable[Release], place: LifePlace) -> dict[int, list[str]]:
    """Return why features at the place were held back, by release: absence there is no proof."""
    found: dict[int, list[str]] = {}
    rows = list(
        Quarantined.objects.filter(release__in=list(releases)).values_list(
            "release_id", "reason", "geometry"
        )
    )
    shapes = shapely.from_wkb([bytes(row[2]) for row in rows], on_invalid="ignore")
    near: Any = shapely.dwithin(shapes, place.point, 0.0) if rows else []
    for (release, reason, _), here in zip(rows, near, strict=True):
        if here:
            found.setdefault(release, []).append(reason)
    return found


def sequences(subjects: Iterable[str]) -> dict[tuple[str, str], int]:
    """Return the journal number of the last act of each verb on each subject."""
    found = Entry.objects.filter(subject__in=list(subjects)).order_by("sequence")
    rows = found.values_list("verb", "subject", "sequence")
    return {(verb, subject): sequence for verb, subject, sequence in rows}


def division_at(x: float, y: float) -> str:
    """Return the code of the village or township at a place (county frame), "" where none says."""
    for name in ("villages", "divisions"):
        release = queries.current_release(name)
        if release is None or not release.layer.code_field:
            continue
        point = shapely.Point(x, y)
        rows = queries.read_near(release, point.bounds, columns=[release.layer.code_field])
        here = np.flatnonzero(shapely.intersects(rows.geometry, point))
        if len(here) and release.layer.code_field in rows.fields.column_names:
            return str(rows.fields.column(release.layer.code_field)[int(here[0])].as_py() or "")
    return ""
