"""What is left of a subject under no other; the others may not overlap in it."""

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay.build import Geometries, Whole, attempt, rebuild
from guotu.lib.geo.overlay.inputs import Side
from guotu.lib.geo.overlay.overlaps import Overlaps
from guotu.lib.geo.overlay.pairs import APART, box_pairs, measure
from guotu.lib.geo.overlay.pieces import GRID_M, SPECK_M2, touches_only
from guotu.lib.refusal import Refusal

Rows = NDArray[np.int64]

# Others taken away one by one up to this number, together beyond.
_FEW_OTHERS = 4
# The share of a planar area that its rounding may be off.
_ROUNDING = 1e-13


def remainders(
    subject: Side, other: Side, found: Overlaps, threads: int
) -> tuple[Rows, Geometries, Rows]:
    """Return which subjects leave something, what, and which of these rows were snap-rounded.

    Refuses others that overlap inside a subject by more than the grid's width: the parts would
    not sum to the subject.
    """
    _check_apart(found, other, threads)
    whole = shapely.area(subject.geometry)
    covered = np.bincount(found.subject, found.area, minlength=len(whole))
    left = whole - covered
    untouched = np.bincount(found.subject, minlength=len(whole)) == 0
    partly = np.flatnonzero(~untouched & (left > SPECK_M2 + _ROUNDING * whole))
    rest, snapped = _take_away(subject, other, found, partly, left[partly], threads)
    kept = ~touches_only(rest)
    alone = np.flatnonzero(untouched & (whole > 0))
    rows = np.concatenate([partly[kept], alone])
    again = np.zeros(len(partly), np.bool_)
    again[snapped] = True
    geometry = np.concatenate([rest[kept], subject.geometry[alone]])
    return rows, geometry, np.flatnonzero(again[kept])


def _take_away(
    subject: Side, other: Side, found: Overlaps, rows: Rows, left: NDArray[np.float64], threads: int
) -> tuple[Geometries, Rows]:
    """Return the rest of the subjects `rows`, and which of them were built on the grid."""
    first = np.searchsorted(found.subject, rows)
    count = np.searchsorted(found.subject, rows, side="right") - first
    rest = subject.geometry[rows]
    for turn in range(_FEW_OTHERS):
        more = np.flatnonzero((count > turn) & (count <= _FEW_OTHERS))
        rest[more] = attempt(
            shapely.difference, rest[more], found.near[first[more] + turn], threads
        )
    for row in np.flatnonzero(count > _FEW_OTHERS):
        rest[row] = None

    def near(row: int) -> object:
        others = found.other[first[row] : first[row] + count[row]]
        return shapely.union_all(other.geometry[others])

    whole = Whole(
        shapely.difference,
        lambda row: subject.geometry[rows[row]],
        near,
        lambda row: subject.name_of(int(rows[row])),
    )
    outline = shapely.length(subject.geometry[rows]) + np.array(
        [shapely.length(found.near[a : a + n]).sum() for a, n in zip(first, count, strict=True)]
    )
    return rest, rebuild(rest, left, outline, whole)


def _check_apart(found: Overlaps, other: Side, threads: int) -> None:
    """Refuse others that overlap inside a subject."""
    several = np.flatnonzero(np.bincount(found.subject)[found.subject] > 1)
    pieces = Side(found.geometry[several], shapely.bounds(found.geometry[several]), "", None)
    one, two = box_pairs(pieces.bounds, pieces.bounds, threads)
    same = (one < two) & (found.subject[several[one]] == found.subject[several[two]])
    doubled = measure(pieces, one[same], pieces, two[same], threads)
    wide = (doubled.state != APART) & (2 * doubled.area > GRID_M * doubled.outline)
    if not wide.any():
        return
    row = int(np.argmax(wide))
    names = [
        other.name_of(int(found.other[several[pair[row]]])) for pair in (doubled.small, doubled.big)
    ]
    raise Refusal(
        f"对照图层的要素相互重叠 {doubled.area[row]:.2f} 平方米",
        "与".join(sorted(names)),
        "恒等叠加的各部分之和必须等于被叠加的要素",
        "先对该图层作拓扑检查（guotu topology），消除重叠后再试",
    )
