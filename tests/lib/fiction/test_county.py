"""A fictional county tiles its outline, and its tables close to the square decimetre."""

import numpy as np
import pytest
import shapely

from guotu.lib import fiction
from guotu.lib.fiction import earlier
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.crs import frame_of

PARCELS = 700


@pytest.fixture(scope="module")
def county() -> dict[str, fiction.Layer]:
    return fiction.county(PARCELS, seed=11)


def _column(county: dict[str, fiction.Layer], layer: str, name: str) -> np.ndarray:
    return np.asarray(county[layer][1][name].to_pylist(), object)


def test_it_has_every_layer_and_a_row_for_every_shape(county: dict[str, fiction.Layer]) -> None:
    assert tuple(county) == fiction.LAYERS
    for layer, (geometry, fields) in county.items():
        assert len(geometry) == fields.num_rows > 0, layer
        assert shapely.is_valid(geometry).all(), layer


def test_every_coordinate_is_on_the_grid(county: dict[str, fiction.Layer]) -> None:
    for layer, (geometry, _) in county.items():
        points = shapely.get_coordinates(geometry)
        assert np.array_equal(points, np.round(points, 4)), layer


@pytest.mark.parametrize("layer", ["landuse", "villages", "divisions"])
def test_coverages_have_no_gap_and_no_overlap(county: dict[str, fiction.Layer], layer: str) -> None:
    geometry = county[layer][0]
    whole = shapely.coverage_union_all(county["divisions"][0])
    assert shapely.coverage_is_valid(geometry)
    assert shapely.get_num_interior_rings(shapely.get_parts(whole)).sum() == 0
    assert abs(shapely.area(geometry).sum() - whole.area) < 1e-3


def test_the_number_of_parcels_is_what_was_asked(county: dict[str, fiction.Layer]) -> None:
    assert abs(len(county["landuse"][0]) / PARCELS - 1) <= 0.05


def test_an_outline_is_kept() -> None:
    outline = shapely.Polygon([(400000, 3100000), (403000, 3100200), (402500, 3103000)])
    geometry, _ = fiction.county(300, 2, outline)["landuse"]
    union = shapely.coverage_union_all(geometry)
    assert shapely.symmetric_difference(union, outline).area < 0.5


def test_parcels_lie_in_their_villages_and_villages_in_their_townships(
    county: dict[str, fiction.Layer],
) -> None:
    for inner, outer, key in (
        ("landuse", "villages", "ZLDWDM"),
        ("villages", "divisions", "XZQDM"),
    ):
        total: dict[str, float] = {}
        for shape, name in zip(county[inner][0], _column(county, inner, key), strict=True):
            total[name] = total.get(name, 0.0) + shape.area
        for shape, name in zip(county[outer][0], _column(county, outer, key), strict=True):
            assert abs(total.pop(name) - shape.area) < 1e-3
        assert not total


def test_codes_are_built_on_one_another(county: dict[str, fiction.Layer]) -> None:
    towns = set(_column(county, "divisions", "XZQDM"))
    assert {len(code) for code in towns} == {9}
    for code, town in zip(
        _column(county, "villages", "ZLDWDM"), _column(county, "villages", "XZQDM"), strict=True
    ):
        assert len(code) == 19
        assert code[:9] == town
        assert town in towns
    identifiers = _column(county, "landuse", "BSM")
    assert len(set(identifiers)) == len(identifiers)
    owners = _column(county, "landuse", "QSDWDM")
    assert {len(code) for code in owners} == {19}


def test_numbers_run_from_one_within_each_village(county: dict[str, fiction.Layer]) -> None:
    numbers: dict[str, list[int]] = {}
    for village, number in zip(
        _column(county, "landuse", "ZLDWDM"), _column(county, "landuse", "TBBH"), strict=True
    ):
        numbers.setdefault(village, []).append(int(number))
    for found in numbers.values():
        assert found == list(range(1, len(found) + 1))


