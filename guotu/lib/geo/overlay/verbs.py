"""The verbs: intersect, identity with remainder, areas only."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from guotu.lib.geo.overlay.inputs import Side, side_of
from guotu.lib.geo.overlay.overlaps import overlaps
from guotu.lib.geo.overlay.pieces import NOTHING, Pieces
from guotu.lib.geo.overlay.remainder import remainders

Geometries = NDArray[np.object_]
Names = tuple[Sequence[str] | None, Sequence[str] | None]


def intersect(
    subject: Geometries,
    other: Geometries,
    *,
    threads: int = 2,
    names: Names = (None, None),
) -> Pieces:
    """Return what features of two layers have in common; a touch is not an overlap.

    Both are object[n], object[m] of Polygon, MultiPolygon or None in one planar frame in metres.
    `names` are what to call features in a refusal. The answer is the same for any `threads`.
    Refuses geometry that is invalid or not polygonal.
    """
    one, two = _sides(subject, other, names, threads)
    found = overlaps(one, two, threads)
    return Pieces(found.subject, found.other, found.geometry, np.flatnonzero(found.snapped))


def identity(
    subject: Geometries,
    other: Geometries,
    *,
    threads: int = 2,
    names: Names = (None, None),
) -> Pieces:
    """Return the pieces of `intersect` and, as other -1, what is left of each subject.

    The pieces of a subject do not overlap and cover it, but for strips no wider than the 0.1 mm
    grid. Refuses what `intersect` refuses, and others that overlap one another in a subject.
    """
    one, two = _sides(subject, other, names, threads)
    found = overlaps(one, two, threads, remainder=True)
    rows, rest, again = remainders(one, two, found, threads)
    subjects = np.concatenate([found.subject, rows])
    others = np.concatenate([found.other, np.full(len(rows), NOTHING)])
    snapped = np.concatenate([found.snapped, np.isin(np.arange(len(rows)), again)])
    order = np.lexsort((others == NOTHING, subjects))
    geometry = np.concatenate([found.geometry, rest])
    return Pieces(subjects[order], others[order], geometry[order], np.flatnonzero(snapped[order]))


def intersection_area_m2(
    subject: Geometries,
    other: Geometries,
    *,
    threads: int = 2,
    names: Names = (None, None),
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return subject int64[k], other int64[k] and planar area float64[k] in m2 of each overlap.

    The same pairs as `intersect` gives, without building what need not be built.
    """
    one, two = _sides(subject, other, names, threads)
    found = overlaps(one, two, threads, build=False)
    return found.subject, found.other, found.area


def _sides(subject: Geometries, other: Geometries, names: Names, threads: int) -> tuple[Side, Side]:
    return (
        side_of(subject, "被叠加图层", names[0], threads),
        side_of(other, "对照图层", names[1], threads),
    )
