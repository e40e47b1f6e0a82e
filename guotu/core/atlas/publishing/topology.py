"""Notes what does not fit together in a release (overlap, gap, sliver...); it holds none back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.core.atlas.publishing.record import Record

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame

_WORDS = {
    "overlap": "图斑重叠",
    "gap": "图斑之间有缝隙",
    "sliver": "狭长碎片",
    "self_crossing": "边界自相交",
    "duplicate": "图斑重复",
    "spike": "尖锐突出",
    "ring_direction": "环方向不合",
    "minimum_area": "小于最小上图面积",
}


def note(
    geometry: NDArray[np.object_],
    ids: list[str],
    frame: Frame,
    record: Record,
    codes: list[str | None] | None = None,
) -> None:
    """Check the topology of the accepted features and note each fault with place and size.

    `codes` are the land classes, where a least area holds for the layer; else none is checked.
    """
    from guotu.core.atlas.tolerances import tolerances
    from guotu.lib.geo.topology import check

    surfaces = np.flatnonzero(shapely.get_dimensions(geometry) == 2)
    if not len(surfaces):
        return
    found: dict[str, list[Any]] = defaultdict(list)
    minimum = np.zeros(len(ids)) if codes is None else tolerances().minimum_areas_m2(codes)
    for fault in check(
        geometry[surfaces],
        [ids[row] for row in surfaces],
        frame,
        tolerances=tolerances(),
        minimum_area_m2=minimum[surfaces],
    ):
        found[fault.rule].append(fault)
    for rule, faults in found.items():
        record.note(
            f"topology:{rule}",
            _WORDS.get(rule, rule),
            ["、".join(fault.features) for fault in faults],
            x=[fault.x for fault in faults],
            y=[fault.y for fault in faults],
            area_m2=[fault.area_m2 for fault in faults],
        )
