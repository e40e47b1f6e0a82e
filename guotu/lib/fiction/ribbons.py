"""Ribbons: chosen edges of the mesh are opened into strips of land (rivers, ditches, roads).

A vertex on a ribbon is split into one copy for each sector between ribbon edges, and each copy
moves aside by the half width. Cells give up that land; nothing is cut, so nothing can misfit.
"""

from dataclasses import dataclass

import numpy as np

from guotu.lib.fiction.lines import Line, resampled
from guotu.lib.fiction.mesh import OUTSIDE, Bools, Mesh, folded, rounded, without_folds
from guotu.lib.fiction.terrain import Floats, Ints
from guotu.lib.fiction.triangles import Triangles

_LONGEST_MITRE = 2.0
_ROUNDS = 25


@dataclass(frozen=True)
class Marked:
    """For each mesh edge the line that runs along it (-1: none) and its half width there."""

    line: Ints
    half_width_m: Floats
    rank: Ints


def mark(mesh: Mesh, triangles: Triangles, lines: list[Line], spacing_m: float) -> Marked:
    """Find the edges each line follows; where two lines share an edge the higher rank has it."""
    voronoi_edges = len(triangles.tail)
    fine = [resampled(line, spacing_m * 0.35) for line in lines]
    run = np.repeat(np.arange(len(fine)), [len(line.xy) for line in fine])
    half = np.concatenate([line.half_width_m for line in fine])
    xy = np.vstack([line.xy for line in fine])
    low, high = mesh.xy.min(axis=0) - spacing_m, mesh.xy.max(axis=0) + spacing_m
    here = ((xy > low) & (xy < high)).all(axis=1)
    # Where a line leaves the county a new stretch of it begins.
    stretch = np.cumsum(~here) * (len(fine) + 1) + run
    edge, point = triangles.walk(xy[here], stretch[here])
    run, half = run[here], half[here]
    # A path that crosses an edge there and back again leaves it alone.
    key, first, times = np.unique(
        run[point] * voronoi_edges + edge, return_index=True, return_counts=True
    )
    key, first = key[times % 2 == 1], first[times % 2 == 1]
    line = key // voronoi_edges
    rank = np.asarray([line.rank for line in lines])[line]
    order = np.argsort(rank, kind="stable")
    owner = np.full(voronoi_edges, -1, np.int64)
    width = np.zeros(voronoi_edges)
    owner[edge[first[order]]] = line[order]
    width[edge[first[order]]] = half[point[first[order]]]
    known = mesh.source >= 0
    source = np.maximum(mesh.source, 0)
    found = np.where(known, owner[source], -1)
    ranks = np.asarray([line.rank for line in lines])
    return Marked(found, np.where(known, width[source], 0.0), ranks[np.maximum(found, 0)])


@dataclass(frozen=True)
class Opened:
    """The mesh with its ribbons opened: faces are the cells, then one face a ribbon edge.

    `edge_of_face[i]` is the mesh edge that became face `cells + i`. `bank` marks edges that run
    along a ribbon, `narrowest_m` how narrow the ribbon is there; `vertex` is the mesh vertex that
    each new vertex came from.
    """

    xy: Floats
    tail: Ints
    head: Ints
    left: Ints
    right: Ints
    fixed: Bools
    bank: Bools
    narrowest_m: Floats
    vertex: Ints
    edge_of_face: Ints


@dataclass(frozen=True)
class _Fan:
    """Half-edges in counter-clockwise order round their origins; edge e gives e and e + edges."""

    order: Ints
    begin: Ints  # for each place in order, where its vertex's block begins
    end: Ints
    place: Ints  # for each half-edge, its place in order
    group: Ints  # for each half-edge, the half-edge that begins its sector


def _fan(mesh: Mesh, is_ribbon: Bools) -> _Fan:
    origin = np.r_[mesh.tail, mesh.head]
    target = np.r_[mesh.head, mesh.tail]
    ahead = mesh.xy[target] - mesh.xy[origin]
    order = np.lexsort((np.arctan2(ahead[:, 1], ahead[:, 0]), origin))
    starts = np.flatnonzero(np.r_[True, np.diff(origin[order]) != 0])
    size = np.diff(np.r_[starts, len(order)])
    begin = np.repeat(starts, size)
    end = np.repeat(starts + size, size)
    outline = (mesh.left == OUTSIDE) | (mesh.right == OUTSIDE)
    parts = np.tile(is_ribbon | outline, 2)[order]
    touched = np.zeros(len(mesh.xy), bool)
    touched[mesh.tail[is_ribbon]] = True
    touched[mesh.head[is_ribbon]] = True
    parts &= touched[origin[order]]
    here = np.where(parts, np.arange(len(order)), -1)
    latest = np.maximum.accumulate(here)
    final = np.maximum.reduceat(here, starts)
    wrapped = np.repeat(final, size)
    latest = np.where(latest >= begin, latest, np.where(wrapped >= 0, wrapped, begin))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    group = np.empty(len(order), np.int64)
    group[order] = order[latest]
    return _Fan(order, begin, end, place, group)


