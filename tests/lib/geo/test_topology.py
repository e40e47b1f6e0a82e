"""Each topological rule by hand: which features, at which place, of what size."""

import dataclasses

import numpy as np
import pytest
import shapely

from guotu.lib.geo.crs import LONLAT, frame_of, transform
from guotu.lib.geo.topology import RULES, Tolerances, check
from guotu.lib.geo.topology.crossings import MOST_OF_ONE_FEATURE
from guotu.lib.refusal import Refusal
from tests.lib.geo.topology_shapes import (
    FRAME,
    TABLE,
    TOLERANCES,
    X,
    Y,
    box,
    checked,
    grid,
    only,
    polygon,
    told,
)

SQUARE = box(0, 0, 100, 100)
EAST = np.array([38e6, 0.0])
INNER = box(40, 40, 60, 60)
DONUT = SQUARE - INNER


def test_an_overlap() -> None:
    faults = checked(SQUARE, box(90, 0, 200, 100))
    assert only(faults) == ("overlap", ("0", "1"), 95, 50, 1000)


def test_one_within_another_is_an_overlap_of_the_inner_one() -> None:
    assert only(checked(SQUARE, INNER)) == ("overlap", ("0", "1"), 50, 50, 400)


def test_overlaps_whose_edges_all_match_are_found_from_their_neighbours() -> None:
    """The middle one of nine has four neighbours and no loose edge, and lies in the large one."""
    faults = checked(box(0, 0, 300, 300), *grid(3, 3))
    assert sorted(told(faults)) == [("overlap", ("0", str(row))) for row in range(1, 10)]
    assert {fault.area_m2 for fault in faults} == {10_000}


def test_two_layers_of_one_coverage_overlap_cell_by_cell() -> None:
    shifted = [shapely.transform(one, lambda xy: xy + 50.0) for one in grid(4, 4)]
    faults = checked(*grid(4, 4), *shifted)
    tree = shapely.STRtree(shifted)
    wanted = sum(
        one.intersection(shifted[row]).area > 1 for one in grid(4, 4) for row in tree.query(one)
    )
    assert len(faults) == wanted == 49
    assert {fault.rule for fault in faults} == {"overlap"}


@pytest.mark.parametrize(
    "touching", [box(100, 0, 200, 100), box(100, 100, 200, 200), box(100, 30, 200, 70)]
)
def test_a_touch_is_not_an_overlap(touching: shapely.Polygon) -> None:
    assert checked(SQUARE, touching) == []


def test_a_gap_that_is_enclosed_names_those_it_lies_along() -> None:
    cells = grid(3, 3)
    assert only(checked(*cells[:4], *cells[5:])) == ("gap", ("1", "3", "4", "6"), 150, 150, 10000)


def test_a_narrow_gap_open_at_both_ends() -> None:
    assert only(checked(SQUARE, box(100.3, 0, 200, 100))) == ("gap", ("0", "1"), 100.15, 50, 30)


def test_a_narrow_gap_about_a_bend_is_one() -> None:
    faults = checked(
        polygon((0, 0), (100, 0), (100, 100), (200, 100), (200, 200), (0, 200)),
        polygon((100.5, 0), (200, 0), (200, 99.5), (100.5, 99.5)),
    )
    assert told(faults) == [("gap", ("0", "1"))]
    assert faults[0].area_m2 == pytest.approx(99.5 * 0.5 * 2, abs=0.3)


def test_a_wide_lane_between_two_is_no_gap() -> None:
    assert checked(SQUARE, box(101.5, 0, 200, 100)) == []


def test_a_lane_that_a_third_one_fills_is_no_gap() -> None:
    sizes = dataclasses.replace(TOLERANCES, sliver_width_m=0.1, minimum_area_m2=1)
    lane = box(100, 0, 100.3, 100)
    assert checked(SQUARE, box(100.3, 0, 200, 100), lane, tolerances=sizes) == []


def test_a_hole_is_a_gap_only_in_a_coverage() -> None:
    assert checked(DONUT) == []
    assert checked(DONUT, INNER, minimum_area_m2=0) == []
    assert only(checked(DONUT, box(100, 0, 200, 100))) == ("gap", ("0",), 50, 50, 400)


def test_a_shrunk_parcel_leaves_one_gap_all_round() -> None:
    cells = grid(3, 3)
    cells[4] = box(100.2, 100.2, 199.8, 199.8)
    faults = checked(*cells)
    assert told(faults) == [("gap", ("1", "3", "4", "5", "7"))]
    assert faults[0].area_m2 == pytest.approx(10_000 - 99.6**2)


def test_a_sliver_is_told_once() -> None:
    assert only(checked(box(0, 0, 100, 0.5))) == ("sliver", ("0",), 50, 0.25, 50)


def test_a_road_is_no_sliver() -> None:
    assert checked(box(0, 0, 400, 2.0)) == []


