"""The area that two polygons have in common, as an integral over pairs of edges.

The region under an edge, down to a common base, is a trapezoid; a polygon is the signed sum of the
trapezoids of its edges, so an overlap is the sum over pairs of edges of the signed area under both:
the integral of the lower of the two. Nothing is decided on the way (no crossing is found, no
vertex is put in or out), so the value is continuous in the coordinates, and a shared edge, a vertex
on an edge or an edge within a nanometre of another are nothing special.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.soup import Soup, Tree

# Pairs of edges beyond which the integral costs more than building the piece.
MOST_EDGE_PAIRS = 20_000_000
# Sums of this many roundings of values within the box bound the error: see `noise_m2`.
_ROUNDINGS = 64.0 * 2.220446049250313e-16


@njit(cache=True, nogil=True)
def overlap_areas(
    small: Soup,
    smalls: NDArray[np.int64],
    big: Soup,
    tree: Tree,
    bigs: NDArray[np.int64],
    out: NDArray[np.float64],
) -> None:
    """Write per pair of a small and a big feature: area m2, error m2, boundary m, into `out`.

    `out` is float64[p, 3]. The boundary is an upper bound of the length of the overlap's outline.
    The area is NaN where there are more than `MOST_EDGE_PAIRS` pairs of edges.
    """
    for p in range(len(smalls)):
        overlap_area(small, smalls[p], big, tree, bigs[p], out[p])


@njit(cache=True, nogil=True)
def overlap_area(
    small: Soup, s: int, big: Soup, tree: Tree, b: int, out: NDArray[np.float64]
) -> None:
    """Write area, error and boundary of one pair into `out`, float64[3]."""
    first, last = small.ring[small.feature[s]], small.ring[small.feature[s + 1]]
    box = np.empty(4)
    box_of(small.xy, first, last, box)
    near = np.empty((16, 6))
    near, count, reach = edges_near(big.xy, tree, b, box, near)
    own = np.empty((last - first, 6))
    edges = 0
    length = 0.0
    for r in range(small.feature[s], small.feature[s + 1]):
        for e in range(small.ring[r], small.ring[r + 1] - 1):
            length += edge_length(small.xy, e)
            edges += write_edge(small.xy, e, box, own[edges])
    out[1] = _ROUNDINGS * (box[2] - box[0]) * (box[3] - box[1])
    out[2] = length + reach
    out[0] = np.nan if edges * count > MOST_EDGE_PAIRS else sum_pairs(own[:edges], near[:count])


@njit(cache=True, nogil=True)
def box_of(xy: NDArray[np.float64], first: int, last: int, box: NDArray[np.float64]) -> None:
    """Write the bounds of the vertices `first` to `last` (exclusive)."""
    box[0] = box[1] = np.inf
    box[2] = box[3] = -np.inf
    for v in range(first, last):
        box[0] = min(box[0], xy[v, 0])
        box[1] = min(box[1], xy[v, 1])
        box[2] = max(box[2], xy[v, 0])
        box[3] = max(box[3], xy[v, 1])


@njit(cache=True, nogil=True)
def edge_length(xy: NDArray[np.float64], e: int) -> float:
    """Return the length of edge `e`."""
    return float(np.hypot(xy[e + 1, 0] - xy[e, 0], xy[e + 1, 1] - xy[e, 1]))


@njit(cache=True, nogil=True)
def write_edge(
    xy: NDArray[np.float64], e: int, box: NDArray[np.float64], out: NDArray[np.float64]
) -> int:
    """Write edge `e` as left x, y, right x, y, slope, sign, seen from the box's lower left corner.

    Returns 1, or 0 for an upright edge, which has nothing under it.
    """
    x1, y1 = xy[e, 0] - box[0], xy[e, 1] - box[1]
    x2, y2 = xy[e + 1, 0] - box[0], xy[e + 1, 1] - box[1]
    return write_span(x1, y1, x2, y2, out)


@njit(cache=True, nogil=True)
def write_span(x1: float, y1: float, x2: float, y2: float, out: NDArray[np.float64]) -> int:
    """Write the span between two points, see `write_edge`."""
    if x1 == x2:
        return 0
    out[5] = 1.0
    if x1 > x2:
        x1, y1, x2, y2 = x2, y2, x1, y1
        out[5] = -1.0
    out[0], out[1], out[2], out[3] = x1, y1, x2, y2
    out[4] = (y2 - y1) / (x2 - x1)
    return 1


@njit(cache=True, nogil=True)
def edges_near(
    xy: NDArray[np.float64],
    tree: Tree,
    feature: int,
    box: NDArray[np.float64],
    near: NDArray[np.float64],
) -> tuple[NDArray[np.float64], int, float]:
    """Return the spans that matter above the base of `box`, how many, and their length in it.

    A stretch of boundary wholly above the box counts as one level span along its top.
    """
    count = 0
    reach = 0.0
    across = np.hypot(box[2] - box[0], box[3] - box[1])
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        node = tree.box[k]
        if node[2] <= box[0] or node[0] >= box[2] or node[3] <= box[1]:
            k = tree.skip[k]
        elif node[1] >= box[3]:
            if tree.low[k] >= 0:
                near = with_room(near, count)
                count += write_level(xy, tree.low[k], tree.high[k], box, near[count])
            k = tree.skip[k]
        elif tree.leaf[k]:
            for e in range(tree.low[k], tree.high[k]):
                near = with_room(near, count)
                wrote = write_above(xy, e, box, near[count])
                count += wrote
                if meets(xy, e, box):
                    reach += min(across, edge_length(xy, e))
            k += 1
        else:
            k += 1
    return near, count, reach


@njit(cache=True, nogil=True)
def with_room(near: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return `near`, or a copy twice as long when it is full."""
    if count < len(near):
        return near
    longer = np.empty((2 * len(near), near.shape[1]))
    longer[:count] = near
    return longer


