"""Neighbours that only touch are no hits, and no overlap of a square metre or more is missed."""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay import overlaps, pairs, pieces, verbs
from trials.harness import Figure, Scale

TITLE = "touch and overlap at boundaries"
FAULTS = {
    "touch_counts": "a strip as narrow as the grid counts as an overlap",
    "wide_touch": "anything narrower than half a metre counts as a touch",
    "boxes_only": "features whose boxes touch are taken to touch only",
}
CASES = 10_000
GRID_M = 0.0001
LEAST_M2 = 1.0
# Each case lies in a square of its own; one third is in eight-digit eastings.
SQUARE_M = 2_000.0
ORIGINS = ((460_000.0, 3_176_000.0), (38_460_000.0, 3_176_000.0), (500_000.0, 4_400_000.0))

Points = NDArray[np.float64]
Pair = tuple[Points, Points]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield false hits among touches, misses among overlaps, and the areas of the latter."""
    cases = scale.count(CASES, least=1_400)
    with contextlib.ExitStack() as stack:
        _plant(fault, stack)
        rng = np.random.default_rng(11)
        subject, other = _layers(rng, cases, _touching)
        yield _false_hits(subject, other)
        subject, other = _layers(rng, cases, _overlapping)
        yield from _misses(subject, other)


def _layers(
    rng: np.random.Generator, cases: int, make: Callable[[np.random.Generator, int], Pair]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return `cases` pairs of polygons, pair by pair in squares that do not meet."""
    side = int(np.ceil(cases**0.5))
    one, two = [], []
    for number in range(cases):
        row, column = divmod(number, side)
        at = np.array([column, row]) * SQUARE_M + ORIGINS[number % len(ORIGINS)]
        if number % len(ORIGINS) == 2:
            at[0] += 2 * side * SQUARE_M
        first, second = make(rng, number)
        one.append(shapely.Polygon(np.round(first + at, 4)))
        two.append(shapely.Polygon(np.round(second + at, 4)))
    return np.array(one, object), np.array(two, object)


def _turned(rng: np.random.Generator, points: Points) -> Points:
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return points @ turn + rng.uniform(0, 50, 2)


def _line(rng: np.random.Generator, size_m: float, ragged: bool) -> Points:
    """Return a boundary line from bottom to top, straight or ragged."""
    count = int(rng.integers(3, 40)) if ragged else 2
    height = np.sort(np.append(rng.uniform(0, size_m, count - 2), [0, size_m]))
    sway = rng.uniform(-0.05, 0.05, count) * size_m if ragged else np.zeros(count)
    return np.stack([sway, height], axis=1)


def _side(line: Points, reach_m: float) -> Points:
    """Return the polygon between a line and its shifted ends."""
    return np.concatenate([line, [line[-1] + [reach_m, 0], line[0] + [reach_m, 0]]])


def _touching(rng: np.random.Generator, number: int) -> Pair:
    """Return two outlines that touch: seven kinds in turn."""
    size = float(rng.uniform(5, 600))
    kind = number % 7
    line = _line(rng, size, ragged=kind in (0, 6))
    left, right = _side(line, -size), _side(line, size)
    if kind == 0:  # the same ragged boundary, vertex for vertex
        return _both(rng, left, right)
    if kind == 1:  # part of a straight boundary, along the axes: exactly collinear
        low = np.round(rng.uniform(0.1, 0.4) * size, 4)
        return left, _side(line * [1, 0.5] + [0, low], size)
    if kind == 2:  # a vertex on a slanted edge, rounded to the grid: a T-junction
        share = np.sort(rng.uniform(0, 1, 2))
        stem = line[0] + (line[1] - line[0]) * share[:, None]
        return _both(rng, left, _side(stem, size))
    if kind == 3:  # one vertex in common
        spike = np.array([[0, size], [size, size * 2 / 3], [size, size * 5 / 4]])
        return _both(rng, left, spike)
    if kind == 4:  # edges within a grid step of one another, overlapping
        shift = np.array([-GRID_M if rng.random() < 0.5 else GRID_M, 0])
        return left, right + shift
    if kind == 5:  # the same slanted boundary, surveyed with other vertices on either side
        share = np.sort(np.append(rng.uniform(0, 1, 6), [0, 1]))
        more = line[0] + (line[1] - line[0]) * share[:, None]
        return _both(rng, left, _side(more, size))
    # a piece that fills a bay of the other, vertex for vertex
    bay = np.concatenate([line, [[size, size], [size, 0]]])
    corners = [[-size, size], [-size, -size], [2 * size, -size], [2 * size, size]]
    around = np.concatenate([corners, [[size, size], [size, 0]], line])
    return _both(rng, around, bay)


