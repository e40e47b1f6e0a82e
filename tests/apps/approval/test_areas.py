"""土地分类面积表: its rows and columns close on the site's legal area, to the last 0.01 m2."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guotu.apps.approval.exports import matrix_of
from guotu.apps.approval.rules.areas import area_table
from guotu.apps.approval.rules.classes import ClassSystem
from guotu.lib.geo.area import legal_area_m2
from tests.apps.approval.made import DAY, FRAME, book, box, layer, parcel, site

SYSTEM = ClassSystem.of("survey3", book().rule("site.classes", DAY))


def table(one, *parcels):
    return area_table(one, layer("landuse", *parcels), SYSTEM)


def test_field_banks_are_deducted_by_coefficient_and_stand_under_their_own_class():
    done = table(site(box(0, 0, 100, 100)), parcel(box(0, 0, 100, 100), "0101", KCXS=0.08))
    assert {cell.code: cell.area_dm2 for cell in done.cells} == {"0101": 920_000, "1203": 80_000}
    assert done.cultivated_dm2() == 920_000
    assert done.sum_dm2(great="farm") == 1_000_000


def test_a_coefficient_on_land_that_is_not_cultivated_is_ignored():
    done = table(site(box(0, 0, 100, 100)), parcel(box(0, 0, 100, 100), "0201", KCXS=0.08))
    assert [(cell.code, cell.area_dm2) for cell in done.cells] == [("0201", 1_000_000)]


def test_what_the_survey_leaves_out_is_a_row_of_its_own():
    done = table(site(box(0, 0, 100, 100)), parcel(box(0, 0, 60, 100), "0301"))
    assert [(cell.code, cell.name, cell.area_dm2) for cell in done.cells] == [
        ("", "未覆盖", 400_000),
        ("0301", "乔木林地", 600_000),
    ]


def test_adjustable_orchards_are_farm_land_and_not_cultivated():
    done = table(site(box(0, 0, 100, 100)), parcel(box(0, 0, 100, 100), "0201K"))
    assert done.cultivated_dm2() == 0
    assert done.sum_dm2(great="farm") == 1_000_000


def test_a_class_is_split_by_owner_and_village():
    done = table(
        site(box(0, 0, 100, 100)),
        parcel(box(0, 0, 50, 100), "0301"),
        parcel(box(50, 0, 100, 100), "0301", QSDWMC="国有林场", QSDWDM="X", QSXZ="20"),
    )
    assert [(cell.owner, cell.ownership, cell.area_dm2) for cell in done.cells] == [
        ("石桥村", "集体", 500_000),
        ("国有林场", "国有", 500_000),
    ]


def test_two_plots_are_one_site_and_close_on_both():
    done = table(site(box(0, 0, 30, 30), box(60, 0, 90, 30)), parcel(box(0, 0, 100, 100), "0101"))
    assert done.total_dm2 == 180_000
    assert done.sum_dm2(code="0101") == 180_000


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_any_table_closes_both_ways_and_no_class_is_off_by_a_whole_unit(seed):
    random = np.random.default_rng(seed)
    seeds = shapely.multipoints(np.array([500_000, 3_176_000]) + random.uniform(0, 300, (30, 2)))
    cover = box(0, 0, 300, 300)
    cells = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=cover))
    cells = shapely.set_precision(shapely.intersection(cells, cover), 1e-4)
    codes = random.choice(["0101", "0103", "0301", "0702", "1206"], len(cells))
    parcels = [
        parcel(cell, str(code), KCXS=round(float(random.uniform(0, 0.15)), 4))
        for cell, code in zip(cells, codes, strict=True)
    ]
    turn = np.sort(random.uniform(0, 6.28, 12))
    reach = random.uniform(30, 140, 12)
    ring = np.c_[500_150 + reach * np.cos(turn), 3_176_150 + reach * np.sin(turn)]
    shape = shapely.Polygon(np.round(ring, 4))
    if not shape.is_valid:
        return
    one = site(shape)
    done = table(one, *parcels)
    assert sum(cell.area_dm2 for cell in done.cells) == one.total_dm2
    assert int(done.pieces.gross_dm2.sum()) == one.total_dm2
    _check_shares(done, one)
    matrix = matrix_of([{**vars(c), "area_m2": c.area_dm2 / 100} for c in done.cells])
    assert sum(matrix.sums_dm2) == matrix.total_dm2 == one.total_dm2


def _check_shares(done, one):
    raw = legal_area_m2(done.pieces.geometry, FRAME) * 100
    raw *= one.total_dm2 / raw.sum()
    for code in set(done.pieces.code):
        exact = raw[[each == code for each in done.pieces.code]].sum()
        told = sum(
            int(gross)
            for gross, each in zip(done.pieces.gross_dm2, done.pieces.code, strict=True)
            if each == code
        )
        # Net and bank are each within a unit of their exact share.
        assert abs(told - exact) <= 2
