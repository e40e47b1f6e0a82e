"""The page of overlapping control lines: its rows stand on the map, and secret lines stay out."""

import datetime

import pytest
import shapely

from guotu.core.atlas.publishing import import_layer
from tests.core.atlas.conftest import write_file
from tests.site.conftest import EAST, NORTH, SIDE

DAY = datetime.date(2025, 12, 31)


@pytest.fixture
def publish(county, tmp_path):
    """Give a way to publish squares, by their places in a row, as one of the lines."""

    def of(layer, *steps, **options):
        shapes = [
            shapely.box(EAST + SIDE * step, NORTH, EAST + SIDE * (step + 1), NORTH + SIDE)
            for step in steps
        ]
        path = write_file(tmp_path / f"{layer}.gpkg", shapes, {"MC": [layer] * len(shapes)})
        import_layer(layer, path, released=DAY, tiles=False, topology=False, **options)

    return of


def test_an_overlap_stands_in_the_list_in_the_table_and_on_the_map(clerk, publish):
    publish("basic_farmland", 0, 1)
    publish("eco_redline", 1.5)
    publish("urban_boundary", 9)
    page = clerk.get("/conflicts/").content.decode()
    assert "共 1 处，重叠 1,799." in page
    assert "未比较" not in page
    (feature,) = clerk.get("/conflicts.geojson").json()["features"]
    assert feature["properties"]["area_m2"] == pytest.approx(SIDE * SIDE / 2, rel=2e-4)
    west, south, east, north = shapely.from_geojson(
        str(feature["geometry"]).replace("'", '"')
    ).bounds
    assert f"{west:.7f},{south:.7f},{east:.7f},{north:.7f}" in page
    table = clerk.get("/conflicts.csv").content.decode("utf-8-sig").splitlines()
    assert "永久基本农田@2025-12-31" in table[2]


def test_a_secret_line_is_not_compared_for_those_who_may_not_see_it(clerk, publish):
    publish("basic_farmland", 0, 1)
    publish("eco_redline", 1.5, secrecy="secret")
    page = clerk.get("/conflicts/").content.decode()
    assert "没有“生态保护红线”的版本" in page
    assert clerk.get("/conflicts.geojson").json()["features"] == []


def test_lines_that_only_touch_are_no_conflict(clerk, publish):
    publish("basic_farmland", 0)
    publish("eco_redline", 1)
    publish("urban_boundary", 2)
    assert "三条控制线互不交叉" in clerk.get("/conflicts/").content.decode()
