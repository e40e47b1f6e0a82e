"""Where the three control lines run into one another (三条控制线的交叉重叠).

Permanent basic farmland, the ecological red line and the urban boundary may not cross, overlap or
conflict: 中共中央办公厅、国务院办公厅《关于在国土空间规划中统筹划定落实三条控制线的指导意见》
(2019), section 1. The list is a question to the planners; nothing is cut here.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely

from guotu.core.atlas.models import Release
from guotu.core.atlas.queries import county_frame, current_release, rows_of
from guotu.core.atlas.within import Outline
from guotu.lib.geo.overlay import intersect, piece_area_dm2

THREE_LINES = ("basic_farmland", "eco_redline", "urban_boundary")
CLAUSE = "《关于在国土空间规划中统筹划定落实三条控制线的指导意见》第一条"


@dataclass(frozen=True)
class LineConflict:
    """One overlap of two lines: the two features, its legal area, and the piece itself."""

    one: Release
    one_feature: str
    other: Release
    other_feature: str
    area_dm2: int
    geometry: shapely.Geometry

    @property
    def area_m2(self) -> float:
        """Return the overlap in square metres."""
        return self.area_dm2 / 100


def line_conflicts(
    on: datetime.date | None = None,
    *,
    sees: Callable[[Release], bool] | None = None,
    where: Outline | None = None,
) -> list[LineConflict]:
    """Return every overlap between two of the three lines, the largest first.

    Of each line the release that holds today, or on a date, and that `sees` admits; a line without
    one is not compared. `where` leaves out, and cuts off, what lies beyond it.
    """
    held = _held(on, sees)
    pairs = combinations(held.values(), 2)
    found = [conflict for one, other in pairs for conflict in _between(one, other, where)]
    return sorted(found, key=lambda conflict: -conflict.area_dm2)


def missing_lines(
    on: datetime.date | None = None, *, sees: Callable[[Release], bool] | None = None
) -> list[str]:
    """Return which of the three lines have no release and so were not compared."""
    held = _held(on, sees)
    return [name for name in THREE_LINES if name not in held]


def _held(on: datetime.date | None, sees: Callable[[Release], bool] | None) -> dict[str, Release]:
    found = {name: current_release(name, on) for name in THREE_LINES}
    return {
        name: release
        for name, release in found.items()
        if release is not None and (sees is None or sees(release))
    }


def _between(one: Release, other: Release, where: Outline | None) -> list[LineConflict]:
    left, right = rows_of(one, [], where=where), rows_of(other, [], where=where)
    if not (len(left) and len(right)):
        return []
    names = (left.feature, right.feature)
    pieces = intersect(left.geometry, right.geometry, names=names)
    areas = piece_area_dm2(pieces, left.geometry, county_frame())
    return [
        LineConflict(
            one,
            left.feature[int(pieces.subject[row])],
            other,
            right.feature[int(pieces.other[row])],
            int(areas[row]),
            pieces.geometry[row],
        )
        for row in np.flatnonzero(areas > 0)
    ]
