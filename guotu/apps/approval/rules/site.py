"""A site: the plots of a project's boundary file, on the coordinate grid, with their legal area."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules.touch import Touch
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.crs import Frame
from guotu.lib.refusal import Refusal

GRID_M = 0.0001


@dataclass(frozen=True)
class Site:
    """Plots (shapely polygons, county frame), their names and legal areas in whole dm2."""

    plots: NDArray[Any]
    ids: list[str]
    frame: Frame
    area_dm2: NDArray[np.int64]

    @property
    def total_dm2(self) -> int:
        """Return the legal area of the site: the sum of its plots."""
        return int(self.area_dm2.sum())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return (west, south, east, north) in the county's frame."""
        west, south, east, north = shapely.total_bounds(self.plots)
        return float(west), float(south), float(east), float(north)


def site_of(geometry: NDArray[Any], ids: Sequence[str], frame: Frame, touch: Touch) -> Site:
    """Return the site of some plots in the county's `frame`.

    Raises Refusal for no plots, for what is no area, for a boundary that crosses itself once its
    coordinates stand on the 0.1 mm grid, and for plots that overlap one another.
    """
    if len(geometry) == 0:
        raise Refusal("文件里没有地块", remedy="提供至少一个闭合的项目范围")
    _check_areal(geometry, ids)
    plots = shapely.set_precision(geometry, GRID_M, mode="pointwise")
    _check_valid(plots, ids)
    area = legal_area_dm2(plots, frame)
    if not area.all():
        row = int(np.flatnonzero(area == 0)[0])
        raise Refusal("地块面积为零", where=f"地块 {ids[row]}", remedy="核对界址点")
    _check_apart(plots, ids, touch)
    return Site(plots, list(ids), frame, area)


def _check_areal(geometry: NDArray[Any], ids: Sequence[str]) -> None:
    kind = shapely.get_type_id(geometry)
    for row in np.flatnonzero((kind != 3) & (kind != 6)):
        raise Refusal(
            "项目范围须是面，文件里有点、线或空图形",
            where=f"地块 {ids[int(row)]}",
            remedy="只留闭合的用地范围再提交",
        )


def _check_valid(plots: NDArray[Any], ids: Sequence[str]) -> None:
    for row in np.flatnonzero(~shapely.is_valid(plots)):
        reason = str(shapely.is_valid_reason(plots[row]))
        raise Refusal(
            "地块边界自相交或环有错",
            where=f"地块 {ids[int(row)]}，{reason}",
            rule="面积计算要求边界为简单闭合环",
            remedy="按原始测量成果改正界址点顺序，本程序不自动修补",
        )


def _check_apart(plots: NDArray[Any], ids: Sequence[str], touch: Touch) -> None:
    tree = shapely.STRtree(plots)
    first, second = tree.query(plots, predicate="intersects")
    for a, b in zip(first, second, strict=True):
        if a >= b:
            continue
        shared = touch.real(np.array([shapely.intersection(plots[a], plots[b])], dtype=object))[0]
        if shared is not None:
            x, y = shapely.get_coordinates(shapely.point_on_surface(shared))[0]
            raise Refusal(
                f"地块互相重叠约 {shapely.area(shared):.2f} 平方米",
                where=f"地块 {ids[a]} 与 {ids[b]}，坐标 {x:.3f}, {y:.3f}",
                rule="同一项目的地块不得重复计算面积",
                remedy="改正重叠部分后再提交",
            )
