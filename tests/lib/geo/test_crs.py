"""Frames: every code, what files declare, what digits tell, and what is refused."""

import threading

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.geo.crs import (
    LONLAT,
    Bounds,
    Frame,
    candidates,
    detect_frame,
    frame_of,
    parse_frame,
    transform,
    zone_frame_for,
)
from guotu.lib.refusal import Refusal

ZONES = range(4491, 4555)
PINGJIANG: Bounds = (460_000, 3_176_000, 461_000, 3_177_000)
PREFIXED: Bounds = (38_460_000, 3_176_000, 38_461_000, 3_177_000)
DEGREES: Bounds = (113.2, 28.4, 114.1, 29.1)


def swapped(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


@pytest.mark.parametrize("epsg", ZONES)
def test_each_zone_is_what_the_register_says(epsg: int) -> None:
    frame = frame_of(epsg)
    params = {param.code: param.value for param in pyproj.CRS(epsg).coordinate_operation.params}
    assert (frame.central_meridian_deg, frame.false_easting_m) == (params["8802"], params["8806"])
    assert frame.kind == "zone"
    assert frame.prefixed == (frame.false_easting_m > 1e6)
    assert ("坐标带带号" in frame.name) == frame.prefixed


@pytest.mark.parametrize("epsg", ZONES)
@pytest.mark.parametrize("dialect", ["WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"])
def test_each_zone_is_known_by_its_text(epsg: int, dialect: str) -> None:
    text = pyproj.CRS(epsg).to_wkt(dialect)
    assert detect_frame(frame_of(epsg).box, text).epsg == epsg


def test_pingjiang() -> None:
    assert parse_frame("4547") == parse_frame(" epsg:4547 ") == zone_frame_for(113.6)
    assert frame_of(4547).zone == frame_of(4526).zone == 38
    assert frame_of(4526).false_easting_m == 38_500_000


@pytest.mark.parametrize("epsg", [4490, 4326, 4480, 4979])
def test_longitude_and_latitude_are_one_frame(epsg: int) -> None:
    assert frame_of(epsg) is LONLAT
    assert LONLAT.false_easting_m == 500_000  # meaningless, yet never prefixed


@pytest.mark.parametrize("epsg", [2000, 4610, 2437, 32650, 3857, 4555])
def test_other_codes_are_refused(epsg: int) -> None:
    with pytest.raises(Refusal, match="不是 2000 国家大地坐标系"):
        frame_of(epsg)


@pytest.mark.parametrize("text", ["", "北京54", "EPSG:", "45.47", "４５４７"])
def test_what_names_no_code_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="不是坐标系代号"):
        parse_frame(text)


@pytest.mark.parametrize(("lon", "zone"), [(112.5, 38), (112.4999, 37), (115.4999, 38), (75, 25)])
def test_a_border_belongs_to_the_zone_east_of_it(lon: float, zone: int) -> None:
    assert zone_frame_for(lon).zone == zone


@pytest.mark.parametrize("lon", [73.4, 137.0, float("nan"), float("inf")])
def test_no_zone_outside_the_country(lon: float) -> None:
    with pytest.raises(Refusal, match="不在 3 度带"):
        zone_frame_for(lon)


def test_prefix_and_degrees_are_known_by_their_digits() -> None:
    assert detect_frame(PREFIXED, None).epsg == 4526
    assert detect_frame(DEGREES, None) is LONLAT
    six: Bounds = (20_460_000, 3_176_000, 20_461_000, 3_177_000)
    assert detect_frame(six, None).epsg == 4498


def test_six_digits_are_refused_with_all_candidates() -> None:
    with pytest.raises(Refusal, match="EPSG:4534 至 4554") as refused:
        detect_frame(PINGJIANG, None)
    assert "--crs" in refused.value.remedy
    found = candidates(PINGJIANG)
    assert found[0].epsg == 4534
    assert len(found) == 21 + 11


def test_six_digits_are_taken_when_declared_or_given() -> None:
    given_frame = frame_of(4547)
    assert detect_frame(PINGJIANG, "EPSG:4547") is given_frame
    assert detect_frame(PINGJIANG, "4547") is given_frame
    assert detect_frame(PINGJIANG, None, given_frame) is given_frame
    assert detect_frame(PINGJIANG, "EPSG:4547", given_frame) is given_frame


@pytest.mark.parametrize("bounds", [PINGJIANG, PREFIXED, DEGREES])
def test_swapped_axes_are_refused_with_advice(bounds: Bounds) -> None:
    with pytest.raises(Refusal, match="对调"):
        detect_frame(swapped(bounds), None)


@pytest.mark.parametrize(("bounds", "epsg"), [(PINGJIANG, 4547), (PREFIXED, 4526), (DEGREES, 4490)])
def test_swapped_axes_are_refused_under_a_declaration_too(bounds: Bounds, epsg: int) -> None:
    with pytest.raises(Refusal, match="对调"):
        detect_frame(swapped(bounds), f"EPSG:{epsg}")


def test_swapped_degrees_of_the_west_are_no_place_of_ours() -> None:
    with pytest.raises(Refusal, match="对调"):
        detect_frame((44.0, 85.0, 45.0, 86.0), "EPSG:4326")
    assert detect_frame((85.0, 44.0, 86.0, 45.0), "EPSG:4326") is LONLAT


