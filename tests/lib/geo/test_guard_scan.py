"""What the scan lets through GEOS can read; what lies, nests or is not finite it names."""

import importlib.util
import struct
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from guotu.lib.geo.guard import Limits, kernel, scan_wkb
from guotu.lib.geo.guard import scan as scan_module
from guotu.lib.refusal import Refusal

SITE = Limits.site()
RINGS = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 0.0)]


def ring(*points: tuple[float, float], count: int | None = None) -> bytes:
    body = b"".join(struct.pack("<2d", *point) for point in points)
    return struct.pack("<I", len(points) if count is None else count) + body


def head(code: int) -> bytes:
    return struct.pack("<BI", 1, code)


def polygon(*rings: bytes) -> bytes:
    return head(3) + struct.pack("<I", len(rings)) + b"".join(rings)


def verdict(wkb: bytes | None, limits: Limits = SITE) -> str:
    rejected = scan_wkb([wkb], limits).rejected(["1"])
    return rejected[0].rule if rejected else "good"


GOOD_POINT = head(1) + struct.pack("<2d", 1, 2)
CASES = {
    "good": [
        GOOD_POINT,
        head(2) + ring((0, 0), (1, 1)),
        polygon(ring(*RINGS)),
        head(4) + struct.pack("<I", 1) + GOOD_POINT,
        head(6) + struct.pack("<I", 2) + polygon(ring(*RINGS)) * 2,
        head(1 | 0x20000000) + struct.pack("<I2d", 4547, 1, 2),
    ],
    "null_geometry": [None],
    "empty_geometry": [
        polygon(),
        head(1) + struct.pack("<2d", np.nan, np.nan),
        head(2) + ring(),
        head(6) + struct.pack("<I", 0),
    ],
    "truncated": [
        b"",
        b"\x01\x03",
        head(1),
        head(2),
        head(3),
        head(6),
        head(1 | 0x20000000) + b"\x00",
        head(2) + struct.pack("<I", 9),
        head(3) + struct.pack("<I", 0xFFFFFFFF),
        head(6) + struct.pack("<I", 0xFFFFFFFF),
        polygon(ring(*RINGS, count=0xFFFFFFFF)),
        polygon(ring(*RINGS))[:-1],
        head(3) + struct.pack("<I", 2) + ring(*RINGS),
        head(6) + struct.pack("<I", 1) + polygon(ring(*RINGS))[:9],
        head(6) + struct.pack("<I", 2) + polygon(ring(*RINGS)) + b"\x01",
    ],
    "malformed": [b"\x02" + GOOD_POINT[1:], GOOD_POINT + b"\x00"],
    "geometry_type": [head(0), head(99), head(4003), head(0x10001)],
    "geometry_collection": [head(7) + struct.pack("<I", 0), head(7) * 20_000],
    "curve": [head(8), head(10), head(11), head(12), head(15), head(16), head(17)],
    "nesting": [
        head(6) + struct.pack("<I", 1) + GOOD_POINT,
        (head(6) + struct.pack("<I", 1)) * 500 + GOOD_POINT,
    ],
    "coordinate": [
        head(1) + struct.pack("<2d", np.inf, 0),
        head(1) + struct.pack("<2d", np.nan, 0),
        head(1) + struct.pack("<2d", 1e200, 0),
        polygon(ring((0, 0), (9, 0), (9, np.nan), (0, 0))),
        polygon(ring((0, 0), (9, 0), (9, -1.1e8), (0, 0))),
        polygon(ring((np.nan, 0), (9, 0), (9, 9), (0, 0))),
    ],
    "ring_short": [polygon(ring()), polygon(ring((0, 0), (1, 1), (0, 0))), head(2) + ring((0, 0))],
    "ring_open": [polygon(ring((0, 0), (9, 0), (9, 9), (0, 9)))],
}


@pytest.mark.parametrize("rule", CASES)
def test_each_fault_is_named(rule: str) -> None:
    assert [verdict(wkb) for wkb in CASES[rule]] == [rule] * len(CASES[rule])


