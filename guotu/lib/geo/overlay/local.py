"""The part of a big polygon in a window, as a valid polygon: chains linked along the window's edge.

The inside of a polygon is on the left of its rings, so from where a chain goes out the outline goes
on counter-clockwise along the window's edge to the next place where one comes in (Weiler and
Atherton, 1977, for a rectangle).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from guotu.lib.geo.overlay.sheaf import (
    Sheaf,
    add_point,
    empty_sheaf,
    end_part,
    end_ring,
    multipolygons,
    with_space,
)
from guotu.lib.geo.overlay.soup import Soup, Tree
from guotu.lib.geo.overlay.window import (
    CHAIN,
    GOES_ON,
    HOLE,
    KIND,
    SHELL,
    START,
    STOP,
    corner_inside,
    count_edges,
    look_through,
)


def local_parts(
    windows: NDArray[np.float64], features: NDArray[np.int64], big: Soup, tree: Tree
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the part of `features[p]` in `windows[p]`, as MultiPolygons, and which are good.

    Not good is a window whose edge runs through a vertex: the whole feature must be used then.
    """
    sheaf, geometry, good = cut_all(windows, features, big, tree)
    return multipolygons(sheaf, geometry), good


@njit(cache=True, nogil=True)
def cut_all(
    windows: NDArray[np.float64], features: NDArray[np.int64], big: Soup, tree: Tree
) -> tuple[Sheaf, NDArray[np.int64], NDArray[np.bool_]]:
    """Return all polygons, their offsets by window, and which windows are good."""
    geometry = np.zeros(len(features) + 1, np.int64)
    good = np.ones(len(features), np.bool_)
    sheaf = empty_sheaf()
    for p in range(len(features)):
        edges = count_edges(tree, features[p], windows[p])
        points = np.empty((2 * edges + 4, 2))
        chains = np.empty((edges + 2, 4), np.int64)
        ends = np.empty((edges + 2, 2))
        count = look_through(big, tree, features[p], windows[p], points, chains, ends)
        good[p] = count >= 0
        if good[p]:
            sheaf = with_space(sheaf, len(points) + 6 * (count + 1), count + 2)
            good[p] = link(windows[p], points, chains[:count], ends, sheaf)
            if no_chain(chains[:count]) and corner_inside(big.xy, tree, features[p], windows[p]):
                add_frame(windows[p], sheaf)
            add_rings(points, chains[:count], geometry[p], sheaf)
        geometry[p + 1] = sheaf.size[2]
    return sheaf, geometry, good


@njit(cache=True, nogil=True)
def no_chain(chains: NDArray[np.int64]) -> bool:
    """Say whether no boundary passes the window's edge."""
    return bool((chains[:, KIND] != CHAIN).all())


@njit(cache=True, nogil=True)
def add_frame(window: NDArray[np.float64], sheaf: Sheaf) -> None:
    """Add the window itself as a shell."""
    add_point(sheaf, window[0], window[1])
    add_point(sheaf, window[2], window[1])
    add_point(sheaf, window[2], window[3])
    add_point(sheaf, window[0], window[3])
    end_ring(sheaf)
    end_part(sheaf)


@njit(cache=True, nogil=True)
def link(
    window: NDArray[np.float64],
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    ends: NDArray[np.float64],
    sheaf: Sheaf,
) -> bool:
    """Add the shells that pass the window's edge; say whether every outline closed."""
    count = len(chains)
    done = np.zeros(count, np.bool_)
    begun = np.zeros(count, np.bool_)  # chains that are the going on of another
    for c in range(count):
        if chains[c, GOES_ON] >= 0:
            begun[chains[c, GOES_ON]] = True
    for c in range(count):
        if chains[c, KIND] != CHAIN or done[c] or begun[c]:
            continue
        at = c
        while not done[at]:
            done[at] = True
            out = add_chain(at, points, chains, ends, sheaf)
            at = next_in(out, chains, ends, begun, window)
            add_corners(out, ends[at, 0], window, sheaf)
        end_ring(sheaf)
        end_part(sheaf)
        if at != c:
            return False
    return True


@njit(cache=True, nogil=True)
def add_chain(
    c: int,
    points: NDArray[np.float64],
    chains: NDArray[np.int64],
    ends: NDArray[np.float64],
    sheaf: Sheaf,
) -> float:
    """Add the points of chain `c` and of what it goes on with; return where it goes out."""
    for v in range(chains[c, START], chains[c, STOP]):
        add_point(sheaf, points[v, 0], points[v, 1])
    more = chains[c, GOES_ON]
    if more < 0:
        return float(ends[c, 1])
    for v in range(chains[more, START] + 1, chains[more, STOP]):
        add_point(sheaf, points[v, 0], points[v, 1])
    return float(ends[more, 1])


