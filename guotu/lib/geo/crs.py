"""Which CGCS2000 frame coordinates are in: known by declaration or by their own digits, or refused.

Frames are the Gauss-Kruger zones of CGCS2000 (GB 22021-2008; 3-degree zones for 1:10,000 and
larger) with or without the zone number before the easting, and longitude and latitude. In every
array of Guotu x is the easting (or longitude) and y the northing (or latitude), whatever axis
order the CRS itself declares: Chinese texts call the northing x and the easting y.
"""

import functools
import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from guotu.lib.refusal import Refusal

Bounds = tuple[float, float, float, float]

LONLAT_EPSG = 4490
# WGS 84 and the three-dimensional and two-dimensional CGCS2000 are one frame to a land survey:
# their ellipsoids differ by 0.1 mm in b. What the datums differ by is not repaired here.
_LONLAT_TWINS = frozenset({4490, 4480, 4326, 4979})
_DATUMS = ("china 2000", "china_2000", "cgcs2000", "world geodetic system 1984", "wgs_1984")
_GAUSS_KRUGER = ("Transverse Mercator", "Gauss Kruger")

# Where coordinates of China can lie. Half of a 6-degree zone at the equator is 334 km.
_CHINA_DEG: Bounds = (73.0, 3.0, 136.0, 54.0)
_WORLD_DEG: Bounds = (-180.0, -90.0, 180.0, 90.0)
_FALSE_EASTING_M = 500_000.0
_PREFIX_M = 1_000_000.0
_HALF_WIDTH_M = 350_000.0
_NORTHING_M = (300_000.0, 6_100_000.0)

_RULE = "坐标系须为 2000 国家大地坐标系，且不得猜测"
_SAY_WHICH = "请在文件中写明坐标系，或以 --crs 指明，如 --crs 4547"


@dataclass(frozen=True)
class Frame:
    """A CGCS2000 frame: a Gauss-Kruger zone in metres, or longitude and latitude in degrees."""

    epsg: int
    kind: Literal["zone", "lonlat"]
    central_meridian_deg: float | None
    zone: int | None
    prefixed: bool
    name: str

    @property
    def false_easting_m(self) -> float:
        """Return what the easting carries: 500 km, and the zone number before it if prefixed."""
        return _FALSE_EASTING_M + (self.zone or 0) * _PREFIX_M * self.prefixed

    @property
    def box(self) -> Bounds:
        """Return (west, south, east, north), in the frame's own unit, of where it has a meaning."""
        if self.kind == "lonlat":
            return _WORLD_DEG
        middle = self.false_easting_m
        return middle - _HALF_WIDTH_M, _NORTHING_M[0], middle + _HALF_WIDTH_M, _NORTHING_M[1]


# (first EPSG, first central meridian, zone width in degrees, prefixed); zones follow one another.
_SERIES = (
    (4491, 75, 6, True),
    (4502, 75, 6, False),
    (4513, 75, 3, True),
    (4534, 75, 3, False),
)
_LAST_MERIDIAN_DEG = 135


def _zones() -> Iterable[Frame]:
    for first_epsg, first_meridian_deg, width_deg, prefixed in _SERIES:
        meridians = range(first_meridian_deg, _LAST_MERIDIAN_DEG + 1, width_deg)
        for epsg, meridian_deg in enumerate(meridians, first_epsg):
            zone = meridian_deg // 3 if width_deg == 3 else (meridian_deg + 3) // 6
            head = "坐标带带号" if prefixed else "坐标不带带号"
            name = f"CGCS2000 {width_deg}度带第{zone}带（中央经线{meridian_deg}°，{head}）"
            yield Frame(epsg, "zone", float(meridian_deg), zone, prefixed, name)


LONLAT = Frame(LONLAT_EPSG, "lonlat", None, None, False, "CGCS2000 经纬度")
_FRAMES = {frame.epsg: frame for frame in (LONLAT, *_zones())}


def frame_of(epsg: int) -> Frame:
    """Return the frame of an EPSG code: 4490 and its twins (4326, 4480, 4979), or 4491 to 4554.

    Raises Refusal for every other code.
    """
    code = LONLAT_EPSG if epsg in _LONLAT_TWINS else epsg
    if code not in _FRAMES:
        raise Refusal(
            f"EPSG:{epsg} 不是 2000 国家大地坐标系的分带或经纬度坐标系",
            rule=_RULE,
            remedy="请先转换到 2000 国家大地坐标系（EPSG:4490、4491 至 4554）",
        )
    return _FRAMES[code]


def parse_frame(text: str) -> Frame:
    """Return the frame that a person named: `4547` or `EPSG:4547`. Raises Refusal."""
    digits = text.strip().upper().removeprefix("EPSG:").strip()
    if not digits.isascii() or not digits.isdigit():
        raise Refusal(f"“{text}”不是坐标系代号", remedy="请写 EPSG 代号，如 4547 或 EPSG:4547")
    return frame_of(int(digits))


