"""The legal area: golden values, an independent scalar reckoning, and what must not matter."""

import decimal
import itertools
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from guotu.lib.geo import compiled
from guotu.lib.geo.area import kernel, legal_area_dm2, legal_area_m2
from guotu.lib.geo.crs import frame_of
from guotu.lib.refusal import Refusal

FRAME = frame_of(4547)
SQUARE = shapely.box(460000, 3176000, 461000, 3177000)
HOLED = SQUARE.difference(shapely.box(460400, 3176400, 460600, 3176600))
TRIANGLE = shapely.Polygon(
    [(461012.345, 3176040.111), (461090.5, 3176055.25), (461040.75, 3176121.875)]
)


def one(geometry: object) -> int:
    return int(legal_area_dm2(np.array([geometry], dtype=object), FRAME)[0])


def exact(geometry: object) -> float:
    return float(legal_area_m2(np.array([geometry], dtype=object), FRAME)[0])


def plain(kernel_function: Any) -> Callable[..., Any]:
    """Return a kernel as Python runs it."""
    return kernel_function.py_func  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("geometry", "dm2"), [(SQUARE, 99996150), (HOLED, 95996304), (TRIANGLE, 298001)]
)
def test_golden_values_of_the_standard(geometry: object, dm2: int) -> None:
    assert one(geometry) == dm2


def test_the_triangle_to_the_fourth_decimal() -> None:
    assert exact(TRIANGLE) == pytest.approx(2980.0073, abs=5e-5)


def test_the_prefix_changes_nothing() -> None:
    shifted = shapely.transform(TRIANGLE, lambda points: points + np.array([38e6, 0]))
    there = legal_area_dm2(np.array([shifted], dtype=object), frame_of(4526))
    assert there[0] == 298001


def test_direction_starting_point_and_order_of_rings_change_not_a_bit() -> None:
    points = list(HOLED.exterior.coords)[:-1]
    holes = [ring.coords for ring in HOLED.interiors]
    for turn in range(4):
        turned = shapely.Polygon(points[turn:] + points[:turn], holes)
        assert exact(turned) == exact(turned.reverse()) == exact(HOLED)
    both = [TRIANGLE, HOLED]
    assert exact(shapely.MultiPolygon(both)) == exact(shapely.MultiPolygon(both[::-1]))
    same_way = shapely.Polygon(points, [list(holes[0])[::-1]])
    assert exact(same_way) == exact(HOLED)


ring_points = st.lists(
    st.tuples(st.integers(0, 50_000_000), st.integers(0, 50_000_000)), min_size=3, max_size=8
)


@given(points=ring_points, turn=st.integers(0, 7))
def test_any_ring_may_begin_anywhere(points: list[tuple[int, int]], turn: int) -> None:
    ring = [(460_000 + x / 1e4, 3_176_000 + y / 1e4) for x, y in points]
    turn %= len(ring)
    turned = (ring[turn:] + ring[:turn])[::-1]
    assert exact(shapely.Polygon(ring)) == exact(shapely.Polygon(turned))


def test_what_has_no_area_is_nought() -> None:
    empty = [None, shapely.Point(460000, 3176000), shapely.Polygon(), shapely.LineString()]
    areas = legal_area_m2(np.array([*empty, TRIANGLE, shapely.MultiPolygon()], dtype=object), FRAME)
    assert areas[:4].tolist() == [0, 0, 0, 0]
    assert areas[4] > 2980
    assert areas[5] == 0
    assert legal_area_m2(np.array([], dtype=object), FRAME).shape == (0,)


def test_a_multipolygon_is_the_sum_of_its_parts() -> None:
    parts = legal_area_m2(np.array([TRIANGLE, HOLED], dtype=object), FRAME)
    assert exact(shapely.MultiPolygon([TRIANGLE, HOLED])) == pytest.approx(parts.sum(), abs=1e-6)


def test_one_thread_and_two_give_the_same_bytes() -> None:
    east, north = np.meshgrid(np.arange(100), np.arange(100))
    squares = shapely.box(
        460000 + east.ravel(),
        3176000 + north.ravel(),
        460001 + east.ravel(),
        3176001 + north.ravel(),
    )
    squares[::7] = HOLED
    squares = np.tile(squares, 5)
    first = legal_area_m2(squares, FRAME, threads=1)
    assert first.tobytes() == legal_area_m2(squares, FRAME, threads=2).tobytes()
    assert len(first) == 50_000


def test_lonlat_and_collections_are_refused() -> None:
    with pytest.raises(Refusal, match="经纬度"):
        legal_area_m2(np.array([TRIANGLE], dtype=object), frame_of(4490))
    with pytest.raises(Refusal, match="集合"):
        one(shapely.GeometryCollection([TRIANGLE]))


