"""Mesh: the Voronoi cells of sites as shared edges, cut exactly at the county's outline.

Everything later (parcels, villages, ribbons) only relabels or moves what is shared here, so no
gap and no overlap can arise.
"""

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from guotu.lib.fiction.terrain import Floats, Ints
from guotu.lib.fiction.triangles import Triangles

Bools = NDArray[np.bool_]
GRID_M = 1e-4
OUTSIDE = -1


@dataclass(frozen=True)
class Mesh:
    """Edges `tail -> head` between vertices `xy`, with a cell at the left and at the right.

    Coordinates are metres of the county frame; a side outside the county is -1. `source` is the
    index of the Voronoi edge a piece was cut from (-1 on the outline); `fixed` marks vertices of
    the outline, which never move.
    """

    xy: Floats
    tail: Ints
    head: Ints
    left: Ints
    right: Ints
    source: Ints
    fixed: Bools
    site: Floats

    @property
    def cells(self) -> int:
        """Return how many cells there are."""
        return len(self.site)

    def cell_area_m2(self) -> Floats:
        """Return the planar area of each cell."""
        return signed_area_m2(self, self.left, self.right, self.cells)


def signed_area_m2(mesh: Mesh, left: Ints, right: Ints, labels: int) -> Floats:
    """Return the planar area of each label, from the edges between labels (-1 is skipped)."""
    middle = mesh.xy.mean(axis=0)
    a, b = mesh.xy[mesh.tail] - middle, mesh.xy[mesh.head] - middle
    cross = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
    area = np.bincount(left[left >= 0], cross[left >= 0], labels)
    return np.asarray(area - np.bincount(right[right >= 0], cross[right >= 0], labels), np.float64)


def rounded(xy: Floats) -> Floats:
    """Return coordinates on the 0.1 mm grid."""
    return np.asarray(np.round(xy / GRID_M) * GRID_M).round(4)


def build(site: Floats, outline: shapely.Geometry) -> tuple[Mesh, Triangles]:
    """Return the cells of `site` cut at `outline` (polygon or multipolygon on the grid).

    Sites must reach beyond the outline on every side.
    """
    triangles = Triangles(site)
    xy = rounded(triangles.centres())
    mesh = _cut(triangles, xy, shapely.orient_polygons(outline), site)
    return _compact(_split_cells(mesh)), triangles


def _rings(outline: shapely.Geometry) -> tuple[Floats, Ints, Ints]:
    rings = shapely.get_rings(shapely.get_parts(outline))
    xy, start, end, at = [], [], [], 0
    for ring in rings:
        points = shapely.get_coordinates(ring)[:-1]
        index = np.arange(at, at + len(points))
        xy.append(points)
        start.append(index)
        end.append(np.roll(index, -1))
        at += len(points)
    return np.vstack(xy), np.concatenate(start), np.concatenate(end)


