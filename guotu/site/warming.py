"""Readies a server before its first guest: kernels compiled, readers of strangers' files started.

Numba compiles a kernel the first time it is called and keeps it beside the source; without this
the first site dropped on a new machine would wait ten seconds for it.
"""

import numpy as np
import shapely

from guotu.lib.geo import guard
from guotu.lib.geo.crs import frame_of
from guotu.lib.geo.overlay import identity, intersect, intersection_area_m2, piece_area_dm2

_FRAME_EPSG = 4547
_EAST, _NORTH = 460_000.0, 3_176_000.0


def warm_kernels() -> None:
    """Overlay two small layers that cross, touch and hold one another; measure the pieces."""
    frame = frame_of(_FRAME_EPSG)
    steps = np.arange(4) * 100.0
    west, south = (axis.ravel() for axis in np.meshgrid(_EAST + steps, _NORTH + steps))
    parcels = shapely.box(west, south, west + 100, south + 100)
    centre = shapely.Point(_EAST + 210, _NORTH + 190)
    lines = np.array(
        [
            centre.buffer(130).difference(centre.buffer(20)),
            shapely.box(_EAST, _NORTH, _EAST + 50, _NORTH + 50),
            shapely.box(_EAST + 310, _NORTH + 310, _EAST + 320, _NORTH + 320),
        ]
    )
    pieces = identity(parcels, lines)
    piece_area_dm2(pieces, parcels, frame)
    intersect(lines, parcels)
    intersection_area_m2(parcels, lines)


def warm_readers() -> None:
    """Start the processes that read strangers' files."""
    guard.warm()


if __name__ == "__main__":
    warm_kernels()
