"""Which features overlap, by how much, and which of these overlaps still have to be built."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.inputs import Side, check_valid
from guotu.lib.geo.overlay.integral import overlap_areas
from guotu.lib.geo.overlay.pieces import SPECK_M2
from guotu.lib.geo.overlay.place import CONTACT, INSIDE, OUTSIDE, place_boxes
from guotu.lib.geo.overlay.soup import Soup, Tree, soup_of, tree_of
from guotu.lib.geo.overlay.work import share_out

# What an overlap is: none, all of the smaller feature, all of the bigger one, or a part.
APART, WHOLE_SMALL, WHOLE_BIG, PART = 0, 1, 2, 3
# Pairs of boxes up to which comparing all with all beats building an index.
_MOST_BOX_PAIRS = 100_000_000

Rows = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass
class Measured:
    """Overlaps of the pairs whose smaller feature (by the area of its box) is on one side.

    `small` and `big` int64[p] are rows of the two sides; `state` int8[p]; `area` float64[p] planar
    m2 (NaN: too long to integrate); `noise` its error in m2; `outline` an upper bound in m of its
    outline (infinite where not known). `soup` and `tree` hold the big features, `row` int64[p];
    `own` the small ones in contact, `own_row` int64[p] (-1: not in contact).
    """

    small: Rows
    big: Rows
    state: NDArray[np.int8]
    area: Numbers
    noise: Numbers
    outline: Numbers
    soup: Soup
    tree: Tree
    row: Rows
    own: Soup
    own_row: Rows


class Crossing(NamedTuple):
    """All overlaps of two sides: those whose subject is the smaller, those whose other is."""

    small_subject: Measured
    small_other: Measured


def box_pairs(one: Numbers, two: Numbers, threads: int) -> tuple[Rows, Rows]:
    """Return the pairs of boxes, float64[n, 4] and [m, 4], that meet; boxes of NaN do not."""
    if len(one) * len(two) <= _MOST_BOX_PAIRS:

        def compare(part: slice) -> Rows:
            pairs = meeting_boxes(one[part], two)
            pairs[:, 0] += part.start
            return pairs

        pairs = np.concatenate(share_out(compare, len(one), threads))
        return pairs[:, 0].copy(), pairs[:, 1].copy()
    boxes: list[NDArray[np.object_]] = [np.asarray(shapely.box(*side.T)) for side in (one, two)]
    found = shapely.STRtree(boxes[0]).query(boxes[1])
    order = np.lexsort((found[0], found[1]))
    return found[1][order], found[0][order]


@njit(cache=True, nogil=True)
def meeting_boxes(one: Numbers, two: Numbers) -> Rows:
    """Return the pairs of boxes that meet, int64[p, 2], by comparing all with all."""
    pairs = np.empty((1024, 2), np.int64)
    count = 0
    for a in range(len(one)):
        west, south, east, north = one[a, 0], one[a, 1], one[a, 2], one[a, 3]
        for b in range(len(two)):
            # One test without branches: which one fails first cannot be foreseen.
            if (
                (west <= two[b, 2])
                & (east >= two[b, 0])
                & (south <= two[b, 3])
                & (north >= two[b, 1])
            ):
                if count == len(pairs):
                    longer = np.empty((2 * count, 2), np.int64)
                    longer[:count] = pairs
                    pairs = longer
                pairs[count, 0], pairs[count, 1] = a, b
                count += 1
    return pairs[:count]


def cross(subject: Side, other: Side, threads: int, *, check_all_subjects: bool) -> Crossing:
    """Return the overlaps of two sides, refusing invalid features that could take part."""
    s, o = box_pairs(subject.bounds, other.bounds, threads)
    if check_all_subjects:
        check_valid(subject, np.arange(len(subject.geometry)), threads)
    swapped = _box_area(other.bounds)[o] < _box_area(subject.bounds)[s]
    direct = ~swapped
    return Crossing(
        measure(subject, s[direct], other, o[direct], threads),
        measure(other, o[swapped], subject, s[swapped], threads),
    )


def _box_area(bounds: Numbers) -> Numbers:
    return (bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1])


def measure(small: Side, s: Rows, big: Side, b: Rows, threads: int) -> Measured:
    """Measure the overlap of features `s` of one side with features `b`, in bigger boxes.

    Refuses an invalid `b`, and an invalid `s` unless its whole box lies outside every `b`.
    """
    count = len(s)
    bigs, row = np.unique(b, return_inverse=True)
    check_valid(big, bigs, threads)
    soup = soup_of(big.geometry[bigs])
    tree = tree_of(soup)
    found = Measured(
        s,
        b,
        np.zeros(count, np.int8),
        np.zeros(count),
        np.zeros(count),
        np.full(count, np.inf),
        soup,
        tree,
        row,
        soup,
        np.full(count, -1),
    )
    where = np.empty(count, np.int8)
    boxes = small.bounds[s]

    def place(part: slice) -> None:
        place_boxes(boxes[part], row[part], soup.xy, tree, where[part])

    share_out(place, count, threads)
    check_valid(small, np.unique(s[where != OUTSIDE]), threads)
    inside = where == INSIDE
    found.state[inside] = WHOLE_SMALL
    found.area[inside] = shapely.area(small.geometry[s[inside]])
    _integrate(found, np.flatnonzero(where == CONTACT), small, soup, tree, row, threads)
    kept = np.flatnonzero(found.state != APART)
    return Measured(
        s[kept],
        b[kept],
        found.state[kept],
        found.area[kept],
        found.noise[kept],
        found.outline[kept],
        soup,
        tree,
        row[kept],
        found.own,
        found.own_row[kept],
    )


def _integrate(
    found: Measured, pairs: Rows, small: Side, soup: Soup, tree: Tree, row: Rows, threads: int
) -> None:
    """Fill in the overlaps of the pairs in contact."""
    smalls, place = np.unique(found.small[pairs], return_inverse=True)
    own = soup_of(small.geometry[smalls])
    out = np.empty((len(pairs), 3))
    bigs = row[pairs]

    def integrate(part: slice) -> None:
        overlap_areas(own, place[part], soup, tree, bigs[part], out[part])

    share_out(integrate, len(pairs), threads)
    area, noise = out[:, 0], out[:, 1]
    state = np.full(len(pairs), PART, np.int8)
    state[soup.area[bigs] - area + noise <= SPECK_M2] = WHOLE_BIG
    state[own.area[place] - area + noise <= SPECK_M2] = WHOLE_SMALL
    state[area + noise <= SPECK_M2] = APART
    found.own, found.own_row[pairs] = own, place
    found.state[pairs], found.area[pairs] = state, area
    found.noise[pairs], found.outline[pairs] = noise, out[:, 2]