@pytest.mark.parametrize(
    "points",
    [
        [(38_460_000, 3_176_000), (38_461_000, 3_176_000), (38_460_000, 3_177_000)],
        [(460_000, 3_176_000), (461_000, 3_176_000), (460_000, -5.0)],
        [(113.6, 28.7), (113.7, 28.7), (113.6, 1e200)],
        [(0, 0), (1_000_000, 0), (1_000_000, 9_000_000), (0, 9_000_000)],
    ],
)
def test_what_lies_in_no_zone_is_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(Refusal, match="不在任何分带") as refused:
        one(shapely.Polygon(points))
    assert "横坐标" in refused.value.where


@given(number=st.integers(0, 10**12), digits=st.integers(0, 6))
def test_decimals_are_rounded_as_they_are_written(number: int, digits: int) -> None:
    text = decimal.Decimal(number) / 10**digits
    text %= 10_000_000
    wanted = text.quantize(decimal.Decimal("0.0001"), decimal.ROUND_HALF_UP) * 10_000
    assert kernel.on_grid(float(text), 0.0) == wanted
    prefixed = decimal.Decimal(38_500_000) + text
    assert kernel.on_grid(float(prefixed), 38_500_000.0) == wanted


@pytest.mark.parametrize(
    ("metres", "units"), [(0.00005, 1), (0.00004, 0), (1.23455, 12346), (2.99995, 30000)]
)
def test_a_decimal_that_ends_in_five_goes_up(metres: float, units: int) -> None:
    assert plain(kernel.on_grid)(460_000 + metres, 460_000.0) == units
    assert kernel.on_grid(460_000 + metres, 460_000.0) == units


