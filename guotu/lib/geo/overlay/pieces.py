"""A piece is a part of a subject under one feature of the other layer; a touch is no piece."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

# The grid on which coordinates are kept (0.1 mm), in metres: see docs/decisions/0020.
GRID_M = 0.0001
# A strip no wider than this is a touch. The grid is exact to the rounding of eight-digit eastings.
TOUCH_WIDTH_M = GRID_M * 1.001
# Nothing of this size is ever taken for a touch, however narrow, in square metres.
NEVER_TOUCH_M2 = 1.0
# The largest area that is narrower than the grid whatever its shape (a disc), in square metres.
SPECK_M2 = 3.14159 * GRID_M * GRID_M

NOTHING = -1


def _no_rows() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass
class Pieces:
    """Pieces of an overlay, ordered by subject, then other, the remainder last.

    `subject` and `other` are positions in the inputs, int64[k]; `other` is -1 for a remainder.
    `geometry` is object[k] of Polygon or MultiPolygon in the frame of the inputs. A piece that is
    a whole input feature is that very object. `snapped` lists the rows that could only be built
    with snap rounding on the 0.1 mm grid.
    """

    subject: NDArray[np.int64]
    other: NDArray[np.int64]
    geometry: NDArray[np.object_]
    snapped: NDArray[np.int64] = field(default_factory=_no_rows)

    def __len__(self) -> int:
        return len(self.subject)


def touches_only(geometry: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say of each polygonal geometry, bool[k], whether it is no wider than the grid: a touch.

    The width of a part is twice its area over its perimeter. Vertices kept on a 0.1 mm grid leave
    such strips along edges that lie on one another in the field; 1 m2 or more is never a touch.
    """
    parts, owner = shapely.get_parts(geometry, return_index=True)
    area = shapely.area(parts)
    wide = 2 * area > TOUCH_WIDTH_M * shapely.length(parts)
    real = np.bincount(owner[wide], minlength=len(geometry)) > 0
    total = np.bincount(owner, weights=area, minlength=len(geometry))
    answer: NDArray[np.bool_] = ~real & (total < NEVER_TOUCH_M2)
    return answer
