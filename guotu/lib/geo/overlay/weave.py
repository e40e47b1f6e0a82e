"""The overlap of two polygons whose boundaries cross plainly, woven from their outlines.

At a plain crossing two edges pass through one another well away from any vertex. Then what is in
common runs along the one outline where it is inside the other, and changes over at each crossing
(Weiler and Atherton, 1977). Whatever is not plain (a vertex on an edge, a shared edge, a ring in a
ring) is left to GEOS, and so is a woven overlap whose area is not that of the integral.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.integral import box_of, meets
from guotu.lib.geo.overlay.sheaf import (
    Sheaf,
    add_point,
    empty_sheaf,
    end_part,
    end_ring,
    with_space,
)
from guotu.lib.geo.overlay.soup import Soup, Tree
from guotu.lib.geo.overlay.window import count_edges

# Nearer than this, in metres, a crossing is not plain.
CLEAR_M = 1e-6
MOST_CROSSINGS = 64


class Crossings(NamedTuple):
    """Crossings of two outlines: `at` float64[c, 4] x, y and the share of the way along each edge.

    `edge` int64[c, 4]: edge and ring of the small, edge and ring of the big feature; `enters`
    bool[c] says whether the small outline goes into the big feature there.
    """

    at: NDArray[np.float64]
    edge: NDArray[np.int64]
    enters: NDArray[np.bool_]


@njit(cache=True, nogil=True)
def weave_all(
    small: Soup,
    smalls: NDArray[np.int64],
    big: Soup,
    tree: Tree,
    bigs: NDArray[np.int64],
    area: NDArray[np.float64],
    slack: NDArray[np.float64],
) -> tuple[Sheaf, NDArray[np.int64], NDArray[np.bool_]]:
    """Weave the overlap of each pair: all polygons, their offsets by pair, and which are good.

    `area` float64[p] in m2 is what the integral says, `slack` float64[p] what it may be off.
    """
    geometry = np.zeros(len(smalls) + 1, np.int64)
    good = np.zeros(len(smalls), np.bool_)
    sheaf = empty_sheaf()
    found = Crossings(
        np.empty((MOST_CROSSINGS, 4)),
        np.empty((MOST_CROSSINGS, 4), np.int64),
        np.empty(MOST_CROSSINGS, np.bool_),
    )
    box = np.empty(4)
    for p in range(len(smalls)):
        first = small.ring[small.feature[smalls[p]]]
        last = small.ring[small.feature[smalls[p] + 1]]
        box_of(small.xy, first, last, box)
        near = edges_within(big.xy, tree, bigs[p], box)
        count = cross_edges(small, smalls[p], big, near, box, found)
        room = (last - first) + len(near) + 4 * count + 4
        if count >= 2 and not has_loose_ring(small, smalls[p], big, near, found, count):
            sheaf = with_space(sheaf, room, count + 2)
            kept = sheaf.size.copy()
            total = weave(small, big, found, count, room, sheaf)
            good[p] = abs(total - area[p]) <= slack[p]
            if not good[p]:
                sheaf.size[:] = kept
        geometry[p + 1] = sheaf.size[2]
    return sheaf, geometry, good


@njit(cache=True, nogil=True)
def edges_within(
    xy: NDArray[np.float64], tree: Tree, feature: int, box: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the edges of a feature whose bounds meet `box`."""
    found = np.empty(count_edges(tree, feature, box), np.int64)
    count = 0
    k, end = tree.feature[feature], tree.feature[feature + 1]
    while k < end:
        node = tree.box[k]
        if node[2] < box[0] or node[0] > box[2] or node[3] < box[1] or node[1] > box[3]:
            k = tree.skip[k]
            continue
        if tree.leaf[k]:
            for e in range(tree.low[k], tree.high[k]):
                if meets(xy, e, box):
                    found[count] = e
                    count += 1
        k += 1
    return found[:count]