def _before(fan: _Fan, half_edge: Ints) -> Ints:
    """Return the half-edge just clockwise of each, round the same vertex."""
    place = fan.place[half_edge]
    return fan.order[np.where(place > fan.begin[place], place - 1, fan.end[place] - 1)]


def _closing(fan: _Fan, first: Ints, parts: Bools) -> Ints:
    """Return for each sector, given the half-edge that begins it, the one that ends it."""
    place = fan.place[first] + 1
    place = np.where(place < fan.end[fan.place[first]], place, fan.begin[fan.place[first]])
    while True:
        waiting = ~parts[fan.order[place]]
        if not waiting.any():
            return fan.order[place]
        step = place[waiting] + 1
        block = fan.place[first[waiting]]
        place[waiting] = np.where(step < fan.end[block], step, fan.begin[block])


def open_ribbons(mesh: Mesh, marked: Marked, kernel: Floats, rigid: Bools) -> Opened:
    """Return the mesh with every marked edge opened to its width, or less where it has no room.

    At `rigid` vertices nothing is opened.
    """
    is_ribbon = marked.line >= 0
    fan = _fan(mesh, is_ribbon)
    edges = len(mesh.tail)
    sector = np.unique(fan.group)
    vertex = np.r_[mesh.tail, mesh.head][sector]
    copy = np.full(2 * edges, -1)
    copy[sector] = np.arange(len(sector))
    corner = copy[fan.group]
    aside = np.where(rigid[vertex, None], 0.0, _displacements(mesh, marked, fan, sector))
    left, right = _wiring(mesh, fan, corner)
    forks = _forks(mesh, fan, corner, is_ribbon)
    room = _fitted(mesh, kernel, left, right, forks, vertex, aside)
    xy = rounded(mesh.xy[vertex] + aside * room[:, None])
    one = _same_place(xy)
    left, right = (one[left[0]], one[left[1]]), (one[right[0]], one[right[1]])
    return _assemble(mesh, marked, fan, one[corner], left, right, xy, vertex)


def _same_place(xy: Floats) -> Ints:
    """Return for each corner the first corner that stands on the very same spot."""
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    fresh = np.r_[True, (np.diff(xy[order], axis=0) != 0).any(axis=1)]
    first = order[np.flatnonzero(fresh)]
    one = np.empty(len(order), np.int64)
    one[order] = first[np.cumsum(fresh) - 1]
    return one


def _wiring(mesh: Mesh, fan: _Fan, corner: Ints) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
    """Return the corners at the ends of each edge: as its left side has them, and its right."""
    edges = len(mesh.tail)
    out, back = np.arange(edges), np.arange(edges) + edges
    left = (corner[out], corner[_before(fan, back)])
    right = (corner[_before(fan, out)], corner[back])
    return left, right


def _displacements(mesh: Mesh, marked: Marked, fan: _Fan, sector: Ints) -> Floats:
    ribbon = np.tile(marked.line >= 0, 2)
    outline = np.tile((mesh.left == OUTSIDE) | (mesh.right == OUTSIDE), 2)
    origin = np.r_[mesh.tail, mesh.head]
    target = np.r_[mesh.head, mesh.tail]
    half = np.tile(marked.half_width_m, 2)
    shift = np.zeros((len(sector), 2))
    touched = np.zeros(len(mesh.xy), bool)
    touched[origin[ribbon]] = True
    open_at = np.flatnonzero(touched[origin[sector]])
    first = sector[open_at]
    final = _closing(fan, first, ribbon | outline)
    ahead = mesh.xy[target] - mesh.xy[origin]
    length = np.maximum(np.hypot(*ahead.T), 1e-9)
    unit = ahead / length[:, None]
    a, b = unit[first], unit[final]
    ha, hb = half[first], half[final]
    sine = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    inner = _mitre(a, b, ha, hb, sine)
    # On the outline a corner slides along it and stays on it.
    slide_a = a * np.minimum(hb / np.maximum(np.abs(sine), 0.3), length[first] * 0.7)[:, None]
    slide_b = b * np.minimum(ha / np.maximum(np.abs(sine), 0.3), length[final] * 0.7)[:, None]
    on_a, on_b = outline[first] & ~outline[final], outline[final] & ~outline[first]
    moved = np.where(on_a[:, None], slide_a, np.where(on_b[:, None], slide_b, inner))
    left_of_first = np.r_[mesh.left, mesh.right][first]
    still = (outline[first] & outline[final]) | (left_of_first == OUTSIDE) | (first == final)
    moved[still] = 0.0
    shift[open_at] = moved
    return shift