@njit(cache=True, nogil=True)
def next_in(
    out: float,
    chains: NDArray[np.int64],
    ends: NDArray[np.float64],
    begun: NDArray[np.bool_],
    window: NDArray[np.float64],
) -> int:
    """Return the chain that comes in next after `out` along the window's edge."""
    around = 2 * (window[2] - window[0] + window[3] - window[1])
    best, found = np.inf, -1
    for c in range(len(chains)):
        if chains[c, KIND] == CHAIN and not begun[c]:
            way = ends[c, 0] - out
            if way < 0:
                way += around
            if way < best:
                best, found = way, c
    return found


@njit(cache=True, nogil=True)
def add_corners(out: float, into: float, window: NDArray[np.float64], sheaf: Sheaf) -> None:
    """Add the window's corners between two places on its edge, counter-clockwise."""
    width, height = window[2] - window[0], window[3] - window[1]
    around = 2 * (width + height)
    if into < out:
        into += around
    for turn in range(2):
        way = turn * around
        if out < way + width < into:
            add_point(sheaf, window[2], window[1])
        if out < way + width + height < into:
            add_point(sheaf, window[2], window[3])
        if out < way + 2 * width + height < into:
            add_point(sheaf, window[0], window[3])
        if out < way + around < into:
            add_point(sheaf, window[0], window[1])


@njit(cache=True, nogil=True)
def add_rings(
    points: NDArray[np.float64], chains: NDArray[np.int64], first_part: int, sheaf: Sheaf
) -> None:
    """Add the rings that lie within the window: shells as polygons, holes to the polygon around.

    The sheaf is written polygon by polygon; where there are holes, the polygons are written anew.
    """
    holes = 0
    for c in range(len(chains)):
        if chains[c, KIND] == SHELL:
            add_ring(points, chains, c, sheaf)
            end_part(sheaf)
        holes += chains[c, KIND] == HOLE
    if holes:
        deal_holes(points, chains, first_part, sheaf)


@njit(cache=True, nogil=True)
def add_ring(points: NDArray[np.float64], chains: NDArray[np.int64], c: int, sheaf: Sheaf) -> None:
    """Add chain `c` as a ring."""
    for v in range(chains[c, START], chains[c, STOP]):
        add_point(sheaf, points[v, 0], points[v, 1])
    end_ring(sheaf)


@njit(cache=True, nogil=True)
def deal_holes(
    points: NDArray[np.float64], chains: NDArray[np.int64], first_part: int, sheaf: Sheaf
) -> None:
    """Write the shells from `first_part` on again, each with the holes that lie in it."""
    first_ring = sheaf.part[first_part]
    first_point = sheaf.ring[first_ring]
    shells = sheaf.size[2] - first_part
    xy = sheaf.xy[first_point : sheaf.size[0]].copy()
    ring = sheaf.ring[first_ring : sheaf.size[1] + 1] - first_point
    owner = np.full(len(chains), -1, np.int64)
    for c in range(len(chains)):
        if chains[c, KIND] == HOLE:
            owner[c] = shell_around(points[chains[c, START]], xy, ring, shells)
    sheaf.size[0], sheaf.size[1], sheaf.size[2] = first_point, first_ring, first_part
    for s in range(shells):
        for v in range(ring[s], ring[s + 1]):
            add_point(sheaf, xy[v, 0], xy[v, 1])
        end_ring(sheaf)
        for c in range(len(chains)):
            if owner[c] == s:
                add_ring(points, chains, c, sheaf)
        end_part(sheaf)


@njit(cache=True, nogil=True)
def shell_around(
    point: NDArray[np.float64], xy: NDArray[np.float64], ring: NDArray[np.int64], shells: int
) -> int:
    """Return the smallest shell around `point`; the only one without looking."""
    if shells == 1:
        return 0
    best, found = np.inf, -1
    for s in range(shells):
        inside, twice = False, 0.0
        for v in range(ring[s], ring[s + 1] - 1):
            x1, y1, x2, y2 = xy[v, 0], xy[v, 1], xy[v + 1, 0], xy[v + 1, 1]
            twice += (x1 - point[0]) * (y2 - point[1]) - (x2 - point[0]) * (y1 - point[1])
            if (y1 <= point[1]) != (y2 <= point[1]):
                inside ^= x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1) > point[0]
        if inside and twice < best:
            best, found = twice, s
    return found
