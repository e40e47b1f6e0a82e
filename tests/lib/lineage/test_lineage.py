"""Parts that make the whole are taken, and no others; the refusal says where and how much."""

import numpy as np
import pytest
import shapely

from guotu.lib.geo.crs import frame_of
from guotu.lib.geo.lineage import Parcels, Share, Tolerance, is_on_grid, on_grid, shares
from guotu.lib.refusal import Refusal

EAST, NORTH = 460_000.0, 3_176_000.0
FRAME = frame_of(4547)
TOLERANCE = Tolerance.parse({"hairline_m": 0.0005, "area_m2_per_m": 0.0001, "source": "规程"})


def box(*sides):
    return shapely.box(*np.add(sides, [EAST, NORTH, EAST, NORTH]))


def parcels(*shapes):
    geometry = np.empty(len(shapes), object)
    geometry[:] = shapes
    return Parcels(geometry, [f"地块 {number}" for number in range(len(shapes))])


def reckoned(verb, parents, children, areas=None):
    areas = areas or [10_000] * len(parents)
    return shares(verb, parcels(*parents), areas, parcels(*children), FRAME, TOLERANCE)


WHOLE = box(0, 0, 10, 10)
LEFT, RIGHT = box(0, 0, 4, 10), box(4, 0, 10, 10)


def test_shares_sum_to_the_registered_area():
    assert reckoned("split", [WHOLE], [LEFT, RIGHT], [9_999]) == [
        Share(0, 0, 4_000),
        Share(0, 1, 5_999),
    ]
    assert reckoned("merge", [LEFT, RIGHT], [WHOLE], [4_000, 6_001]) == [
        Share(0, 0, 4_000),
        Share(1, 0, 6_001),
    ]


def test_an_exchange_keeps_order():
    swapped = [box(0, 0, 4, 5).union(box(4, 0, 5, 5)), box(5, 0, 10, 5).union(box(0, 5, 10, 10))]
    assert len(reckoned("exchange", [LEFT, RIGHT], swapped, [4_000, 6_000])) == 4
    with pytest.raises(Refusal, match="互换的每一宗"):
        reckoned("exchange", [RIGHT, LEFT], [box(0, 0, 3, 10), box(3, 0, 10, 10)], [6_000, 4_000])


@pytest.mark.parametrize(
    ("verb", "parents", "children", "said"),
    [
        ("split", [WHOLE], [WHOLE], "宗数"),
        ("split", [LEFT, RIGHT], [LEFT, RIGHT], "宗数"),
        ("merge", [WHOLE], [WHOLE], "宗数"),
        ("merge", [LEFT, RIGHT], [LEFT, RIGHT], "宗数"),
        ("exchange", [LEFT, RIGHT], [LEFT, RIGHT, WHOLE], "宗数"),
        ("split", [WHOLE], [LEFT, shapely.Polygon()], "没有图形"),
        ("split", [WHOLE], [LEFT, None], "没有图形"),
        ("split", [WHOLE], [LEFT, shapely.Point(EAST, NORTH)], "不是面"),
        ("split", [WHOLE], [LEFT, shapely.Polygon([(4, 0), (10, 10), (10, 0), (4, 10)])], "自相交"),
        ("split", [WHOLE], [LEFT, shapely.reverse(LEFT)], "相同"),
        ("reshape", [LEFT, RIGHT], [RIGHT, box(0, 0, 4, 5)], "没有变化"),
        ("split", [WHOLE], [LEFT, box(3.99, 0, 10, 10)], "重叠"),
        ("split", [WHOLE], [LEFT, box(4.01, 0, 10, 10)], "没有盖满"),
        ("split", [WHOLE], [LEFT, box(4, 0, 10.01, 10)], "超出"),
        ("split", [WHOLE], [LEFT, box(4, 1, 10, 11)], "没有盖满"),
        ("merge", [LEFT, box(3.9, 0, 10, 10)], [WHOLE], "重叠"),
    ],
)
def test_what_does_not_make_the_whole_is_refused(verb, parents, children, said):
    with pytest.raises(Refusal, match=said):
        reckoned(verb, parents, children)


def test_the_refusal_names_place_and_size():
    with pytest.raises(Refusal) as caught:
        reckoned("split", [WHOLE], [LEFT, box(4.01, 0, 10, 10)])
    assert "0.1000 平方米" in caught.value.what
    assert "横坐标 460004.00" in caught.value.where
    assert "规程" in caught.value.rule
    assert caught.value.remedy


def test_hairlines_are_forgiven_until_their_area_is_too_much():
    thin = box(4.0004, 0, 10, 10)
    with pytest.raises(Refusal, match="面积不等"):
        shares(
            "split", parcels(WHOLE), [10_000], parcels(LEFT, thin), FRAME,
            Tolerance(0.0005, 0.00001, "规程"),
        )  # fmt: skip
    assert len(reckoned("split", [WHOLE], [LEFT, thin])) == 2


def test_a_parcel_too_small_for_any_area_is_refused():
    speck = box(0, 0, 0.02, 0.02)
    with pytest.raises(Refusal, match="太小"):
        reckoned("split", [WHOLE], [WHOLE.difference(speck), speck])


def test_the_grid():
    off = shapely.Point(460_000.00004, 3_176_000.3)
    assert not is_on_grid(off)
    assert is_on_grid(on_grid(off))
    assert on_grid(on_grid(off)) == on_grid(off)
