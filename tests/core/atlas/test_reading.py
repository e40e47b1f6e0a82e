"""What is near a place is found by the file's own boxes, exactly; numbers and names are found."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guotu.core.atlas import places, queries
from guotu.core.atlas.publishing import layout
from guotu.core.atlas.reader import Reader
from guotu.core.atlas.stored import stored
from guotu.lib.geo.crs import frame_of, transform
from tests.core.atlas.conftest import EAST, EPSG, NORTH, squares, write_file


@pytest.fixture
def land(bring_in, landuse_file, monkeypatch):
    """Publish 30 x 40 squares in many small row groups."""
    monkeypatch.setattr(layout, "ROWS_A_GROUP", 64)
    villages = [f"{'青石' if number % 40 < 20 else '白沙'}村" for number in range(1200)]
    numbers = [f"{number:05d}" for number in range(1200)]
    codes = ["0101" if number % 3 else "0702" for number in range(1200)]
    path = landuse_file(squares(30, 40), TBBH=numbers, ZLDWMC=villages, DLBM=codes)
    bring_in("landuse", path)
    return queries.current_release("landuse")


def _lonlat(x, y):
    point = transform(np.array([shapely.Point(x, y)]), frame_of(EPSG), frame_of(4490))[0]
    return point.x, point.y


def test_every_box_that_touches_is_read_and_no_other(land):
    assert stored(queries.path_of(land)).metadata.num_row_groups == 19
    shapes = dict(zip((str(one) for one in range(1, 1201)), squares(30, 40), strict=True))
    tree = shapely.STRtree(list(shapes.values()))

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.floats(-100, 2500), st.floats(-100, 1900), st.floats(0, 700), st.floats(0, 200))
    def agrees(east, north, size, distance):
        box = (EAST + east, NORTH + north, EAST + east + size, NORTH + north + size)
        rows = queries.read_near(land, box, distance_m=distance)
        wider = shapely.box(
            box[0] - distance, box[1] - distance, box[2] + distance, box[3] + distance
        )
        expected = {str(one + 1) for one in tree.query(wider)}
        assert set(rows.feature) == expected
        for feature, shape in zip(rows.feature, rows.geometry, strict=True):
            assert shape.equals_exact(shapes[feature])

    agrees()


def test_only_the_columns_wanted_are_read(land):
    rows = queries.read_near(land, (EAST, NORTH, EAST + 10, NORTH + 10), columns=["DLBM", "NONE"])
    assert rows.fields.column_names == ["area_dm2", "DLBM"]
    assert len(rows) == 1
    nothing = queries.read_near(land, (0, 0, 1, 1), columns=["DLBM"])
    assert (len(nothing), nothing.fields.column_names) == (0, ["area_dm2", "DLBM"])


def test_facts_say_what_stands_at_a_place(land):
    lon, lat = _lonlat(EAST + 30, NORTH + 30)
    facts = queries.facts_at(lon, lat)
    assert [fact["feature"] for fact in facts] == ["1"]
    fact = facts[0]
    assert (fact["layer"], fact["label"], fact["code"], fact["code_name"]) == (
        "landuse", "00000", "0702", "农村宅基地",
    )  # fmt: skip
    assert fact["fields"]["ZLDWMC"] == "青石村"
    assert fact["area_dm2"] == pytest.approx(360_000, rel=2e-4)
    assert queries.facts_at(*_lonlat(EAST - 50, NORTH)) == []


def test_a_point_is_found_within_reach(county, bring_in, tmp_path):
    path = write_file(
        tmp_path / "p.gpkg",
        [shapely.Point(EAST, NORTH)],
        {"BH": ["D1"], "MC": ["张家湾滑坡"]},
        geometry_type="Point",
    )
    bring_in("hazard_points", path)
    near, far = _lonlat(EAST + 10, NORTH), _lonlat(EAST + 20, NORTH)
    assert [fact["label"] for fact in queries.facts_at(*near)] == ["张家湾滑坡"]
    assert queries.facts_at(*far) == []


def test_what_is_secret_is_left_out(bring_in, landuse_file):
    bring_in("landuse", landuse_file(squares(1, 1), TBBH=["00077"]), secrecy="secret")
    place = _lonlat(EAST + 30, NORTH + 30)
    cleared = Reader(frozenset({"atlas.read_secret"}), None)
    assert queries.facts_at(*place) == []
    assert len(queries.facts_at(*place, reader=cleared)) == 1
    assert queries.search("00077") == []
    assert len(queries.search("00077", reader=cleared)) == 1


def test_a_parcel_is_found_by_its_number(land):
    found = queries.search("00123")
    assert [hit["title"] for hit in found] == ["00123"]
    hit = found[0]
    assert (hit["layer"], hit["feature"]) == ("landuse", "124")
    assert hit["detail"] == "地类图斑 · 0702 农村宅基地 · 青石村"
    lon, lat = _lonlat(EAST + 3 * 60 + 30, NORTH + 3 * 60 + 30)
    assert (hit["lon"], hit["lat"]) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))
    west, south, east, north = hit["bounds"]
    assert west < hit["lon"] < east
    assert south < hit["lat"] < north


def test_the_whole_of_a_number_comes_before_its_beginning_and_that_before_a_part(
    bring_in, landuse_file
):
    bring_in("landuse", landuse_file(squares(1, 4), TBBH=["9123", "1239", "123", "77"]))
    assert [hit["title"] for hit in queries.search("123")] == ["123", "1239", "9123"]


def test_a_village_narrows_a_number(land):
    alone = queries.search("0002", limit=100)
    narrowed = queries.search("青石 0002", limit=100)
    assert 0 < len(narrowed) < len(alone)
    assert all("青石村" in hit["detail"] for hit in narrowed)
    assert queries.search("青石村") == []


def test_two_characters_are_enough_and_one_is_not(county, bring_in, tmp_path):
    fields = {"ZLDWDM": ["4306261012010000000"], "ZLDWMC": ["青石村"]}
    bring_in("villages", write_file(tmp_path / "v.gpkg", squares(1, 1), fields))
    assert [hit["title"] for hit in queries.search("青石")] == ["青石村"]
    assert queries.search("青") == []
    assert queries.search("  ") == []
    assert queries.search("(.*") == []


def test_an_empty_county_answers_nothing(county):
    assert queries.search("青石") == []
    assert queries.facts_at(113.6, 28.7) == []
    assert queries.county_bounds() is None


def test_the_county_is_as_wide_as_its_layers(land):
    assert queries.county_bounds() == (EAST, NORTH, EAST + 2400, NORTH + 1800)


@given(st.integers(1, 5))
def test_neighbours_on_the_curve_are_neighbours_on_the_ground(power):
    side = 2**power
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(side), np.arange(side)))
    order = np.argsort(layout.hilbert(np.column_stack([x, y, x, y])), kind="stable")
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()


def test_a_search_text_is_never_a_pattern(land):
    assert places.find(queries.path_of(land), land, ["0.12"], 5) == []
