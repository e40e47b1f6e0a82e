"""Overlay of parcels with one multipolygon of more than 100,000 vertices, beside PostGIS."""

import contextlib
import statistics
from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.overlay import overlaps, verbs
from guotu.lib.geo.overlay.inputs import Side
from guotu.lib.geo.overlay.pairs import Measured
from trials import _parcels, _peers, _postgres
from trials.harness import Figure, Scale, ratio, timed

TITLE = "overlay of parcels with one giant multipolygon"
TIMED = True
PARCELS = 200_000
SHORT_PARCELS = 20_000
VERTICES = 107_000
LEAST_VERTICES = 100_000
GOAL = 5.0
TOTAL_GOAL = 1e-9
FAULTS = {"boxed": "a woven piece is replaced by its bounding box"}
if _postgres.absent() is None:
    FAULTS["uncut"] = "each parcel is intersected with the whole giant"

Layer = NDArray[np.object_]
Rows = NDArray[np.int64]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the size, the agreement of totals, and the ratios to PostGIS."""
    land = _parcels.coverage(_count(scale))
    giant = np.array([_parcels.giant(land, VERTICES)], object)
    vertices = int(shapely.get_num_coordinates(giant[0]))
    yield Figure(
        "多边形的点数",
        f"≥ {LEAST_VERTICES:,}",
        f"{vertices:,} 点，{len(giant[0].geoms)} 个部分，{len(land.parcels):,} 图斑",
        vertices >= LEAST_VERTICES,
    )
    with contextlib.ExitStack() as stack:
        _plant(fault, stack)
        with _peers.postgres_if_any() as connection:
            if connection is None:
                yield from _alone(land.parcels, giant, str(_postgres.absent()))
                return
            with _peers.postgis_tables(connection, land.parcels, giant):
                runs = 1 if scale.faulty else 3
                yield from _beside(land.parcels, giant, connection, runs)


def _count(scale: Scale) -> int:
    if scale.faulty:
        return 1_000
    return SHORT_PARCELS if scale.short else PARCELS


def _ours(subject: Layer, other: Layer) -> float:
    return float(shapely.area(verbs.intersect(subject, other).geometry).sum())


def _beside(subject: Layer, giant: Layer, connection: object, runs: int) -> Iterator[Figure]:
    own = _ours(subject, giant)
    answers: list[_peers.Answer] = []
    peer, parts_only, mine = [], [], []
    for _ in range(runs):
        peer.append(timed(lambda: answers.append(_peers.postgis_subdivided(connection))))
        parts_only.append(timed(lambda: answers.append(_peers.postgis_parts(connection))))
        mine.append(timed(lambda: _ours(subject, giant)))
    gap = abs(own / answers[0].area_m2 - 1)
    yield _total(gap, own, "PostGIS + ST_Subdivide")
    whole, cut = statistics.median(peer), statistics.median(parts_only)
    us = statistics.median(mine)
    yield ratio(
        "比 PostGIS + ST_Subdivide 快（切分计入）",
        peer=whole,
        ours=us,
        goal=GOAL,
        peer_name="PostGIS + ST_Subdivide",
    )
    line = f"{cut / us:.1f} 倍（PostGIS 已切好 {cut:.3f} s，本程序 {us:.3f} s，其中包括建索引）"
    yield Figure("比 PostGIS 快（切分不计）", "对照", line, None)


def _alone(subject: Layer, giant: Layer, reason: str) -> Iterator[Figure]:
    """Without PostGIS only the total is compared, with GEOS on the uncut giant."""
    yield Figure("比 PostGIS + ST_Subdivide 快", f"≥ {GOAL:g} 倍", f"{reason}，未能比较", None)
    some = subject[:: max(1, len(subject) // 300)]
    shapely.prepare(giant)
    near = some[shapely.intersects(giant[0], some)]
    plain = float(shapely.area(shapely.intersection(near, giant[0])).sum())
    yield _total(abs(_ours(some, giant) / plain - 1), plain, f"GEOS，{len(some)} 图斑")


def _total(gap: float, own: float, peer: str) -> Figure:
    return Figure(
        "平面面积合计一致",
        f"相对差 ≤ {TOTAL_GOAL:g}",
        f"{gap:.1e}（{peer}），重叠 {own:.4f} m²",
        bool(gap <= TOTAL_GOAL),
    )


def _plant(fault: str | None, stack: contextlib.ExitStack) -> None:
    right_woven, right_near = overlaps.woven, overlaps.near_parts

    def boxed(found: Measured, chosen: Rows, threads: int) -> tuple[Layer, Rows]:
        made, good = right_woven(found, chosen, threads)
        return shapely.envelope(made), good

    def none_woven(found: Measured, chosen: Rows, threads: int) -> tuple[Layer, Rows]:
        return np.full(len(chosen), None, object), np.zeros(len(chosen), np.bool_)

    def uncut(found: Measured, chosen: Rows, small: Side, big: Side, threads: int) -> Layer:
        return big.geometry[found.big[chosen]]

    if fault == "boxed":
        overlaps.woven = boxed
    if fault == "uncut":
        overlaps.woven, overlaps.near_parts = none_woven, uncut
    stack.callback(setattr, overlaps, "woven", right_woven)
    stack.callback(setattr, overlaps, "near_parts", right_near)
