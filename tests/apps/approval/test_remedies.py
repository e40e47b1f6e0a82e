"""差在哪: what is offered passes when reviewed again, and costs no more than it must."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.apps.approval.made import box, layer, occasion, parcel, reviewed, site

WOOD = layer("landuse", parcel(box(-2_000, -2_000, 2_000, 2_000), "0301"))
PLOT = box(0, 0, 100, 100)


def test_a_trimmed_boundary_loses_what_blocks_and_no_more():
    red = layer("eco_redline", (box(90, 0, 200, 100), {}))
    done = reviewed(site(PLOT), WOOD, red)
    trim, papers = done.remedies
    assert (trim.kind, trim.lost_dm2, trim.left_dm2) == ("trim", 100_000, 900_000)
    again = reviewed(site(*trim.geometry), WOOD, red)
    assert not again.blocks
    held = occasion(papers=frozenset(name for name, _ in papers.papers))
    assert not reviewed(site(PLOT), WOOD, red, on=held).blocks


def test_two_blocks_are_trimmed_together():
    red = layer("eco_redline", (box(90, 0, 200, 100), {}))
    basic = layer("basic_farmland", (box(-10, 0, 10, 100), {}))
    trim = reviewed(site(PLOT), WOOD, red, basic).remedies[0]
    assert trim.lost_dm2 == 200_000
    assert not reviewed(site(*trim.geometry), WOOD, red, basic).blocks


def test_where_no_paper_can_be_had_the_rest_is_left_to_papers():
    red = layer("eco_redline", (box(90, 0, 200, 100), {}))
    basic = layer("basic_farmland", (box(-10, 0, 10, 100), {}))
    on = occasion(project="water_supply")
    done = reviewed(site(PLOT), WOOD, red, basic, on=on)
    assert [one.kind for one in done.remedies] == ["trim", "trim_and_papers"]
    mixed = done.remedies[1]
    assert mixed.lost_dm2 == 100_000
    assert [name for name, _ in mixed.papers] == ["eco_redline_consent"]


def test_what_is_left_too_small_to_use_is_dropped():
    red = layer("eco_redline", (box(0.3, -10, 60, 110), {}))
    trim = reviewed(site(PLOT), WOOD, red).remedies[0]
    assert trim.left_dm2 == 400_000


def test_a_site_wholly_within_what_blocks_has_no_boundary_left():
    basic = layer("basic_farmland", (box(-10, -10, 200, 200), {}))
    done = reviewed(site(PLOT), WOOD, basic, on=occasion(project="water_supply"))
    assert done.remedies == []
    assert "另行选址" in done.no_remedy


def test_no_boundary_is_offered_that_leaves_the_county():
    edge = layer("landuse", parcel(box(-2_000, -2_000, 60, 2_000), "0301"))
    red = layer("eco_redline", (box(-10, -10, 60, 110), {}))
    done = reviewed(site(PLOT), edge, red)
    assert [one.kind for one in done.remedies] == ["papers"]


def test_a_forbidden_trade_is_helped_by_no_boundary():
    on = occasion(industry="别墅开发")
    done = reviewed(site(PLOT), WOOD, on=on)
    assert [one.layer for one in done.blocks] == ["trades"]
    assert done.remedies == []
    assert "更换项目" in done.no_remedy


def test_a_site_that_passes_is_offered_nothing():
    done = reviewed(site(PLOT), WOOD)
    assert (done.remedies, done.no_remedy) == ([], "")


def star(random, middle, least, most, corners=14):
    turn = np.sort(random.uniform(0, 2 * np.pi, corners))
    reach = random.uniform(least, most, corners)
    ring = np.c_[middle[0] + reach * np.cos(turn), middle[1] + reach * np.sin(turn)]
    return shapely.Polygon(np.round(ring, 4))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_every_remedy_of_any_site_passes_when_reviewed_again(seed):
    random = np.random.default_rng(seed)
    plot = star(random, (500_000, 3_176_000), 60, 150)
    shapes = [
        star(random, np.array([500_000, 3_176_000]) + random.uniform(-150, 150, 2), 10, 90)
        for _ in range(4)
    ]
    if not all(shapely.is_valid([plot, *shapes])):
        return
    layers = [
        layer("eco_redline", *[(shape, {}) for shape in shapes[:2]]),
        layer("basic_farmland", *[(shape, {}) for shape in shapes[2:]]),
    ]
    done = reviewed(site(plot), WOOD, *layers)
    for remedy in done.remedies:
        held = occasion(papers=frozenset(name for name, _ in remedy.papers))
        changed = site(plot) if remedy.geometry is None else site(*remedy.geometry)
        assert not reviewed(changed, WOOD, *layers, on=held).blocks
        if remedy.kind == "trim":
            blocking = shapely.union_all([shape for shape in shapes if shape.intersects(plot)])
            least = shapely.area(shapely.difference(plot, blocking))
            left = float(shapely.area(remedy.geometry).sum())
            assert left == pytest.approx(
                least,
                abs=10.0 * (1 + shapely.get_num_geometries(shapely.difference(plot, blocking))),
            )
