"""Sheet numbers both ways: textbook values, borders, round trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.geo.sheets import (
    DIRECTIONS,
    SCALES,
    neighbour,
    sheet_at,
    sheet_bounds,
    sheet_scale,
    sheets_within,
    theoretical_area_m2,
)
from guotu.lib.refusal import Refusal

TEXTBOOK = (114 + 33 / 60 + 45 / 3600, 39 + 22 / 60 + 30 / 3600)


NUMBERS = [
    "J50",
    "J50B001001",
    "J50C001001",
    "J50D002002",
    "J50E004003",
    "J50F008005",
    "J50G015010",
    "J50H030019",
    "J50I090055",
    "J50J01800109",
    "J50K03600217",
]


@pytest.mark.parametrize(("scale", "number"), list(zip(SCALES, NUMBERS, strict=True)))
def test_the_textbook_point(scale: int, number: str) -> None:
    assert sheet_at(*TEXTBOOK, scale) == number


def test_pingjiang() -> None:
    assert sheet_at(113.6, 28.7, 10_000) == "H49G080090"
    assert sheet_at(113.6, 28.7, 500) == "H49K19012151"
    assert theoretical_area_m2("H49G080090") == pytest.approx(28207124.8954, abs=1e-3)


def test_neighbours_cross_the_border_of_two_belts() -> None:
    assert neighbour("H49G080096", "east") == "H50G080001"
    assert neighbour("H50G080001", "west") == "H49G080096"
    assert neighbour("H49G001001", "north") == "I49G096001"
    assert neighbour("H49G001096", "northeast") == "I50G096001"


def test_a_point_on_an_edge_belongs_north_and_east() -> None:
    west, south, east, north = sheet_bounds("H49G080090")
    assert sheet_at(west, south, 10_000) == "H49G080090"
    assert sheet_at(east, south, 10_000) == neighbour("H49G080090", "east")
    assert sheet_at(west, north, 10_000) == neighbour("H49G080090", "north")


def test_sheets_within_bounds_are_not_those_merely_touched() -> None:
    assert sheets_within(sheet_bounds("H49G080090"), 10_000) == ["H49G080090"]
    assert sheets_within((113.9, 28.6, 114.1, 28.7), 50_000) == [
        "H49E020024",
        "H50E020001",
        "H49E021024",
        "H50E021001",
    ]
    assert sheets_within((113.6, 28.7, 113.6, 28.7), 10_000) == ["H49G080090"]


@given(lon=st.floats(73.5, 135.0), lat=st.floats(3.5, 53.5), scale=st.sampled_from(sorted(SCALES)))
def test_there_and_back(lon: float, lat: float, scale: int) -> None:
    sheet = sheet_at(lon, lat, scale)
    west, south, east, north = sheet_bounds(sheet)
    slack = 1 / 36_000_000
    assert west - slack <= lon < east + slack
    assert south - slack <= lat < north + slack
    assert sheet_at((west + east) / 2, (south + north) / 2, scale) == sheet
    assert neighbour(neighbour(sheet, "north"), "south") == sheet


@pytest.mark.parametrize(
    "sheet",
    [
        "",
        "H49G",
        "H49G08009",
        "H49G097001",
        "H49G000001",
        "H49L001001",
        "H49J001001",
        "H00",
        "平江",
    ],
)
def test_what_is_no_number_is_refused(sheet: str) -> None:
    with pytest.raises(Refusal, match="不是图幅号"):
        sheet_bounds(sheet)


def test_what_has_no_sheets_is_refused() -> None:
    with pytest.raises(Refusal, match="基本比例尺"):
        sheet_at(113, 28, 12_345)
    with pytest.raises(Refusal, match="分幅范围"):
        sheet_at(113, -5, 10_000)


def test_every_scale_divides_the_million_sheet_evenly() -> None:
    for scale in SCALES:
        sheet = sheet_at(*TEXTBOOK, scale)
        west, south, east, north = sheet_bounds(sheet)
        across, up = 6 / (east - west), 4 / (north - south)
        assert across == pytest.approx(round(across), abs=1e-6)
        assert up == pytest.approx(across, abs=1e-6)
        assert sheet_scale(sheet) == scale


def test_the_grid_ends_at_the_equator_and_88_north_and_closes_at_180() -> None:
    assert sheet_at(180, 0, 1_000_000) == "A01"
    assert sheet_at(0, 88, 1_000_000) == "V31"
    assert neighbour("A60", "east") == "A01"
    for sheet, direction in (("A31", "south"), ("V31", "north")):
        with pytest.raises(Refusal, match="没有相邻图幅"):
            neighbour(sheet, direction)


def test_neighbours_in_all_directions_come_back() -> None:
    back = dict(zip(DIRECTIONS, [*list(DIRECTIONS)[4:], *list(DIRECTIONS)[:4]], strict=True))
    for direction, opposite in back.items():
        there = neighbour("H50G080001", direction)
        assert neighbour(there, opposite) == "H50G080001"
        assert there != "H50G080001"
    with pytest.raises(Refusal, match="不认识的方向"):
        neighbour("H50G080001", "up")


def test_bounds_upside_down_and_too_many_sheets_are_refused() -> None:
    with pytest.raises(Refusal, match="颠倒"):
        sheets_within((114, 28, 113, 29), 10_000)
    with pytest.raises(Refusal, match="超过 100 幅"):
        sheets_within((113, 28, 114, 29), 10_000, most=100)


def test_theoretical_areas_of_parts_sum_to_the_whole() -> None:
    parts = sheets_within(sheet_bounds("H49G080090"), 500)
    assert len(parts) == 24 * 24
    total = sum(theoretical_area_m2(part) for part in parts)
    assert total == pytest.approx(theoretical_area_m2("H49G080090"), rel=1e-11)