@pytest.mark.parametrize(
    ("bounds", "epsg", "likely"),
    [(PINGJIANG, 4526, "4534 至 4554"), (PREFIXED, 4547, "EPSG:4526"), (DEGREES, 4547, "4490")],
)
def test_a_declaration_that_the_digits_deny_is_refused(
    bounds: Bounds, epsg: int, likely: str
) -> None:
    with pytest.raises(Refusal, match=r"声明的坐标系.*与坐标不符") as refused:
        detect_frame(bounds, f"EPSG:{epsg}")
    assert likely in refused.value.remedy
    with pytest.raises(Refusal, match="指定的坐标系"):
        detect_frame(bounds, None, frame_of(epsg))


def test_file_and_person_must_agree() -> None:
    with pytest.raises(Refusal, match=r"文件声明的是.*指定的是"):
        detect_frame(PINGJIANG, "EPSG:4548", frame_of(4547))
    six_degree = frame_of(4509)
    assert detect_frame(PINGJIANG, "EPSG:4548", six_degree) is six_degree


def test_a_stray_feature_does_not_decide_for_the_file() -> None:
    assert detect_frame((460_000, 3_176_000, 9e9, 3_177_000), "EPSG:4547").epsg == 4547


def test_a_height_datum_and_a_bound_frame_change_nothing() -> None:
    assert detect_frame(PINGJIANG, "EPSG:4547+5737").epsg == 4547
    bound = pyproj.crs.BoundCRS(
        source_crs=pyproj.CRS(4547),
        target_crs=pyproj.CRS(4326),
        transformation=pyproj.crs.coordinate_operation.ToWGS84Transformation(
            pyproj.CRS(4490), 0, 0, 0, 0, 0, 0, 0
        ),
    )
    assert detect_frame(PINGJIANG, bound.to_wkt()).epsg == 4547


def test_the_lonlat_of_the_web_is_known_by_name() -> None:
    assert detect_frame(DEGREES, "OGC:CRS84") is LONLAT
    assert detect_frame(DEGREES, "urn:ogc:def:crs:EPSG::4490") is LONLAT


@pytest.mark.parametrize(
    "declared",
    [
        "EPSG:2437",  # Beijing 1954, 3-degree
        "EPSG:2360",  # Xi'an 1980
        "EPSG:32650",  # UTM: scale 0.9996
        "EPSG:3857",
        "EPSG:4479",  # geocentric CGCS2000
        "+proj=tmerc +lon_0=113.5 +k=1 +x_0=500000 +a=6378137 +rf=298.257222101",
        'LOCAL_CS["独立坐标系",UNIT["metre",1]]',
    ],
)
def test_what_is_declared_and_is_not_ours_is_refused(declared: str) -> None:
    with pytest.raises(Refusal, match="文件声明的坐标系是"):
        detect_frame(PINGJIANG, declared)


def test_nonsense_is_refused() -> None:
    with pytest.raises(Refusal, match="看不懂"):
        detect_frame(PINGJIANG, "坐标系")
    with pytest.raises(Refusal, match="认不出"):
        detect_frame((1, 2, 3, 4), None)
    with pytest.raises(Refusal, match="与坐标不符") as refused:
        detect_frame((1e9, 1e9, 2e9, 2e9), "EPSG:4547")
    assert "可能是" not in refused.value.remedy
    for bad in (float("nan"), float("inf")):
        with pytest.raises(Refusal, match="有限"):
            detect_frame((bad, 0, 1, 1), "EPSG:4547")


def points(*coordinates: tuple[float, ...]) -> np.ndarray:
    return np.array([shapely.Point(*each) for each in coordinates], dtype=object)


def test_the_prefix_is_added_exactly_and_nothing_else_moves() -> None:
    before = points((460_000.1234, 3_176_000.5678))
    after = transform(before, frame_of(4547), frame_of(4526))
    assert after[0].x == 460_000.1234 + 38e6
    assert after[0].y == before[0].y
    same = transform(before, frame_of(4547), frame_of(4509 - 1))  # 6-degree zone of 111 E
    assert same[0].x != before[0].x
    assert transform(before, frame_of(4547), frame_of(4547))[0] == before[0]


def test_none_and_heights_come_through() -> None:
    mixed = np.array([None, shapely.Point(113.6, 28.7, 55.5), shapely.Point(113.6, 28.7)], object)
    moved = transform(mixed, LONLAT, frame_of(4547))
    assert moved[0] is None
    assert (moved[1].z, moved[1].x) == (55.5, moved[2].x)
    assert not moved[2].has_z
    assert mixed[2].x == 113.6


@given(lon=st.floats(73.6, 136.4), lat=st.floats(3.5, 53.5))
def test_there_and_back(lon: float, lat: float) -> None:
    zone = zone_frame_for(lon)
    there = transform(points((lon, lat)), LONLAT, zone)
    assert (
        detect_frame(
            tuple(there[0].bounds),
            None,
            zone,  # type: ignore[arg-type]
        )
        == zone
    )
    back = transform(there, zone, LONLAT)[0]
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=1e-9)


def test_threads_do_not_share_what_proj_makes() -> None:
    wanted = transform(points((113.6, 28.7)), LONLAT, frame_of(4547))[0]
    got: list[shapely.Point] = []
    work = [
        threading.Thread(
            target=lambda: got.append(transform(points((113.6, 28.7)), LONLAT, frame_of(4547))[0])
        )
        for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert [each == wanted for each in got] == [True] * 4


def test_a_frame_is_plain_data() -> None:
    assert isinstance(frame_of(4547), Frame)
    assert frame_of(4547).box == (150_000, 300_000, 850_000, 6_100_000)