def zone_frame_for(lon: float) -> Frame:
    """Return the 3-degree zone of a longitude (degrees), easting without prefix.

    n = floor((L + 1.5) / 3): a longitude on the border belongs to the zone east of it. Raises
    Refusal outside zones 25 to 45.
    """
    zone = math.floor((lon + 1.5) / 3) if math.isfinite(lon) else 0
    if not 25 <= zone <= 45:
        raise Refusal(
            f"经度 {lon:g}° 不在 3 度带第 25 至 45 带内",
            rule="国家 3 度分带",
            remedy="请核对坐标系和坐标",
        )
    return _FRAMES[4534 + zone - 25]


def detect_frame(bounds: Bounds, declared: str | None, given: Frame | None = None) -> Frame:
    """Return the frame of a file's coordinates, or raise Refusal naming the likely candidates.

    `bounds` is (xmin, ymin, xmax, ymax) of the file as it stands; `declared` the file's own WKT or
    EPSG code, or None; `given` the frame that a person named. What is declared and what is given
    must name the same coordinates, and at least some of the coordinates must lie in the frame (a
    stray feature is for the reader to reject). With neither, longitude and latitude and eastings
    with a zone prefix are known by their digits; a 6-digit easting could be of any zone and is
    refused.
    """
    if not np.isfinite(bounds).all():
        raise Refusal("坐标范围不是有限的数", rule=_RULE, remedy="请改正坐标后重新导出")
    said = _said(declared, given)
    if said is None:
        return _by_digits(bounds)
    if not _fits(bounds, said):
        raise _disagreement(bounds, said, "指定" if given else "声明")
    return said


def candidates(bounds: Bounds) -> list[Frame]:
    """Return the frames that coordinates within `bounds` may be in, likeliest first.

    Longitude and latitude count only within China; a 3-degree zone stands before a 6-degree one.
    """
    threes_first = sorted(_FRAMES.values(), key=lambda frame: (frame.epsg < 4513, frame.epsg))
    return [frame for frame in threes_first if _is_within(bounds, _likely_box(frame))]


def transform(geometry: NDArray[Any], source: Frame, target: Frame) -> NDArray[Any]:
    """Return the geometries (shapely, n) moved from `source` to `target`; None stays None.

    Between frames of one meridian only the zone prefix is added or taken away, exactly. What PROJ
    cannot move comes back with infinite coordinates. A Z is carried unchanged.
    """
    moved = np.asarray(geometry, dtype=object).copy()
    if is_same_projection(source, target):
        shift_m = target.false_easting_m - source.false_easting_m
        if not shift_m:
            return moved
        return _each_dimension(moved, lambda xy: xy + np.array([shift_m, 0.0]))
    transformer = _transformer(source.epsg, target.epsg)
    return _each_dimension(
        moved, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))
    )


def is_same_projection(one: Frame, other: Frame) -> bool:
    """Say whether two frames differ by the zone prefix alone."""
    return one.central_meridian_deg == other.central_meridian_deg


def _each_dimension(geometry: NDArray[Any], move: Any) -> NDArray[Any]:
    deep = shapely.has_z(geometry)
    geometry[~deep] = shapely.transform(geometry[~deep], move)
    if deep.any():
        lifted = shapely.transform(
            geometry[deep],
            lambda xyz: np.column_stack((move(xyz[:, :2]), xyz[:, 2])),
            include_z=True,
        )
        geometry[deep] = lifted
    return geometry


class _Transformers(threading.local):
    """PROJ objects are not shared between threads, so each thread keeps its own."""

    def __init__(self) -> None:
        self.made: dict[tuple[int, int], Transformer] = {}


_OF_THREAD = _Transformers()


def _transformer(source_epsg: int, target_epsg: int) -> Transformer:
    key = source_epsg, target_epsg
    if key not in _OF_THREAD.made:
        _OF_THREAD.made[key] = Transformer.from_crs(*key, always_xy=True)
    return _OF_THREAD.made[key]


def _said(declared: str | None, given: Frame | None) -> Frame | None:
    by_file = None if declared is None else _declared_frame(str(declared))
    if by_file is None or given is None:
        return given or by_file
    if by_file.epsg != given.epsg and not _is_alias(by_file, given):
        raise Refusal(
            f"文件声明的是 {_label(by_file)}，指定的是 {_label(given)}",
            rule=_RULE,
            remedy="请核实后只保留正确的一个：改正文件的声明，或去掉 --crs",
        )
    return given


def _is_alias(one: Frame, other: Frame) -> bool:
    """A 3-degree and a 6-degree zone of one meridian, without prefix, hold equal coordinates."""
    return is_same_projection(one, other) and one.false_easting_m == other.false_easting_m


@functools.lru_cache(maxsize=64)
def _declared_frame(declared: str) -> Frame:
    try:
        crs = CRS.from_user_input(int(declared) if declared.isdigit() else declared)
    except CRSError:
        raise Refusal("看不懂文件声明的坐标系", declared[:80], _RULE, remedy=_SAY_WHICH) from None
    return _frame_of_crs(_horizontal(crs))


