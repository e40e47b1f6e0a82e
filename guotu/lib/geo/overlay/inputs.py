"""What may be overlaid: valid polygons; anything else is refused by name, never repaired."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay.work import share_out
from guotu.lib.refusal import Refusal

_POLYGON, _MULTIPOLYGON = 3, 6


@dataclass(frozen=True)
class Side:
    """One of the two layers: its geometry, object[n], its bounds, float64[n, 4], and its names."""

    geometry: NDArray[np.object_]
    bounds: NDArray[np.float64]
    title: str
    ids: Sequence[str] | None

    def name_of(self, row: int) -> str:
        """Return what a clerk calls the feature."""
        return (
            f"{self.title}要素 {self.ids[row]}" if self.ids else f"{self.title}第 {row + 1} 个要素"
        )


def side_of(
    geometry: NDArray[np.object_], title: str, ids: Sequence[str] | None, threads: int
) -> Side:
    """Return the side, without heights; None and empty geometries take part in nothing.

    Refuses a geometry that is neither Polygon nor MultiPolygon.
    """
    geometry = np.array(geometry, object)
    kind = shapely.get_type_id(geometry)
    wrong = (kind >= 0) & (kind != _POLYGON) & (kind != _MULTIPOLYGON)
    high = shapely.has_z(geometry)
    if high.any():
        geometry[high] = shapely.force_2d(geometry[high])
    bounds = np.empty((len(geometry), 4))

    def measure(part: slice) -> None:
        bounds[part] = shapely.bounds(geometry[part])

    share_out(measure, len(geometry), threads)
    side = Side(geometry, bounds, title, ids)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise Refusal(
            f"叠加只接受面要素，遇到 {geometry[row].geom_type}",
            side.name_of(row),
            "土地面积只由面要素计算",
            "把点、线要素移出该图层后再试",
        )
    return side


def check_valid(side: Side, rows: NDArray[np.int64], threads: int) -> None:
    """Refuse the first invalid geometry among `rows` (OGC simple features), naming it and why."""
    valid = np.ones(len(rows), np.bool_)

    def look(part: slice) -> None:
        geometry = side.geometry[rows[part]]
        valid[part] = shapely.is_valid(geometry) | shapely.is_missing(geometry)

    share_out(look, len(rows), threads)
    if valid.all():
        return
    row = int(rows[np.argmin(valid)])
    reason = shapely.is_valid_reason(side.geometry[row])
    raise Refusal(
        f"图形无效，共 {int((~valid).sum())} 个要素（{reason}）",
        side.name_of(row),
        "OGC 06-103r4 6.1.11：面的边界不得自相交",
        "在制图软件中修正后重新提交，本程序不自动修改图形",
    )
