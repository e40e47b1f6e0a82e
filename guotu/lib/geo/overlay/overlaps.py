"""Overlaps of two layers as pieces: whole features as they are, parts built, touches dropped."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay.build import Geometries, Whole, attempt, near_parts, rebuild, woven
from guotu.lib.geo.overlay.inputs import Side
from guotu.lib.geo.overlay.pairs import PART, WHOLE_BIG, WHOLE_SMALL, Measured, cross
from guotu.lib.geo.overlay.pieces import NEVER_TOUCH_M2, TOUCH_WIDTH_M, touches_only

Rows = NDArray[np.int64]


@dataclass
class Overlaps:
    """Overlaps that are no touch, in order of subject, then other.

    `geometry` object[k] is None where only the area was wanted; `near` object[k] is the other, or
    the part of it around the subject: what leaves the subject's remainder when taken away. `area`
    float64[k] is planar, in m2; `snapped` bool[k] says what was built on the 0.1 mm grid.
    """

    subject: Rows
    other: Rows
    geometry: Geometries
    near: Geometries
    area: NDArray[np.float64]
    snapped: NDArray[np.bool_]


def overlaps(
    subject: Side, other: Side, threads: int, *, build: bool = True, remainder: bool = False
) -> Overlaps:
    """Return the overlaps of two sides; without `build`, their geometry only where it decides.

    With `remainder` every subject is checked, and `near` filled in for what was woven, too.
    """
    crossing = cross(subject, other, threads, check_all_subjects=remainder)
    direct = _settle(
        crossing.small_subject, subject, other, threads, build=build, keep_near=remainder
    )
    swapped = _settle(crossing.small_other, other, subject, threads, build=build, keep_near=False)
    # In the second group the smaller feature is the other, and taken away whole.
    swapped.subject, swapped.other = swapped.other, swapped.subject
    swapped.near = other.geometry[swapped.other]
    both = [
        np.concatenate([getattr(direct, name), getattr(swapped, name)])
        for name in Overlaps.__dataclass_fields__
    ]
    order = np.lexsort((both[1], both[0]))
    return Overlaps(*(column[order] for column in both))


def _settle(
    found: Measured, small: Side, big: Side, threads: int, *, build: bool, keep_near: bool
) -> Overlaps:
    """Return the overlaps of one group, the small feature as `subject`."""
    geometry = np.empty(len(found.state), object)
    near = np.empty(len(found.state), object)
    snapped = np.zeros(len(found.state), np.bool_)
    for state, rows, side in (
        (WHOLE_SMALL, found.small, small),
        (WHOLE_BIG, found.big, big),
    ):
        whole = found.state == state
        geometry[whole] = side.geometry[rows[whole]]
    near[:] = big.geometry[found.big]
    part = found.state == PART
    narrow = 2 * found.area <= TOUCH_WIDTH_M * found.outline
    doubtful = part & (np.isnan(found.area) | (narrow & (found.area < NEVER_TOUCH_M2)))
    wanted = np.flatnonzero(part if build else doubtful)
    made, good = woven(found, wanted, threads)
    geometry[wanted] = made
    rest = wanted[~good]
    if keep_near:
        near[wanted] = near_parts(found, wanted, small, big, threads)
    else:
        near[rest] = near_parts(found, rest, small, big, threads)
    geometry[rest], again = _by_geos(found, rest, near[rest], small, big, threads)
    snapped[rest[again]] = True
    unknown = np.isnan(found.area)
    area = np.where(unknown, shapely.area(geometry), found.area)
    kept = np.ones(len(geometry), np.bool_)
    kept[doubtful] = ~touches_only(geometry[doubtful])
    return Overlaps(
        found.small[kept],
        found.big[kept],
        geometry[kept],
        near[kept],
        area[kept],
        snapped[kept],
    )


def _by_geos(
    found: Measured, pairs: Rows, near: Geometries, small: Side, big: Side, threads: int
) -> tuple[Geometries, Rows]:
    """Return the overlaps of `pairs` built by GEOS, and which of them were snap-rounded."""
    one = small.geometry[found.small[pairs]]
    made = attempt(shapely.intersection, one, near, threads)

    def name(row: int) -> str:
        pair = pairs[row]
        return f"{small.name_of(found.small[pair])}与{big.name_of(found.big[pair])}"

    whole = Whole(
        shapely.intersection,
        lambda row: one[row],
        lambda row: big.geometry[found.big[pairs[row]]],
        name,
    )
    return made, rebuild(made, found.area[pairs], found.outline[pairs], whole)