def _near(xy: Floats, outline: shapely.Geometry, reach_m: float) -> Bools:
    dense = shapely.get_coordinates(shapely.segmentize(outline, reach_m))
    low = dense.min(axis=0) - 4 * reach_m
    shape = np.ceil((dense.max(axis=0) + 4 * reach_m - low) / reach_m).astype(int) + 1
    touched = np.zeros(shape, bool)
    box = ((dense - low) // reach_m).astype(int)
    for dx in range(-2, 3):
        for dy in range(-2, 3):
            touched[box[:, 0] + dx, box[:, 1] + dy] = True
    where = np.clip(((xy - low) // reach_m).astype(int), 0, shape - 1)
    return np.asarray(touched[where[:, 0], where[:, 1]])


def _crossings(a: Floats, b: Floats, p: Floats, q: Floats) -> tuple[Floats, Floats]:
    """Return where edges a-b meet segments p-q, as shares of each."""
    r, s, d = b - a, q - p, p - a
    cross = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (d[:, 0] * s[:, 1] - d[:, 1] * s[:, 0]) / cross
        u = (d[:, 0] * r[:, 1] - d[:, 1] * r[:, 0]) / cross
    return t, u


def _cut(triangles: Triangles, xy: Floats, outline: shapely.Geometry, site: Floats) -> Mesh:
    corner, start, end = _rings(outline)
    inside = shapely.contains_xy(outline, xy)
    tail, head = triangles.tail, triangles.head
    length = np.hypot(*(xy[tail] - xy[head]).T)
    reach = float(np.median(length)) * 4
    long = length > reach
    near = _near(xy, outline, reach)
    candidate = np.flatnonzero(near[tail] | near[head] | long)
    candidate = candidate[inside[tail[candidate]] | inside[head[candidate]] | near[tail[candidate]]]
    ends = np.stack([corner[start], corner[end]], axis=1)
    segments = np.asarray(shapely.linestrings(ends), np.object_)
    edges = shapely.linestrings(np.stack([xy[tail[candidate]], xy[head[candidate]]], axis=1))
    which, segment = shapely.STRtree(segments).query(edges, predicate="intersects")
    edge = candidate[which]
    t, u = _crossings(xy[tail[edge]], xy[head[edge]], corner[start[segment]], corner[end[segment]])
    true = (t > 0) & (t < 1) & (u >= 0) & (u < 1)
    edge, segment, t, u = edge[true], segment[true], t[true], u[true]
    crossing = rounded(xy[tail[edge]] + t[:, None] * (xy[head[edge]] - xy[tail[edge]]))
    corner_at, crossing_at = len(xy), len(xy) + len(corner)
    node = crossing_at + np.arange(len(edge))
    whole_xy = np.vstack([xy, corner, crossing])
    fixed = np.arange(len(whole_xy)) >= corner_at

    # Pieces of Voronoi edges inside, and uncut edges inside.
    cut_edge, a, b, odd = _pieces(edge, t, node, tail, head)
    kept = inside[tail[cut_edge]] ^ odd
    uncut = np.ones(len(tail), bool)
    uncut[edge] = False
    whole = np.flatnonzero(uncut & inside[tail] & inside[head])
    source = np.r_[whole, cut_edge[kept]]

    # Pieces of the outline; the county lies at their left.
    _, c, d, _ = _pieces(segment, u, node, start + corner_at, end + corner_at)
    bare = np.setdiff1d(np.arange(len(start)), segment)
    c = np.r_[c, start[bare] + corner_at]
    d = np.r_[d, end[bare] + corner_at]
    cell = cKDTree(site).query((whole_xy[c] + whole_xy[d]) / 2)[1]
    return Mesh(
        xy=whole_xy,
        tail=np.r_[tail[whole], a[kept], c],
        head=np.r_[head[whole], b[kept], d],
        left=np.r_[triangles.left[source], cell],
        right=np.r_[triangles.right[source], np.full(len(c), OUTSIDE)],
        source=np.r_[source, np.full(len(c), -1)],
        fixed=fixed,
        site=site,
    )


def _pieces(
    owner: Ints, share: Floats, node: Ints, tail: Ints, head: Ints
) -> tuple[Ints, Ints, Ints, Bools]:
    """Cut each owner (edge or segment) at its nodes: owner, ends, and whether an odd piece."""
    order = np.lexsort((share, owner))
    owner, node = owner[order], node[order]
    first = np.r_[True, owner[1:] != owner[:-1]] if len(owner) else np.zeros(0, bool)
    last = np.r_[owner[1:] != owner[:-1], True] if len(owner) else np.zeros(0, bool)
    begin = np.flatnonzero(first)
    rank = np.arange(len(owner)) - np.repeat(begin, np.diff(np.r_[begin, len(owner)]))
    before = np.where(first, tail[owner], np.roll(node, 1))
    pieces = np.r_[owner, owner[last]]
    odd = np.r_[rank % 2 == 1, (rank[last] + 1) % 2 == 1]
    return pieces, np.r_[before, node[last]], np.r_[node, head[owner[last]]], odd


def _split_cells(mesh: Mesh) -> Mesh:
    """Give each piece of a cell that the outline cut in two a cell of its own."""
    border = np.zeros(mesh.cells, bool)
    border[mesh.left[mesh.right == OUTSIDE]] = True
    count = len(mesh.xy)
    side = np.r_[mesh.left, mesh.right]
    ends = np.r_[mesh.tail, mesh.tail], np.r_[mesh.head, mesh.head]
    live = (side >= 0) & border[np.maximum(side, 0)]
    key_a, key_b = side[live] * count + ends[0][live], side[live] * count + ends[1][live]
    keys, index = np.unique(np.r_[key_a, key_b], return_inverse=True)
    a, b = index[: len(key_a)], index[len(key_a) :]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(keys), len(keys)))
    parts, part = connected_components(graph, directed=False)
    cell_of_part = np.zeros(parts, np.int64)
    cell_of_part[part] = keys // count
    first = np.zeros(parts, bool)
    first[np.unique(cell_of_part, return_index=True)[1]] = True
    new_id = cell_of_part.copy()
    new_id[~first] = mesh.cells + np.arange(int((~first).sum()))
    relabelled = side.copy()
    relabelled[live] = new_id[part[a]]
    sites = np.vstack([mesh.site, mesh.site[cell_of_part[~first]]])
    half = len(mesh.left)
    return replace(mesh, left=relabelled[:half], right=relabelled[half:], site=sites)


def _compact(mesh: Mesh) -> Mesh:
    used = np.unique(np.r_[mesh.tail, mesh.head])
    vertex = np.full(len(mesh.xy), -1)
    vertex[used] = np.arange(len(used))
    cells = np.unique(np.r_[mesh.left, mesh.right])
    cells = cells[cells >= 0]
    cell = np.full(mesh.cells + 1, -1)
    cell[cells] = np.arange(len(cells))
    return replace(
        mesh,
        xy=mesh.xy[used],
        tail=vertex[mesh.tail],
        head=vertex[mesh.head],
        left=cell[mesh.left],
        right=cell[mesh.right],
        fixed=mesh.fixed[used],
        site=mesh.site[cells],
    )


def kernels(mesh: Mesh) -> Floats:
    """Return a point of each cell that sees the whole cell: its site, or the middle of its rim.

    The site of a cell that the outline cut may lie outside it.
    """
    blind = folded_cells(mesh, mesh.site, mesh.xy[mesh.tail], mesh.xy[mesh.head])
    middle = (mesh.xy[mesh.tail] + mesh.xy[mesh.head]) / 2
    length = np.hypot(*(mesh.xy[mesh.tail] - mesh.xy[mesh.head]).T) + GRID_M
    side = np.r_[mesh.left, mesh.right]
    live = side >= 0
    weight = np.tile(length, 2)[live]
    total = np.bincount(side[live], weight, mesh.cells)
    columns = [
        np.bincount(side[live], np.tile(middle[:, k], 2)[live] * weight, mesh.cells) / total
        for k in (0, 1)
    ]
    return np.where(blind[:, None], np.column_stack(columns), mesh.site)


def folded(kernel: Floats, cell: Ints, tail: Floats, head: Floats, least_m: float = 0.03) -> Bools:
    """Say which steps `tail -> head` no longer pass left of their cell's kernel by `least_m`.

    While no step round any cell is folded, the cells tile the plane: no gap and no overlap.
    """
    a, b = tail - kernel[cell], head - kernel[cell]
    length = np.hypot(*(head - tail).T)
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < least_m * length)


