"""The inner parts of the overlay: the tree of boxes, the integral, the part seen in a window."""

from itertools import pairwise

import numpy as np
import pytest
import shapely

from guotu.lib.geo.overlay.integral import overlap_areas
from guotu.lib.geo.overlay.local import link, local_parts
from guotu.lib.geo.overlay.pieces import touches_only
from guotu.lib.geo.overlay.place import CONTACT, INSIDE, OUTSIDE, place_boxes
from guotu.lib.geo.overlay.sheaf import empty_sheaf
from guotu.lib.geo.overlay.soup import GROUP_RINGS, soup_of, tree_of
from guotu.lib.geo.overlay.weave import (
    Crossings,
    cross_edges,
    edges_within,
    has_loose_ring,
    weave,
)
from guotu.lib.geo.overlay.work import share_out
from tests.lib.geo.overlay_shapes import shapes, star


def archipelago() -> shapely.MultiPolygon:
    """Return more islands than a group of rings holds, one of them with a lake and an islet."""
    lake = shapely.box(41, 41, 59, 59) - shapely.box(45, 45, 55, 55)
    small = [
        shapely.box(x, y, x + 6, y + 6)
        for x in range(0, 100, 10)
        for y in range(0, 100, 10)
        if not (30 < x < 60 and 30 < y < 60)
    ]
    return shapely.MultiPolygon([lake, shapely.box(48, 48, 52, 52), *small])


def one(geometry) -> np.ndarray:
    return np.array([geometry], object)


def test_rings_keep_the_inside_on_the_left():
    hole = shapely.box(2, 2, 4, 4, ccw=False).exterior
    backward = shapely.Polygon(shapely.box(0, 0, 9, 9, ccw=False).exterior, [hole])
    soup = soup_of(one(backward))
    ccw = [shapely.is_ccw(shapely.LinearRing(soup.xy[a:b])) for a, b in ((0, 5), (5, 10))]
    assert ccw == [True, False]
    assert soup.hole.tolist() == [False, True]
    assert soup.area.tolist() == [77.0]


def test_a_tree_holds_every_edge_once_and_bounds_it():
    soup = soup_of(np.array([archipelago(), *shapes(1, 30, 4)], object))
    tree = tree_of(soup)
    assert (np.diff(soup.feature) > GROUP_RINGS).sum() == 1
    edges = [e for k in np.flatnonzero(tree.leaf) for e in range(tree.low[k], tree.high[k])]
    assert edges == sorted(set(range(len(soup.xy))) - set((soup.ring[1:] - 1).tolist()))
    for k in range(len(tree.box)):
        if tree.low[k] >= 0:
            xy = soup.xy[tree.low[k] : tree.high[k] + 1]
            assert tree.box[k].tolist() == [*xy.min(axis=0), *xy.max(axis=0)]
    assert tree.feature[-1] == len(tree.box)


def test_where_boxes_lie():
    rng = np.random.default_rng(3)
    for feature in (archipelago(), star(rng, np.array([50.0, 50.0]), 45, 300)):
        soup = soup_of(one(feature))
        corner = rng.uniform(-5, 100, (2_000, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(0.1, 3, (2_000, 2))], axis=1)
        answer = np.empty(len(boxes), np.int8)
        place_boxes(boxes, np.zeros(len(boxes), np.int64), soup.xy, tree_of(soup), answer)
        made = shapely.box(*boxes.T)
        shapely.prepare(feature)
        assert shapely.contains_properly(feature, made[answer == INSIDE]).all()
        assert shapely.disjoint(feature, made[answer == OUTSIDE]).all()
        assert shapely.intersects(feature.boundary, made[answer != CONTACT]).sum() == 0
        assert (answer == INSIDE).any()
        assert (answer == CONTACT).any()


def integral(small, big) -> np.ndarray:
    soup = soup_of(one(big))
    out = np.empty((1, 3))
    zero = np.zeros(1, np.int64)
    overlap_areas(soup_of(one(small)), zero, soup, tree_of(soup), zero, out)
    return out[0]


def test_the_integral_is_the_area_of_the_intersection():
    for seed in range(30):
        some = shapes(seed, 10, 4, (38_460_000.0, 3_176_000.0))
        for small, big in pairwise(some):
            area, noise, outline = integral(small, big)
            made = shapely.intersection(small, big)
            assert area == pytest.approx(made.area, rel=1e-9, abs=1e-6)
            assert noise < 1e-8
            assert outline >= made.length - 1e-6
    islands = integral(shapely.box(13, 13, 77, 57), archipelago())
    assert islands[0] == pytest.approx(
        shapely.intersection(shapely.box(13, 13, 77, 57), archipelago()).area
    )


def test_groups_of_rings_above_the_box_add_nothing():
    rows = shapely.MultiPolygon(
        [shapely.box(x, y, x + 6, y + 6) for y in range(0, 100, 10) for x in range(0, 100, 10)]
    )
    small = shapely.box(13, 13, 33, 27)
    assert integral(small, rows)[0] == pytest.approx(shapely.intersection(small, rows).area)


def test_an_overlap_of_too_many_pairs_of_edges_is_not_integrated(monkeypatch):
    rng = np.random.default_rng(4)
    wide, tall = (star(rng, np.array([50.0, 50.0]), 45, n) for n in (6_000, 5_000))
    assert np.isnan(integral(tall, wide)[0])


def window_part(feature, window) -> tuple[object, bool]:
    soup = soup_of(one(feature))
    made, good = local_parts(np.array([window], float), np.zeros(1, np.int64), soup, tree_of(soup))
    return made[0], bool(good[0])


