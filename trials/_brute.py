"""The other way to review a site: plain Shapely on every parcel whose box meets it, one by one.

Nothing of the product is used but its stored files. The legal area is written out in scalars from
国土调查办发〔2008〕32号.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import shapely

# The constants of the notice for CGCS2000, digit for digit: an exact ellipsoid moves latitudes by
# 3e-6 of a second, and with them the sixth decimal that the rule rounds to.
B_M, C_M = 6356752.31414036, 6399593.62586
E2, E2_SECOND, RHO = 0.00669438002290, 0.00673949677548, 206264.8062471
K = (1.57048761144159e-07, 5.05250178820567e-03, 2.98472900956587e-05, 2.41626669230084e-07)
K4 = 2.22241238938534e-09


def _half_up(value: float) -> float:
    # To whole micrometres first, or the binary fraction would decide a tie.
    return math.floor(round(value * 1e6) / 100 + 0.5) / 1e4


def _foot(x: float) -> float:
    e = K[0] * x
    sine = math.sin(e)
    series = K[1] * sine - K[2] * sine**3 + K[3] * sine**5 - K4 * sine**7
    return e + math.cos(e) * series


def geodetic(east: float, north: float) -> tuple[float, float]:
    """Return latitude and longitude from the central meridian, radians, to 1e-6 arc-seconds."""
    y, foot = east - 500_000.0, _foot(north)
    t, eta2 = math.tan(foot), E2_SECOND * math.cos(foot) ** 2
    q = y * math.sqrt(1 + eta2) / C_M
    latitude = foot - (1 + eta2) * t / 2 * (
        q**2
        - (5 + 3 * t**2 + eta2 - 9 * eta2 * t**2) / 12 * q**4
        + (61 + 90 * t**2 + 45 * t**4) / 360 * q**6
    )
    longitude = (
        q
        - (1 + 2 * t**2 + eta2) / 6 * q**3
        + (5 + 28 * t**2 + 24 * t**4 + 6 * eta2 + 8 * eta2 * t**2) / 120 * q**5
    ) / math.cos(foot)
    return tuple(math.floor(v * RHO * 1e6 + 0.5) / 1e6 / RHO for v in (latitude, longitude))


def _trapezoid(b1: float, b2: float, dl: float) -> float:
    half, middle = (b2 - b1) / 2, (b1 + b2) / 2
    series = (
        1 + E2 / 2 + 30 / 80 * E2**2 + 35 / 112 * E2**3 + 630 / 2304 * E2**4,
        E2 / 6 + 15 / 80 * E2**2 + 21 / 112 * E2**3 + 420 / 2304 * E2**4,
        3 / 80 * E2**2 + 7 / 112 * E2**3 + 180 / 2304 * E2**4,
        1 / 112 * E2**3 + 45 / 2304 * E2**4,
        5 / 2304 * E2**4,
    )
    total = sum(
        (-1) ** i * c * math.sin((2 * i + 1) * half) * math.cos((2 * i + 1) * middle)
        for i, c in enumerate(series)
    )
    return 2 * B_M * B_M * dl * total


def _ring_m2(ring: np.ndarray) -> float:
    points = [(_half_up(float(e)), _half_up(float(n))) for e, n in ring]
    total, before = 0.0, geodetic(*points[0])
    for (e1, n1), (e2, n2) in pairwise(points):
        length = math.hypot(e2 - e1, n2 - n1)
        parts = (int(length / 70) if length > 70 else 0) + 1
        for part in range(1, parts + 1):
            east = _half_up(round(e1 + (e2 - e1) * part / parts, 6))
            north = _half_up(round(n1 + (n2 - n1) * part / parts, 6))
            here = geodetic(east, north)
            total += _trapezoid(before[0], here[0], (before[1] + here[1]) / 2)
            before = here
    return abs(total)


def legal_m2(shape: shapely.Geometry) -> float:
    """Return the legal area of a polygon or multipolygon in m2, unrounded."""
    total = 0.0
    for part in shapely.get_parts(shape):
        if shapely.get_type_id(part) == 3 and not part.is_empty:
            total += _ring_m2(shapely.get_coordinates(part.exterior))
            total -= sum(_ring_m2(shapely.get_coordinates(hole)) for hole in part.interiors)
    return total


def legal_dm2(shape: shapely.Geometry) -> int:
    """Return the legal area in whole dm2, half up."""
    return math.floor(legal_m2(shape) * 100 + 0.5)


@dataclass
class Layer:
    """A stored layer, whole, in memory."""

    geometry: np.ndarray
    boxes: np.ndarray
    fields: dict[str, list[Any]]

    @classmethod
    def read(cls, path: Path) -> "Layer":
        """Read a stored file with pyarrow alone."""
        table = pq.read_table(path)
        geometry = shapely.from_wkb(table.column("geometry").to_numpy())
        names = [name for name in table.column_names if name not in ("geometry", "bbox")]
        fields = {name: table.column(name).to_pylist() for name in names}
        return cls(geometry, shapely.bounds(geometry), fields)

    def near(self, shape: shapely.Geometry) -> np.ndarray:
        """Return the rows whose box meets that of `shape`."""
        west, south, east, north = shape.bounds
        b = self.boxes
        meets = (b[:, 0] <= east) & (b[:, 2] >= west) & (b[:, 1] <= north) & (b[:, 3] >= south)
        return np.flatnonzero(meets)

    def value(self, name: str, row: int) -> Any:
        """Return a field of a row, None where the layer has no such field."""
        return self.fields[name][row] if name in self.fields else None


def class_areas(plot: shapely.Geometry, survey: Layer) -> dict[str, float]:
    """Return square metres by class, unrounded, scaled to the plot's legal area; "" is outside."""
    sums: dict[str, float] = {}
    rows = survey.near(plot)
    for row in rows:
        area = legal_m2(shapely.intersection(plot, survey.geometry[row]))
        code = str(survey.value("DLBM", row))
        bank = area * float(survey.value("KCXS", row) or 0) if code.startswith("01") else 0.0
        sums[code] = sums.get(code, 0.0) + area - bank
        if bank:
            sums["1203"] = sums.get("1203", 0.0) + bank
    rest = shapely.difference(plot, shapely.union_all(survey.geometry[rows]))
    if not rest.is_empty:
        sums[""] = legal_m2(rest)
    scale = legal_dm2(plot) / 100 / sum(sums.values())
    return {code: area * scale for code, area in sums.items()}


def overlap_m2(plot: shapely.Geometry, layer: Layer, rows: np.ndarray) -> tuple[float, float]:
    """Return the legal area of `plot` on some features, and how wide it is at its widest part."""
    pieces = [shapely.intersection(plot, layer.geometry[row]) for row in rows]
    pieces = [piece for piece in pieces if piece.area > 0]
    if not pieces:
        return 0.0, 0.0
    union = shapely.union_all(pieces)
    parts = [part for part in shapely.get_parts(union) if part.area > 0]
    width = max((2 * part.area / part.length for part in parts), default=0.0)
    return legal_m2(shapely.multipolygons(parts)), width
