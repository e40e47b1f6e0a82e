"""The three lines may not run into one another: overlaps are listed, touches are not."""

import datetime

import pytest
import shapely
from click.testing import CliRunner

from guotu.core.atlas.conflicts import line_conflicts, missing_lines
from guotu.core.atlas.publishing import import_layer
from guotu.site.cli.layer import command
from tests.core.atlas.conftest import EAST, NORTH, write_file

DAY = datetime.date(2025, 12, 31)


def publish(folder, layer, *boxes):
    shapes = [shapely.box(EAST + w, NORTH + s, EAST + e, NORTH + n) for w, s, e, n in boxes]
    path = write_file(folder / f"{layer}.gpkg", shapes, {"MC": [layer] * len(shapes)})
    import_layer(layer, path, released=DAY, tiles=False, topology=False)


@pytest.fixture
def lines(county, tmp_path):
    publish(tmp_path, "basic_farmland", (0, 0, 100, 100), (100, 0, 200, 100))
    publish(tmp_path, "eco_redline", (150, 50, 300, 150), (0, 100, 100, 200))


def test_an_overlap_is_listed_with_its_area_and_a_touch_is_not(lines):
    (only,) = line_conflicts()
    assert (only.one.layer.name, only.other.layer.name) == ("basic_farmland", "eco_redline")
    assert only.area_m2 == pytest.approx(2500, rel=2e-4)
    assert only.geometry.equals(shapely.box(EAST + 150, NORTH + 50, EAST + 200, NORTH + 100))
    assert missing_lines() == ["urban_boundary"]


def test_before_a_line_was_released_nothing_is_compared(lines):
    assert line_conflicts(on=datetime.date(2024, 1, 1)) == []
    assert len(missing_lines(on=datetime.date(2024, 1, 1))) == 3


def test_the_command_says_what_it_found_and_what_it_could_not_compare(lines):
    said = CliRunner().invoke(command, ["conflicts"], standalone_mode=False)
    assert said.return_value == 1
    assert "永久基本农田" in said.output
    assert "没有 urban_boundary 的版本" in said.output
    assert "共 1 处" in said.output