@pytest.mark.parametrize(
    ("length_m", "count"),
    [(69.9999, 1), (70.0, 1), (70.0001, 2), (139.9999, 2), (140.0, 3), (700.0, 11), (0.0, 1)],
)
def test_edges_over_70_m_are_divided(length_m: float, count: int) -> None:
    units = round(length_m * 10_000)
    for dx, dy in ((units, 0), (0, -units), (units * 3 // 5, units * 4 // 5)):
        if dx * dx + dy * dy == units * units:
            assert kernel.pieces(dx, dy) == plain(kernel.pieces)(dx, dy) == count


@given(
    start=st.integers(-(10**10), 10**10),
    run=st.integers(-(10**8), 10**8),
    parts=st.integers(1, 200),
)
def test_inserted_points_are_the_same_from_either_end(start: int, run: int, parts: int) -> None:
    end = start + run
    there = [kernel.between(start, end, part, parts) for part in range(parts + 1)]
    back = [kernel.between(end, start, part, parts) for part in range(parts + 1)]
    assert there == back[::-1]
    assert (there[0], there[-1]) == (start, end)
    for part, at in enumerate(there):
        wanted = decimal.Decimal(start * (parts - part) + end * part) / parts / 10_000
        kept = wanted.quantize(decimal.Decimal("0.000001"), decimal.ROUND_HALF_UP)
        if start >= 0 and end >= 0:
            assert at == kept.quantize(decimal.Decimal("0.0001"), decimal.ROUND_HALF_UP) * 10_000


@given(angle=st.floats(0.0, math.pi / 2))
def test_sine_and_cosine_to_the_last_digits(angle: float) -> None:
    got = kernel.sine_cosine(angle)
    assert got == pytest.approx((math.sin(angle), math.cos(angle)), abs=2.3e-16, rel=0)
    assert got == plain(kernel.sine_cosine)(angle)


@given(x=st.floats(0.0, 6e6), y=st.floats(-3.5e5, 3.5e5))
def test_the_inverse_agrees_with_the_formula_term_by_term_and_with_proj(x: float, y: float) -> None:
    latitude, longitude = kernel.latitude_longitude(x, y)
    assert plain(kernel.latitude_longitude)(x, y) == pytest.approx((latitude, longitude), abs=1e-15)
    by_formula = inverse_term_by_term(x, y)
    assert (latitude, longitude) == pytest.approx(by_formula, abs=1e-15, rel=1e-14)
    lon, lat = back_by_proj(500_000 + y, x)
    assert math.degrees(latitude) * 3600 == pytest.approx(lat * 3600, abs=2e-4)
    assert (math.degrees(longitude) + 114) * 3600 == pytest.approx(lon * 3600, abs=2e-3)


def inverse_term_by_term(x: float, y: float) -> tuple[float, float]:
    """高斯投影反解变换 as the rule prints it."""
    k1, k2, k3, k4 = (
        5.05250178820567e-03,
        2.98472900956587e-05,
        2.41626669230084e-07,
        2.22241238938534e-09,
    )
    e = 1.57048761144159e-07 * x
    s = math.sin(e)
    bf = e + math.cos(e) * (k1 * s - k2 * s**3 + k3 * s**5 - k4 * s**7)
    t = math.tan(bf)
    eta2 = 0.00673949677548 * math.cos(bf) ** 2
    v = math.sqrt(1 + eta2)
    q = y / (6399593.62586 / v)
    b = (
        bf
        - v**2 * t / 2 * q**2
        + v**2 * t / 24 * (5 + 3 * t**2 + eta2 - 9 * eta2 * t**2) * q**4
        - v**2 * t / 720 * (61 + 90 * t**2 + 45 * t**4) * q**6
    )
    c = math.cos(bf)
    long = (
        q / c
        - (1 + 2 * t**2 + eta2) * q**3 / (6 * c)
        + (5 + 28 * t**2 + 24 * t**4 + 6 * eta2 + 8 * eta2 * t**2) * q**5 / (120 * c)
    )
    return b, long


def series_of_area(e2: float) -> list[float]:
    """The coefficients A to E as the rule prints them."""
    return [
        1 + 3 / 6 * e2 + 30 / 80 * e2**2 + 35 / 112 * e2**3 + 630 / 2304 * e2**4,
        1 / 6 * e2 + 15 / 80 * e2**2 + 21 / 112 * e2**3 + 420 / 2304 * e2**4,
        3 / 80 * e2**2 + 7 / 112 * e2**3 + 180 / 2304 * e2**4,
        1 / 112 * e2**3 + 45 / 2304 * e2**4,
        5 / 2304 * e2**4,
    ]


@given(mean=st.floats(0.0, 1.0), half=st.floats(-0.1, 0.1), dl=st.floats(-0.1, 0.1))
def test_the_trapezoid_agrees_with_the_series(mean: float, half: float, dl: float) -> None:
    wanted = (
        2
        * 6356752.31414036**2
        * dl
        * sum(
            (-1) ** k * term * math.sin((2 * k + 1) * half) * math.cos((2 * k + 1) * mean)
            for k, term in enumerate(series_of_area(0.00669438002290))
        )
    )
    got = kernel.trapezoid(math.sin(half), math.cos(mean), dl)
    assert got == pytest.approx(wanted, rel=1e-12, abs=1e-7)
    assert plain(kernel.trapezoid)(math.sin(half), math.cos(mean), dl) == got
    assert kernel.trapezoid(-math.sin(half), math.cos(mean), dl) == -got


@given(
    b=st.integers(0, 190_000_000_000),
    lon=st.integers(-(10**10), 10**10),
    step=st.integers(-(10**7), 10**7),
)
def test_an_edge_is_a_trapezoid_to_the_central_meridian(b: int, lon: int, step: int) -> None:
    unit = 1e-6 / 206264.8062471
    half, mean = step / 2 * unit, (b + step / 2) * unit
    wanted = kernel.trapezoid(math.sin(half), math.cos(mean), (lon + step / 2) * unit)
    got = kernel.edge_area(b, lon, b + step, lon + step)
    assert got == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert got == plain(kernel.edge_area)(b, lon, b + step, lon + step)
    assert got == -kernel.edge_area(b + step, lon + step, b, lon)


def strung(*rings: shapely.LinearRing) -> tuple[np.ndarray, np.ndarray]:
    sizes = [shapely.get_num_coordinates(ring) for ring in rings]
    return shapely.get_coordinates(rings), np.cumsum([0, *sizes]).astype(np.int64)


def test_python_and_machine_code_give_the_same_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    rings = [TRIANGLE.exterior, HOLED.exterior, HOLED.interiors[0], TRIANGLE.exterior.reverse()]
    xy, offsets = strung(*rings)
    by_machine = np.zeros(4, dtype=np.int64)
    kernel.ring_areas(xy, offsets, 500_000.0, by_machine)
    assert by_machine[0] == -by_machine[3] != 0
    for name in ("block_areas", "edge_areas", "divided", "boundary_m"):
        monkeypatch.setattr(kernel, name, plain(getattr(kernel, name)))
    for vertices, metres in ((8_192, 3.5e8), (6, 3.5e8), (8_192, 1_000.0), (1, 10_000.0)):
        monkeypatch.setattr(kernel, "BLOCK_VERTICES", vertices)
        monkeypatch.setattr(kernel, "LONGEST_RING_M", metres if metres > 5_000 else 4_000.5)
        by_python = np.zeros(4, dtype=np.int64)
        plain(kernel.ring_areas)(xy, offsets, 500_000.0, by_python)
        assert by_python.tolist() == by_machine.tolist()
    small = shapely.box(460_000, 3_176_000, 460_050, 3_176_070)
    undivided = np.zeros(1, dtype=np.int64)
    plain(kernel.ring_areas)(*strung(small.exterior), 500_000.0, undivided)
    assert abs(undivided[0]) / kernel.S_UNIT == exact(small)


def test_python_refuses_what_machine_code_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("block_areas", "boundary_m"):
        monkeypatch.setattr(kernel, name, plain(getattr(kernel, name)))
    none = np.zeros(0, dtype=np.int64)
    plain(kernel.ring_areas)(np.zeros((0, 2)), np.array([0]), 500_000.0, none)
    area = np.zeros(1, dtype=np.int64)
    plain(kernel.ring_areas)(*strung(TRIANGLE.exterior), 38_500_000.0, area)
    assert area[0] == kernel.NO_AREA
    monkeypatch.setattr(kernel, "LARGEST_RING_M2", 2_980.0)
    plain(kernel.ring_areas)(*strung(TRIANGLE.exterior), 500_000.0, area)
    assert area[0] == kernel.NO_AREA


def test_a_boundary_without_end_is_refused() -> None:
    to_and_fro = [(10_000 + 990_000 * (at % 2), 1_000_000 + at) for at in range(400)]
    with pytest.raises(Refusal, match="不在任何分带"):
        one(shapely.Polygon(to_and_fro))


def test_blocks_are_cut_between_rings_whatever_their_size() -> None:
    rings = [shapely.Point(460_000, 3_176_000).buffer(50, side) for side in (1, 3000, 1, 700, 2)]
    many = np.array(rings * 3, dtype=object)
    together = legal_area_m2(many, FRAME)
    assert together.tolist() == [exact(ring) for ring in many]


def test_small_kernels_by_hand() -> None:
    assert plain(kernel.between)(0, 7, 1, 2) == 4
    assert plain(kernel.is_in_a_zone)(500_000.0, float("nan"), 500_000.0) is False
    second = 1_000_000
    degree28 = 28 * 3600 * second
    edge = kernel.edge_area(degree28, second, degree28 + second, second)
    assert edge == pytest.approx(30.8 * 27.3, rel=0.01)


def test_without_a_place_for_machine_code_it_still_compiles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = numba.njit

    def no_place(function: Any, **options: Any) -> Any:
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function: no locator available")
        return real(function, **options)

    monkeypatch.setattr(compiled.numba, "njit", no_place)
    doubled = compiled.compiled(lambda number: 2 * number)
    assert doubled(21) == 42


BACK = pyproj.Transformer.from_crs(4547, 4490, always_xy=True)


def back_by_proj(east: float, north: float) -> tuple[float, float]:
    lon, lat = BACK.transform(east, north)
    return lon, lat


def scalar_area(ring: list[tuple[float, float]]) -> float:
    """Reckon a ring the long way round: PROJ for B and L, plain sines, no rounding to seconds."""
    series = series_of_area(0.006694380022900788)
    total = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        count = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / 30))
        steps = [(x1 + (x2 - x1) * k / count, y1 + (y2 - y1) * k / count) for k in range(count + 1)]
        lons, lats = BACK.transform(*zip(*steps, strict=True))
        geodetic = zip(np.radians(lons).tolist(), np.radians(lats).tolist(), strict=True)
        for (l1, b1), (l2, b2) in itertools.pairwise(geodetic):
            half, mean = (b2 - b1) / 2, (b1 + b2) / 2
            terms = [
                (-1) ** k * series[k] * math.sin((2 * k + 1) * half) * math.cos((2 * k + 1) * mean)
                for k in range(5)
            ]
            total += 2 * 6356752.314140356**2 * ((l1 + l2) / 2 - math.radians(114)) * sum(terms)
    return abs(total)


@given(
    east=st.floats(410000, 590000),
    north=st.floats(2000000, 4500000),
    radii=st.lists(st.floats(5, 900), min_size=3, max_size=12),
)
def test_it_agrees_with_a_scalar_reckoning(east: float, north: float, radii: list[float]) -> None:
    angles = [2 * math.pi * k / len(radii) for k in range(len(radii))]
    ring = [
        (round(east + r * math.cos(a), 4), round(north + r * math.sin(a), 4))
        for r, a in zip(radii, angles, strict=True)
    ]
    ours = exact(shapely.Polygon(ring))
    assert ours == pytest.approx(scalar_area(ring), abs=0.01 + 1e-4 * max(radii))
