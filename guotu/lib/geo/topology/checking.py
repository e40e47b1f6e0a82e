"""The check as a whole: each feature alone, then features against one another."""

from collections.abc import Callable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.crs import Frame, transform, zone_frame_for
from guotu.lib.geo.topology.crossings import crossings
from guotu.lib.geo.topology.edges import Edges, divided, edges_of, partners
from guotu.lib.geo.topology.faults import RULES, Direction, Fault, Tolerances
from guotu.lib.geo.topology.gaps import gaps
from guotu.lib.geo.topology.overlaps import Coverage, duplicates, overlaps
from guotu.lib.geo.topology.single import too_small_or_thin, wrong_direction
from guotu.lib.geo.topology.spikes import spikes
from guotu.lib.geo.topology.work import Geometries, threaded

Progress = Callable[[str, float], None]


def check(
    geometry: NDArray[np.object_],
    ids: Sequence[str],
    frame: Frame,
    *,
    tolerances: Tolerances,
    minimum_area_m2: float | NDArray[np.float64] | None = None,
    direction: Direction = "consistent",
    threads: int = 2,
    progress: Progress = lambda doing, share: None,
) -> list[Fault]:
    """Return the topological faults of a layer, by rule and then by feature.

    `geometry` is object[n] in `frame`, `ids` their n names; only surfaces are looked at. Invalid
    surfaces are told (self_crossing, spike) and stay out of what needs a sound one. Areas are
    planar m2 and lengths metres: a layer in lon/lat is laid out in the 3-degree zone of its
    middle, and its places come back in lon/lat. `minimum_area_m2` is one figure or one a feature;
    None is what the tolerances have for any class. Raises Refusal where lon/lat is in no zone.
    """
    laid = np.asarray(geometry, dtype=object)
    rows = np.flatnonzero((shapely.get_dimensions(laid) == 2) & ~shapely.is_empty(laid))
    least = tolerances.minimum_area_m2 if minimum_area_m2 is None else minimum_area_m2
    minimum = np.broadcast_to(np.asarray(least, dtype=np.float64), len(laid))[rows]
    laid, names = _polygonal(laid[rows]), [str(ids[row]) for row in rows.tolist()]
    if not len(laid):
        return []
    zone = frame
    if frame.kind == "lonlat":
        west, _, east, _ = shapely.total_bounds(laid)
        zone = zone_frame_for(float(west + east) / 2)
        laid = transform(laid, frame, zone)
    progress("查各图形", 0.0)
    valid = threaded(shapely.is_valid, laid, threads=threads)
    faults = _alone(laid, names, valid, minimum, tolerances, direction)
    progress("比对公共边", 0.3)
    faults += _together(laid, names, valid, tolerances, threads, progress)
    progress("查完", 1.0)
    faults.sort(key=lambda fault: RULES.index(fault.rule))
    return faults if zone is frame else _moved(faults, zone, frame)


def _polygonal(geometry: Geometries) -> Geometries:
    """Take the surfaces out of collections; everything else stays as it is."""
    mixed = np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for row in mixed:
        parts = np.array([geometry[row]], dtype=object)
        while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
            parts = shapely.get_parts(parts)
        geometry[row] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
    return geometry


def _alone(
    geometry: Geometries,
    ids: list[str],
    valid: NDArray[np.bool_],
    minimum_m2: NDArray[np.float64],
    tolerances: Tolerances,
    direction: Direction,
) -> list[Fault]:
    pointed = spikes(geometry, ids, tolerances)
    spiked = {name for fault in pointed for name in fault.features}
    sound, unsound = np.flatnonzero(valid), np.flatnonzero(~valid)
    return [
        *pointed,
        *crossings(geometry[unsound], [ids[row] for row in unsound], spiked, tolerances.grid_m),
        *wrong_direction(geometry, ids, direction),
        *too_small_or_thin(
            geometry[sound], [ids[row] for row in sound], minimum_m2[sound], tolerances
        ),
    ]


def _together(
    geometry: Geometries,
    ids: list[str],
    valid: NDArray[np.bool_],
    tolerances: Tolerances,
    threads: int,
    progress: Progress,
) -> list[Fault]:
    faults, repeats = duplicates(geometry, edges_of(geometry, tolerances.grid_m), ids)
    kept = np.flatnonzero(valid & ~repeats)
    if not len(kept):
        return faults
    land = _coverage(geometry[kept], [ids[row] for row in kept.tolist()], tolerances)
    progress("查重叠", 0.6)
    faults += overlaps(land, tolerances, threads)
    progress("查缝隙", 0.8)
    unsound = shapely.make_valid(geometry[~valid & ~repeats])
    return faults + gaps(land, unsound, tolerances, threads)


def _coverage(geometry: Geometries, ids: list[str], tolerances: Tolerances) -> Coverage:
    """Match edges, then once more where a vertex of one feature lies on an edge of another."""
    edges = edges_of(geometry, tolerances.grid_m)
    tree = shapely.STRtree(geometry)
    partner = partners(edges)
    loose = edges.take(partner < 0)
    cut = divided(loose, tolerances.hairline_m / 2, tolerances.grid_m)
    cut_partner = partners(cut)
    matched = Edges(
        edges.points,
        edges.mark,
        *(
            np.concatenate(
                [getattr(edges, part)[partner >= 0], getattr(cut, part)[cut_partner >= 0]]
            )
            for part in ("first", "last", "owner")
        ),
    )
    beside = np.concatenate([partner[partner >= 0], cut_partner[cut_partner >= 0]])
    return Coverage(geometry, ids, tree, matched, beside, cut.take(cut_partner < 0))


def _moved(faults: list[Fault], source: Frame, target: Frame) -> list[Fault]:
    at = np.array([(fault.x, fault.y) for fault in faults]).reshape(-1, 2)
    points = np.asarray(shapely.points(at), dtype=object)
    there = shapely.get_coordinates(transform(points, source, target))
    return [
        Fault(fault.rule, fault.features, float(x), float(y), fault.area_m2)
        for fault, (x, y) in zip(faults, there, strict=True)
    ]
