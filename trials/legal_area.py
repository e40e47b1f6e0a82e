"""The legal area: golden values, nearness to the true area, and speed beside `pyproj.Geod`.

Truth is GeographicLib (PyPI `geographiclib`) on plane edges divided into pieces of at most 50 m,
each point brought to B and L by PROJ: no line of it is shared with the rule under trial. The bounds
are the greatest differences that a smaller sample showed; the roundings of the rule itself exceed
them now and then, which the rule reckoned to the letter tells from a mistake of ours. Faults
are planted in the source of `lib/geo/area`: one line of it is changed, and the changed text is
run in its place, by the interpreter. A figure counts against a fault only if it is met without it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from statistics import median
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import pyproj
import shapely
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from guotu.lib.geo import area, sheets
from guotu.lib.geo.crs import LONLAT, Frame, frame_of, transform, zone_frame_for
from trials._area_by_the_letter import area_by_the_letter_m2
from trials.harness import Figure, Scale, ratio, timed

TITLE = "legal area"
TIMED = True
FAULTS = {
    "no_densify": "edges over 70 m are not divided",
    "ellipsoid": "the eccentricity is that of Xi'an 80",
    "seconds": "B and L are not rounded to 6 decimals of a second",
    "truncated": "the last rounding cuts off instead of half up",
    "holes_added": "holes are added instead of taken off",
    "series": "the third coefficient of the trapezoid is a thirtieth off",
    "interpreted": "the kernels are not compiled",
}
# fault -> (the line of the product's source, what it is changed to)
_CHANGED = {
    "no_densify": ("LONGEST_EDGE_DMM = 70 * DMM", "LONGEST_EDGE_DMM = 70_000_000 * DMM"),
    "ellipsoid": ("\nE2 = 0.00669438002290\n", "\nE2 = 0.00669438499959\n"),
    "seconds": ("US = 1_000_000\n", "US = 1_000_000_000_000\n"),
    "truncated": ("threads) + _UNIT_PER_DM2) //", "threads)) //"),
    "holes_added": ("np.where(is_hole, -", "np.where(is_hole, "),
    "series": ("\nC = 3 / 80 * E2**2", "\nC = 3 / 78 * E2**2"),
    "interpreted": ("", ""),
}
_PARTS = ("ellipsoid", "kernel", "__init__")
_PACKAGE, _FAULTY = "guotu.lib.geo.area", "faulty_area"
_COMPILER = "from guotu.lib.geo.compiled import compiled\n"
_INTERPRETER = "compiled = lambda kernel: kernel\n"

SQUARE = shapely.box(460000, 3176000, 461000, 3177000)
GOLDEN = {
    "正方形 1 km": (SQUARE, 99996150),
    "带洞正方形": (SQUARE - shapely.box(460400, 3176400, 460600, 3176600), 95996304),
    "三角形": (
        shapely.Polygon(
            [(461012.345, 3176040.111), (461090.5, 3176055.25), (461040.75, 3176121.875)]
        ),
        298001,
    ),
}
TRIANGLE_M2 = 2980.0073
SHEET, SHEET_M2 = "H49G080090", 28207124.8954
# m2 -> greatest relative difference that the survey rules show (standards, table of section 2).
BOUNDS = {1e2: 3.0e-6, 1e3: 1.8e-6, 1e4: 6.8e-7, 1e5: 2.1e-7, 1e6: 5.9e-8, 1e7: 2.0e-8}
HERE = (113.6, 28.7)
_SPREAD_DEG = 0.2
_DIVIDED_M = 50.0
_ELLIPSOID = {"a": 6378137.0, "f": 1 / 298.257222101}


@dataclass
class Parcels:
    """Random parcels of one frame, with the size that each was drawn for."""

    frame: Frame
    geometry: NDArray[np.object_]
    size_m2: NDArray[np.float64]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Measure the rule, or the rule with one line of its source changed."""
    if fault is None:
        yield from _figures(area, scale, fault)
        return
    sound = {figure.what for figure in _figures(area, scale, fault) if figure.met}
    with _planted(fault) as code:
        yield from (figure for figure in _figures(code, scale, fault) if figure.what in sound)


