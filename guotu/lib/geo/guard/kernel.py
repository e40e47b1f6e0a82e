"""Walk WKB byte by byte without trusting one count in it; nothing here calls GEOS."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

OK = 0
NULL = 1
EMPTY = 2
TRUNCATED = 3
BYTE_ORDER = 4
UNKNOWN_TYPE = 5
COLLECTION = 6
CURVE = 7
NESTING = 8
NOT_FINITE = 9
TOO_LARGE = 10
RING_SHORT = 11
RING_OPEN = 12
VERTICES = 13
TRAILING = 14

# The columns of the integer and of the float results.
CODE, TYPE, COUNT, PARTS, HAS_Z, HAS_M = range(6)
MIN_X, MIN_Y, MAX_X, MAX_Y, AT_X, AT_Y = range(6)

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000


def compiled(function: Callable[..., Any]) -> Any:
    """Compile `function`, keeping the machine code on disk where some folder can be written."""
    try:
        return numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@compiled
def _u32(data: NDArray[np.uint8], at: int, little: bool) -> Any:
    a, b = np.uint32(data[at]), np.uint32(data[at + 1])
    c, d = np.uint32(data[at + 2]), np.uint32(data[at + 3])
    if little:
        return np.int64(a | (b << 8) | (c << 16) | (d << 24))
    return np.int64(d | (c << 8) | (b << 16) | (a << 24))


@compiled
def _word(data: NDArray[np.uint8], at: int) -> Any:
    # Written out and unsigned, for the compiler then makes one load of it (six times faster).
    b = np.uintp(at)
    b0, b1 = np.uint64(data[b]), np.uint64(data[b + np.uintp(1)])
    b2, b3 = np.uint64(data[b + np.uintp(2)]), np.uint64(data[b + np.uintp(3)])
    b4, b5 = np.uint64(data[b + np.uintp(4)]), np.uint64(data[b + np.uintp(5)])
    b6, b7 = np.uint64(data[b + np.uintp(6)]), np.uint64(data[b + np.uintp(7)])
    low = b0 | (b1 << np.uint64(8)) | (b2 << np.uint64(16)) | (b3 << np.uint64(24))
    high = b4 | (b5 << np.uint64(8)) | (b6 << np.uint64(16)) | (b7 << np.uint64(24))
    return low | (high << np.uint64(32))


@compiled
def _turned(bits: Any) -> Any:
    pairs = np.uint64(0x00FF00FF00FF00FF)
    bits = ((bits >> np.uint64(8)) & pairs) | ((bits & pairs) << np.uint64(8))
    fours = np.uint64(0x0000FFFF0000FFFF)
    bits = ((bits >> np.uint64(16)) & fours) | ((bits & fours) << np.uint64(16))
    return (bits >> np.uint64(32)) | (bits << np.uint64(32))


@compiled
def _f64(data: NDArray[np.uint8], at: int, little: bool, word: NDArray[np.uint64]) -> float:
    bits = _word(data, at)
    word[0] = bits if little else _turned(bits)
    return word.view(np.float64)[0]


@compiled
def _header(data: NDArray[np.uint8], at: int, end: int, head: NDArray[np.int64]) -> int:
    """Read one geometry header into `head`: little, type, doubles a vertex, z, m, next."""
    if end - at < 5:
        return TRUNCATED
    if data[at] > 1:
        return BYTE_ORDER
    little = data[at] == 1
    raw = _u32(data, at + 1, little)
    at += 5
    if raw & _EWKB_SRID:
        if end - at < 4:
            return TRUNCATED
        at += 4
    plain = raw & 0x1FFFFFFF
    if plain >= 4000:
        return UNKNOWN_TYPE
    iso = plain // 1000
    head[0] = little
    head[1] = plain % 1000
    head[3] = bool(raw & _EWKB_Z) or iso == 1 or iso == 3
    head[4] = bool(raw & _EWKB_M) or iso == 2 or iso == 3
    head[2] = 2 + head[3] + head[4]
    head[5] = at
    return OK


@compiled
def _kind(kind: int) -> int:
    if 1 <= kind <= 6:
        return OK
    if kind == _COLLECTION:
        return COLLECTION
    if 8 <= kind <= 17:
        return CURVE
    return UNKNOWN_TYPE


@compiled
def _vertex(x: float, y: float, largest: float, found: NDArray[np.float64]) -> int:
    """Judge one vertex; widen the bounds by a good one, keep it as the last known place."""
    if not (np.isfinite(x) and np.isfinite(y)):
        return NOT_FINITE
    found[AT_X], found[AT_Y] = x, y
    if abs(x) > largest or abs(y) > largest:
        return TOO_LARGE
    found[MIN_X], found[MAX_X] = min(found[MIN_X], x), max(found[MAX_X], x)
    found[MIN_Y], found[MAX_Y] = min(found[MIN_Y], y), max(found[MAX_Y], y)
    return OK


@compiled
def _vertices(
    data: NDArray[np.uint8],
    at: int,
    count: int,
    head: NDArray[np.int64],
    largest: float,
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
    closed: bool,
) -> int:
    """Judge `count` vertices that are known to lie within the bytes."""
    little, step = head[0] == 1, 8 * head[2]
    first_x = _f64(data, at, little, word)
    first_y = _f64(data, at + 8, little, word)
    x, y = first_x, first_y
    low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
    for i in range(count):
        x = _f64(data, at + i * step, little, word)
        y = _f64(data, at + i * step + 8, little, word)
        # False for NaN too, so that one comparison an axis is enough in the hot loop.
        if not (abs(x) <= largest and abs(y) <= largest):
            if i > 0:
                found[AT_X] = _f64(data, at + (i - 1) * step, little, word)
                found[AT_Y] = _f64(data, at + (i - 1) * step + 8, little, word)
            return _vertex(x, y, largest, found)
        low_x = x if x < low_x else low_x
        high_x = x if x > high_x else high_x
        low_y = y if y < low_y else low_y
        high_y = y if y > high_y else high_y
    _vertex(low_x, low_y, largest, found)
    _vertex(high_x, high_y, largest, found)
    found[AT_X], found[AT_Y] = x, y
    if closed and (x != first_x or y != first_y):
        return RING_OPEN
    return OK


@compiled
def _run(
    data: NDArray[np.uint8],
    end: int,
    head: NDArray[np.int64],
    largest: float,
    most: int,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
    closed: bool,
) -> int:
    """Judge one counted run of vertices (a line or a ring) at head[5]."""
    at = head[5]
    if end - at < 4:
        return TRUNCATED
    count = _u32(data, at, head[0] == 1)
    at += 4
    if count > (end - at) // (8 * head[2]):
        return TRUNCATED
    counts[COUNT] += count
    if counts[COUNT] > most:
        return VERTICES
    if count < (4 if closed else 2):
        return RING_SHORT if count or closed else EMPTY
    head[5] = at + count * 8 * head[2]
    return _vertices(data, at, count, head, largest, found, word, closed)


@compiled
def _point(
    data: NDArray[np.uint8],
    end: int,
    head: NDArray[np.int64],
    largest: float,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
) -> int:
    at = head[5]
    if end - at < 8 * head[2]:
        return TRUNCATED
    x = _f64(data, at, head[0] == 1, word)
    y = _f64(data, at + 8, head[0] == 1, word)
    if np.isnan(x) and np.isnan(y):
        return EMPTY
    counts[COUNT] += 1
    head[5] = at + 8 * head[2]
    return _vertex(x, y, largest, found)


@compiled
def _polygon(
    data: NDArray[np.uint8],
    end: int,
    head: NDArray[np.int64],
    largest: float,
    most: int,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
) -> int:
    at = head[5]
    if end - at < 4:
        return TRUNCATED
    rings = _u32(data, at, head[0] == 1)
    head[5] = at + 4
    if rings == 0:
        return EMPTY
    if rings > (end - at - 4) // 4:
        return TRUNCATED
    for _ in range(rings):
        code = _run(data, end, head, largest, most, counts, found, word, True)
        if code != OK:
            return code
    return OK


@compiled
def _simple(
    data: NDArray[np.uint8],
    end: int,
    head: NDArray[np.int64],
    largest: float,
    most: int,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
) -> int:
    """Judge the body of a point, line or polygon at head[5]; head[5] moves past it."""
    counts[PARTS] += 1
    counts[HAS_Z] |= head[3]
    counts[HAS_M] |= head[4]
    if head[1] == _POINT:
        return _point(data, end, head, largest, counts, found, word)
    if head[1] == _LINE:
        return _run(data, end, head, largest, most, counts, found, word, False)
    return _polygon(data, end, head, largest, most, counts, found, word)


@compiled
def _multi(
    data: NDArray[np.uint8],
    end: int,
    head: NDArray[np.int64],
    largest: float,
    most: int,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
) -> int:
    """Judge the members of a multi geometry; each must be of the one simple type."""
    at, member = head[5], head[1] - 3
    if end - at < 4:
        return TRUNCATED
    members = _u32(data, at, head[0] == 1)
    at += 4
    if members == 0:
        return EMPTY
    if members > (end - at) // 9:
        return TRUNCATED
    for _ in range(members):
        code = _header(data, at, end, head)
        if code == OK and head[1] != member:
            code = NESTING
        if code == OK:
            code = _simple(data, end, head, largest, most, counts, found, word)
        if code != OK:
            return code
        at = head[5]
    return OK


@compiled
def _feature(
    data: NDArray[np.uint8],
    start: int,
    end: int,
    head: NDArray[np.int64],
    largest: float,
    most: int,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
    word: NDArray[np.uint64],
) -> int:
    code = _header(data, start, end, head)
    if code != OK:
        return code
    counts[TYPE] = head[1]
    code = _kind(head[1])
    if code != OK:
        return code
    if head[1] <= _POLYGON:
        code = _simple(data, end, head, largest, most, counts, found, word)
    else:
        counts[HAS_Z] |= head[3]
        counts[HAS_M] |= head[4]
        code = _multi(data, end, head, largest, most, counts, found, word)
    if code == OK and head[5] != end:
        return TRAILING
    return code


@compiled
def walk(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    valid: NDArray[np.bool_],
    most: int,
    largest: float,
    counts: NDArray[np.int64],
    found: NDArray[np.float64],
) -> None:
    """Fill `counts` (n, 6) and `found` (n, 6) for n geometries lying in `data` at `offsets`."""
    head = np.zeros(6, np.int64)
    word = np.zeros(1, np.uint64)
    for i in range(valid.size):
        found[i, MIN_X] = found[i, MIN_Y] = np.inf
        found[i, MAX_X] = found[i, MAX_Y] = -np.inf
        found[i, AT_X] = found[i, AT_Y] = np.nan
        if not valid[i]:
            counts[i, CODE] = NULL
            continue
        counts[i, CODE] = _feature(
            data, offsets[i], offsets[i + 1], head, largest, most, counts[i], found[i], word
        )