@njit(cache=True, nogil=True)
def meets(xy: NDArray[np.float64], e: int, box: NDArray[np.float64]) -> bool:
    """Say whether the bounds of edge `e` meet `box`."""
    answer: bool = (
        min(xy[e, 0], xy[e + 1, 0]) <= box[2]
        and max(xy[e, 0], xy[e + 1, 0]) >= box[0]
        and min(xy[e, 1], xy[e + 1, 1]) <= box[3]
        and max(xy[e, 1], xy[e + 1, 1]) >= box[1]
    )
    return answer


@njit(cache=True, nogil=True)
def write_level(
    xy: NDArray[np.float64],
    low: int,
    high: int,
    box: NDArray[np.float64],
    out: NDArray[np.float64],
) -> int:
    """Write the span along the top of `box` that stands for the vertices `low` to `high`."""
    top = box[3] - box[1]
    width = box[2] - box[0]
    x1 = min(max(xy[low, 0] - box[0], 0.0), width)
    x2 = min(max(xy[high, 0] - box[0], 0.0), width)
    return write_span(x1, top, x2, top, out)


@njit(cache=True, nogil=True)
def write_above(
    xy: NDArray[np.float64], e: int, box: NDArray[np.float64], out: NDArray[np.float64]
) -> int:
    """Write what of edge `e` lies above the base of `box`, see `write_edge`."""
    x1, y1 = xy[e, 0] - box[0], xy[e, 1] - box[1]
    x2, y2 = xy[e + 1, 0] - box[0], xy[e + 1, 1] - box[1]
    if y1 <= 0.0 and y2 <= 0.0:
        return 0
    if y1 < 0.0:
        x1, y1 = x2 - (x2 - x1) * (y2 / (y2 - y1)), 0.0
    elif y2 < 0.0:
        x2, y2 = x1 - (x1 - x2) * (y1 / (y1 - y2)), 0.0
    return write_span(x1, y1, x2, y2, out)


@njit(cache=True, nogil=True)
def sum_pairs(own: NDArray[np.float64], near: NDArray[np.float64]) -> float:
    """Return the signed area under both, summed over all pairs of spans."""
    total = 0.0
    for n in range(len(near)):
        west, east = near[n, 0], near[n, 2]
        for o in range(len(own)):
            # One test without branches: which one fails first cannot be foreseen.
            if (own[o, 0] < east) & (own[o, 2] > west):
                left = max(own[o, 0], west)
                right = min(own[o, 2], east)
                total += own[o, 5] * near[n, 5] * under_both(own[o], near[n], left, right)
    return total


@njit(cache=True, nogil=True)
def under_both(
    one: NDArray[np.float64], two: NDArray[np.float64], left: float, right: float
) -> float:
    """Return the integral of the lower of two spans from `left` to `right`."""
    a0 = one[1] + (left - one[0]) * one[4]
    a1 = one[1] + (right - one[0]) * one[4]
    b0 = two[1] + (left - two[0]) * two[4]
    b1 = two[1] + (right - two[0]) * two[4]
    d0, d1 = b0 - a0, b1 - a1
    if d0 >= 0.0 and d1 >= 0.0:
        return 0.5 * (a0 + a1) * (right - left)
    if d0 <= 0.0 and d1 <= 0.0:
        return 0.5 * (b0 + b1) * (right - left)
    at = d0 / (d0 - d1)
    middle = a0 + at * (a1 - a0)
    if d0 < 0.0:
        return 0.5 * ((b0 + middle) * at + (middle + a1) * (1.0 - at)) * (right - left)
    return 0.5 * ((a0 + middle) * at + (middle + b1) * (1.0 - at)) * (right - left)
