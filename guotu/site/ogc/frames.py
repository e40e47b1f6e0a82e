"""Coordinate systems by their OGC addresses, with the order of axes that each authority says.

OGC 18-058r1 (Part 2), requirement /req/crs/fc-axis-order: CRS84 is longitude, latitude; the zone
and EPSG:4490 are northing, easting and latitude, longitude.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.crs import LONLAT, Frame, transform

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/{}"
_LONLAT = _EPSG.format(4490)
_PARTS = 64


def offered(frame: Frame) -> list[str]:
    """Return the addresses of the systems that a county of this zone answers in."""
    return [CRS84, _LONLAT, address(frame)]


def address(frame: Frame) -> str:
    """Return a frame's address."""
    return _EPSG.format(frame.epsg)


def in_system(geometry: NDArray[Any], frame: Frame, system: str) -> NDArray[Any]:
    """Return geometries of the county's frame in a system, its axes in the authority's order."""
    if system == address(frame):
        return _swapped(geometry)
    moved = transform(geometry, frame, LONLAT)
    return _swapped(moved) if system == _LONLAT else moved


def region(box: list[float], system: str, frame: Frame) -> shapely.Geometry:
    """Return a box of a system as a shape in the county's frame; its edges follow that system."""
    low, high = box[: len(box) // 2][:2], box[len(box) // 2 :][:2]
    if system != CRS84:
        low, high = low[::-1], high[::-1]
    shape = shapely.box(low[0], low[1], high[0], high[1])
    if system == address(frame):
        return shape
    longest = max(high[0] - low[0], high[1] - low[1], 1e-9)
    fine = np.array([shapely.segmentize(shape, longest / _PARTS)], object)
    return transform(fine, LONLAT, frame)[0]


def _swapped(geometry: NDArray[Any]) -> NDArray[Any]:
    swapped: NDArray[Any] = shapely.transform(geometry, lambda xy: xy[:, ::-1])
    return swapped
