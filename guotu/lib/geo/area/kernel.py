"""The legal ellipsoidal area of rings: the national rule, edge by edge, in whole numbers.

Rule: 《图斑椭球面积计算公式及要求》 (国土调查办发〔2008〕32号) as applied with CGCS2000 since the
third survey. Symbols are those of the rule: x north, y east, B latitude, L longitude, S area.

What is guaranteed of the roundings, which the rule wants half up on decimals while a machine holds
binary fractions:

- A coordinate written with up to 6 decimals is rounded to 4 as its decimal text would be. It is
  first taken to the nearest whole micrometre, which undoes the binary representation (the error of
  a double is at most 4 nm below 4e7 m), and all else is done on whole numbers, which a double holds
  exactly up to 9e15. With 7 decimals or more, a value less than half a micrometre under a tie
  counts as the tie.
- The points inserted on an edge are quotients of whole numbers, rounded half up to 6 decimals and
  then to 4: exactly, on edges up to 500 km. They are the same from whichever end it is walked.
- B and L are computed in doubles, whose error is 1e-10 of an arc-second at most: half up is exact
  unless the true value lies that near to a tie.
- The area of each edge is taken to whole 1e-7 m2 and summed in integers. So the sum does not depend
  on the first vertex, the direction of the ring, the order of the rings or the number of threads,
  to the last bit; what that costs is below 1e-6 m2 for a ring of 100 pieces.

The stages are separate loops without branches or calls, so that the compiler makes vector code of
them; rings are strung together in blocks that fit the cache.
"""

import math

import numpy as np
from numpy.typing import NDArray

from guotu.lib.geo.area.ellipsoid import (
    B_M,
    C_M,
    E2_SECOND,
    K0,
    K1,
    K2,
    K3,
    K4,
    RHO,
    A,
    B,
    C,
    D,
    E,
)
from guotu.lib.geo.compiled import compiled

# Units of the whole numbers, in a metre (1e-6, 1e-4), an arc-second (1e-6) and a m2 (1e-7).
UM = 1_000_000
UM_PER_DMM = 100
DMM = 10_000
US = 1_000_000
S_UNIT = 10_000_000
# An edge longer than this is divided ("大于70米").
LONGEST_EDGE_DMM = 70 * DMM
# A ring beyond this is no parcel, and would overflow the sum (9.2e11 m2); a boundary so long, an
# attack: it would go into 5,000,000 pieces.
LARGEST_RING_M2 = 9.0e11
LONGEST_RING_M = 350_000_000.0
NO_AREA = -(1 << 62)
BLOCK_VERTICES = 8_192

_QUARTER_PI = math.pi / 4
_QUARTER_PI_REST = 3.061616997868383e-17  # what the double of pi/4 leaves
_ROOT_HALF = math.sqrt(0.5)
_TO_RADIANS = 1.0 / (US * RHO)


@compiled
def sine_cosine(angle: float) -> tuple[float, float]:
    """Return sine and cosine of 0 to pi/2, in arithmetic that a vector unit can do.

    Taylor about pi/4; the first terms left out are 5e-17 and 2e-18.
    """
    r = (angle - _QUARTER_PI) - _QUARTER_PI_REST
    q = r * r
    s = 1.0 - q * (1 / 210)
    s = 1.0 - q * (1 / 156) * s
    s = 1.0 - q * (1 / 110) * s
    s = 1.0 - q * (1 / 72) * s
    s = 1.0 - q * (1 / 42) * s
    s = 1.0 - q * (1 / 20) * s
    s = r * (1.0 - q * (1 / 6) * s)
    c = 1.0 - q * (1 / 240)
    c = 1.0 - q * (1 / 182) * c
    c = 1.0 - q * (1 / 132) * c
    c = 1.0 - q * (1 / 90) * c
    c = 1.0 - q * (1 / 56) * c
    c = 1.0 - q * (1 / 30) * c
    c = 1.0 - q * (1 / 12) * c
    c = 1.0 - q * 0.5 * c
    return (c + s) * _ROOT_HALF, (c - s) * _ROOT_HALF


