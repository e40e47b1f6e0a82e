"""A touch is not an overlap: parts as thin as the coordinate grid are rounding, not land."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.rules import Rule


@dataclass(frozen=True)
class Touch:
    """What counts as rounding: thinner on average than `width_m` and smaller than `area_m2`.

    A part that would be written as 0.00 m2 is no land either.
    """

    width_m: float
    area_m2: float
    least_m2: float = 0.005

    @classmethod
    def from_rule(cls, rule: Rule) -> "Touch":
        """Read the rule `site.touch`."""
        return cls(rule.values["sliver_width_m"], rule.values["sliver_area_m2"])

    def land(self, parts: NDArray[Any]) -> NDArray[np.bool_]:
        """Say of each polygon (a shapely array, metres) whether it is land."""
        area = shapely.area(parts)
        length = shapely.length(parts)
        width = np.divide(2 * area, length, out=np.zeros_like(area), where=length > 0)
        rounding = (width < self.width_m) & (area < self.area_m2)
        return (area >= self.least_m2) & ~rounding

    def real(self, geometry: NDArray[Any]) -> NDArray[Any]:
        """Return each geometry without the parts that are rounding; None where nothing is left.

        Geometries without a thin part come back as they are, vertex by vertex. Rounding that adds
        up to `area_m2` in one geometry is kept: so much is land.
        """
        parts, owner = polygons(geometry)
        dropped = ~self.land(parts)
        lost = np.bincount(owner, weights=shapely.area(parts) * dropped, minlength=len(geometry))
        kept = ~dropped | (lost[owner] >= self.area_m2)
        count = np.bincount(owner, minlength=len(geometry))
        left = np.bincount(owner[kept], minlength=len(geometry))
        result = np.empty(len(geometry), dtype=object)
        whole = (left == count) & (count > 0)
        result[whole] = geometry[whole]
        for row in np.flatnonzero((left > 0) & ~whole):
            result[row] = joined(parts[kept & (owner == row)])
        return result


def polygons(geometry: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the polygons in some geometries and, for each, the row it came from."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    nested = shapely.get_type_id(parts) > 3
    if nested.any():
        deeper, place = shapely.get_parts(parts, return_index=True)
        parts, owner = deeper, owner[place]
    areal = shapely.get_type_id(parts) == 3
    return parts[areal], owner[areal]


def joined(parts: NDArray[Any]) -> shapely.Geometry:
    """Return polygons as one geometry without touching a vertex."""
    whole: shapely.Geometry = parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
    return whole
