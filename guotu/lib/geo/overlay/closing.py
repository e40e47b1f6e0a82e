"""Areas in whole square decimetres that close: the parts of a subject sum to the subject."""

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.area import legal_area_dm2, legal_area_m2
from guotu.lib.geo.crs import Frame
from guotu.lib.geo.overlay.pieces import GRID_M, Pieces

# The share of a planar area that is lost in rounding.
_ROUNDING = 1e-9

Weights = NDArray[np.float64]
Whole = NDArray[np.int64]


def apportion_dm2(weights: Weights, total_dm2: int) -> Whole:
    """Share `total_dm2` in proportion to `weights`, float64[n] >= 0: int64[n] that sums to it.

    The last digits go one unit each to the largest fractions, the first in order among equals
    (second national survey: what is left over goes out one unit at a time). No share is 1 dm2 or
    more from its exact value. Where all weights are 0 the shares are equal. Raises ValueError for
    a negative or not finite weight, a negative total, or a total with nothing to share it among.
    """
    weights = np.asarray(weights, np.float64)
    if total_dm2 < 0 or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("weights and total must be finite and not negative")
    if not len(weights) and total_dm2:
        raise ValueError("there is nothing to share the total among")
    return _share(weights, np.zeros(len(weights), np.int64), np.array([total_dm2]))


def _share(weights: Weights, owner: Whole, totals: Whole) -> Whole:
    """Share each of `totals` among the weights that it owns, see `apportion_dm2`."""
    summed = np.bincount(owner, weights, len(totals))
    weights = np.where(summed[owner] > 0, weights, 1.0)
    summed = np.bincount(owner, weights, len(totals))
    exact = weights / summed[owner] * totals[owner]
    shares = np.floor(exact).astype(np.int64)
    given = np.bincount(owner, shares, len(totals)).astype(np.int64)
    left = totals - given
    # Rounding may have given one unit too many: then it is taken where the fraction is smallest.
    fraction = (exact - shares) * np.where(left >= 0, -1, 1)[owner]
    order = np.lexsort((fraction, owner))
    first = np.searchsorted(owner[order], np.arange(len(totals)))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - first[owner[order]]
    return shares + np.where(rank < np.abs(left)[owner], np.sign(left)[owner], 0)


def piece_area_dm2(
    pieces: Pieces,
    subject_geometry: NDArray[np.object_],
    frame: Frame,
    by: Whole | None = None,
) -> Whole:
    """Return the legal area of each piece, int64[k], in whole square decimetres.

    The raw legal areas of a subject's pieces are scaled to the subject's own legal area and
    rounded so that pieces that cover the subject sum to it exactly. Where they leave a part
    uncovered, that part takes its share unseen. With `by`, int64[k], rounding goes to groups
    first and then within each, so that a group of a subject is within 1 dm2 of its exact share.
    `subject_geometry` is object[n] as given to the overlay, in the zone `frame`.
    """
    present, row = np.unique(pieces.subject, return_inverse=True)
    raw = legal_area_m2(pieces.geometry, frame)
    whole = legal_area_dm2(subject_geometry[present], frame)
    uncovered = _uncovered_share(pieces, subject_geometry[present], row)
    return _close(raw, row, whole, uncovered, by)


def overlap_area_dm2(
    subject: Whole,
    area_m2: Weights,
    subject_geometry: NDArray[np.object_],
    frame: Frame,
) -> Whole:
    """Return the legal area of overlaps known by their planar area only, int64[k].

    `subject` int64[k] and `area_m2` float64[k] as `intersection_area_m2` gives them. The legal
    area of a subject is shared in proportion to planar area, its uncovered part included: within
    a feature the two differ by a factor that hardly changes.
    """
    present, row = np.unique(subject, return_inverse=True)
    planar = shapely.area(subject_geometry[present])
    left = planar - np.bincount(row, area_m2, len(present))
    uncovered = np.where(left <= _ROUNDING * planar, 0.0, left / planar)
    whole = legal_area_dm2(subject_geometry[present], frame)
    return _close(area_m2, row, whole, uncovered, None)


def _close(raw: Weights, row: Whole, whole: Whole, uncovered: Weights, by: Whole | None) -> Whole:
    """Share `whole[row]` by `raw`, float64[k], first among groups, then within each."""
    rest = np.bincount(row, raw, len(whole)) * uncovered / (1 - uncovered)
    group = np.arange(len(raw)) if by is None else by
    keys, of_piece = np.unique(np.stack([row, group], axis=1), axis=0, return_inverse=True)
    of_piece = of_piece.reshape(-1)
    weights = np.concatenate([np.bincount(of_piece, raw, len(keys)), rest])
    owner = np.concatenate([keys[:, 0], np.arange(len(whole))])
    # A remainder of nothing must not draw a last digit.
    seen = np.concatenate([np.ones(len(keys), np.bool_), rest > 0])
    totals = _share(weights[seen], owner[seen], whole)[: len(keys)]
    return _share(raw, of_piece, totals)


def _uncovered_share(
    pieces: Pieces, geometry: NDArray[np.object_], row: Whole
) -> NDArray[np.float64]:
    """Return the planar share of each subject under no piece: 0 where only hairlines are left."""
    planar = shapely.area(geometry)
    covered = np.bincount(row, shapely.area(pieces.geometry), len(geometry))
    edge = np.bincount(row, shapely.length(pieces.geometry), len(geometry))
    left = planar - covered
    return np.where(left <= GRID_M * edge, 0.0, left / planar)
