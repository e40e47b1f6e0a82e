"""Sites: points whose Voronoi cells will tile the county, finer where land is worked.

Along each line they stand in pairs, one on either side, so that cell edges follow the line.
"""

import numpy as np
from scipy.spatial import cKDTree

from guotu.lib.fiction.lines import Line, resampled
from guotu.lib.fiction.terrain import Floats, Terrain

_LEVELS = 3
_JITTER = 0.34


def scattered(
    bounds: tuple[float, float, float, float],
    finest_m: float,
    coarseness: Floats,
    terrain: Terrain,
    rng: np.random.Generator,
) -> Floats:
    """Return jittered quadtree points; `coarseness` (on the grid) 0 is finest, 2 coarsest."""
    west, south, east, north = bounds
    kept = []
    parents_split = None
    for level in reversed(range(_LEVELS)):
        size = finest_m * 2**level
        columns = int((east - west) / (finest_m * 4)) * 2 ** (2 - level)
        rows = int((north - south) / (finest_m * 4)) * 2 ** (2 - level)
        row, column = np.divmod(np.arange(rows * columns), columns)
        middle = np.column_stack([west + (column + 0.5) * size, south + (row + 0.5) * size])
        live = np.ones(len(middle), bool)
        if parents_split is not None:
            live = parents_split[(row // 2) * (columns // 2) + column // 2]
        split = live & (terrain.at(coarseness, middle) < level - 0.5) & (level > 0)
        moved = middle + rng.uniform(-_JITTER, _JITTER, middle.shape) * size
        kept.append(moved[live & ~split])
        parents_split = split
    return np.vstack(kept)


def _pairs(line: Line, spacing_m: float) -> tuple[Floats, Floats, Floats]:
    fine = resampled(line, spacing_m)
    ahead = np.gradient(fine.xy, axis=0) if len(fine.xy) > 1 else np.ones((1, 2))
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    away = np.maximum(0.5 * spacing_m, fine.half_width_m * 1.25 + 0.22 * spacing_m)
    # The ends are left to the joints.
    inner = slice(1, -1) if len(fine.xy) > 3 else slice(0, 0)
    offset = (aside * away[:, None])[inner]
    return fine.xy[inner], offset, away[inner]


def along_lines(lines: list[Line], spacing_m: float) -> tuple[Floats, Floats, Floats]:
    """Return paired sites, then the lines' own points and how far each keeps others away.

    Lines of higher rank come first; a later site too near an earlier line is left out.
    """
    ordered = sorted(lines, key=lambda line: -line.rank)
    centres, offsets, clear = [], [], []
    for line in ordered:
        centre, offset, away = _pairs(line, spacing_m)
        centres.append(centre)
        offsets.append(offset)
        clear.append(away)
    owner = np.repeat(np.arange(len(ordered)), [len(part) for part in centres])
    middle, aside, away = np.vstack(centres), np.vstack(offsets), np.concatenate(clear)
    tree = cKDTree(middle)
    sites = np.vstack([middle + aside, middle - aside])
    whose, reach = np.tile(owner, 2), np.tile(away, 2)
    keep = np.ones(len(sites), bool)
    far, found_at = tree.query(sites, k=4, distance_upper_bound=float(away.max()) * 2)
    columns = zip(np.asarray(far).T, np.asarray(found_at).T, strict=True)
    for distance, index in columns:
        found = np.isfinite(distance)
        other = np.where(found, index, 0)
        earlier = found & (owner[other] < whose)
        keep &= ~(earlier & (distance < away[other] * 1.1 + 0.42 * spacing_m))
        same = found & (owner[other] == whose)
        keep &= ~(same & (distance < reach * 0.7))
    return sites[keep], middle, away


def all_sites(scattered_sites: Floats, lines: list[Line], spacing_m: float) -> Floats:
    """Return every site: pairs along lines, and the scattered ones that stand clear of them."""
    if not lines:
        return scattered_sites
    paired, middle, away = along_lines(lines, spacing_m)
    distance, index = cKDTree(middle).query(scattered_sites)
    clear = distance > away[index] * 1.08 + 0.58 * spacing_m
    return np.vstack([paired, scattered_sites[clear]])
