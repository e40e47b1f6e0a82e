"""Overlay of a county's parcels with a red line, beside the fastest of its peers."""

import contextlib
import statistics
from collections.abc import Callable, Iterator

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay import Pieces, intersect, pairs, verbs
from trials import _parcels, _peers, _postgres
from trials.harness import Figure, Scale, ratio, timed

TITLE = "overlay of parcels with a red line"
TIMED = True
FAULTS = {
    "plain": "every pair of touching boxes goes to GEOS whole, on one thread",
    "dropped_piece": "one piece in the middle is lost",
    "careless": "boxes in contact with the red line count as inside",
    "squared": "all parcels are compared with all parcels first",
}
PARCELS = 200_000
SHORT_PARCELS = 20_000
REGIMES = {
    "边界各自独立": (_parcels.independent_red_lines, 3.0),
    "边界共用": (_parcels.shared_red_lines, 5.0),
}
TOTAL_GOAL = 1e-9
GROWTH_GOAL = 1.2

OURS = "本程序"

Layer = NDArray[np.object_]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield totals and ratios for both kinds of red line, then growth."""
    parcels = PARCELS if not scale.short else SHORT_PARCELS
    if scale.faulty:
        parcels = 3_000
    with contextlib.ExitStack() as stack:
        planted(fault, stack)
        connection = None if scale.faulty else stack.enter_context(_peers.postgres_if_any())
        if reason := _postgres.absent():
            yield Figure("PostGIS", "在场", f"{reason}，未参加比较", None)
        land = _parcels.coverage(parcels)
        for regime, (red_lines, goal) in REGIMES.items():
            yield from compared(regime, land, red_lines(land), goal, connection, scale)
        yield growth(scale)


def ours(subject: Layer, other: Layer) -> _peers.Answer:
    """Overlay and sum, as the peers do."""
    found = verbs.intersect(subject, other)
    return _peers.Answer(len(found), float(shapely.area(found.geometry).sum()))


def compared(
    regime: str,
    land: _parcels.Coverage,
    red: Layer,
    goal: float,
    connection: psycopg.Connection | None,
    scale: Scale,
) -> Iterator[Figure]:
    """Yield the equality of totals, each peer's time, and the ratio to the fastest."""
    names = [*_peers.IN_PROCESS, *_peers.IN_POSTGRES]
    if scale.faulty:
        names = ["geopandas.overlay"]
    own = ours(land.parcels, red)  # warm
    with _peers.all_peers(land.parcels, red, connection, names) as peers:
        answers, times = in_turn(peers, lambda: ours(land.parcels, red))
    seconds = {name: statistics.median(taken) for name, taken in times.items()}
    mine = seconds.pop(OURS)
    size = f"{len(land.parcels):,} 图斑 {int(shapely.get_num_coordinates(land.parcels).sum()):,} 点"
    line = f"{size}，{len(red)} 片红线 {int(shapely.get_num_coordinates(red).sum()):,} 点"
    yield from agreement(regime, line, own, answers)
    listed = "，".join(f"{name} {second:.3f} s" for name, second in seconds.items())
    fastest = min(seconds, key=lambda name: seconds[name])
    yield Figure(f"{regime}：各家用时", "对照", f"{listed}，本程序 {mine:.3f} s", None)
    yield ratio(
        f"{regime}：比最快的同行快",
        peer=seconds[fastest],
        ours=mine,
        goal=goal,
        peer_name=fastest,
    )


def in_turn(
    peers: dict[str, _peers.Overlay], own: _peers.Overlay
) -> tuple[dict[str, _peers.Answer], dict[str, list[float]]]:
    """Return every peer's answer and times, ours among them, measured in turns.

    Whoever took more than twice the fastest's time in the first turn is left out of the others.
    """
    answers: dict[str, _peers.Answer] = {}
    times: dict[str, list[float]] = {name: [] for name in [*peers, OURS]}

    def turn(name: str) -> None:
        times[name].append(timed(lambda: answers.__setitem__(name, peers[name]())))
        times[OURS].append(timed(own))

    for name in peers:
        turn(name)
    best = min(times[name][0] for name in peers)
    near = [name for name in peers if times[name][0] <= 2 * best]
    for _ in range(2):
        for name in near:
            turn(name)
    return answers, times