def test_a_parcel_under_the_least_area() -> None:
    assert only(checked(box(0, 0, 10, 10))) == ("minimum_area", ("0",), 5, 5, 100)
    assert checked(box(0, 0, 10, 20)) == []


def test_the_least_area_goes_by_the_class() -> None:
    least = TOLERANCES.minimum_areas_m2(["0101", "0701", "0303", "0303K", "1202", "x", None])
    assert least.tolist() == [400, 200, 600, 600, 200, 200, 200]
    field, house = box(0, 0, 15, 20), box(100, 0, 115, 20)
    faults = checked(field, house, minimum_area_m2=least[:2])
    assert only(faults) == ("minimum_area", ("0",), 7.5, 10, 300)


def test_a_bow_tie_crosses_itself_at_its_knot() -> None:
    faults = checked(polygon((0, 0), (100, 100), (100, 0), (0, 100)))
    assert only(faults) == ("self_crossing", ("0",), 50, 50, 2500)


def test_the_size_of_a_crossing_is_the_smaller_loop() -> None:
    faults = checked(polygon((0, 0), (100, 0), (100, 100), (20, 100), (30, 110), (30, 90), (0, 90)))
    assert told(faults) == [("self_crossing", ("0",))] * len(faults)
    assert min(fault.area_m2 for fault in faults) == pytest.approx(50, abs=0.1)


def test_a_ring_that_touches_itself_is_told() -> None:
    faults = checked(
        polygon((0, 0), (100, 0), (50, 50), (100, 100), (0, 100), (50, 50)), minimum_area_m2=0
    )
    assert only(faults) == ("self_crossing", ("0",), 50, 50, 2500)


def test_a_scribble_is_told_at_no_more_than_a_thousand_places() -> None:
    points = np.random.default_rng(1).uniform((X, Y), (X + 500, Y + 500), (3000, 2))
    faults = checked(shapely.Polygon(points))
    assert sum(fault.rule == "self_crossing" for fault in faults) == MOST_OF_ONE_FEATURE


def test_a_hole_out_of_its_shell() -> None:
    hole = shapely.Polygon(SQUARE.exterior, [box(90, 40, 110, 60).exterior.coords[::-1]])
    faults = checked(hole)
    assert told(faults) == [("self_crossing", ("0",))]
    assert faults[0].area_m2 == 200


def test_parts_of_a_multipolygon_that_overlap() -> None:
    faults = checked(shapely.MultiPolygon([SQUARE, box(90, 20, 190, 120)]))
    assert told(faults) == [("self_crossing", ("0",))]
    assert faults[0].area_m2 == 800


def test_a_hole_apart_from_its_shell_is_placed_where_geos_says() -> None:
    ring = box(200, 200, 210, 210).exterior.coords[::-1]
    rule, features, x, y, size = only(checked(shapely.Polygon(SQUARE.exterior, [ring])))
    assert (rule, features, size) == ("self_crossing", ("0",), 0)
    assert 200 <= x <= 210
    assert 200 <= y <= 210


def test_an_invalid_one_leaves_the_comparisons_and_no_gap_behind() -> None:
    cells = grid(3, 3)
    cells[4] = polygon((100, 100), (200, 200), (200, 100), (100, 200))
    assert told(checked(*cells, box(110, 140, 120, 165))) == [
        ("self_crossing", ("4",)),
    ]


def test_duplicates_whatever_their_start_and_direction() -> None:
    again = shapely.Polygon(np.roll(shapely.get_coordinates(SQUARE)[:-1], 2, axis=0)[::-1])
    faults = checked(SQUARE, again, box(100, 0, 200, 100), SQUARE)
    assert only(faults) == ("duplicate", ("0", "1", "3"), 50, 50, 10000)


def test_a_duplicate_with_a_vertex_more_is_a_duplicate() -> None:
    more = polygon((0, 0), (50, 0), (100, 0), (100, 100), (0, 100))
    assert only(checked(SQUARE, more)) == ("duplicate", ("0", "1"), 50, 50, 10000)


def test_a_spike_out() -> None:
    spiked = polygon((0, 0), (100, 0), (100, 100), (51, 100), (50, 150), (50, 100), (0, 100))
    rule, features, x, y, size = only(checked(spiked))
    assert (rule, features, x, y) == ("spike", ("0",), 50, 150)
    assert size == pytest.approx(25, abs=0.01)


def test_a_spike_without_width_is_no_crossing() -> None:
    spiked = polygon((0, 0), (100, 0), (100, 100), (50, 100), (50, 150), (50, 100), (0, 100))
    assert only(checked(spiked)) == ("spike", ("0",), 50, 150, 0)


def test_a_spike_at_the_first_vertex_and_with_a_blunt_tip() -> None:
    first = polygon((50, 150), (50, 100), (0, 100), (0, 0), (100, 0), (100, 100), (51, 100))
    assert told(checked(first)) == [("spike", ("0",))]
    blunt = polygon(
        (0, 0), (100, 0), (100, 100), (51, 100), (50.005, 150), (50, 150), (50, 100), (0, 100)
    )
    assert told(checked(blunt)) == [("spike", ("0",))]