@njit(cache=True, nogil=True)
def cross_edges(
    small: Soup,
    s: int,
    big: Soup,
    near: NDArray[np.int64],
    box: NDArray[np.float64],
    found: Crossings,
) -> int:
    """Fill `found` with the crossings of feature `s` and the edges `near`; return how many.

    -1 where one is not plain, or where there are too many.
    """
    count = 0
    line = np.empty(4)
    for n in range(len(near)):
        copy_edge(big.xy, near[n], box, line)
        west, east = min(line[0], line[2]) - CLEAR_M, max(line[0], line[2]) + CLEAR_M
        south, north = min(line[1], line[3]) - CLEAR_M, max(line[1], line[3]) + CLEAR_M
        for r in range(small.feature[s], small.feature[s + 1]):
            for e in range(small.ring[r], small.ring[r + 1] - 1):
                x1, y1 = small.xy[e, 0] - box[0], small.xy[e, 1] - box[1]
                x2, y2 = small.xy[e + 1, 0] - box[0], small.xy[e + 1, 1] - box[1]
                if (
                    (min(x1, x2) <= east)
                    & (max(x1, x2) >= west)
                    & (min(y1, y2) <= north)
                    & (max(y1, y2) >= south)
                ):
                    kind = cross_two(x1, y1, x2, y2, line, box, found, count)
                    if kind < 0:
                        return -1
                    if kind > 0:
                        found.edge[count, 0], found.edge[count, 1] = e, r
                        found.edge[count, 2] = near[n]
                        found.edge[count, 3] = np.searchsorted(big.ring, near[n], "right") - 1
                        count += 1
                        if count == MOST_CROSSINGS:
                            return -1
    return count


@njit(cache=True, nogil=True)
def has_loose_ring(
    small: Soup, s: int, big: Soup, near: NDArray[np.int64], found: Crossings, count: int
) -> bool:
    """Say whether some ring without a crossing may lie within the other feature."""
    for r in range(small.feature[s], small.feature[s + 1]):
        if not (found.edge[:count, 1] == r).any():
            return True
    n = 0
    while n < len(near):
        ring = np.searchsorted(big.ring, near[n], "right") - 1
        first = n
        while n < len(near) and near[n] < big.ring[ring + 1]:
            n += 1
        # Only a ring all of whose edges are near can lie within the small feature.
        whole = n - first == big.ring[ring + 1] - big.ring[ring] - 1
        if whole and not (found.edge[:count, 3] == ring).any():
            return True
    return False


@njit(cache=True, nogil=True)
def copy_edge(
    xy: NDArray[np.float64], e: int, box: NDArray[np.float64], line: NDArray[np.float64]
) -> None:
    """Write edge `e` as seen from the box's lower left corner."""
    line[0], line[1] = xy[e, 0] - box[0], xy[e, 1] - box[1]
    line[2], line[3] = xy[e + 1, 0] - box[0], xy[e + 1, 1] - box[1]


@njit(cache=True, nogil=True)
def cross_two(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    line: NDArray[np.float64],
    box: NDArray[np.float64],
    found: Crossings,
    count: int,
) -> int:
    """Cross an edge with `line`: 1 and written to row `count`, 0 for apart, -1 for not plain."""
    run_x, run_y = x2 - x1, y2 - y1
    go_x, go_y = line[2] - line[0], line[3] - line[1]
    # How far each end lies to the left of the other's line, in metres.
    length, reach = np.hypot(run_x, run_y), np.hypot(go_x, go_y)
    if length <= CLEAR_M or reach <= CLEAR_M:
        return -1
    p = (go_x * (y1 - line[1]) - go_y * (x1 - line[0])) / reach
    q = (go_x * (y2 - line[1]) - go_y * (x2 - line[0])) / reach
    a = (run_x * (line[1] - y1) - run_y * (line[0] - x1)) / length
    b = (run_x * (line[3] - y1) - run_y * (line[2] - x1)) / length
    if min(abs(p), abs(q)) <= CLEAR_M or min(abs(a), abs(b)) <= CLEAR_M:
        return -1
    if p * q > 0 or a * b > 0:
        return 0
    share = p / (p - q)
    found.at[count, 0] = box[0] + (x1 + share * run_x)
    found.at[count, 1] = box[1] + (y1 + share * run_y)
    found.at[count, 2] = share
    found.at[count, 3] = a / (a - b)
    found.enters[count] = p < 0
    return 1