def _mitre(a: Floats, b: Floats, ha: Floats, hb: Floats, sine: Floats) -> Floats:
    """Return the corner of the sector from direction a to b, set in by ha from a and hb from b."""
    normal_a = np.column_stack([-a[:, 1], a[:, 0]])
    normal_b = np.column_stack([b[:, 1], -b[:, 0]])
    with np.errstate(divide="ignore", invalid="ignore"):
        corner = (a * hb[:, None] + b * ha[:, None]) / sine[:, None]
    straight = np.abs(sine) < 0.25
    middle = (normal_a + normal_b) / 2
    size = np.maximum(np.hypot(*middle.T), 1e-9)
    flat = middle / size[:, None] * ((ha + hb) / 2)[:, None]
    corner = np.where(straight[:, None], flat, corner)
    reach = np.hypot(*corner.T)
    limit = _LONGEST_MITRE * np.maximum(ha, hb)
    return np.asarray(corner * np.minimum(1, limit / np.maximum(reach, 1e-9))[:, None])


def _fitted(
    mesh: Mesh,
    kernel: Floats,
    left: tuple[Ints, Ints],
    right: tuple[Ints, Ints],
    forks: tuple[Ints, Ints, Ints],
    vertex: Ints,
    aside: Floats,
) -> Floats:
    """Return for each corner the share of its displacement that folds no cell and no ribbon."""
    room = np.ones(len(vertex))
    sides = ((mesh.left, left[0], left[1]), (mesh.right, right[1], right[0]))
    quads = np.stack([right[0], right[1], left[1], left[0]], axis=1)
    inland = (mesh.left >= 0) & (mesh.right >= 0)
    quads = quads[inland & ((left[0] != right[0]) | (left[1] != right[1]))]
    for attempt in range(_ROUNDS):
        xy = mesh.xy[vertex] + aside * room[:, None]
        bad = np.zeros(len(vertex), bool)
        for cell, a, b in sides:
            live = np.flatnonzero(cell >= 0)
            fold = folded(kernel, cell[live], xy[a[live]], xy[b[live]])
            bad[a[live][fold]] = True
            bad[b[live][fold]] = True
        bad[quads[_twisted(xy[quads])].ravel()] = True
        p, q, r = (xy[corner] for corner in forks)
        turn = (q[:, 0] - p[:, 0]) * (r[:, 1] - q[:, 1]) - (q[:, 1] - p[:, 1]) * (r[:, 0] - q[:, 0])
        for corner in forks:
            bad[corner[turn < -1e-3]] = True
        bad &= room > 0
        if not bad.any():
            break
        room[bad] *= 0.6 if attempt < 5 else 0.0
    return room


def _forks(mesh: Mesh, fan: _Fan, corner: Ints, is_ribbon: Bools) -> tuple[Ints, Ints, Ints]:
    """Return three corners in turn, for each ribbon edge where three or more ribbons meet.

    The ground between them must not bend inwards: it is the corner before the edge, the one after
    it, and the one after the next edge.
    """
    half_edge = np.flatnonzero(np.tile(is_ribbon, 2))
    at = np.r_[mesh.tail, mesh.head][half_edge]
    half_edge = half_edge[np.bincount(at, minlength=len(mesh.xy))[at] >= 3]
    outline = (mesh.left == OUTSIDE) | (mesh.right == OUTSIDE)
    onward = _closing(fan, half_edge, np.tile(is_ribbon | outline, 2))
    return corner[_before(fan, half_edge)], corner[half_edge], corner[onward]