@compiled
def latitude_longitude(x: float, y: float) -> tuple[float, float]:
    """Return B and l = L - L0 in radians of Gauss plane x (north) and y' (east of L0), metres.

    高斯投影反解变换, for 0 <= B < 90 degrees. The foot point Bf = E + d, with d < 0.003, takes its
    sine and cosine from those of E by the addition theorem and a Taylor series whose next term is
    1e-20. That moves B by less than the last bit of a double.
    """
    e = K0 * x
    sin_e, cos_e = sine_cosine(e)
    s2 = sin_e * sin_e
    d = cos_e * sin_e * (K1 - s2 * (K2 - s2 * (K3 - s2 * K4)))
    d2 = d * d
    sin_d = d * (1.0 - d2 * (1 / 6) * (1.0 - d2 * (1 / 20)))
    cos_d = 1.0 - d2 * 0.5 * (1.0 - d2 * (1 / 12) * (1.0 - d2 * (1 / 30)))
    bf = e + d
    cos_bf = cos_e * cos_d - sin_e * sin_d
    sec_bf = 1.0 / cos_bf
    t = (sin_e * cos_d + cos_e * sin_d) * sec_bf
    t2 = t * t
    eta2 = E2_SECOND * cos_bf * cos_bf
    v2 = 1.0 + eta2
    q = y * math.sqrt(v2) * (1 / C_M)  # y' / N, with N = c / V
    q2 = q * q
    b4 = (5.0 + 3.0 * t2 + eta2 - 9.0 * eta2 * t2) * (1 / 12)
    b6 = (61.0 + 90.0 * t2 + 45.0 * t2 * t2) * (1 / 360)
    latitude = bf - 0.5 * v2 * t * q2 * (1.0 - q2 * (b4 - q2 * b6))
    l3 = (1.0 + 2.0 * t2 + eta2) * (1 / 6)
    l5 = (5.0 + 28.0 * t2 + 24.0 * t2 * t2 + 6.0 * eta2 + 8.0 * eta2 * t2) * (1 / 120)
    longitude = q * sec_bf * (1.0 - q2 * (l3 - q2 * l5))
    return latitude, longitude


@compiled
def trapezoid(sin_half: float, cos_mean: float, dl: float) -> float:
    """Return S in m2 of sin(dB/2), cos Bm and the longitude difference dL (radians).

    S = 2 b2 dL [A sin(dB/2) cos Bm - B sin(3dB/2) cos 3Bm + C sin(5dB/2) cos 5Bm
    - D sin(7dB/2) cos 7Bm + E sin(9dB/2) cos 9Bm]; negative when dB is. The odd multiples come
    from sin(a+2h) + sin(a-2h) = 2 cos 2h sin a, and the same for the cosine, which is the same
    number to the last digits and asks for no further transcendental.
    """
    s_two = 2.0 - 4.0 * sin_half * sin_half
    c_two = 4.0 * cos_mean * cos_mean - 2.0
    s3 = sin_half * (s_two + 1.0)
    c3 = cos_mean * (c_two - 1.0)
    s5 = s_two * s3 - sin_half
    c5 = c_two * c3 - cos_mean
    s7 = s_two * s5 - s3
    c7 = c_two * c5 - c3
    s9 = s_two * s7 - s5
    c9 = c_two * c7 - c5
    bracket = A * sin_half * cos_mean - B * s3 * c3 + C * s5 * c5 - D * s7 * c7 + E * s9 * c9
    return 2.0 * B_M * B_M * dl * bracket


@compiled
def edge_area(b1: float, l1: float, b2: float, l2: float) -> float:
    """Return S in m2 between an edge (1e-6 arc-seconds) and the central meridian.

    The reference meridian cancels around a closed ring, so the nearest one is taken. An edge spans
    70 m (dB/2 < 6e-6): of the sine two terms are enough.
    """
    half = 0.5 * (b2 - b1) * _TO_RADIANS
    cos_mean = sine_cosine(0.5 * (b1 + b2) * _TO_RADIANS)[1]
    return trapezoid(half * (1.0 - half * half * (1 / 6)), cos_mean, 0.5 * (l1 + l2) * _TO_RADIANS)