def _both(rng: np.random.Generator, one: Points, two: Points) -> Pair:
    """Return both outlines turned by one angle."""
    turned = _turned(rng, np.concatenate([one, two]))
    return turned[: len(one)], turned[len(one) :]


def _overlapping(rng: np.random.Generator, number: int) -> Pair:
    """Return two outlines that overlap by a little more than a square metre, or by much."""
    size = float(rng.uniform(5, 600))
    line = _line(rng, size, ragged=number % 2 == 0)
    kind = number % 4
    if kind in (0, 1):  # a long strip, as narrow as a square metre allows, down to millimetres
        width = rng.uniform(1.02, 3) / size
        return _both(rng, _side(line, -size), _side(line - [width, 0], size))
    if kind == 2:  # a corner of a square metre or so
        reach = (2 * rng.uniform(1.02, 3)) ** 0.5
        spike = np.array([[-reach, 0], [size, -size - reach], [size, size + reach]])
        return _both(rng, _side(_line(rng, size, False) - [0, size / 2], -size), spike)
    inner = _line(rng, size / 3, ragged=True) * 0.9 + size / 3  # one within the other
    return _both(rng, _side(line, 2 * size), _side(inner, max(0.3 * size, 1.5)))


def _found(subject: NDArray[np.object_], other: NDArray[np.object_]) -> dict[int, float]:
    cut = verbs.intersect(subject, other)
    assert (cut.subject == cut.other).all(), "a case met its neighbour"
    return dict(zip(cut.subject.tolist(), shapely.area(cut.geometry).tolist(), strict=True))


def _valid(subject: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    return shapely.is_valid(subject) & shapely.is_valid(other)


def _false_hits(subject: NDArray[np.object_], other: NDArray[np.object_]) -> Figure:
    sound = _valid(subject, other)
    subject, other = subject[sound], other[sound]
    hits = _found(subject, other)
    also, _, _ = verbs.intersection_area_m2(subject, other)
    remainders = verbs.identity(subject, other)
    split = len(remainders) - len(subject)
    plain = int((shapely.area(shapely.intersection(subject, other)) > 0).sum())
    wrong = max(len(hits), len(also), abs(split))
    line = (
        f"{len(subject):,} 例中误报 {wrong}（直接用 GEOS 求交并以面积大于零判定，误报 {plain:,}）"
    )
    return Figure("相接不算重叠", "误报 0", line, bool(wrong == 0))


def _misses(subject: NDArray[np.object_], other: NDArray[np.object_]) -> Iterator[Figure]:
    sound = _valid(subject, other)
    truth = shapely.area(shapely.intersection(subject, other))
    kept = sound & (truth >= LEAST_M2)
    subject, other, truth = subject[kept], other[kept], truth[kept]
    hits = _found(subject, other)
    missed = len(subject) - len(hits)
    narrow = int((truth < 3 * LEAST_M2).sum())
    line = f"{len(subject):,} 例（其中 {narrow:,} 例不足 3 m²）漏报 {missed}"
    yield Figure("一平方米以上的重叠", "漏报 0", line, missed == 0)
    gap = max((abs(area - truth[row]) for row, area in hits.items()), default=np.inf)
    yield Figure("重叠面积与 GEOS 一致", "差 ≤ 1e-5 m²", f"最大 {gap:.1e} m²", bool(gap <= 1e-5))


def _plant(fault: str | None, stack: contextlib.ExitStack) -> None:
    for owner, name in (
        (pieces, "TOUCH_WIDTH_M"),
        (overlaps, "TOUCH_WIDTH_M"),
        (pieces, "NEVER_TOUCH_M2"),
        (overlaps, "NEVER_TOUCH_M2"),
        (pairs, "meeting_boxes"),
    ):
        stack.callback(setattr, owner, name, getattr(owner, name))
    if fault in ("touch_counts", "wide_touch"):
        for owner in (pieces, overlaps):
            owner.TOUCH_WIDTH_M = 0.0 if fault == "touch_counts" else 0.5
            owner.NEVER_TOUCH_M2 = np.inf
    if fault == "boxes_only":
        right = pairs.meeting_boxes
        inward = np.array([1.0, 1.0, -1.0, -1.0])

        def strict(one: Points, two: Points) -> NDArray[np.int64]:
            return right(one + inward, two + inward)

        pairs.meeting_boxes = strict
