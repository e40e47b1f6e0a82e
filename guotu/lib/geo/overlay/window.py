"""What of a big polygon is seen through a window: its boundary, cut into chains at the edge.

Vertices inside the window are kept to the bit; only the points where the boundary passes the edge
of the window are computed, and the window is wider than what is overlaid, so they matter nowhere.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.place import straddles
from guotu.lib.geo.overlay.soup import Soup, Tree

# Columns of the chain table: points start and stop (exclusive), chain that goes on, kind.
START, STOP, GOES_ON, KIND = 0, 1, 2, 3
# State of the walk: points and chains so far, ring, its first chain, whether it began inside.
AT, COUNT, RING, FIRST, OPEN = 0, 1, 2, 3, 4
# A chain passes the window; a ring lies within it.
CHAIN, SHELL, HOLE = 0, 1, 2


@njit(cache=True, nogil=True)
def beside(node: NDArray[np.float64], window: NDArray[np.float64]) -> bool:
    """Say whether a box lies wholly to one side of the window."""
    answer: bool = (
        node[2] < window[0] or node[0] > window[2] or node[3] < window[1] or node[1] > window[3]
    )
    return answer


@njit(cache=True, nogil=True)
def count_edges(tree: Tree, feature: int, window: NDArray[np.float64]) -> int:
    """Return how many edges lie in leaves that meet the window."""
    total = 0
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        if beside(tree.box[k], window):
            k = tree.skip[k]
        else:
            if tree.leaf[k]:
                total += tree.high[k] - tree.low[k]
            k += 1
    return total


@njit(cache=True, nogil=True)
def look_through(
    big: Soup,
    tree: Tree,
    feature: int,
    window: NDArray[np.float64],
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    ends: NDArray[np.float64],
) -> int:
    """Fill `points`, `chains` (see columns above) and `ends`; return how many chains, or -1.

    `ends` float64[c, 2] holds where a chain comes in and goes out, as the way along the window's
    edge counter-clockwise from its lower left corner. -1: a vertex lies on the edge of the window.
    """
    state = np.array([0, 0, big.feature[feature] - 1, 0, 0])
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        if beside(tree.box[k], window):
            k = tree.skip[k]
            continue
        if tree.leaf[k]:
            for e in range(tree.low[k], tree.high[k]):
                if e >= big.ring[state[RING] + 1]:
                    close_ring(big.hole, chains, state)
                    begin_ring(big, e, window, points, chains, state)
                if within(big.xy, e, window) == 0 or within(big.xy, e + 1, window) == 0:
                    return -1
                follow_edge(big.xy, e, window, points, chains, ends, state)
        k += 1
    close_ring(big.hole, chains, state)
    return int(state[COUNT])


@njit(cache=True, nogil=True)
def begin_ring(
    big: Soup,
    e: int,
    window: NDArray[np.float64],
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    state: NDArray[np.int64],
) -> None:
    """Turn to the ring of edge `e`; where it begins inside the window, a chain begins with it."""
    state[RING] += 1
    while big.ring[state[RING] + 1] <= e:
        state[RING] += 1
    state[FIRST] = state[COUNT]
    state[OPEN] = e == big.ring[state[RING]] and within(big.xy, e, window) == 1
    if state[OPEN]:
        begin_chain(big.xy[e, 0], big.xy[e, 1], points, chains, state)


@njit(cache=True, nogil=True)
def begin_chain(
    x: float,
    y: float,
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    state: NDArray[np.int64],
) -> None:
    """Begin a chain with a point."""
    chain = chains[state[COUNT]]
    chain[START], chain[GOES_ON], chain[KIND] = state[AT], -1, CHAIN
    state[COUNT] += 1
    lengthen(x, y, points, chains, state)


@njit(cache=True, nogil=True)
def lengthen(
    x: float,
    y: float,
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    state: NDArray[np.int64],
) -> None:
    """Add a point to the last chain."""
    points[state[AT], 0], points[state[AT], 1] = x, y
    state[AT] += 1
    chains[state[COUNT] - 1, STOP] = state[AT]


@njit(cache=True, nogil=True)
def close_ring(
    hole: NDArray[np.bool_], chains: NDArray[np.int64], state: NDArray[np.int64]
) -> None:
    """Join the end of a ring that began inside the window to its beginning."""
    if not state[OPEN]:
        return
    first, last = state[FIRST], state[COUNT] - 1
    if first == last:
        chains[first, KIND] = HOLE if hole[state[RING]] else SHELL
    else:
        chains[last, GOES_ON] = first


@njit(cache=True, nogil=True)
def within(xy: NDArray[np.float64], v: int, window: NDArray[np.float64]) -> int:
    """Return 1 for a vertex inside the window, -1 for outside, 0 for on its edge."""
    x, y = xy[v, 0], xy[v, 1]
    if x < window[0] or x > window[2] or y < window[1] or y > window[3]:
        return -1
    if x == window[0] or x == window[2] or y == window[1] or y == window[3]:
        return 0
    return 1


@njit(cache=True, nogil=True)
def follow_edge(
    xy: NDArray[np.float64],
    e: int,
    window: NDArray[np.float64],
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    ends: NDArray[np.float64],
    state: NDArray[np.int64],
) -> None:
    """Add edge `e` to the chains."""
    from_inside = within(xy, e, window) == 1
    to_inside = within(xy, e + 1, window) == 1
    if not from_inside and not to_inside and misses(xy, e, window):
        return
    if not from_inside:
        x, y, ends[state[COUNT], 0] = pass_edge(xy, e + 1, e, window)
        begin_chain(x, y, points, chains, state)
    if to_inside:
        lengthen(xy[e + 1, 0], xy[e + 1, 1], points, chains, state)
    else:
        x, y, ends[state[COUNT] - 1, 1] = pass_edge(xy, e, e + 1, window)
        lengthen(x, y, points, chains, state)


@njit(cache=True, nogil=True)
def misses(xy: NDArray[np.float64], e: int, window: NDArray[np.float64]) -> bool:
    """Say whether edge `e`, both ends outside, stays clear of the window (Liang and Barsky)."""
    enters, leaves = 0.0, 1.0
    for axis in range(2):
        start, run = xy[e, axis], xy[e + 1, axis] - xy[e, axis]
        low, high = window[axis], window[axis + 2]
        if run == 0.0:
            if start < low or start > high:
                return True
            continue
        one, two = (low - start) / run, (high - start) / run
        enters = max(enters, min(one, two))
        leaves = min(leaves, max(one, two))
    return enters >= leaves


@njit(cache=True, nogil=True)
def pass_edge(
    xy: NDArray[np.float64], start: int, goal: int, window: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return where the way from vertex `start` to `goal`, outside, leaves the window for good.

    x, y and the way to that point along the window's edge.
    """
    run_x, run_y = xy[goal, 0] - xy[start, 0], xy[goal, 1] - xy[start, 1]
    wall_x = window[2] if run_x > 0 else window[0]
    wall_y = window[3] if run_y > 0 else window[1]
    at_x = (wall_x - xy[start, 0]) / run_x if run_x != 0.0 else np.inf
    at_y = (wall_y - xy[start, 1]) / run_y if run_y != 0.0 else np.inf
    width, height = window[2] - window[0], window[3] - window[1]
    if at_x < at_y:
        y = min(max(xy[start, 1] + at_x * run_y, window[1]), window[3])
        if run_x > 0:
            return wall_x, y, width + (y - window[1])
        return wall_x, y, 2 * width + height + (window[3] - y)
    x = min(max(xy[start, 0] + at_y * run_x, window[0]), window[2])
    if run_y > 0:
        return x, wall_y, width + height + (window[2] - x)
    return x, wall_y, x - window[0]


@njit(cache=True, nogil=True)
def corner_inside(
    xy: NDArray[np.float64], tree: Tree, feature: int, window: NDArray[np.float64]
) -> bool:
    """Say whether the window's lower left corner is inside the feature (even-odd rule)."""
    x, y = window[0], window[1]
    inside = False
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        node = tree.box[k]
        if node[2] < x or node[3] < y or node[1] > y:
            k = tree.skip[k]
        elif node[0] > x:
            if tree.low[k] >= 0:
                inside ^= straddles(xy, tree.low[k], tree.high[k], y)
            k = tree.skip[k]
        else:
            if tree.leaf[k]:
                for e in range(tree.low[k], tree.high[k]):
                    if straddles(xy, e, e + 1, y):
                        share = (y - xy[e, 1]) / (xy[e + 1, 1] - xy[e, 1])
                        inside ^= xy[e, 0] + share * (xy[e + 1, 0] - xy[e, 0]) > x
            k += 1
    return inside