def test_areas_are_legal_and_banks_are_deducted(county: dict[str, fiction.Layer]) -> None:
    geometry, fields = county["landuse"]
    legal = legal_area_dm2(geometry, frame_of(4547))
    stated, banks, net, share = (
        np.asarray(fields[name].to_pylist()) for name in ("TBMJ", "KCMJ", "TBDLMJ", "KCXS")
    )
    assert np.array_equal(np.rint(stated * 100).astype(np.int64), legal)
    whole = np.rint(np.column_stack([stated, banks, net]) * 100).astype(np.int64)
    assert np.array_equal(whole[:, 0] - whole[:, 1], whole[:, 2])
    farmed = np.isin(_column(county, "landuse", "DLBM"), ("0101", "0103"))
    assert not share[~farmed].any()
    assert share[farmed].any()
    assert np.abs(banks - stated * share).max() <= 0.005 + 1e-9


def test_the_land_looks_like_land(county: dict[str, fiction.Layer]) -> None:
    geometry, _ = county["landuse"]
    code = _column(county, "landuse", "DLBM")
    area = shapely.area(geometry)
    woods = np.isin(code, ("0301", "0302", "0305", "0307"))
    fields = np.isin(code, ("0101", "0103"))
    assert {"0101", "0103", "0301", "0702", "1101", "1006", "1003"} <= set(code)
    assert np.median(area[fields]) < np.median(area[woods])
    assert 0.05 < area[fields].sum() / area.sum() < 0.6
    corners = shapely.get_num_coordinates(geometry)
    assert 8 <= np.median(corners) <= 60


def test_basic_farmland_is_four_fifths_of_the_farmland(county: dict[str, fiction.Layer]) -> None:
    code = _column(county, "landuse", "DLBM")
    geometry = county["landuse"][0]
    farmland = shapely.area(geometry[np.isin(code, ("0101", "0103"))]).sum()
    protected = shapely.area(county["basic_farmland"][0]).sum()
    assert 0.72 < protected / farmland < 0.9


def test_the_red_line_leaves_fields_alone(county: dict[str, fiction.Layer]) -> None:
    red = shapely.union_all(county["eco_redline"][0])
    farm = shapely.union_all(county["basic_farmland"][0])
    assert red.intersection(farm).area < 0.02 * red.area


def test_control_layers_stay_within_the_county(county: dict[str, fiction.Layer]) -> None:
    whole = shapely.union_all(county["divisions"][0]).buffer(1e-3)
    for layer in fiction.LAYERS:
        assert shapely.covers(whole, county[layer][0]).all(), layer


def test_same_seed_same_values(county: dict[str, fiction.Layer]) -> None:
    again = fiction.county(PARCELS, seed=11)
    for layer, (geometry, fields) in county.items():
        assert np.array_equal(shapely.to_wkb(geometry), shapely.to_wkb(again[layer][0])), layer
        assert fields.equals(again[layer][1]), layer


def test_another_seed_another_county(county: dict[str, fiction.Layer]) -> None:
    other = fiction.county(300, seed=12)
    assert not shapely.equals(
        shapely.union_all(other["divisions"][0]), shapely.union_all(county["divisions"][0])
    )


def test_an_earlier_year_differs_by_what_was_built_since(county: dict[str, fiction.Layer]) -> None:
    geometry, now = county["landuse"]
    same, then = earlier.landuse(county["landuse"], 11)
    assert same is geometry
    assert then.schema == now.schema
    assert earlier.landuse(county["landuse"], 11)[1].equals(then)
    assert not earlier.landuse(county["landuse"], 12)[1].equals(then)
    code, was = (np.asarray(one.column("DLBM").to_pylist()) for one in (now, then))
    changed = np.flatnonzero(code != was)
    assert 0.002 < len(changed) / len(code) < 0.1
    assert set(was[changed]) == {"0101"}
    assert not set(code[changed]) & {"0101", "0103", "1003", "1101"}
    rows = then.take(changed).to_pylist()
    for row in rows:
        assert row["TBDLMJ"] + row["KCMJ"] == row["TBMJ"]
        assert row["QSXZ"] != "20"
        assert row["QSDWMC"].startswith(row["ZLDWMC"])
    unchanged = np.setdiff1d(np.arange(len(code)), changed)
    rest = [one.drop_columns(["SJNF"]).take(unchanged) for one in (now, then)]
    assert rest[0].equals(rest[1])