def test_a_place_is_given_where_one_is_known() -> None:
    bad = polygon(ring((5, 6), (9, 0), (np.nan, 7), (5, 6)))
    (found,) = scan_wkb([bad], SITE).rejected(["甲"])
    assert (found.feature, found.x, found.y) == ("甲", 9.0, 0.0)
    assert "坐标" in found.reason


def test_a_place_that_is_not_known_is_none() -> None:
    (found,) = scan_wkb([None], SITE).rejected(["1"])
    assert (found.x, found.y) == (None, None)


def test_too_many_vertices_in_one_feature() -> None:
    limits = Limits(**vars(SITE) | {"max_vertices_per_feature": 7})
    two = head(6) + struct.pack("<I", 2) + polygon(ring(*RINGS)) * 2
    assert verdict(two, limits) == "vertices"
    assert verdict(polygon(ring(*RINGS)), limits) == "good"


def test_too_many_vertices_or_features_in_all() -> None:
    few = Limits(**vars(SITE) | {"max_vertices": 7, "max_features": 5})
    with pytest.raises(Refusal, match="顶点太多"):
        scan_wkb([polygon(ring(*RINGS))] * 2, few)
    with pytest.raises(Refusal, match="图形太多"):
        scan_wkb([GOOD_POINT] * 6, few)


def test_a_lawful_multipolygon_of_more_than_107000_vertices_passes() -> None:
    turn = np.linspace(0, 2 * np.pi, 107_500)
    circle = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * 1000)
    shape = shapely.MultiPolygon([circle, shapely.box(5000, 0, 5001, 1)])
    scan = scan_wkb([shapely.to_wkb(shape)], SITE)
    assert scan.good.all()
    assert scan.vertices[0] == shapely.get_num_coordinates(shape) > 107_000


def test_one_bad_feature_costs_only_itself() -> None:
    scan = scan_wkb([GOOD_POINT, head(1), GOOD_POINT], SITE)
    assert scan.good.tolist() == [True, False, True]


def test_what_lies_outside_the_extent_is_rejected_at_its_far_corner() -> None:
    scan = scan_wkb([GOOD_POINT, polygon(ring((0, 0), (90, 0), (90, 5), (0, 0)))], SITE)
    scan.reject_outside(0, 0, 50, 50)
    (found,) = scan.rejected(["1", "2"])
    assert (found.feature, found.rule, found.x) == ("2", "extent", 90.0)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda found: pa.array(found, pa.binary()),
        lambda found: pa.array(found, pa.large_binary())[:],
        lambda found: pa.array([b"x", *found], pa.binary())[1:],
        lambda found: pa.chunked_array([pa.array(found[:1], pa.binary()), pa.array(found[1:])]),
        lambda found: found,
    ],
)
def test_any_array_of_bytes_will_do(wrap: Callable[[list[bytes | None]], Any]) -> None:
    scan = scan_wkb(wrap([GOOD_POINT, None, GOOD_POINT]), SITE)
    assert scan.good.tolist() == [True, False, True]


@pytest.mark.parametrize("nothing", [[], pa.chunked_array([], pa.binary()), pa.array([], "binary")])
def test_nothing_is_nothing(nothing: Any) -> None:
    assert len(scan_wkb(nothing, SITE).code) == 0


NUMBERS = st.floats(-9e7, 9e7, allow_nan=False)
PLACES = st.tuples(NUMBERS, NUMBERS)


@st.composite
def shapes(draw: st.DrawFn) -> Any:
    simple = draw(st.sampled_from(["point", "line", "polygon"]))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        points = draw(st.lists(PLACES, min_size=3, max_size=6))
        made = {
            "point": lambda p=points: shapely.Point(p[0]),
            "line": lambda p=points: shapely.LineString(p),
            "polygon": lambda p=points: shapely.Polygon(p, [p[::-1]]),
        }
        parts.append(made[simple]())
    if len(parts) == 1:
        return parts[0]
    many = {
        "point": shapely.MultiPoint,
        "line": shapely.MultiLineString,
        "polygon": shapely.MultiPolygon,
    }
    return many[simple](parts)


