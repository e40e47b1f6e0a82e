"""Where a box lies: wholly inside a polygon, wholly outside, or in contact with its boundary.

Exact: no arithmetic is done on coordinates, they are only compared.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.soup import Tree

OUTSIDE, INSIDE, CONTACT = 0, 1, 2


@njit(cache=True, nogil=True)
def place_boxes(
    boxes: NDArray[np.float64],
    features: NDArray[np.int64],
    xy: NDArray[np.float64],
    tree: Tree,
    answer: NDArray[np.int8],
) -> None:
    """Write OUTSIDE, INSIDE or CONTACT for each pair of `boxes[p]` and feature `features[p]`."""
    for p in range(len(features)):
        answer[p] = place_box(boxes[p], features[p], xy, tree)


@njit(cache=True, nogil=True)
def place_box(box: NDArray[np.float64], feature: int, xy: NDArray[np.float64], tree: Tree) -> int:
    """Return where `box` lies, by the ray from its lower left corner to the right.

    CONTACT means that the box of some edge meets `box`.
    """
    inside = False
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        node = tree.box[k]
        if node[2] < box[0] or node[3] < box[1] or node[1] > box[3]:
            k = tree.skip[k]
        elif node[0] > box[2]:
            if tree.low[k] >= 0:
                inside ^= straddles(xy, tree.low[k], tree.high[k], box[1])
            k = tree.skip[k]
        else:
            if tree.leaf[k]:
                passes = passed_on_right(xy, tree.low[k], tree.high[k], box)
                if passes < 0:
                    return CONTACT
                inside ^= passes == 1
            k += 1
    return INSIDE if inside else OUTSIDE


@njit(cache=True, nogil=True)
def passed_on_right(xy: NDArray[np.float64], low: int, high: int, box: NDArray[np.float64]) -> int:
    """Return 1 where the ray passes the edges `low` to `high` an odd number of times, 0 where even.

    -1 where the bounds of an edge meet `box`.
    """
    odd = False
    for e in range(low, high):
        if min(xy[e, 0], xy[e + 1, 0]) > box[2]:
            odd ^= straddles(xy, e, e + 1, box[1])
        elif edge_meets(xy, e, box):
            return -1
    return 1 if odd else 0


@njit(cache=True, nogil=True)
def straddles(xy: NDArray[np.float64], first: int, last: int, y: float) -> bool:
    """Say whether the vertices `first` and `last` are on different sides of the height `y`."""
    answer: bool = (xy[first, 1] <= y) != (xy[last, 1] <= y)
    return answer


@njit(cache=True, nogil=True)
def edge_meets(xy: NDArray[np.float64], e: int, box: NDArray[np.float64]) -> bool:
    """Say whether the bounds of edge `e`, not right of `box`, meet it."""
    answer: bool = (
        max(xy[e, 0], xy[e + 1, 0]) >= box[0]
        and max(xy[e, 1], xy[e + 1, 1]) >= box[1]
        and min(xy[e, 1], xy[e + 1, 1]) <= box[3]
    )
    return answer
