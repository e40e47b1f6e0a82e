"""Find the rings in a list of named points, and tell shells from holes by containment."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from guotu.lib.geo.formats.nested import Unfit

Ring = NDArray[np.float64]
# Each ring is tried against each other: a bound on the work, far above any plot.
_MOST_RINGS = 2_000
_TRIED_VERTICES = 50


def runs(points: list[tuple[str, int]]) -> list[tuple[int, int]]:
    """Return the (begin, end) of every ring; `points` are (name, ring number).

    A ring ends where its first point's name comes again or where the ring number changes.
    """
    found, begin = [], 0
    for at in range(1, len(points) + 1):
        ended = at == len(points) or points[at][1] != points[at - 1][1]
        back = at - 1 > begin and points[at - 1][0] == points[begin][0] != ""
        if at > begin and (ended or back):
            found.append((begin, at))
            begin = at
    return found


def assemble(closed: list[Ring], changes: list[str]) -> list[list[Any]]:
    """Return polygons as nested lists: a ring inside an odd number of others is a hole of the
    smallest of them, any other a shell. Further shells are named in `changes`."""
    if len(closed) > _MOST_RINGS:
        raise Unfit("vertices", f"一个地块有 {len(closed):,} 圈，超过上限 {_MOST_RINGS:,}")
    areas = [abs(_area(ring)) for ring in closed]
    around = [
        [j for j, other in enumerate(closed) if areas[j] > areas[i] and _holds(other, ring)]
        for i, ring in enumerate(closed)
    ]
    shells = {i: [closed[i].tolist()] for i, outer in enumerate(around) if len(outer) % 2 == 0}
    for i, outer in enumerate(around):
        if i not in shells:
            owner = min((j for j in outer if j in shells), key=lambda j: areas[j], default=i)
            shells.setdefault(owner, []).append(closed[i].tolist())
    if len(shells) > 1:
        changes.append(f"第 2 圈起有 {len(shells) - 1} 圈不在其他圈内，各作一个面")
    return list(shells.values())


def _area(ring: Ring) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()) / 2


def _holds(outer: Ring, inner: Ring) -> bool:
    """Say whether most (tried) vertices of `inner` lie within `outer` (even-odd rule)."""
    box_low, box_high = outer.min(axis=0), outer.max(axis=0)
    if (inner.min(axis=0) < box_low).any() or (inner.max(axis=0) > box_high).any():
        return False
    tried = inner[: -1 if len(inner) > 1 else None][:: len(inner) // _TRIED_VERTICES + 1].tolist()
    return sum(_within(outer, x, y) for x, y in tried) * 2 > len(tried)


def _within(ring: Ring, x: float, y: float) -> bool:
    a, b = ring[:-1], ring[1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    a, b = a[spans], b[spans]
    crossings = a[:, 0] + (y - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0])
    return bool((crossings > x).sum() % 2)
