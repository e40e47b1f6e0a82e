"""Areas close: shares sum to their total, pieces to their subject, groups to their exact share."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guotu.lib.geo.area import legal_area_dm2, legal_area_m2
from guotu.lib.geo.crs import frame_of
from guotu.lib.geo.overlay import (
    Pieces,
    apportion_dm2,
    identity,
    intersect,
    intersection_area_m2,
    overlap_area_dm2,
    piece_area_dm2,
)
from tests.lib.geo.overlay_shapes import shapes

FRAME = frame_of(4547)
AT = (460_000.0, 3_176_000.0)


@given(
    weights=st.lists(st.floats(0, 1e9), min_size=1, max_size=40),
    total=st.integers(0, 10**13),
)
def test_shares_sum_to_the_total_and_are_within_one_of_exact(weights, total):
    shares = apportion_dm2(np.array(weights), total)
    assert shares.sum() == total
    assert (shares >= 0).all()
    summed = sum(weights)
    if summed > 1e-200:
        exact = np.array(weights) / summed * total
        assert np.abs(shares - exact).max() <= 1 + total * 1e-14


def test_last_digits_go_to_the_largest_fractions():
    assert apportion_dm2(np.array([1.0, 1.0, 1.0]), 100).tolist() == [34, 33, 33]
    assert apportion_dm2(np.array([0.2, 0.5, 0.3]), 11).tolist() == [2, 6, 3]
    assert apportion_dm2(np.zeros(4), 10).tolist() == [3, 3, 2, 2]
    assert apportion_dm2(np.empty(0), 0).tolist() == []


def test_one_unit_too_many_is_taken_back(monkeypatch):
    # Floors of floats that were rounded up to a whole number can pass the total.
    monkeypatch.setattr(np, "floor", np.ceil)
    assert apportion_dm2(np.array([0.2, 0.5, 0.3]), 11).sum() == 11


@pytest.mark.parametrize(
    ("weights", "total"), [([-1.0], 1), ([np.nan], 1), ([1.0], -1), ([], 1), ([np.inf], 1)]
)
def test_what_cannot_be_shared_is_an_error(weights, total):
    with pytest.raises(ValueError, match=r"nothing to share|not negative"):
        apportion_dm2(np.array(weights), total)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_pieces_of_an_identity_sum_to_each_subject_exactly(seed):
    subject, other = shapes(seed, 12, 4, AT), shapes(seed + 1, 1, 4, AT)
    pieces = identity(subject, other)
    area = piece_area_dm2(pieces, subject, FRAME)
    whole = legal_area_dm2(subject, FRAME)
    assert np.bincount(pieces.subject, area, len(subject)).astype(int).tolist() == whole.tolist()
    raw = legal_area_m2(pieces.geometry, FRAME) * 100
    assert np.abs(area - raw).max(initial=0) < 20


def test_pieces_that_do_not_cover_get_their_own_part_only():
    subject = np.array([shapely.box(*AT, AT[0] + 100, AT[1] + 100)], object)
    other = np.array([shapely.box(AT[0] + 60, AT[1], AT[0] + 160, AT[1] + 100)], object)
    part = piece_area_dm2(intersect(subject, other), subject, FRAME)
    both = piece_area_dm2(identity(subject, other), subject, FRAME)
    assert part.tolist() == both[:1].tolist()
    assert both.sum() == legal_area_dm2(subject, FRAME)[0]


def test_groups_are_within_one_of_their_exact_share():
    strips = [shapely.box(x, AT[1], x + 0.37, AT[1] + 3.1) for x in AT[0] + np.arange(300) * 0.37]
    subject = np.array([shapely.union_all(strips)], object)
    pieces = identity(subject, np.array(strips, object))
    group = np.arange(len(pieces)) % 3
    area = piece_area_dm2(pieces, subject, FRAME, by=group)
    whole = legal_area_dm2(subject, FRAME)[0]
    assert area.sum() == whole
    raw = legal_area_m2(pieces.geometry, FRAME)
    exact = np.bincount(group, raw) / raw.sum() * whole
    assert np.abs(np.bincount(group, area) - exact).max() <= 1
    assert np.abs(area - raw / raw.sum() * whole).max() <= 2


def test_areas_without_pieces_close_too():
    subject, other = shapes(31, 12, 4, AT), shapes(32, 12, 4, AT)
    rows, _, planar = intersection_area_m2(subject, other)
    legal = overlap_area_dm2(rows, planar, subject, FRAME)
    pieces = piece_area_dm2(intersect(subject, other), subject, FRAME)
    assert np.abs(legal - pieces).max() <= 3
    halves = np.array([shapely.box(AT[0], AT[1], AT[0] + 33.3, AT[1] + 7)], object)
    cover = np.array(
        [shapely.box(AT[0] + x, AT[1], AT[0] + x + 11.1, AT[1] + 7) for x in (0, 11.1, 22.2)]
    )
    rows, _, planar = intersection_area_m2(halves, cover)
    assert overlap_area_dm2(rows, planar, halves, FRAME).sum() == legal_area_dm2(halves, FRAME)[0]


def test_no_pieces_no_areas():
    none = Pieces(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, object))
    assert piece_area_dm2(none, np.empty(0, object), FRAME).tolist() == []
    assert len(none) == 0
