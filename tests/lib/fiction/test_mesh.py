"""Cells are cut at the outline exactly and collapse without folding."""

import numpy as np
import pytest
import shapely

from guotu.lib.fiction import mesh
from guotu.lib.fiction.partition import Edges, polygons

_OUTLINES = {
    "square": shapely.box(0, 0, 100, 100),
    "bay": shapely.Polygon([(0, 0), (100, 0), (100, 100), (52, 100), (50, 8), (48, 100), (0, 100)]),
    "island": shapely.MultiPolygon([shapely.box(0, 0, 60, 90), shapely.box(71.5, 40, 73.5, 41)]),
    "lake": shapely.box(0, 0, 100, 100).difference(shapely.Point(40, 50).buffer(17)),
}


def _cells(outline: shapely.Geometry, seed: int = 1) -> mesh.Mesh:
    rng = np.random.default_rng(seed)
    sites = rng.uniform(-40, 140, (900, 2))
    net, _ = mesh.build(sites, shapely.set_precision(outline, mesh.GRID_M))
    return net


def _drawn(net: mesh.Mesh) -> np.ndarray:
    none = np.zeros(len(net.tail), bool)
    edges = Edges(net.xy, net.tail, net.head, net.left, net.right, np.zeros((len(none), 2)), none)
    return polygons(edges, net.left, net.right)[0]


@pytest.mark.parametrize("name", sorted(_OUTLINES))
def test_cells_tile_the_outline(name: str) -> None:
    outline = shapely.set_precision(_OUTLINES[name], mesh.GRID_M)
    shapes = _drawn(_cells(outline))
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert abs(shapely.area(shapes).sum() - outline.area) < 0.01
    assert shapely.symmetric_difference(shapely.union_all(shapes), outline).area < 0.05


def test_collapse_leaves_no_short_edge_inside_and_no_overlap() -> None:
    net = mesh.collapse(_cells(_OUTLINES["square"]), 0.6)
    shapes = _drawn(net)
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    length = np.hypot(*(net.xy[net.tail] - net.xy[net.head]).T)
    free = ~(net.fixed[net.tail] | net.fixed[net.head])
    assert (length[free] < 0.6).mean() < 0.01


def test_area_of_cells_is_the_area_of_their_polygons() -> None:
    net = _cells(_OUTLINES["bay"])
    assert np.allclose(np.sort(net.cell_area_m2()), np.sort(shapely.area(_drawn(net))), atol=1e-6)


def test_parallel_edges_become_one() -> None:
    low, high, left, right, _ = mesh.without_folds(
        np.asarray([1, 2, 5]), np.asarray([2, 1, 5]), np.asarray([7, 9]).repeat([1, 2]),
        np.asarray([8, 8, 3]),
    )  # fmt: skip
    assert (low.tolist(), high.tolist()) == ([1], [2])
    assert {left[0], right[0]} == {7, 9}
