"""The legal ellipsoidal area (椭球面积) of parcels, by the national rule, on all cores.

Rule: 《图斑椭球面积计算公式及要求》 (国土调查办发〔2008〕32号); `kernel` has the formulas. A planar
area is never the legal one: half a zone away from the meridian it is 1.5e-4 too large.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.area.kernel import NO_AREA, S_UNIT, ring_areas
from guotu.lib.geo.crs import Frame
from guotu.lib.refusal import Refusal

# Below this many vertices a second thread costs more than it saves.
_VERTICES_WORTH_A_THREAD = 100_000
_UNIT_PER_DM2 = S_UNIT // 100


def legal_area_m2(geometry: NDArray[Any], frame: Frame, *, threads: int = 2) -> NDArray[np.float64]:
    """Return the legal area [n] in m2, unrounded, of polygons and multipolygons in a zone frame.

    Each ring counts by its size, whatever its direction; holes are subtracted. None, empty, point
    and line have area 0. Raises Refusal for longitude and latitude (move them to their zone first),
    for a geometry collection and for coordinates that are not finite or lie in no zone.
    """
    return _areas(geometry, frame, threads) / S_UNIT


def legal_area_dm2(geometry: NDArray[Any], frame: Frame, *, threads: int = 2) -> NDArray[np.int64]:
    """Return the legal area [n] as the law writes it: half up to 0.01 m2, in whole dm2.

    Rounded once a feature, after its parts and holes are summed. Refuses as `legal_area_m2` does.
    """
    return (2 * _areas(geometry, frame, threads) + _UNIT_PER_DM2) // (2 * _UNIT_PER_DM2)


def _areas(geometry: NDArray[Any], frame: Frame, threads: int) -> NDArray[np.int64]:
    if frame.kind != "zone":
        raise Refusal(
            "经纬度坐标不能直接计算椭球面积",
            rule="图斑椭球面积计算公式（国土调查办发〔2008〕32号）以高斯平面坐标为准",
            remedy="请先转换到所在的 3 度带",
        )
    geometry = np.atleast_1d(np.asarray(geometry, dtype=object))
    if (shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION).any():
        raise Refusal("几何集合没有椭球面积", remedy="请拆成面之后再算")
    total = np.zeros(len(geometry), dtype=np.int64)
    # A polygon without holes is one ring, whose copy need not be made.
    plain = (shapely.get_type_id(geometry) == shapely.GeometryType.POLYGON) & (
        shapely.get_num_interior_rings(geometry) == 0
    )
    plain &= ~shapely.is_empty(geometry)
    total[plain] = np.abs(_ring_areas(geometry[plain], frame, threads))
    if plain.all():
        return total
    part, feature_of_part = shapely.get_parts(geometry[~plain], return_index=True)
    ring, part_of_ring = shapely.get_rings(part, return_index=True)
    ring_size = np.abs(_ring_areas(ring, frame, threads))
    is_hole = np.zeros(len(ring), dtype=bool)
    is_hole[1:] = part_of_ring[1:] == part_of_ring[:-1]
    feature = np.flatnonzero(~plain)[feature_of_part[part_of_ring]]
    np.add.at(total, feature, np.where(is_hole, -ring_size, ring_size))
    return total


def _ring_areas(ring: NDArray[Any], frame: Frame, threads: int) -> NDArray[np.int64]:
    """Return the signed area [n] in 1e-7 m2 of rings, or of polygons of one ring."""
    xy = np.ascontiguousarray(shapely.get_coordinates(ring))
    offsets = np.zeros(len(ring) + 1, dtype=np.int64)
    np.cumsum(shapely.get_num_coordinates(ring), out=offsets[1:])
    areas = np.zeros(len(ring), dtype=np.int64)
    shares = min(threads, len(xy) // _VERTICES_WORTH_A_THREAD)
    if shares < 2:
        ring_areas(xy, offsets, frame.false_easting_m, areas)
    else:
        cuts = np.searchsorted(offsets, np.linspace(0, len(xy), shares + 1)).tolist()
        cuts[-1] = len(ring)

        def work(first: int, last: int) -> None:
            ring_areas(xy, offsets[first : last + 1], frame.false_easting_m, areas[first:last])

        with ThreadPoolExecutor(shares) as pool:
            list(pool.map(work, cuts[:-1], cuts[1:]))
    if (areas == NO_AREA).any():
        spot = xy[offsets[int(np.argmax(areas == NO_AREA))]]
        raise Refusal(
            "坐标不在任何分带内，算不出椭球面积",
            f"横坐标 {spot[0]:.10g}，纵坐标 {spot[1]:.10g}",
            remedy="请核对坐标系和坐标",
        )
    return areas
