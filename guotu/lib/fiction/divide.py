"""Divide: cells become townships, villages and parcels by spreading from seeds over the mesh."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from guotu.lib.fiction.mesh import Bools, Mesh
from guotu.lib.fiction.terrain import Floats, Ints


def neighbours(mesh: Mesh, open_edge: Bools, weight: Floats) -> csr_array:
    """Return the graph of cells that touch across `open_edge`, each link with its `weight`."""
    link = np.flatnonzero(open_edge & (mesh.left >= 0) & (mesh.right >= 0))
    ends = (mesh.left[link], mesh.right[link])
    return coo_array((weight[link], ends), shape=(mesh.cells, mesh.cells)).tocsr()


def spread(graph: csr_array, seeds: Ints, xy: Floats) -> Ints:
    """Return for each cell the place in `seeds` of the seed it is nearest to along the graph.

    A cell that no seed reaches goes with the nearest cell that one does.
    """
    far, _, source = dijkstra(
        graph, directed=False, indices=seeds, min_only=True, return_predecessors=True
    )
    rank = np.full(graph.shape[0], -1, np.int64)
    rank[seeds] = np.arange(len(seeds))
    reached = np.isfinite(far)
    label = np.where(reached, rank[np.maximum(source, 0)], -1)
    if not reached.all():
        near = cKDTree(xy[reached]).query(xy[~reached])[1]
        label[~reached] = label[reached][near]
    return label


def components(mesh: Mesh, joined: Bools) -> Ints:
    """Return for each cell the number of its connected group across `joined` edges."""
    graph = neighbours(mesh, joined, np.ones(len(mesh.tail)))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def majority(mesh: Mesh, label: Ints, still: Bools, rounds: int = 2, alone: float = 0.22) -> Ints:
    """Return labels after lone cells take what most of their rim touches; `still` cells do not.

    A cell is lone where less than the share `alone` of its rim has its own label.
    """
    length = np.hypot(*(mesh.xy[mesh.tail] - mesh.xy[mesh.head]).T)
    inland = (mesh.left >= 0) & (mesh.right >= 0)
    a = np.r_[mesh.left[inland], mesh.right[inland]]
    b = np.r_[mesh.right[inland], mesh.left[inland]]
    weight = np.tile(length[inland], 2)
    names, code = np.unique(label, return_inverse=True)
    cells = np.arange(mesh.cells)
    for _ in range(rounds):
        count = np.bincount(a * len(names) + code[b], weight, mesh.cells * len(names))
        count = count.reshape(mesh.cells, len(names))
        own = count[cells, code]
        best = count.argmax(axis=1)
        lone = own < alone * count.sum(axis=1)
        code = np.where(lone & ~still, best, code)
    return names[code]


def parcels(
    mesh: Mesh,
    group: Ints,
    target_m2: Floats,
    wanted: int,
    pull: csr_array,
    kernel: Floats,
    rng: np.random.Generator,
) -> Ints:
    """Return the parcel of each cell: every group split so that there are about `wanted` in all.

    `group` is a connected set of cells of one use and village, `target_m2` the usual parcel size
    of each group, `pull` the graph within groups (low weights run along a parcel).
    """
    area = np.asarray(np.bincount(group, mesh.cell_area_m2()), np.float64)
    cells = np.bincount(group)
    parts = _parts(area, target_m2, cells, wanted)
    order = np.lexsort((rng.random(mesh.cells), group))
    begin = np.r_[0, np.cumsum(cells)[:-1]]
    rank = np.empty(mesh.cells, np.int64)
    rank[order] = np.arange(mesh.cells) - begin[group[order]]
    seeds = np.flatnonzero(rank < parts[group])
    label = spread(pull, seeds, kernel)
    return spread(pull, _central(label, kernel), kernel)


def _parts(area: Floats, target_m2: Floats, cells: Ints, wanted: int) -> Ints:
    low, high = 0.01, 1000.0
    for _ in range(60):
        factor = np.sqrt(low * high)
        parts = np.clip(np.rint(area / (target_m2 * factor)), 1, np.maximum(cells // 2, 1))
        if parts.sum() > wanted:
            low = factor
        else:
            high = factor
    return parts.astype(np.int64)


def _central(label: Ints, kernel: Floats) -> Ints:
    """Return for each label the cell nearest the middle of its cells."""
    size = np.bincount(label)
    middle = np.column_stack([np.bincount(label, kernel[:, k]) / size for k in (0, 1)])
    away = np.hypot(*(kernel - middle[label]).T)
    order = np.lexsort((away, label))
    return order[np.flatnonzero(np.r_[True, np.diff(label[order]) != 0])]
