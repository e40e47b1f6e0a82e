"""The overlay against plain GEOS, pair by pair, and what it promises beyond it."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guotu.lib.geo.overlay import (
    build,
    identity,
    intersect,
    intersection_area_m2,
    overlaps,
    pairs,
)
from guotu.lib.refusal import Refusal
from tests.lib.geo.overlay_shapes import areas, shapes

OFFSETS = [(0.0, 0.0), (460_000.0, 3_176_000.0), (38_460_000.0, 3_176_000.0)]


def square(x: float, y: float, side: float = 10.0) -> shapely.Polygon:
    return shapely.box(x, y, x + side, y + side)


def layer(*geometry: object) -> np.ndarray:
    out = np.empty(len(geometry), object)
    out[:] = geometry
    return out


def table(subject, other, found) -> np.ndarray:
    got = np.zeros((len(subject), len(other)))
    got[found.subject, found.other] = shapely.area(found.geometry)
    return got


@given(seed=st.integers(0, 10**6), decimals=st.sampled_from([0, 1, 4]), at=st.sampled_from(OFFSETS))
@settings(max_examples=25, deadline=None)
def test_pieces_and_areas_are_those_of_plain_geos(seed, decimals, at):
    subject, other = shapes(seed, 12, decimals, at), shapes(seed + 1, 12, decimals, at)
    want = areas(subject, other)
    found = intersect(subject, other)
    assert np.abs(table(subject, other, found) - want).max(initial=0) < 1e-5
    assert shapely.is_valid(found.geometry).all()
    assert np.isin(shapely.get_type_id(found.geometry), [3, 6]).all()
    s, o, area = intersection_area_m2(subject, other)
    assert np.array_equal(s, found.subject)
    assert np.array_equal(o, found.other)
    assert np.abs(area - want[s, o]).max(initial=0) < 1e-5


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_identity_covers_each_subject_and_nothing_else(seed):
    subject, other = shapes(seed, 12, 4), shapes(seed + 1, 1, 4)
    found = identity(subject, other)
    summed = np.bincount(found.subject, shapely.area(found.geometry), minlength=len(subject))
    assert np.abs(summed - shapely.area(subject)).max(initial=0) < 1e-4
    order = np.lexsort((found.other == -1, found.subject))
    assert np.array_equal(order, np.arange(len(found)))
    for row in np.flatnonzero(found.other == -1):
        assert shapely.area(shapely.intersection(found.geometry[row], other)).sum() < 1e-6


def test_woven_and_built_overlaps_are_the_same(monkeypatch):
    for seed in range(20, 30):
        subject, other = shapes(seed, 20, 4, OFFSETS[1]), shapes(seed + 100, 20, 4, OFFSETS[1])
        woven = intersect(subject, other)
        with monkeypatch.context() as patch:
            patch.setattr(overlaps, "woven", _none_woven)
            built = intersect(subject, other)
        assert np.array_equal(woven.subject, built.subject)
        assert np.array_equal(woven.other, built.other)
        apart = shapely.area(shapely.symmetric_difference(woven.geometry, built.geometry))
        assert apart.max() < 1e-6


def _none_woven(found, chosen, threads):
    return np.full(len(chosen), None, object), np.zeros(len(chosen), bool)


def test_one_thread_and_two_give_the_same_bytes():
    subject, other = shapes(5, 120, 4), shapes(6, 60, 4)
    for verb, others in ((intersect, other), (identity, other[:1])):
        one, two = verb(subject, others, threads=1), verb(subject, others, threads=2)
        assert np.array_equal(one.subject, two.subject)
        assert np.array_equal(one.other, two.other)
        assert b"".join(shapely.to_wkb(one.geometry)) == b"".join(shapely.to_wkb(two.geometry))
    one, two = (intersection_area_m2(subject, other, threads=n) for n in (1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_a_touch_is_not_an_overlap():
    subject = layer(square(0, 0))
    other = layer(
        square(10, 0),  # a whole side
        square(10, 3),  # part of a side
        square(10, 10),  # a corner
        shapely.Polygon([(10, 5), (20, 0), (20, 10)]),  # a vertex on a side
        shapely.box(0, -5, 4, 0),  # a side within a side
        shapely.box(-20, -20, 30, 30) - square(0, 0),  # in a hole that fits
    )
    assert len(intersect(subject, other)) == 0
    assert len(intersection_area_m2(subject, other)[0]) == 0
    assert [found.other.tolist() for found in [identity(subject, other)]] == [[-1]]


def test_a_strip_of_the_grid_is_a_touch_and_a_wider_one_is_not():
    subject = layer(shapely.box(0, 0, 100, 100))
    for width, pieces in ((0.00005, 0), (0.0001, 0), (0.0003, 1), (0.001, 1)):
        other = layer(shapely.box(100 - width, 0, 200, 100))
        assert len(intersect(subject, other)) == pieces
        assert len(intersection_area_m2(subject, other)[0]) == pieces
        rest = layer(shapely.box(-1, -1, 100 - width, 101))
        assert (identity(subject, rest).other == -1).sum() == pieces


def test_a_square_metre_is_never_a_touch():
    subject = layer(shapely.box(0, 0, 20_000, 1))
    other = layer(shapely.box(0, 0.9999, 20_000, 2))
    assert shapely.area(intersect(subject, other).geometry)[0] == pytest.approx(2.0)


def test_a_whole_feature_is_returned_as_that_very_object():
    small, large = square(3, 3, 1), square(0, 0)
    assert intersect(layer(small), layer(large)).geometry[0] is small
    assert intersect(layer(large), layer(small)).geometry[0] is small
    assert intersect(layer(large), layer(large)).geometry[0] is large
    alone = identity(layer(small, square(50, 50)), layer(large))
    assert alone.other.tolist() == [0, -1]
    thread = shapely.box(-1, 4, 30, 4.5)  # a bigger box, and all of it in the star around it
    assert intersect(layer(shapely.box(-2, 0, 31, 9)), layer(thread)).geometry[0] is thread


def test_parts_holes_and_islands():
    ring = shapely.box(0, 0, 30, 30) - shapely.box(5, 5, 25, 25)
    nested = shapely.MultiPolygon([ring, shapely.box(10, 10, 20, 20) - square(12, 12, 2)])
    dots = shapely.MultiPolygon(
        [square(x, y, 0.5) for x in range(0, 40, 2) for y in range(0, 9, 2)]
    )
    subject = layer(nested, dots, shapely.box(-5, 2, 40, 18))
    other = layer(shapely.box(-10, -10, 13, 13), dots, nested, shapely.box(11, 11, 16, 16))
    want = areas(subject, other)
    assert np.abs(table(subject, other, intersect(subject, other)) - want).max() < 1e-9


def test_nothing_null_and_empty_take_no_part():
    empty = layer(None, shapely.Polygon(), square(0, 0))
    assert intersect(empty, empty).subject.tolist() == [2]
    assert identity(empty, layer()).subject.tolist() == [2]
    assert len(intersect(layer(), layer())) == 0
    assert len(identity(layer(), empty)) == 0
    assert len(intersection_area_m2(layer(None), empty)[0]) == 0


def test_heights_are_left_out():
    flat = intersect(layer(shapely.force_3d(square(0, 0), 5.0)), layer(square(5, 5)))
    assert not shapely.has_z(flat.geometry).any()
    assert shapely.area(flat.geometry).tolist() == [25.0]


def test_invalid_and_unfit_features_are_refused_by_name():
    bow = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    for verb in (intersect, identity, intersection_area_m2):
        with pytest.raises(Refusal, match="被叠加图层第 2 个要素"):
            verb(layer(square(0, 0), bow), layer(square(1, 1)))
        with pytest.raises(Refusal, match="对照图层要素 乙"):
            verb(layer(square(0, 0)), layer(bow), names=(None, ["乙"]))
        with pytest.raises(Refusal, match="只接受面要素"):
            verb(layer(square(0, 0)), layer(shapely.Point(1, 1)))
    with pytest.raises(Refusal, match="图形无效"):
        identity(layer(shapely.transform(bow, lambda xy: xy + 99)), layer(square(0, 0)))


def test_identity_refuses_others_that_overlap_in_a_subject():
    subject = layer(square(0, 0))
    with pytest.raises(Refusal, match=r"相互重叠 50\.00 平方米") as caught:
        identity(subject, layer(shapely.box(0, 0, 5, 10), shapely.box(0, 0, 5, 10)))
    assert caught.value.where == "对照图层第 1 个要素与对照图层第 2 个要素"
    outside = layer(shapely.box(-9, 0, 5, 10), shapely.box(5, 0, 19, 10), square(12, 0))
    assert identity(subject, outside).other.tolist() == [0, 1]


def test_many_others_are_taken_away_together():
    subject = layer(shapely.box(0, 0, 100, 10))
    other = layer(*[shapely.box(x, 1, x + 7, 9) for x in range(0, 100, 10)])
    found = identity(subject, other)
    assert len(found) == 11
    assert shapely.area(found.geometry).sum() == pytest.approx(1000.0)
    few = identity(subject, other[:3])
    assert shapely.area(few.geometry[-1]) == pytest.approx(1000.0 - 3 * 56)


def test_an_index_of_boxes_finds_the_same_pairs(monkeypatch):
    subject, other = shapes(7, 60, 4), shapes(8, 60, 4)
    want = intersect(subject, other)
    monkeypatch.setattr(pairs, "_MOST_BOX_PAIRS", 1)
    got = intersect(subject, other)
    assert np.array_equal(want.subject, got.subject)
    assert np.array_equal(want.other, got.other)


@pytest.fixture
def no_weaving(monkeypatch):
    """Leave every part to GEOS."""
    monkeypatch.setattr(overlaps, "woven", _none_woven)


@pytest.mark.parametrize("fault", ["wrong part", "GEOS gives up"])
def test_a_piece_that_disagrees_with_the_integral_is_built_from_the_whole(
    monkeypatch, no_weaving, fault
):
    subject, other = shapes(9, 20, 4), shapes(10, 20, 4)
    want = intersect(subject, other)
    calls = []

    def no_part(windows, features, big, tree):
        calls.append(len(features))
        wrong = shapely.box(*(windows.T if fault == "wrong part" else windows.T * np.nan))
        return shapely.multipolygons(wrong[:, None]), np.ones(len(features), bool)

    monkeypatch.setattr(build, "local_parts", no_part)
    got = intersect(subject, other)
    assert sum(calls) > 0
    assert np.array_equal(want.subject, got.subject)
    assert np.allclose(shapely.area(want.geometry), shapely.area(got.geometry), atol=1e-6)
    assert len(got.snapped) == 0


def test_snap_rounding_is_the_last_resort_and_recorded(monkeypatch, no_weaving):
    real = shapely.intersection

    def stubborn(one, two, grid_size=None):
        if grid_size is None:
            raise shapely.errors.GEOSException("TopologyException: side location conflict")
        return real(one, two, grid_size=grid_size)

    monkeypatch.setattr(shapely, "intersection", stubborn)
    found = intersect(layer(square(0, 0), square(2, 2, 1)), layer(square(5, 5), square(2, 2, 1)))
    assert found.snapped.tolist() == [0]
    assert shapely.area(found.geometry).tolist() == [25.0, 1.0, 1.0]


def test_what_no_way_can_build_is_refused(monkeypatch, no_weaving):
    def never(one, two, grid_size=None):
        raise shapely.errors.GEOSException("TopologyException")

    monkeypatch.setattr(shapely, "intersection", never)
    with pytest.raises(Refusal, match=r"无法可靠求交.*第 1 个要素"):
        intersect(layer(square(0, 0)), layer(square(5, 5)))
    monkeypatch.undo()
    monkeypatch.setattr(shapely, "difference", never)
    with pytest.raises(Refusal, match=r"无法可靠求交.*第 1 个要素"):
        identity(layer(square(0, 0)), layer(square(5, 5)))


def test_overlaps_too_long_to_integrate_are_built(monkeypatch):
    subject, other = shapes(11, 15, 4), shapes(12, 15, 4)
    want = intersection_area_m2(subject, other)
    monkeypatch.setattr(pairs, "overlap_areas", _too_long(pairs.overlap_areas))
    got = intersection_area_m2(subject, other)
    assert np.array_equal(want[0], got[0])
    assert np.array_equal(want[1], got[1])
    assert np.allclose(want[2], got[2], atol=1e-6)


def _too_long(integrate):
    def unknown(small, smalls, big, tree, bigs, out):
        integrate(small, smalls, big, tree, bigs, out)
        out[:, 0] = np.nan

    return unknown