def test_a_spike_between_neighbours_is_one_fault_of_both() -> None:
    lower = [(0, 0), (100, 0), (100, 100), (51, 100), (50, 150), (50, 100), (0, 100)]
    upper = [(0, 100), (50, 100), (50, 150), (51, 100), (100, 100), (100, 200), (0, 200)]
    assert told(checked(polygon(*lower), polygon(*upper))) == [("spike", ("0", "1"))]


def test_a_hole_that_runs_like_its_shell() -> None:
    same = shapely.Polygon(SQUARE.exterior, [INNER.exterior])
    assert SQUARE.exterior.is_ccw
    assert INNER.exterior.is_ccw
    assert only(checked(same)) == ("ring_direction", ("0",), 50, 50, 400)


def test_shells_of_one_feature_must_agree() -> None:
    parts = shapely.MultiPolygon([SQUARE, box(200, 0, 220, 20).reverse()])
    assert only(checked(parts)) == ("ring_direction", ("0",), 210, 10, 400)


@pytest.mark.parametrize(("direction", "faulty"), [("consistent", 0), ("ogc", 0), ("survey", 2)])
def test_a_stated_direction_holds_for_every_ring(direction: str, faulty: int) -> None:
    turned = shapely.orient_polygons(DONUT)
    assert len(checked(turned, direction=direction)) == faulty
    other = {"ogc": "survey", "survey": "ogc"}.get(direction, direction)
    assert len(checked(turned.reverse(), direction=other)) == faulty


def test_a_vertex_on_a_long_edge_is_neither_overlap_nor_gap() -> None:
    """Rounded to 0.1 mm the vertex lies off the slanting edge, to one side or the other."""
    for at in np.linspace(0.05, 0.95, 40):
        x, y = round(X + 371.3 * at, 4), round(Y + 113.7 * at, 4)
        ends = (X, Y), (X + 371.3, Y + 113.7)
        above = shapely.Polygon([*ends, (X + 300, Y + 500), (X, Y + 500)])
        left = shapely.Polygon([ends[0], (X, Y - 300), (X + 100, Y - 300), (x, y)])
        right = shapely.Polygon([ends[1], (x, y), (X + 100, Y - 300), (X + 371.3, Y - 300)])
        assert checked(above, left, right) == []


def test_lonlat_is_measured_in_its_zone_and_placed_in_lonlat() -> None:
    shapes = np.array([SQUARE, box(90, 0, 200, 100)], dtype=object)
    there = transform(shapes, FRAME, LONLAT)
    (fault,) = check(there, ["a", "b"], LONLAT, tolerances=TOLERANCES)
    assert fault.area_m2 == pytest.approx(1000, abs=0.01)
    back = transform(np.array([shapely.Point(fault.x, fault.y)], dtype=object), LONLAT, FRAME)[0]
    assert (back.x - X, back.y - Y) == pytest.approx((95, 50), abs=1e-3)


def test_lonlat_of_no_zone_is_refused() -> None:
    nowhere = np.array([shapely.box(10, 10, 11, 11)], dtype=object)
    with pytest.raises(Refusal):
        check(nowhere, ["a"], LONLAT, tolerances=TOLERANCES)


def test_the_zone_prefix_changes_nothing() -> None:
    far = [shapely.transform(one, lambda xy: xy + EAST) for one in grid(2, 2)[:3]]
    far.append(shapely.transform(box(100.3, 100, 200, 200), lambda xy: xy + EAST))
    (fault,) = checked(*far, frame=frame_of(4526))
    assert (fault.rule, fault.area_m2) == ("gap", pytest.approx(30, abs=1e-3))


def test_what_is_no_surface_is_left_alone() -> None:
    assert checked() == []
    shapes = [None, shapely.Point(X, Y), shapely.LineString([(X, Y), (X + 9, Y)])]
    assert checked(*shapes, shapely.Polygon(), SQUARE) == []
    assert checked(*shapes) == []


def test_surfaces_in_a_collection_are_looked_at() -> None:
    mixed = shapely.GeometryCollection([shapely.Point(X, Y), box(90, 0, 200, 100)])
    assert only(checked(SQUARE, mixed)) == ("overlap", ("0", "1"), 95, 50, 1000)


def test_faults_come_rule_by_rule() -> None:
    found = [one.rule for one in checked(SQUARE, box(90, 0, 200, 100), box(300, 0, 301, 1), SQUARE)]
    assert found == sorted(found, key=RULES.index)
    assert len(set(found)) == 3


def test_every_threshold_of_the_table_names_its_source() -> None:
    assert TABLE["effective_from"]
    assert all(table["source"] for table in TABLE.values() if isinstance(table, dict))
    broken = {name: table for name, table in TABLE.items() if name != "gap"}
    with pytest.raises(KeyError):
        Tolerances.parse(broken)
