"""A clean coverage has no fault; one planted fault is found, and nothing beside it."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.lib.geo.topology_shapes import TOLERANCES, X, Y, checked, told

SIDE = 6
INNER = [row * SIDE + column for row in range(1, SIDE - 1) for column in range(1, SIDE - 1)]
# A Voronoi cell may be as small or as sharp as it likes.
SHAPELESS = dataclasses.replace(
    TOLERANCES, minimum_area_m2=0, sliver_width_m=0, spike_angle_deg=0.0
)

seeds = st.integers(0, 10_000)
few = settings(max_examples=25, deadline=None)


def cells(seed: int, side: int = SIDE) -> NDArray[Any]:
    """Give a jittered grid of quadrilaterals, all vertices shared, on the 0.1 mm grid."""
    rng = np.random.default_rng(seed)
    node = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    node = np.round((node + rng.uniform(-0.25, 0.25, node.shape)) * 60 + [X, Y], 4)
    corners = [node[:-1, :-1], node[:-1, 1:], node[1:, 1:], node[1:, :-1]]
    return shapely.polygons(np.stack(corners, axis=2).reshape(-1, 4, 2))


def voronoi(seed: int) -> NDArray[Any]:
    points = np.random.default_rng(seed).uniform((X, Y), (X + 2000, Y + 2000), (60, 2))
    return shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points)))


def shrunk(cell: shapely.Polygon, share: float) -> shapely.Polygon:
    middle = shapely.get_coordinates(cell.centroid)[0]
    return shapely.transform(cell, lambda xy: np.round(middle + (xy - middle) * share, 4))


@few
@given(seeds)
def test_a_clean_grid_has_no_fault(seed: int) -> None:
    assert checked(*cells(seed)) == []


@few
@given(seeds)
def test_a_clean_voronoi_coverage_has_no_fault(seed: int) -> None:
    assert checked(*voronoi(seed), tolerances=SHAPELESS) == []


def test_more_than_one_chunk_and_threads_do_not_matter() -> None:
    parcels = cells(1, 50)
    assert checked(*parcels) == []
    parcels[100] = shrunk(parcels[100], 1.3)
    one, two = (checked(*parcels, threads=threads) for threads in (1, 2))
    assert one == two
    assert {fault.rule for fault in one} == {"overlap"}


@few
@given(seeds, st.sampled_from(INNER))
def test_a_missing_cell_is_one_gap_of_its_size(seed: int, row: int) -> None:
    whole = cells(seed)
    left = np.delete(whole, row)
    (fault,) = checked(*left)
    assert fault.rule == "gap"
    assert fault.area_m2 == pytest.approx(whole[row].area, abs=1e-4)
    assert shapely.contains_xy(whole[row], fault.x, fault.y)


@few
@given(seeds, st.sampled_from(INNER), st.floats(0.5, 0.995))
def test_a_shrunk_cell_is_one_gap_about_it(seed: int, row: int, share: float) -> None:
    whole = cells(seed)
    before = whole[row]
    whole[row] = shrunk(before, share)
    (fault,) = checked(*whole, minimum_area_m2=0)
    assert fault.rule == "gap"
    assert str(row) in fault.features
    assert fault.area_m2 == pytest.approx(before.area - whole[row].area, abs=0.01)


@few
@given(seeds, st.sampled_from(INNER), st.floats(1.01, 1.2))
def test_a_grown_cell_overlaps_each_neighbour_it_reaches(seed: int, row: int, share: float) -> None:
    whole = cells(seed)
    whole[row] = shrunk(whole[row], share)
    wanted = {
        tuple(sorted((row, other))): float(area)
        for other, area in enumerate(shapely.area(shapely.intersection(whole, whole[row])))
        if other != row and area > 0.05
    }
    faults = checked(*whole)
    found = {
        tuple(sorted(map(int, fault.features))): fault.area_m2
        for fault in faults
        if fault.area_m2 > 0.05
    }
    assert {fault.rule for fault in faults} == {"overlap"}
    assert found == pytest.approx(wanted)


@few
@given(seeds, st.sampled_from(range(SIDE * SIDE)))
def test_a_repeated_cell_is_one_duplicate(seed: int, row: int) -> None:
    whole = cells(seed)
    assert told(checked(*whole, whole[row].reverse())) == [
        ("duplicate", (str(row), str(SIDE * SIDE)))
    ]


@few
@given(seeds, st.sampled_from(INNER))
def test_a_twisted_cell_is_one_crossing(seed: int, row: int) -> None:
    whole = cells(seed)
    a, b, c, d = shapely.get_coordinates(whole[row])[:4]
    whole[row] = shapely.Polygon([a, c, b, d])
    faults = checked(*whole)
    assert [fault.rule for fault in faults] == ["self_crossing"]
    assert faults[0].features == (str(row),)


@few
@given(seeds, st.floats(0.05, 0.95), st.integers(0, SIDE - 1))
def test_a_vertex_of_one_side_alone_is_no_fault(seed: int, at: float, column: int) -> None:
    """A T-junction: the cell south of an edge is split in two at a point of it, rounded."""
    whole = cells(seed)
    a, b, c, d = shapely.get_coordinates(whole[column])[:4]
    low, high = (np.round(p + (q - p) * at, 4) for p, q in ((a, b), (d, c)))
    west, east = shapely.Polygon([a, low, high, d]), shapely.Polygon([low, b, c, high])
    assert checked(*np.delete(whole, column), west, east, tolerances=SHAPELESS) == []


@few
@given(seeds)
def test_the_order_of_features_is_no_matter(seed: int) -> None:
    whole = np.delete(cells(seed), 14)
    whole[7] = shrunk(whole[7], 1.1)
    turned = np.random.default_rng(seed).permutation(len(whole))
    there = {
        (fault.rule, frozenset(turned[int(name)] for name in fault.features), round(fault.x, 3))
        for fault in checked(*whole[turned])
    }
    assert there == {
        (fault.rule, frozenset(map(int, fault.features)), round(fault.x, 3))
        for fault in checked(*whole)
    }