def folded_cells(mesh: Mesh, kernel: Floats, tail_xy: Floats, head_xy: Floats) -> Bools:
    """Say which cells have a folded step when the edges run from `tail_xy` to `head_xy`."""
    found = np.zeros(mesh.cells, bool)
    moving = (tail_xy != head_xy).any(axis=1)
    for cell, a, b in ((mesh.left, tail_xy, head_xy), (mesh.right, head_xy, tail_xy)):
        live = np.flatnonzero((cell >= 0) & moving)
        bad = folded(kernel, cell[live], a[live], b[live])
        found[cell[live][bad]] = True
    return found


def vertices_of(mesh: Mesh, cells: Bools) -> Bools:
    """Say which vertices stand on the rim of any of the cells."""
    touched = np.zeros(len(mesh.xy), bool)
    for side in (mesh.left, mesh.right):
        edge = (side >= 0) & cells[np.maximum(side, 0)]
        touched[mesh.tail[edge]] = True
        touched[mesh.head[edge]] = True
    return touched


def collapse(mesh: Mesh, least_m: float) -> Mesh:
    """Return the mesh with edges shorter than `least_m` drawn together into one vertex.

    A vertex of the outline stays where it is; two of them are never drawn together, and nothing
    is drawn together that would fold a cell.
    """
    same_spot = (mesh.xy[mesh.tail] == mesh.xy[mesh.head]).all(axis=1)
    mesh = _redrawn(mesh, *_drawn_together(mesh, same_spot, most_anchors=len(mesh.xy)))
    kernel = kernels(mesh)
    short = np.hypot(*(mesh.xy[mesh.tail] - mesh.xy[mesh.head]).T) < least_m
    short &= ~(mesh.fixed[mesh.tail] & mesh.fixed[mesh.head])
    stiff = vertices_of(mesh, folded_cells(mesh, kernel, mesh.xy[mesh.tail], mesh.xy[mesh.head]))
    while True:
        short &= ~(stiff[mesh.tail] | stiff[mesh.head])
        group, fixed, xy = _drawn_together(mesh, short)
        here = xy[group]
        bad = folded_cells(mesh, kernel, here[mesh.tail], here[mesh.head])
        more = vertices_of(mesh, bad) & ~stiff
        if not (short & (more[mesh.tail] | more[mesh.head])).any():
            break
        stiff |= more
    return _redrawn(mesh, group, fixed, xy)