@compiled
def on_grid(metres: float, origin_m: float) -> float:
    """Return a coordinate from an origin in whole 0.1 mm: to 6 decimals, then to 4, half up."""
    micrometres = np.rint(metres * UM) - origin_m * UM
    return np.floor((micrometres + UM_PER_DMM // 2) / UM_PER_DMM)


@compiled
def pieces(dx: float, dy: float) -> float:
    """Return into how many parts an edge (0.1 mm) goes: int(d / 70) + 1 where d > 70 m, else 1.

    At exactly 70 m it is left whole. dx and dy are whole.
    """
    d = math.sqrt(dx * dx + dy * dy)
    return np.floor(d / LONGEST_EDGE_DMM) + 1.0 if d > LONGEST_EDGE_DMM else 1.0


@compiled
def between(start: float, end: float, part: float, parts: float) -> float:
    """Return a coordinate (0.1 mm) of the point after `part` of `parts` equal parts of an edge.

    An inserted point keeps 6 decimals of a metre and is then, like all others, rounded to 4.
    """
    run = 2.0 * UM_PER_DMM * (end - start) * part
    micrometres = start * UM_PER_DMM + np.floor((run + parts) / (2.0 * parts))
    return np.floor((micrometres + UM_PER_DMM // 2) / UM_PER_DMM)


@compiled
def is_in_a_zone(easting_m: float, northing_m: float, false_easting_m: float) -> bool:
    """Say whether a point is one that the series holds for: 5 degrees about L0, 0 to 84 N."""
    return abs(easting_m - false_easting_m) < 560_000.0 and 0.0 <= northing_m < 9_330_000.0


@compiled
def divided(
    x: NDArray[np.float64], y: NDArray[np.float64], parts: NDArray[np.float64], total: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the points (0.1 mm) with the inserted ones, [total], and where each vertex went."""
    new_x, new_y = np.empty(total), np.empty(total)
    place = np.empty(len(x), dtype=np.int64)
    at = 0
    for vertex in range(len(x)):
        place[vertex] = at
        new_x[at], new_y[at] = x[vertex], y[vertex]
        count = int(parts[vertex])
        for part in range(1, count):
            new_x[at + part] = between(x[vertex], x[vertex + 1], part, count)
            new_y[at + part] = between(y[vertex], y[vertex + 1], part, count)
        at += count
    return new_x, new_y, place


@compiled
def edge_areas(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return S in whole 1e-7 m2 of the edge from each point (0.1 mm) to the next; last, 0."""
    b, l = np.empty(len(x)), np.empty(len(x))  # noqa: E741 - the rule's own letters
    s = np.zeros(len(x))
    for at in range(len(x)):
        latitude, longitude = latitude_longitude(x[at] / DMM, y[at] / DMM)
        b[at] = np.floor(latitude * RHO * US + 0.5)
        l[at] = np.floor(longitude * RHO * US + 0.5)
    next_b, next_l = b[1:], l[1:]
    for at in range(len(next_b)):
        s[at] = np.rint(edge_area(b[at], l[at], next_b[at], next_l[at]) * S_UNIT)
    return s


@compiled
def block_areas(
    xy: NDArray[np.float64],
    offsets: NDArray[np.int64],
    false_easting_m: float,
    areas: NDArray[np.int64],
) -> None:
    """Write into `areas` [n] the area of each ring of a block; see `ring_areas`."""
    first = offsets[0]
    size = offsets[-1] - first
    if not size:
        return
    x, y, parts = np.empty(size), np.empty(size), np.ones(size)
    easting, northing = xy[first : first + size, 0], xy[first : first + size, 1]
    for at in range(size):
        y[at] = on_grid(easting[at], false_easting_m)
        x[at] = on_grid(northing[at], 0.0)
    next_x, next_y = x[1:], y[1:]
    for at in range(size - 1):
        parts[at] = pieces(next_x[at] - x[at], next_y[at] - y[at])
    parts[offsets[1:] - first - 1] = 1.0  # from ring to ring is no edge
    total = int(parts.sum())
    place = np.arange(size)
    if total > size:
        x, y, place = divided(x, y, parts, total)
    s = edge_areas(x, y)
    for ring in range(len(areas)):
        whole, plain = 0, 0.0
        for at in range(place[offsets[ring] - first], place[offsets[ring + 1] - first - 1]):
            whole += int(s[at])
            plain += s[at]
        areas[ring] = whole if abs(plain) < LARGEST_RING_M2 * S_UNIT else NO_AREA


@compiled
def boundary_m(xy: NDArray[np.float64], false_easting_m: float) -> float:
    """Return a bound of the length of a ring, in metres, or infinity where it leaves the zone."""
    length_m = 0.0
    for at in range(len(xy)):
        if not is_in_a_zone(xy[at, 0], xy[at, 1], false_easting_m):
            return np.inf
        if at:
            length_m += abs(xy[at, 0] - xy[at - 1, 0]) + abs(xy[at, 1] - xy[at - 1, 1])
    return length_m


@compiled
def ring_areas(
    xy: NDArray[np.float64],
    offsets: NDArray[np.int64],
    false_easting_m: float,
    areas: NDArray[np.int64],
) -> None:
    """Write into `areas` [n] the signed area of each closed ring in 1e-7 m2, or NO_AREA.

    Ring i is xy[offsets[i] : offsets[i + 1]], easting and northing in metres, at least one point,
    the first repeated at the end. A ring with a coordinate outside the zone, and one too large to
    be a parcel, has no area; the work ends there.
    """
    begin, length_m = 0, 0.0
    for ring in range(len(areas)):
        ring_m = boundary_m(xy[offsets[ring] : offsets[ring + 1]], false_easting_m)
        if ring_m > LONGEST_RING_M:
            areas[ring] = NO_AREA
            return
        too_long = length_m + ring_m > LONGEST_RING_M
        if too_long or offsets[ring + 1] - offsets[begin] > BLOCK_VERTICES:
            block_areas(xy, offsets[begin : ring + 1], false_easting_m, areas[begin:ring])
            begin, length_m = ring, 0.0
        length_m += ring_m
    block_areas(xy, offsets[begin:], false_easting_m, areas[begin:])