@given(
    shape=shapes(),
    order=st.integers(0, 1),
    flavor=st.sampled_from(["extended", "iso"]),
    height=st.booleans(),
    srid=st.booleans(),
)
def test_agrees_with_shapely_on_what_is_valid(
    shape: Any, order: int, flavor: Any, height: bool, srid: bool
) -> None:
    shape = shapely.force_3d(shape, 7.0) if height else shape
    with_srid = srid and flavor == "extended"
    shape = shapely.set_srid(shape, 4547) if with_srid else shape
    wkb = shapely.to_wkb(shape, byte_order=order, flavor=flavor, include_srid=with_srid)
    scan = scan_wkb([wkb], SITE)
    assert scan.good.all()
    assert scan.type[0] == {0: 1, 1: 2, 3: 3, 4: 4, 5: 5, 6: 6}[shapely.get_type_id(shape)]
    assert scan.vertices[0] == shapely.get_num_coordinates(shape)
    assert scan.parts[0] == shapely.get_num_geometries(shape)
    assert scan.has_z[0] == height
    assert scan.bounds[0].tolist() == list(shapely.bounds(shape))


@settings(max_examples=400)
@given(
    shape=shapes(),
    edits=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4),
    length=st.integers(0, 400),
)
def test_whatever_passes_geos_can_read(
    shape: Any, edits: list[tuple[int, int]], length: int
) -> None:
    raw = bytearray(shapely.to_wkb(shape))
    for at, byte in edits:
        raw[at % len(raw)] = byte
    raw = raw[: length + 1] if length < 30 else raw
    scan = scan_wkb([bytes(raw)], SITE)
    if scan.good[0]:
        read = shapely.from_wkb(bytes(raw))
        assert shapely.get_num_coordinates(read) == scan.vertices[0]
        assert np.isfinite(shapely.bounds(read)).all()


@given(st.binary(max_size=200))
def test_rubbish_never_breaks_it(raw: bytes) -> None:
    assert scan_wkb([raw], SITE).code.shape == (1,)


@pytest.fixture(scope="module")
def plain_kernel() -> Any:
    """The kernel as Python runs it, so that its branches can be followed."""
    patch = pytest.MonkeyPatch()
    patch.setattr(numba, "njit", lambda function=None, **_: function or (lambda given: given))
    found = importlib.util.spec_from_file_location("plain_kernel", kernel.__file__)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    yield module
    patch.undo()


def test_the_compiled_kernel_does_what_its_text_says(
    plain_kernel: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [wkb for cases in CASES.values() for wkb in cases if len(wkb or b"") < 10_000]
    big = shapely.to_wkb(shapely.force_3d(shapely.box(1, 2, 3, 4), 5.0), byte_order=0)
    iso_m = struct.pack("<BI3d", 1, 2001, 1, 2, 3)
    narrow = Limits(**vars(SITE) | {"max_vertices_per_feature": 6})
    compiled = scan_wkb([*every, big, iso_m], narrow)
    monkeypatch.setattr(scan_module.kernel, "walk", plain_kernel.walk)
    plain = scan_wkb([*every, big, iso_m], narrow)
    for name in ("code", "type", "vertices", "parts", "has_z", "has_m"):
        assert getattr(plain, name).tolist() == getattr(compiled, name).tolist(), name
    np.testing.assert_array_equal(plain.bounds, compiled.bounds)
    np.testing.assert_array_equal(plain.place, compiled.place)


def test_a_folder_that_cannot_be_written_costs_the_cache_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def njit(cache: bool = False, nogil: bool = False) -> Any:
        if cache:
            raise RuntimeError("no locator available")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", njit)
    assert kernel.compiled(len) is len


def test_the_kernel_is_compiled_once_for_all_arrays() -> None:
    for wkb in ([GOOD_POINT], [], [None], pa.chunked_array([[GOOD_POINT], [None]], pa.binary())):
        scan_wkb(wkb, SITE)
    scan_wkb(pa.array(np.array([GOOD_POINT], dtype=object)), SITE)
    assert len(kernel.walk.signatures) == 1
