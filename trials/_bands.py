"""Land in bands between jagged lines, on the 0.1 mm grid: what is split, merged and moved about."""

from dataclasses import dataclass, replace

import numpy as np
import shapely

from guotu.lib.geo.lineage import on_grid

EAST, NORTH = 460_000.0, 3_176_000.0
HEIGHT_M, WIDTH_M = 80.0, 40.0
_JITTER_M = 8.0


@dataclass(frozen=True)
class Bands:
    """Lines from south to north, west to east, float64[k, 2] each; a band lies between two."""

    lines: tuple[np.ndarray, ...]

    def band(self, first: int, last: int | None = None) -> shapely.Polygon:
        """Return the land between a line and the next, or a later one; no corner in between."""
        after = self.lines[first + 1 if last is None else last]
        return shapely.Polygon(np.concatenate([self.lines[first], after[::-1]]))

    def all(self) -> list[shapely.Polygon]:
        """Return every band, from west to east."""
        return [self.band(number) for number in range(len(self.lines) - 1)]

    def with_line(self, place: int, line: np.ndarray) -> "Bands":
        """Return the bands with one line in place of another."""
        lines = list(self.lines)
        lines[place] = line
        return replace(self, lines=tuple(lines))


def bands(rng: np.random.Generator, count: int, west: float = 0.0) -> Bands:
    """Return some bands; the ends of inner lines lie on the outline only to the grid."""
    slope = rng.uniform(-0.05, 0.05, 2)
    return Bands(tuple(line_at(rng, west + WIDTH_M * place, slope) for place in range(count + 1)))


def line_at(rng: np.random.Generator, east: float, slope: np.ndarray) -> np.ndarray:
    """Return a jagged line that starts and ends on the two straight edges of the land."""
    inner = rng.integers(1, 7)
    y = np.sort(rng.uniform(15, HEIGHT_M - 15, inner))
    x = east + rng.uniform(-_JITTER_M, _JITTER_M, inner)
    ends = east + rng.uniform(-_JITTER_M, _JITTER_M, 2)
    south, north = ends[0] * slope[0], HEIGHT_M + ends[1] * slope[1] * 0.5
    points = np.column_stack([np.r_[ends[0], x, ends[1]], np.r_[south, y, north]])
    return np.rint((np.add(points, [EAST, NORTH])) * 10_000) / 10_000


def moved(line: np.ndarray, east_m: float) -> np.ndarray:
    """Return a line moved east, on the grid."""
    return np.rint((np.add(line, [east_m, 0.0])) * 10_000) / 10_000


def bent(rng: np.random.Generator, line: np.ndarray, by_m: float) -> np.ndarray:
    """Return a line with one inner corner moved by so much, square to its neighbours' chord."""
    at = int(rng.integers(1, len(line) - 1))
    chord = line[at + 1] - line[at - 1]
    square = np.array([-chord[1], chord[0]]) / np.hypot(*chord)
    made = line.copy()
    made[at] = np.rint((line[at] + square * by_m) * 10_000) / 10_000
    return made


def placed_wrong(shape: shapely.Polygon, east_m: float, north_m: float) -> shapely.Polygon:
    """Return a shape of the same area elsewhere."""
    return on_grid(shapely.transform(shape, lambda xy: np.add(xy, [east_m, north_m])))