def _figures(code: Any, scale: Scale, fault: str | None) -> Iterator[Figure]:
    rng = np.random.default_rng(20260101)
    count = scale.count(10_000, least=120)
    here = [_parcels(rng, HERE, count)]
    away = [_parcels(rng, place, max(len(BOUNDS), count // 40)) for place in _places(rng, 20)]
    if fault != "interpreted":
        yield from _golden(code)
        yield _to_the_letter(code, here + away)
        yield from _nearness(code, "113.6°E 28.7°N 一带", here)
        # The bounds are stated for that place; elsewhere they are for comparison.
        for figure in _nearness(code, "其余 20 处（各带，北纬 4° 至 53°）", away):
            yield replace(figure, met=None)
    if fault in (None, "interpreted"):
        # Without its compiler the rule is slower than the peer; that is enough to tell.
        yield from _speed(code, scale, rng, here + away, goal=1 if fault else 10)


@contextmanager
def _planted(fault: str) -> Iterator[Any]:
    """Give the module under trial, made of the product's own source with one line changed."""
    names = {part: f"{_FAULTY}.{part}".removesuffix(".__init__") for part in _PARTS}
    # Not `mock.patch.dict`: it would also forget what Numba imports in the meantime.
    sys.modules.update({name: ModuleType(name) for name in names.values()})
    try:
        for part, source in _faulty_sources(fault).items():
            changed = sys.modules[names[part]]
            exec(compile(source, names[part], "exec"), vars(changed))
        kernel, whole = sys.modules[names["kernel"]], sys.modules[_FAULTY]
        with mock.patch.object(sheets, "trapezoid", vars(kernel)["trapezoid"]):
            yield whole
    finally:
        for name in names.values():
            del sys.modules[name]


def _faulty_sources(fault: str) -> dict[str, str]:
    folder = files(_PACKAGE)
    found = {part: folder.joinpath(f"{part}.py").read_text("utf-8") for part in _PARTS}
    old, new = _CHANGED[fault]
    if old:
        times = sum(source.count(old) for source in found.values())
        assert times == 1, f"the line to change is there {times} times: {old}"
    return {
        part: source.replace(old, new or old)
        .replace(_COMPILER, _INTERPRETER)
        .replace(f"from {_PACKAGE}", f"from {_FAULTY}")
        for part, source in found.items()
    }


def _golden(code: Any) -> Iterator[Figure]:
    frame = frame_of(4547)
    shapes = np.array([shape for shape, _ in GOLDEN.values()], dtype=object)
    for (name, (_, wanted)), got in zip(
        GOLDEN.items(), code.legal_area_dm2(shapes, frame).tolist(), strict=True
    ):
        yield Figure(
            f"标准值 {name}", f"{wanted / 100:.2f} m²", f"{got / 100:.2f} m²", got == wanted
        )
    exact = float(code.legal_area_m2(shapes[2:], frame)[0])
    met = abs(exact - TRIANGLE_M2) < 5e-5
    yield Figure("三角形，未取位", f"{TRIANGLE_M2:.4f} m²", f"{exact:.4f} m²", met)
    sheet = sheets.theoretical_area_m2(SHEET)
    met = abs(sheet - SHEET_M2) < 5e-5
    yield Figure(f"图幅理论面积 {SHEET}", f"{SHEET_M2:.4f} m²", f"{sheet:.4f} m²", met)


def _places(rng: np.random.Generator, count: int) -> list[tuple[float, float]]:
    lon = rng.uniform(74.0, 134.0, count)
    return list(zip(lon.tolist(), rng.uniform(4.0, 53.0, count).tolist(), strict=True))


def _parcels(rng: np.random.Generator, place: tuple[float, float], count: int) -> Parcels:
    """Return random 4-, 12- and 60-gons of each size about a place, in its 3-degree zone."""
    frame = zone_frame_for(place[0])
    lon, lat = (rng.uniform(-_SPREAD_DEG, _SPREAD_DEG, (count, 2)) + place).T
    centre = shapely.get_coordinates(transform(shapely.points(lon, lat), LONLAT, frame))
    size = np.array(list(BOUNDS))[np.arange(count) % len(BOUNDS)]
    corners = np.array([4, 12, 60])[np.arange(count) // len(BOUNDS) % 3]
    shapes = [_gon(rng, *each) for each in zip(centre, size, corners, strict=True)]
    return Parcels(frame, np.array(shapes, dtype=object), size)


def _gon(
    rng: np.random.Generator, centre: NDArray[np.float64], size_m2: float, corners: int
) -> shapely.Polygon:
    angle = (np.arange(corners) + rng.uniform(-0.35, 0.35, corners)) * (2 * np.pi / corners)
    reach = rng.uniform(0.6, 1.0, corners)
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=1) * reach[:, None]
    outline *= (size_m2 / shapely.Polygon(outline).area) ** 0.5
    return shapely.Polygon(np.round(outline + centre, 4))


def _to_the_letter(code: Any, groups: list[Parcels]) -> Figure:
    """The rule's own distance from the true area is no fault of ours: hold ours to the rule.

    Two reckonings in doubles may part where a second's sixth decimal is a tie, once in some ten
    thousand roundings: 0.03 mm at a vertex.
    """
    ours = np.concatenate([code.legal_area_m2(one.geometry, one.frame) for one in groups])
    apart = np.abs(ours - _by_the_letter_m2(groups))
    tied = int((apart > 1e-5).sum())
    got = f"最大 {apart.max():.0e} m²，超过 1e-5 m² 的 {tied} / {len(apart):,} 个"
    met = bool(apart.max() < 0.005 and tied <= len(apart) / 100)
    return Figure("与规则逐字计算（十进制取位）之差", "< 0.005 m²，99% 在 1e-5 以内", got, met)


def _by_the_letter_m2(groups: list[Parcels]) -> NDArray[np.float64]:
    return np.array(
        [
            area_by_the_letter_m2(shape, one.frame.false_easting_m)
            for one in groups
            for shape in one.geometry
        ]
    )


def _nearness(code: Any, where: str, groups: list[Parcels]) -> Iterator[Figure]:
    ours = np.concatenate([code.legal_area_m2(one.geometry, one.frame) for one in groups])
    truth = np.concatenate([_true_areas_m2(one) for one in groups])
    size = np.concatenate([one.size_m2 for one in groups])
    letter = _by_the_letter_m2(groups)
    apart, of_rule = np.abs(ours - truth) / truth, np.abs(letter - truth) / truth
    for size_m2, bound in BOUNDS.items():
        of_size = apart[size == size_m2]
        worst, over = float(of_size.max()), int((of_size > bound).sum())
        inherent = int((of_rule[size == size_m2] > bound).sum())
        got = f"最大 {worst:.1e}，中位 {np.median(of_size):.0e}，超出 {over} / {len(of_size)} 个"
        got += f"（规则逐字计算：超出 {inherent} 个）" if over else ""
        what = f"与 GeographicLib 的相对差，{where}，{size_m2:.0e} m²"
        yield Figure(what, f"≤ {bound:.1e}", got, over == 0)


def _true_areas_m2(parcels: Parcels) -> NDArray[np.float64]:
    back = pyproj.Transformer.from_crs(parcels.frame.epsg, LONLAT.epsg, always_xy=True)
    ellipsoid = Geodesic(**_ELLIPSOID)
    areas = []
    for shape in shapely.segmentize(parcels.geometry, _DIVIDED_M):
        lon, lat = back.transform(*shapely.get_coordinates(shape)[:-1].T)
        outline = ellipsoid.Polygon()
        for point in zip(lat.tolist(), lon.tolist(), strict=True):
            outline.AddPoint(*point)
        areas.append(abs(outline.Compute(False, True)[2]))
    return np.array(areas)


def _speed(
    code: Any, scale: Scale, rng: np.random.Generator, groups: list[Parcels], *, goal: float
) -> Iterator[Figure]:
    frame = zone_frame_for(HERE[0])
    centre = shapely.get_coordinates(transform(shapely.points([HERE]), LONLAT, frame))[0]
    # Fewer would not be worth a second thread to the product.
    count = scale.count(10_000, least=500)
    survey = np.array([_gon(rng, centre, 4e3, 95) for _ in range(count)], dtype=object)
    usual = [Parcels(frame, survey, np.full(count, 4e3))]
    for name, chosen in (("95 个顶点的图斑", usual), ("上述随机地块", groups)):
        number = sum(len(one.geometry) for one in chosen)
        peers = _peers(chosen)
        ours = {f"{threads} 线程": _ours(code, chosen, threads) for threads in (2, 1)}
        seconds = _medians(peers | ours)
        for peer in peers:
            for threads in ours:
                figure = ratio(
                    f"{name} {number:,} 个，{threads}，对{peer}",
                    peer=seconds[peer],
                    ours=seconds[threads],
                    goal=goal,
                    peer_name="pyproj.Geod 逐个",
                )
                yield figure if threads == "2 线程" else replace(figure, met=None)


def _medians(works: dict[str, Any]) -> dict[str, float]:
    """Return the median seconds of each work, run in turn, so that a busy machine is so to all."""
    for work in works.values():
        work()  # warm
    took = [{name: timed(work) for name, work in works.items()} for _ in range(5)]
    return {name: median(one[name] for one in took) for name in works}


def _peers(groups: list[Parcels]) -> dict[str, Any]:
    """Return the peer's work from plane parcels, as ours, and from arrays of lon/lat at hand."""
    geod = pyproj.Geod(**_ELLIPSOID)
    ready = [
        np.ascontiguousarray(shapely.get_coordinates(shape).T)
        for one in groups
        for shape in transform(one.geometry, one.frame, LONLAT)
    ]

    def from_plane() -> None:
        for one in groups:
            back = pyproj.Transformer.from_crs(one.frame.epsg, LONLAT.epsg, always_xy=True)
            for shape in one.geometry:
                lon, lat = back.transform(*shapely.get_coordinates(shape).T)
                geod.polygon_area_perimeter(lon, lat)

    def from_lonlat() -> None:
        for lon, lat in ready:
            geod.polygon_area_perimeter(lon, lat)

    return {"同样的平面坐标": from_plane, "现成的经纬度数组（不含反算）": from_lonlat}


def _ours(code: Any, groups: list[Parcels], threads: int) -> Any:
    def work() -> None:
        for one in groups:
            code.legal_area_dm2(one.geometry, one.frame, threads=threads)

    return work