def _horizontal(crs: CRS) -> CRS:
    """A compound CRS (with the 1985 height datum) or a bound one holds the one that is meant."""
    if crs.is_compound:
        return _horizontal(crs.sub_crs_list[0])
    return crs.source_crs if crs.is_bound and crs.source_crs else crs


def _frame_of_crs(crs: CRS) -> Frame:
    datum = crs.datum.name.lower() if crs.datum else ""
    if any(name in datum for name in _DATUMS):
        if crs.is_geographic:
            return LONLAT
        same = [frame for frame in _FRAMES.values() if _is_projection_of(crs, frame)]
        if same:
            # A 3- and a 6-degree zone of one meridian, without prefix, differ by name alone.
            return same[0] if _is_named_six(crs.name.lower()) else same[-1]
    raise Refusal(
        f"文件声明的坐标系是“{crs.name}”，不是 2000 国家大地坐标系的分带或经纬度坐标系",
        rule=_RULE,
        remedy="请先转换到 2000 国家大地坐标系（EPSG:4490、4491 至 4554）",
    )


def _is_projection_of(crs: CRS, frame: Frame) -> bool:
    """Compare by parameters, for an ESRI .prj names the projection otherwise and has no code."""
    operation = crs.coordinate_operation
    if operation is None or frame.kind != "zone" or operation.method_name not in _GAUSS_KRUGER:
        return False
    got = {parameter.code: float(parameter.value) for parameter in operation.params}
    wanted = {
        "8801": 0.0,  # latitude of origin
        "8802": frame.central_meridian_deg or 0.0,
        "8805": 1.0,  # scale: UTM has 0.9996
        "8806": frame.false_easting_m,
        "8807": 0.0,
    }
    return all(abs(got.get(code, math.inf) - value) < 1e-9 for code, value in wanted.items())


def _is_named_six(name: str) -> bool:
    return any(word in name for word in ("gauss-kruger cm", "gk_cm")) and "3" not in name[:20]


def _by_digits(bounds: Bounds) -> Frame:
    likely = candidates(bounds)
    if len(likely) == 1:
        return likely[0]
    if likely:
        raise Refusal(
            "坐标是不带带号的 6 位横坐标，任何一个分带都可能，文件又没有声明坐标系",
            _place(bounds),
            _RULE,
            f"可能是 {_listed(likely)}；{_SAY_WHICH}",
        )
    raise _unknown(bounds)


def _unknown(bounds: Bounds) -> Refusal:
    swapped = candidates(_swapped(bounds))
    if swapped:
        return Refusal(
            "横坐标与纵坐标对调了",
            _place(bounds),
            "横坐标（东，或经度）在前，纵坐标（北，或纬度）在后",
            f"请对调两列坐标后重新导出；对调后可能是 {_listed(swapped)}",
        )
    return Refusal("认不出坐标系", _place(bounds), _RULE, _SAY_WHICH)


def _disagreement(bounds: Bounds, said: Frame, how: str) -> Refusal:
    likely = candidates(bounds)
    if not likely and _is_within(_swapped(bounds), said.box):
        return _unknown(bounds)
    remedy = f"从坐标看可能是 {_listed(likely)}；" if likely else ""
    return Refusal(
        f"{how}的坐标系 {_label(said)} 与坐标不符",
        _place(bounds),
        _RULE,
        f"{remedy}请核对坐标系后重新导出或指明",
    )


def _fits(bounds: Bounds, frame: Frame) -> bool:
    if frame.kind == "lonlat" and _is_swapped_lonlat(bounds):
        return False
    west, south, east, north = frame.box
    return bounds[0] <= east and bounds[2] >= west and bounds[1] <= north and bounds[3] >= south


def _is_swapped_lonlat(bounds: Bounds) -> bool:
    """Western China swapped is still a place on Earth (44 E 85 N), though not one in China."""
    return _is_within(_swapped(bounds), _CHINA_DEG) and not _is_within(bounds, _CHINA_DEG)


def _likely_box(frame: Frame) -> Bounds:
    return _CHINA_DEG if frame.kind == "lonlat" else frame.box


def _is_within(bounds: Bounds, box: Bounds) -> bool:
    return (
        box[0] <= bounds[0] and box[1] <= bounds[1] and bounds[2] <= box[2] and bounds[3] <= box[3]
    )


def _swapped(bounds: Bounds) -> Bounds:
    return bounds[1], bounds[0], bounds[3], bounds[2]


def _place(bounds: Bounds) -> str:
    west, south, east, north = bounds
    return f"横坐标 {west:.10g} 至 {east:.10g}，纵坐标 {south:.10g} 至 {north:.10g}"


def _label(frame: Frame) -> str:
    return f"EPSG:{frame.epsg} {frame.name}"


def _listed(frames: list[Frame]) -> str:
    if len(frames) <= 3:
        return "、".join(_label(frame) for frame in frames)
    threes = [frame for frame in frames if frame.epsg >= 4513]
    first, last = threes[0], threes[-1]
    return (
        f"EPSG:{first.epsg} 至 {last.epsg}（3 度带，中央经线 {first.central_meridian_deg:g}° 至 "
        f"{last.central_meridian_deg:g}°；如 114° 为 EPSG:4547）"
    )
