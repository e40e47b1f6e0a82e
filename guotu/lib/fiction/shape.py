"""Shape: edges lose the look of cells, banks bend and borders wander, and nothing ever folds."""

import numpy as np

from guotu.lib.fiction.mesh import OUTSIDE, Bools, Mesh, folded, folded_cells, rounded, vertices_of
from guotu.lib.fiction.ribbons import Opened
from guotu.lib.fiction.terrain import Floats, Ints

_MOST_SAG = 0.16
# Taubin 1995: a step back after each step forward keeps small areas from shrinking.
_FORWARD, _BACK = 0.55, -0.45


def _neighbour_mean(xy: Floats, tail: Ints, head: Ints) -> tuple[Floats, Ints]:
    count = len(xy)
    degree = np.bincount(tail, minlength=count) + np.bincount(head, minlength=count)
    total = np.column_stack(
        [
            np.bincount(tail, xy[head, k], count) + np.bincount(head, xy[tail, k], count)
            for k in (0, 1)
        ]
    )
    return total / np.maximum(degree, 1)[:, None], degree


def smoothed(
    mesh: Mesh, drawn: Bools, ribbon: Bools, kernel: Floats, rigid: Bools, rounds: int
) -> Floats:
    """Return vertex places after drawing each vertex of a border towards its two neighbours.

    `drawn` marks edges that will be seen (borders of parcels and ribbons), `ribbon` those that
    will be opened. Vertices where three borders meet stay, and so do the outline
    and `rigid` vertices.
    """
    xy = mesh.xy.copy()
    origin = np.floor(xy.mean(axis=0))
    xy -= origin
    centre = kernel - origin
    for step in (_FORWARD, _BACK) * rounds:
        along, degree = _neighbour_mean(xy, mesh.tail[drawn], mesh.head[drawn])
        on_ribbon, ribbon_degree = _neighbour_mean(xy, mesh.tail[ribbon], mesh.head[ribbon])
        target = np.where((ribbon_degree == 2)[:, None], on_ribbon, along)
        free = ~(mesh.fixed | rigid) & (
            (ribbon_degree == 2) | ((ribbon_degree == 0) & (degree == 2))
        )
        moved = xy.copy()
        moved[free] += step * (target[free] - xy[free])
        xy = _without_harm(mesh, centre, xy, moved)
    return rounded(xy + origin)


def _without_harm(mesh: Mesh, kernel: Floats, before: Floats, after: Floats) -> Floats:
    settled = after.copy()
    for _ in range(12):
        bad = folded_cells(mesh, kernel, settled[mesh.tail], settled[mesh.head])
        back = vertices_of(mesh, bad) & (settled != before).any(axis=1)
        if not back.any():
            return settled
        settled[back] = before[back]
    return before


def bends(
    opened: Opened,
    drawn: Bools,
    kernel: Floats,
    rough: Floats,
    rigid: Bools,
    least_m: float,
    rng: np.random.Generator,
) -> tuple[Floats, Bools]:
    """Return a point midway on each drawn edge so that borders curve, and which edges have one.

    `rough` (an edge) is how far a border wanders, as a share of its length. The outline keeps
    straight, and an edge whose bend would fold a cell stays straight.
    """
    origin = np.floor(opened.xy.mean(axis=0))
    xy = opened.xy - origin
    tail, head = opened.tail, opened.head
    a, b = xy[tail], xy[head]
    step = b - a
    length = np.hypot(*step.T)
    mean, degree = _neighbour_mean(xy, tail[drawn], head[drawn])
    # Neighbour beyond an end of a chain: twice the mean less the one known.
    before = np.where((degree[tail] == 2)[:, None], 2 * mean[tail] - b, a - step)
    beyond = np.where((degree[head] == 2)[:, None], 2 * mean[head] - a, b + step)
    middle = (a + b) / 2
    curve = (9 * (a + b) - before - beyond) / 16 - middle
    aside = np.column_stack([-step[:, 1], step[:, 0]])
    wander = np.clip(rng.normal(size=len(tail)), -2, 2) * rough
    offset = curve + aside * np.where(opened.bank, 0.0, wander)[:, None]
    most = np.where(opened.bank, 0.2 * opened.narrowest_m, _MOST_SAG * length)
    size = np.maximum(np.hypot(*offset.T), 1e-9)
    bend = rounded(middle + offset * np.minimum(1, most / size)[:, None] + origin)
    lowest, highest = np.minimum(opened.left, opened.right), np.maximum(opened.left, opened.right)
    # Where two ribbons meet end to end no cell watches over the bend.
    watched = (lowest != OUTSIDE) & (opened.bank | (highest < len(kernel)))
    watched &= ~(rigid[opened.vertex[tail]] | rigid[opened.vertex[head]])
    has = drawn & watched & (length > least_m) & (most > 0.05)
    return bend, has & ~_folding(opened, kernel, bend)


def _folding(opened: Opened, kernel: Floats, bend: Floats) -> Bools:
    bad = np.zeros(len(bend), bool)
    a, b = opened.xy[opened.tail], opened.xy[opened.head]
    for cell, first, last in ((opened.left, a, b), (opened.right, b, a)):
        live = np.flatnonzero((cell >= 0) & (cell < len(kernel)))
        own = cell[live]
        bad[live] |= folded(kernel, own, first[live], bend[live])
        bad[live] |= folded(kernel, own, bend[live], last[live])
    return bad