def _redrawn(mesh: Mesh, group: Ints, fixed: Bools, xy: Floats) -> Mesh:
    moved = replace(mesh, xy=xy, tail=group[mesh.tail], head=group[mesh.head], fixed=fixed)
    return _compact(_without_folds(moved))


def _drawn_together(mesh: Mesh, short: Bools, most_anchors: int = 1) -> tuple[Ints, Bools, Floats]:
    count = len(mesh.xy)
    graph = coo_array(
        (np.ones(int(short.sum())), (mesh.tail[short], mesh.head[short])), shape=(count, count)
    )
    groups, part = connected_components(graph, directed=False)
    group = np.asarray(part, np.int64)
    anchors = np.bincount(group[mesh.fixed], minlength=groups)
    apart = anchors[group] > most_anchors
    group[apart] = groups + np.flatnonzero(apart)
    group = np.asarray(np.unique(group, return_inverse=True)[1], np.int64)
    total = np.bincount(group)
    middle = mesh.xy.mean(axis=0)
    xy = np.column_stack(
        [np.bincount(group, mesh.xy[:, k] - middle[k]) / total + middle[k] for k in (0, 1)]
    )
    fixed = np.bincount(group, mesh.fixed) > 0
    anchor = np.zeros(len(xy), np.int64)
    anchor[group[mesh.fixed]] = np.flatnonzero(mesh.fixed)
    xy[fixed] = mesh.xy[anchor[fixed]]
    return group, fixed, rounded(xy)


def _without_folds(mesh: Mesh) -> Mesh:
    tail, head, left, right, edge = without_folds(mesh.tail, mesh.head, mesh.left, mesh.right)
    return replace(mesh, tail=tail, head=head, left=left, right=right, source=mesh.source[edge])


def without_folds(
    tail: Ints, head: Ints, left: Ints, right: Ints
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Drop edges drawn to a point, and merge two edges with the same ends into one.

    Returns the edges left (tail, head, left, right) and which of the given ones each was.
    """
    flip = tail > head
    low, high = np.where(flip, head, tail), np.where(flip, tail, head)
    left, right = np.where(flip, right, left), np.where(flip, left, right)
    order = np.lexsort((high, low))
    order = order[(low != high)[order]]
    same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0)
    gone = low == high
    begin = np.flatnonzero(np.r_[True, ~same])
    size = np.diff(np.r_[begin, len(order)])
    for start, count in zip(begin[size > 1], size[size > 1], strict=True):
        # Faces between parallel edges vanished: what lies beyond the outer two is side by side.
        run = order[start : start + count]
        lefts, rights = list(left[run]), list(right[run])
        for face in set(lefts) & set(rights):
            lefts.remove(face)
            rights.remove(face)
        left[run[0]], right[run[0]] = lefts[0] if lefts else -2, rights[0] if rights else -2
        gone[run[1:]] = True
    chosen = np.flatnonzero(~gone & (left != right))
    return low[chosen], high[chosen], left[chosen], right[chosen], chosen


def moved(mesh: Mesh, xy: Floats) -> Mesh:
    """Return the mesh with its vertices at `xy`."""
    return replace(mesh, xy=xy)
