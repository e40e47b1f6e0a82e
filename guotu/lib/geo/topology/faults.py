"""What a topological fault is, and the dated tolerances that tell one from a rounding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Direction = Literal["consistent", "ogc", "survey"]

RULES = (
    "self_crossing",
    "duplicate",
    "overlap",
    "gap",
    "sliver",
    "spike",
    "ring_direction",
    "minimum_area",
)


@dataclass(frozen=True)
class Fault:
    """One fault: its rule, the features it is in, a place in their frame, a size.

    `area_m2` is planar: of what overlaps, of the gap, of the sliver or of the parcel that is too
    small, of the smaller loop that a crossing cuts off, of the ring that runs the wrong way, of
    the triangle of a spike.
    """

    rule: str
    features: tuple[str, ...]
    x: float
    y: float
    area_m2: float


@dataclass(frozen=True)
class Tolerances:
    """The thresholds of a check, from a dated table; lengths in metres, areas in m2, planar.

    What is thinner than `hairline_m` (mean width 2A/P) or smaller than `least_area_m2` is no
    overlap and no gap. `minimum_area_by_code` is keyed by the beginning of a class code.
    """

    grid_m: float
    hairline_m: float
    least_area_m2: float
    gap_width_m: float
    facing_deg: float
    sliver_width_m: float
    sliver_compactness: float
    spike_angle_deg: float
    spike_width_m: float
    spike_length_m: float
    spike_tip_m: float
    minimum_area_m2: float
    minimum_area_by_code: Mapping[str, float]

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> "Tolerances":
        """Return the tolerances of the parsed `tolerances.toml`. KeyError or TypeError if amiss."""
        named = {
            key: float(value)
            for section in ("coincidence", "gap", "sliver", "spike")
            for key, value in table[section].items()
            if key not in ("source", "certainty")
        }
        least = table["minimum_area"]
        return cls(
            **named,
            minimum_area_m2=float(least["any_m2"]),
            minimum_area_by_code={code: float(area) for code, area in least["by_code"].items()},
        )

    def minimum_areas_m2(self, codes: Sequence[str | None]) -> NDArray[np.float64]:
        """Return the least area of a parcel of each class code, float64[n] in m2."""
        known = {code: self._minimum_of(code or "") for code in set(codes)}
        return np.array([known[code] for code in codes], dtype=np.float64)

    def _minimum_of(self, code: str) -> float:
        for length in range(len(code), 0, -1):
            if code[:length] in self.minimum_area_by_code:
                return self.minimum_area_by_code[code[:length]]
        return self.minimum_area_m2