def _twisted(corner: Floats) -> Bools:
    """Say which quadrilaterals (n x 4 x 2, counter-clockwise) bend inwards or cross themselves."""
    twisted = np.zeros(len(corner), bool)
    for skip in range(4):
        p, q, r = (corner[:, (skip + step) % 4] for step in (1, 2, 3))
        cross = (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (
            r[:, 0] - p[:, 0]
        )
        twisted |= cross < -1e-3
    return twisted


def _assemble(
    mesh: Mesh,
    marked: Marked,
    fan: _Fan,
    corner: Ints,
    left: tuple[Ints, Ints],
    right: tuple[Ints, Ints],
    xy: Floats,
    vertex: Ints,
) -> Opened:
    is_ribbon = marked.line >= 0
    edge_of_face = np.flatnonzero(is_ribbon)
    face = np.full(len(mesh.tail), -1)
    face[edge_of_face] = mesh.cells + np.arange(len(edge_of_face))
    plain = np.flatnonzero(~is_ribbon)
    within = mesh.left[plain] >= 0
    parts = [
        (
            np.where(within, left[0][plain], right[0][plain]),
            np.where(within, left[1][plain], right[1][plain]),
            mesh.left[plain],
            mesh.right[plain],
        ),
        (left[0][is_ribbon], left[1][is_ribbon], mesh.left[is_ribbon], face[is_ribbon]),
        (right[0][is_ribbon], right[1][is_ribbon], face[is_ribbon], mesh.right[is_ribbon]),
    ]
    joint = _joints(mesh, marked, face)
    parts.append(_ends(mesh, fan, corner, is_ribbon, face, joint))
    parts += _outline_ends(mesh, left, right, joint)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    tail, head, on_left, on_right, which = without_folds(*columns)
    bank = (which >= len(plain)) & (which < len(plain) + 2 * len(edge_of_face))
    widths = [np.hypot(*(xy[left[end]] - xy[right[end]]).T) for end in (0, 1)]
    narrow = np.minimum(*widths)[edge_of_face]
    narrowest = np.zeros(len(tail))
    narrowest[bank] = np.tile(narrow, 2)[which[bank] - len(plain)]
    return Opened(
        xy=xy,
        tail=tail,
        head=head,
        left=on_left,
        right=on_right,
        fixed=mesh.fixed[vertex],
        bank=bank,
        narrowest_m=narrowest,
        vertex=vertex,
        edge_of_face=edge_of_face,
    )


def _joints(mesh: Mesh, marked: Marked, face: Ints) -> Ints:
    """Return for each vertex the ribbon face that takes the ground where ribbons meet there."""
    ribbon = np.flatnonzero(marked.line >= 0)
    order = ribbon[np.argsort(marked.rank[ribbon], kind="stable")]
    joint = np.full(len(mesh.xy), -1)
    joint[mesh.tail[order]] = face[order]
    rank = np.full(len(mesh.xy), -1)
    rank[mesh.tail[order]] = marked.rank[order]
    other = order[marked.rank[order] > rank[mesh.head[order]]]
    joint[mesh.head[other]] = face[other]
    return joint


def _ends(
    mesh: Mesh, fan: _Fan, corner: Ints, is_ribbon: Bools, face: Ints, joint: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the edges across each ribbon at its vertices, where it meets another ribbon's face."""
    edges = len(mesh.tail)
    origin = np.r_[mesh.tail, mesh.head]
    half_edge = np.flatnonzero(np.tile(is_ribbon, 2))
    at = origin[half_edge]
    meeting = np.bincount(at, minlength=len(mesh.xy))
    mine = face[half_edge % edges]
    total = np.bincount(at, mine, len(mesh.xy)).astype(np.int64)
    fork = (meeting[at] >= 3) | (mesh.fixed[at] & (meeting[at] >= 2))
    through = (meeting[at] == 2) & ~mesh.fixed[at]
    behind = np.where(fork, joint[at], np.where(through, total[at] - mine, mine))
    wanted = fork | (through & (mine < behind))
    half_edge, behind, mine = half_edge[wanted], behind[wanted], mine[wanted]
    return corner[_before(fan, half_edge)], corner[half_edge], behind, mine


def _outline_ends(
    mesh: Mesh, left: tuple[Ints, Ints], right: tuple[Ints, Ints], joint: Ints
) -> list[tuple[Ints, Ints, Ints, Ints]]:
    """Return the bits of outline that a ribbon running out of the county ends on."""
    parts = []
    for inner, outer, out_left in ((left, right, False), (right, left, True)):
        side = mesh.left if out_left else mesh.right
        edge = np.flatnonzero(side == OUTSIDE)
        for end, vertex in ((0, mesh.tail), (1, mesh.head)):
            a, b = outer[end][edge], inner[end][edge]
            tail, head = (a, b) if end == 0 else (b, a)
            ground = joint[vertex[edge]]
            out = np.full(len(edge), OUTSIDE)
            sides = (out, ground) if out_left else (ground, out)
            slid = a != b
            parts.append((tail[slid], head[slid], sides[0][slid], sides[1][slid]))
    return parts
