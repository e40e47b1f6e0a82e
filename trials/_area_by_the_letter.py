"""The legal area as the notice prints it: decimals for what it rounds, every sine written out.

Slow, and sharing no line with the product: it tells the rule's own distance from the true area
from a mistake of ours.
"""

import itertools
import math
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import shapely

_E2, _E2_SECOND = 0.00669438002290, 0.00673949677548
_B_M, _C_M, _RHO = 6356752.31414036, 6399593.62586, 206264.8062471
_K = (
    1.57048761144159e-07,
    5.05250178820567e-03,
    2.98472900956587e-05,
    2.41626669230084e-07,
    2.22241238938534e-09,
)
_SERIES = (
    1 + 3 / 6 * _E2 + 30 / 80 * _E2**2 + 35 / 112 * _E2**3 + 630 / 2304 * _E2**4,
    -(1 / 6 * _E2 + 15 / 80 * _E2**2 + 21 / 112 * _E2**3 + 420 / 2304 * _E2**4),
    3 / 80 * _E2**2 + 7 / 112 * _E2**3 + 180 / 2304 * _E2**4,
    -(1 / 112 * _E2**3 + 45 / 2304 * _E2**4),
    5 / 2304 * _E2**4,
)
_FOUR, _SIX = Decimal("0.0001"), Decimal("0.000001")

Point = tuple[Decimal, Decimal]


def area_by_the_letter_m2(polygon: shapely.Polygon, false_easting_m: float) -> float:
    """Return the legal area of a polygon in m2 before its last rounding."""
    rings = [polygon.exterior, *polygon.interiors]
    outer, *holes = (abs(_ring(ring, false_easting_m)) for ring in rings)
    return outer - math.fsum(holes)


def _ring(ring: shapely.LinearRing, false_easting_m: float) -> float:
    corners = [
        (_round(Decimal(repr(e)), _FOUR), _round(Decimal(repr(n)), _FOUR)) for e, n in ring.coords
    ]
    points = [_seconds(point, false_easting_m) for point in _divided(corners)]
    return math.fsum(_trapezoid(*one, *other) for one, other in itertools.pairwise(points))


def _divided(corners: list[Point]) -> Iterator[Point]:
    yield corners[0]
    for (e1, n1), (e2, n2) in itertools.pairwise(corners):
        length = ((e2 - e1) ** 2 + (n2 - n1) ** 2).sqrt()
        parts = int(length / 70) + 1 if length > 70 else 1
        for part in range(1, parts):
            inserted = (e1 + (e2 - e1) * part / parts, n1 + (n2 - n1) * part / parts)
            east, north = (_round(_round(value, _SIX), _FOUR) for value in inserted)
            yield east, north
        yield e2, n2


def _round(value: Decimal, to: Decimal) -> Decimal:
    return value.quantize(to, ROUND_HALF_UP)


def _seconds(point: Point, false_easting_m: float) -> tuple[float, float]:
    y, x = float(point[0] - Decimal(false_easting_m)), float(point[1])
    e = _K[0] * x
    s = math.sin(e)
    bf = e + math.cos(e) * (_K[1] * s - _K[2] * s**3 + _K[3] * s**5 - _K[4] * s**7)
    t, cos_bf = math.tan(bf), math.cos(bf)
    eta2 = _E2_SECOND * cos_bf**2
    v = math.sqrt(1 + eta2)
    q = y / (_C_M / v)
    latitude = (
        bf
        - v**2 * t / 2 * q**2
        + v**2 * t / 24 * (5 + 3 * t**2 + eta2 - 9 * eta2 * t**2) * q**4
        - v**2 * t / 720 * (61 + 90 * t**2 + 45 * t**4) * q**6
    )
    longitude = (
        q
        - (1 + 2 * t**2 + eta2) / 6 * q**3
        + (5 + 28 * t**2 + 24 * t**4 + 6 * eta2 + 8 * eta2 * t**2) / 120 * q**5
    ) / cos_bf
    b_seconds, l_seconds = (
        float(_round(Decimal(angle * _RHO), _SIX)) for angle in (latitude, longitude)
    )
    return b_seconds, l_seconds


def _trapezoid(b1: float, l1: float, b2: float, l2: float) -> float:
    half, mean, dl = (b2 - b1) / 2 / _RHO, (b1 + b2) / 2 / _RHO, (l1 + l2) / 2 / _RHO
    return (
        2
        * _B_M**2
        * dl
        * math.fsum(
            term * math.sin(odd * half) * math.cos(odd * mean)
            for term, odd in zip(_SERIES, (1, 3, 5, 7, 9), strict=True)
        )
    )
