"""Building the pieces that are parts: GEOS on what is near, each checked against the integral."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay.inputs import Side
from guotu.lib.geo.overlay.local import local_parts
from guotu.lib.geo.overlay.pairs import Measured
from guotu.lib.geo.overlay.pieces import GRID_M
from guotu.lib.geo.overlay.sheaf import polygons
from guotu.lib.geo.overlay.weave import weave_all
from guotu.lib.geo.overlay.work import share_out
from guotu.lib.refusal import Refusal

Geometries = NDArray[np.object_]
Numbers = NDArray[np.float64]
Binary = Callable[..., Geometries]

# A feature of no more vertices than this is not cut to a window.
_FEW_VERTICES = 24
# The window is wider than the smaller feature by this share and by this many metres; the odd digits
# keep its edge off vertices on the 0.1 mm grid.
_WIDER, _WIDER_M = 1 / 64, 0.71234567
# A built piece may differ from the integral by this much a metre of outline, in metres.
_SLACK_M = 1e-6
# A woven one only by the rounding of eight-digit eastings.
_WOVEN_SLACK_M = 2e-8
_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


def near_parts(
    found: Measured, pairs: NDArray[np.int64], small: Side, big: Side, threads: int
) -> Geometries:
    """Return for each of `pairs` the big feature, or its part around the small one, object[p]."""
    near = big.geometry[found.big[pairs]]
    # An overlap too long to integrate cannot be checked, so it is built from the whole.
    cut = (shapely.get_num_coordinates(near) > _FEW_VERTICES) & ~np.isnan(found.area[pairs])
    large = np.flatnonzero(cut)
    windows = _windows(small.bounds[found.small[pairs[large]]])
    rows = found.row[pairs[large]]

    def look(part: slice) -> tuple[Geometries, NDArray[np.bool_]]:
        return local_parts(windows[part], rows[part], found.soup, found.tree)

    made = share_out(look, len(large), threads)
    good = np.concatenate([part[1] for part in made])
    near[large[good]] = np.concatenate([part[0] for part in made])[good]
    return near


def woven(
    found: Measured, pairs: NDArray[np.int64], threads: int
) -> tuple[Geometries, NDArray[np.bool_]]:
    """Return the overlaps of `pairs` whose outlines cross plainly, and which these are."""
    own_row, row = found.own_row[pairs], found.row[pairs]
    area = found.area[pairs]
    slack = found.noise[pairs] + _WOVEN_SLACK_M * (1 + found.outline[pairs])

    def weave(part: slice) -> tuple[Geometries, NDArray[np.bool_]]:
        sheaf, offsets, good = weave_all(
            found.own,
            own_row[part],
            found.soup,
            found.tree,
            row[part],
            area[part],
            slack[part],
        )
        return polygons(sheaf, offsets), good

    made = share_out(weave, len(pairs), threads)
    return np.concatenate([part[0] for part in made]), np.concatenate([part[1] for part in made])


def _windows(bounds: Numbers) -> Numbers:
    size = bounds[:, 2:] - bounds[:, :2]
    wider = size * _WIDER + _WIDER_M
    return np.concatenate([bounds[:, :2] - wider, bounds[:, 2:] + wider], axis=1)


def polygonal(geometry: Geometries) -> Geometries:
    """Return the polygons of each geometry, as Polygon or MultiPolygon, empty where it has none."""
    out = geometry.copy()
    kind = shapely.get_type_id(geometry)
    for row in np.flatnonzero((kind != _POLYGON) & (kind != _MULTIPOLYGON)):
        parts = shapely.get_parts(shapely.get_parts(geometry[row]))
        parts = parts[shapely.get_type_id(parts) == _POLYGON]
        out[row] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return out


def attempt(work: Binary, one: Geometries, two: Geometries, threads: int) -> Geometries:
    """Return `work(one, two)` as polygons, None where GEOS gave up, object[p]."""

    def run(part: slice) -> Geometries:
        try:
            return polygonal(work(one[part], two[part]))
        except shapely.errors.GEOSException:
            pairs = zip(one[part], two[part], strict=True)
            return np.array([_alone(work, a, b) for a, b in pairs], object)

    return np.concatenate(share_out(run, len(one), threads))


def _alone(work: Binary, one: object, two: object) -> object:
    try:
        return polygonal(work(_row(one), _row(two)))[0]
    except shapely.errors.GEOSException:
        return None


def _row(geometry: object) -> Geometries:
    row = np.empty(1, object)
    row[0] = geometry
    return row


def agrees(geometry: Geometries, area: Numbers, outline: Numbers) -> NDArray[np.bool_]:
    """Say of each geometry whether it was built and has the area that the integral says.

    An area of NaN is not known and agrees with any.
    """
    built = ~shapely.is_missing(geometry)
    gap = np.abs(shapely.area(geometry) - area)
    return built & (np.isnan(area) | (gap <= _SLACK_M * (1 + outline)))


@dataclass(frozen=True)
class Whole:
    """What a piece is built from when what is near did not do: both features whole."""

    work: Binary
    one: Callable[[int], object]
    two: Callable[[int], object]
    name: Callable[[int], str]


def rebuild(
    geometry: Geometries, area: Numbers, outline: Numbers, whole: Whole
) -> NDArray[np.int64]:
    """Build the rows of `geometry` that do not agree again, in place, from the whole features.

    Where that fails too, once more with snap rounding on the 0.1 mm grid; returns the rows for
    which this was needed. Refuses where even that does not agree.
    """
    snapped = []
    for row in np.flatnonzero(~agrees(geometry, area, outline)).tolist():
        one, two = whole.one(row), whole.two(row)
        geometry[row] = _alone(whole.work, one, two)
        if agrees(geometry[row : row + 1], area[row : row + 1], outline[row : row + 1])[0]:
            continue
        snapped.append(row)
        geometry[row] = _alone(_on_grid(whole.work), one, two)
        loose = area[row : row + 1], outline[row : row + 1] * (GRID_M / _SLACK_M)
        if not agrees(geometry[row : row + 1], *loose)[0]:
            raise Refusal(
                "两个图形无法可靠求交",
                whole.name(row),
                "求交结果的面积必须与边界积分一致",
                "请检查这两个要素的边界是否有极近的重复折点",
            )
    return np.array(snapped, np.int64)


def _on_grid(work: Binary) -> Binary:
    return lambda one, two: work(one, two, grid_size=GRID_M)