def test_the_part_in_a_window_is_valid_and_true():
    rng = np.random.default_rng(5)
    features = [archipelago(), *shapes(6, 40, 4)]
    features.append(features[0].convex_hull.buffer(30) - features[0])
    features.append(shapely.make_valid(shapely.union_all(features[1:9]) - features[0]))
    seen = 0
    for feature in features:
        for _ in range(25):
            x, y, w, h = rng.uniform(0, 70, 4)
            part, good = window_part(feature, (x, y, x + w, y + h))
            want = shapely.intersection(feature, shapely.box(x, y, x + w, y + h))
            assert good
            assert part.is_valid, shapely.is_valid_reason(part)
            assert part.area == pytest.approx(want.area, abs=1e-9)
            assert shapely.symmetric_difference(part, want).area < 1e-9
            seen += part.area > 0
    assert seen > 300


def test_a_window_through_a_vertex_is_not_good():
    square = shapely.box(0, 0, 10, 10)
    assert not window_part(square, (10, 5, 20, 20))[1]
    assert not window_part(square, (5, 5, 15, 10))[1]
    part, good = window_part(square, (3, 3, 4, 4))
    assert good
    assert part.area == 1.0
    part, good = window_part(square, (-3, -3, 14, 14))
    assert good
    assert part.area == 100.0


def test_chains_that_do_not_close_are_not_good():
    chains = np.array([[0, 2, -1, 0], [2, 4, -1, 0]])
    ends = np.array([[1.0, 2.0], [3.0, 2.5]])
    assert not link(np.array([0.0, 0, 9, 9]), np.zeros((4, 2)), chains, ends, empty_sheaf())


def two_squares(backward=False):
    """Return two soups of squares that overlap by 25 m2, their crossings and how many there are."""
    one, two = (soup_of(np.array([shapely.box(*at)])) for at in ((0, 0, 10, 10), (5, 5, 15, 15)))
    if backward:
        one.xy[:], two.xy[:] = one.xy[::-1].copy(), two.xy[::-1].copy()
    found = Crossings(np.empty((64, 4)), np.empty((64, 4), np.int64), np.empty(64, bool))
    box = np.array([0.0, 0, 10, 10])
    count = cross_edges(one, 0, two, np.arange(4), box, found)
    return one, two, found, count


def test_two_squares_are_woven():
    one, two, found, count = two_squares()
    assert count == 2
    assert weave(one, two, found, count, 20, empty_sheaf()) == 25.0


@pytest.mark.parametrize("room", [2, 3, 4])
def test_a_way_without_end_is_not_woven(room):
    one, two, found, count = two_squares()
    assert np.isnan(weave(one, two, found, count, room, empty_sheaf()))


def test_what_does_not_alternate_or_runs_clockwise_is_not_woven():
    one, two, found, count = two_squares(backward=True)
    assert np.isnan(weave(one, two, found, count, 20, empty_sheaf()))
    found.enters[:] = True
    assert np.isnan(weave(one, two, found, count, 20, empty_sheaf()))


def test_too_many_crossings_are_not_plain():
    teeth = [(x, 3.0 + 4 * (x % 2)) for x in range(80)]
    comb = shapely.Polygon([*teeth, (79, -9), (0, -9)])
    found = Crossings(np.empty((64, 4)), np.empty((64, 4), np.int64), np.empty(64, bool))
    box = np.array([-1.0, 5, 81, 20])
    bar, soup = soup_of(np.array([shapely.box(*box)])), soup_of(np.array([comb]))
    assert cross_edges(bar, 0, soup, np.arange(len(soup.xy) - 1), box, found) == -1


def test_rings_without_a_crossing_are_left_to_geos():
    plain = shapely.box(5, 5, 15, 15)
    holed = shapely.box(0, 0, 10, 10) - shapely.box(1, 1, 2, 2)
    island = shapely.MultiPolygon([plain, shapely.box(1, 1, 1.001, 1.001)])
    away = shapely.MultiPolygon([plain, shapely.box(20, 0, 30, 10)])
    box = np.array([0.0, 0, 10, 10])
    for one, two, loose in (
        (shapely.box(*box), away, False),
        (holed, away, True),
        (shapely.box(*box), island, True),
    ):
        small, big = soup_of(np.array([one])), soup_of(np.array([two]))
        near = edges_within(big.xy, tree_of(big), 0, box)
        found = Crossings(np.empty((64, 4)), np.empty((64, 4), np.int64), np.empty(64, bool))
        count = cross_edges(small, 0, big, near, box, found)
        assert count == 2
        assert has_loose_ring(small, 0, big, near, found, count) == loose


def test_outlines_that_do_not_close_are_not_good():
    # Where two boundaries pass the edge at one point, which comes first is not told.
    bow = shapely.Polygon([(0, 0), (8, 0), (8, 9), (4, 5), (0, 9)])
    part, good = window_part(bow, (1, 1, 7, 5))
    assert not good or part.area == pytest.approx(24)


def test_narrow_parts_are_touches():
    strip = shapely.box(0, 0, 50, 0.0001)
    found = np.array(
        [
            strip,
            shapely.MultiPolygon([strip, shapely.box(0, 9, 50, 9.00005)]),
            shapely.MultiPolygon([strip, shapely.box(0, 9, 1, 10)]),
            shapely.Polygon(),
            shapely.box(0, 0, 30_000, 0.00005),
        ],
        object,
    )
    assert touches_only(found).tolist() == [True, True, False, True, False]


def test_work_is_shared_out_in_order():
    for count in (0, 1, 63, 64, 1000):
        for threads in (1, 2, 5):
            parts = share_out(lambda part: list(range(part.start, part.stop)), count, threads)
            assert [n for part in parts for n in part] == list(range(count))