def agreement(
    regime: str, line: str, own: _peers.Answer, answers: dict[str, _peers.Answer]
) -> Iterator[Figure]:
    """Yield whether the planar totals are one, and the numbers of pieces."""
    gaps = {name: abs(own.area_m2 / found.area_m2 - 1) for name, found in answers.items()}
    worst = max(gaps, key=lambda name: gaps[name])
    yield Figure(
        f"{regime}：平面面积合计与同行一致",
        f"相对差 ≤ {TOTAL_GOAL:g}",
        f"最大 {gaps[worst]:.1e}（{worst}）；{line}，重叠 {own.area_m2:.4f} m²",
        gaps[worst] <= TOTAL_GOAL,
    )
    counted = {name: found.pieces for name, found in answers.items() if found.pieces >= 0}
    same = all(count == own.pieces for count in counted.values())
    listed = "，".join(f"{name} {count:,}" for name, count in counted.items())
    yield Figure(f"{regime}：块数", "与同行相同", f"本程序 {own.pieces:,}；{listed}", same)


def growth(scale: Scale) -> Figure:
    """Return how time grows over ten times the parcels, the parcels being of one size."""
    sizes = (1_000, 10_000) if scale.faulty else (SHORT_PARCELS, PARCELS)
    lands = [_parcels.coverage(parcels) for parcels in sizes]
    reds = [_parcels.independent_red_lines(land) for land in lands]
    times: list[list[float]] = [[], []]
    for turn in range(6):
        for taken, land, red in zip(times, lands, reds, strict=True):
            seconds = timed(lambda: ours(land.parcels, red))  # noqa: B023 - called at once
            if turn:  # the first warms
                taken.append(seconds)
    few, many = (statistics.median(taken) for taken in times)
    counts = [len(land.parcels) for land in lands]
    got = many / few / (counts[1] / counts[0])
    line = f"{got:.2f} 倍于线性（{counts[0]:,}：{few:.3f} s，{counts[1]:,}：{many:.3f} s）"
    return Figure("图斑增至十倍的用时", f"≤ {GROWTH_GOAL} 倍线性", line, got <= GROWTH_GOAL)


def planted(fault: str | None, stack: contextlib.ExitStack) -> None:
    """Plant a fault in the overlay until `stack` is left."""
    plant: dict[str, tuple[object, str, Callable[..., object]]] = {
        "plain": (verbs, "intersect", _plain),
        "dropped_piece": (verbs, "intersect", _dropping(intersect)),
        "careless": (pairs, "place_boxes", _careless(pairs.place_boxes)),
        "squared": (pairs, "box_pairs", _squared(pairs.box_pairs)),
    }
    if fault is None:
        return
    owner, name, faulty = plant[fault]
    right = getattr(owner, name)
    setattr(owner, name, faulty)
    stack.callback(setattr, owner, name, right)


def _plain(subject: Layer, other: Layer) -> Pieces:
    two, one = shapely.STRtree(subject).query(other, predicate="intersects")
    made = shapely.intersection(subject[one], other[two])
    real = shapely.area(made) > 0
    return Pieces(one[real], two[real], made[real])


def _dropping(right: Callable[..., Pieces]) -> Callable[..., Pieces]:
    def dropping(subject: Layer, other: Layer) -> Pieces:
        found = right(subject, other)
        kept = np.arange(len(found)) != len(found) // 2
        return Pieces(found.subject[kept], found.other[kept], found.geometry[kept])

    return dropping


def _careless(right: Callable[..., None]) -> Callable[..., None]:
    def careless(boxes: Layer, features: Layer, xy: Layer, tree: object, answer: Layer) -> None:
        right(boxes, features, xy, tree, answer)
        answer[answer == pairs.CONTACT] = pairs.INSIDE

    return careless


def _squared(right: Callable[..., object]) -> Callable[..., object]:
    def squared(one: Layer, two: Layer, threads: int) -> object:
        pairs.meeting_boxes(one, one)
        return right(one, two, threads)

    return squared