@njit(cache=True, nogil=True)
def follow(found: Crossings, count: int, edge: int, share: int, after: NDArray[np.int64]) -> bool:
    """Fill `after` with the next crossing along the outline of which `edge`, `share` are columns.

    Says whether going in and coming out alternate along it.
    """
    order = np.arange(count)
    for n in range(1, count):
        k, at = order[n], n
        while at > 0 and precedes(found, k, order[at - 1], edge, share):
            order[at] = order[at - 1]
            at -= 1
        order[at] = k
    first = 0
    for n in range(count):
        last = (
            n == count - 1 or found.edge[order[n], edge + 1] != found.edge[order[n + 1], edge + 1]
        )
        after[order[n]] = order[first] if last else order[n + 1]
        if found.enters[order[n]] == found.enters[after[order[n]]]:
            return False
        if last:
            first = n + 1
    return True


@njit(cache=True, nogil=True)
def precedes(found: Crossings, one: int, two: int, edge: int, share: int) -> bool:
    """Say whether crossing `one` comes before `two` along an outline."""
    if found.edge[one, edge] != found.edge[two, edge]:
        return bool(found.edge[one, edge] < found.edge[two, edge])
    return bool(found.at[one, share] < found.at[two, share])


@njit(cache=True, nogil=True)
def weave(small: Soup, big: Soup, found: Crossings, count: int, room: int, sheaf: Sheaf) -> float:
    """Add the shells in common to the sheaf; return their area in m2, NaN where they do not close.

    A hole, too, gives NaN.
    """
    on_small = np.empty(count, np.int64)
    on_big = np.empty(count, np.int64)
    if not follow(found, count, 0, 2, on_small) or not follow(found, count, 2, 3, on_big):
        return np.nan
    used = np.zeros(count, np.bool_)
    limit = sheaf.size[0] + room
    total = 0.0
    for k in range(count):
        if used[k] or not found.enters[k]:
            continue
        at = k
        while not used[at]:
            used[at] = True
            out = on_small[at]
            if not add_way(small, found, at, out, 0, limit, sheaf):
                return np.nan
            at = on_big[out]
            if not add_way(big, found, out, at, 2, limit, sheaf):
                return np.nan
        end_ring(sheaf)
        end_part(sheaf)
        area = last_ring_area(sheaf)
        if at != k or area <= 0:
            return np.nan
        total += area
    return total


@njit(cache=True, nogil=True)
def add_way(
    soup: Soup, found: Crossings, start: int, goal: int, edge: int, limit: int, sheaf: Sheaf
) -> bool:
    """Add crossing `start` and the vertices from there to `goal`; False where there is no end."""
    add_point(sheaf, found.at[start, 0], found.at[start, 1])
    here, there = found.edge[start, edge], found.edge[goal, edge]
    share = 2 if edge == 0 else 3
    if here == there and found.at[start, share] < found.at[goal, share]:
        return True
    ring = found.edge[start, edge + 1]
    v = here
    while True:
        v += 1
        if v == soup.ring[ring + 1] - 1:
            v = soup.ring[ring]
        if sheaf.size[0] >= limit - 2:
            return False
        add_point(sheaf, soup.xy[v, 0], soup.xy[v, 1])
        if v == there:
            return True


@njit(cache=True, nogil=True)
def last_ring_area(sheaf: Sheaf) -> float:
    """Return the signed area of the ring written last."""
    first, last = sheaf.ring[sheaf.size[1] - 1], sheaf.ring[sheaf.size[1]]
    x, y = sheaf.xy[first, 0], sheaf.xy[first, 1]
    twice = 0.0
    for v in range(first, last - 1):
        twice += (sheaf.xy[v, 0] - x) * (sheaf.xy[v + 1, 1] - sheaf.xy[v, 1])
        twice -= (sheaf.xy[v, 1] - y) * (sheaf.xy[v + 1, 0] - sheaf.xy[v, 0])
    return twice / 2
