"""Terrain: a height field whose valleys were cut by its own rivers, and what water does on it.

A fractal surface is drained by least-cost paths to its rim; heights are then rebuilt upstream from
the drainage by the stream-power law (slope falls with catchment area: Flint 1974; Braun & Willett
2013), and the two steps are repeated until valleys, ridges and drainage agree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
_FLINT_EXPONENT = 0.42
_STEEPEST = 0.50
_STREAM_KM2 = 0.5


@dataclass(frozen=True)
class Terrain:
    """A grid over the county: node (row, column) stands at `origin + step_m * (column, row)`.

    Heights are metres; `down` is the flat index a node drains to (itself at the rim);
    `upstream_km2` is its catchment; `above_stream_m` its height above the stream it drains to.
    """

    origin: tuple[float, float]
    step_m: float
    height: Floats
    down: Ints
    upstream_km2: Floats
    slope_deg: Floats
    above_stream_m: Floats
    lowland: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """Return rows and columns."""
        return (int(self.height.shape[0]), int(self.height.shape[1]))

    def at(self, field: Floats, xy: Floats) -> Floats:
        """Return `field` (rows x columns) at points `xy` (n x 2, county frame), bilinear."""
        where = (xy - np.asarray(self.origin)) / self.step_m
        return np.asarray(
            ndimage.map_coordinates(field, where.T[::-1], order=1, mode="nearest"), np.float64
        )

    def node_at(self, xy: Floats) -> Ints:
        """Return the flat index of the node nearest each point of `xy`."""
        where = np.rint((xy - np.asarray(self.origin)) / self.step_m).astype(np.int64)
        rows, columns = self.shape
        return np.clip(where[:, 1], 0, rows - 1) * columns + np.clip(where[:, 0], 0, columns - 1)

    def node_xy(self, node: Ints) -> Floats:
        """Return the place of each node (flat indices)."""
        row, column = np.divmod(node, self.shape[1])
        return np.column_stack([column, row]) * self.step_m + np.asarray(self.origin)


def fractal(shape: tuple[int, int], rng: np.random.Generator, fall: float) -> Floats:
    """Return noise of mean 0 and deviation 1 whose spectrum falls as frequency ** -fall."""
    rows, columns = shape
    frequency = np.hypot(
        np.fft.fftfreq(rows)[:, None] * rows, np.fft.rfftfreq(columns)[None, :] * columns
    )
    frequency[0, 0] = np.inf
    size = (rows, frequency.shape[1])
    spectrum = (rng.normal(size=size) + 1j * rng.normal(size=size)) * frequency ** (-fall / 2 - 0.5)
    surface = np.fft.irfft2(spectrum, s=shape)
    return np.asarray((surface - surface.mean()) / surface.std(), np.float64)


def grid_graph(cost: Floats) -> coo_array:
    """Return the 8-neighbour graph of a grid; an edge costs its length by the mean of its ends."""
    rows, columns = cost.shape
    index = np.arange(rows * columns).reshape(rows, columns)
    tails, heads, weights = [], [], []
    for down, right in _NEIGHBOURS:
        low, high = max(0, -right), columns - max(0, right)
        here = (slice(0, rows - down), slice(low, high))
        there = (slice(down, rows), slice(low + right, high + right))
        tails.append(index[here].ravel())
        heads.append(index[there].ravel())
        weights.append((np.hypot(down, right) * (cost[here] + cost[there]) / 2).ravel())
    ends = (np.concatenate(tails), np.concatenate(heads))
    return coo_array((np.concatenate(weights), ends), shape=(cost.size, cost.size))


def _drain(cost: Floats, mouth: int) -> tuple[Ints, Ints]:
    # A node beyond the rim is joined to every rim node; the tree of least cost to it drains all.
    graph = grid_graph(cost)
    rim = np.ones(cost.shape, bool)
    rim[1:-1, 1:-1] = False
    rim_nodes = np.flatnonzero(rim)
    sea = cost.size
    ends = (
        np.concatenate([graph.coords[0], np.full(rim_nodes.size, sea)]),
        np.concatenate([graph.coords[1], rim_nodes]),
    )
    # Water leaves by the river's mouth; over the rest of the rim only where it is nearer by far.
    leaving = np.where(rim_nodes == mouth, 1e-6, cost.ravel()[rim_nodes] * 20 + 2 * max(cost.shape))
    weights = np.concatenate([graph.data, leaving])
    whole = coo_array((weights, ends), shape=(sea + 1, sea + 1)).tocsr()
    far, before = dijkstra(whole, directed=False, indices=np.asarray(sea), return_predecessors=True)
    down = before[:sea].astype(np.int64)
    own = np.arange(sea)
    down = np.where(down == sea, own, down)
    return down, np.argsort(far[:sea], kind="stable")


def sum_downstream(down: Ints, value: Floats) -> Floats:
    """Return for each node the sum of `value` along its way to the rim."""
    total, jump = value.copy(), down.copy()
    total[down == np.arange(down.size)] = 0.0
    while True:
        total += total[jump]
        further = jump[jump]
        if np.array_equal(further, jump):
            return total
        jump = further


def _levels(down: Ints) -> list[Ints]:
    depth = sum_downstream(down, np.ones(down.size)).astype(np.int64)
    order = np.argsort(depth, kind="stable")
    cuts = np.searchsorted(depth[order], np.arange(1, int(depth.max()) + 1))
    return np.split(order, cuts)


def catchment(down: Ints, own: Floats) -> Floats:
    """Return for each node the sum of `own` over all that drains through it, itself included."""
    total = own.copy()
    for level in reversed(_levels(down)[1:]):
        np.add.at(total, down[level], total[level])
    return total


def first_of(down: Ints, stream: NDArray[np.bool_]) -> Ints:
    """Return for each node the first node of `stream` on its way down, or the rim node."""
    jump = np.where(stream, np.arange(down.size), down)
    while True:
        further = jump[jump]
        if np.array_equal(further, jump):
            return jump
        jump = further


def _valley_axis(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Floats, int, int]:
    """Return how far each node lies from a winding valley (share of the grid), head and mouth."""
    rows, columns = shape
    along = np.linspace(0, 1, 6)
    offset = 0.5 + rng.uniform(-0.16, 0.16, 6)
    turn = rng.uniform(-0.25, 0.25)
    t = np.linspace(0, 1, 4 * columns)
    smooth = np.interp(t, along, offset)
    smooth = ndimage.gaussian_filter1d(smooth, columns * 0.25) + turn * (t - 0.5)
    grid = np.ones(shape, bool)
    row = np.clip((smooth * rows).astype(int), 0, rows - 1)
    column = np.clip((t * columns).astype(int), 0, columns - 1)
    grid[row, column] = False
    far = ndimage.distance_transform_edt(grid) / max(shape)
    ends = [int(row[0]) * columns, int(row[-1]) * columns + columns - 1]
    head, mouth = ends if rng.random() < 0.5 else ends[::-1]
    return np.asarray(far, np.float64), head, mouth


def _steepness(lowland: Floats, upstream: Floats) -> Floats:
    relief = 0.052 * (1.15 - lowland) ** 1.3
    return np.asarray(
        np.clip(relief * upstream**-_FLINT_EXPONENT, 3e-4, _STEEPEST * (1.1 - lowland * 0.8))
    )


def build(
    bounds: tuple[float, float, float, float],
    rng: np.random.Generator,
    *,
    most_nodes: int = 400_000,
    inflow_km2: float = 700.0,
) -> Terrain:
    """Return the terrain over `bounds` (county frame, metres) with one river running through."""
    west, south, east, north = bounds
    step = max(12.0, float(np.sqrt((east - west) * (north - south) / most_nodes)))
    shape = (int((north - south) / step) + 2, int((east - west) / step) + 2)
    axis, head, mouth = _valley_axis(shape, rng)
    rough = fractal(shape, rng, 2.1)
    lowland = np.exp(-((axis / 0.085) ** 1.1)) + 0.28 * fractal(shape, rng, 2.6)
    lowland = np.clip(lowland, 0, 1)
    own = np.full(axis.size, step * step / 1e6)
    own[head] += inflow_km2
    surface = axis * 3.2 + rough * 0.6
    for _ in range(3):
        scaled = (surface - surface.min()) / (surface.max() - surface.min())
        down, _ = _drain(np.exp(6 * scaled + 0.35 * fractal(shape, rng, 0.7)), mouth)
        upstream = catchment(down, own)
        surface = _heights(shape, down, upstream, lowland, step)
        surface += 0.01 * surface.std() * fractal(shape, rng, 1.6)
    return _measured((west, south), step, surface, down, upstream, lowland)


def _heights(
    shape: tuple[int, int], down: Ints, upstream: Floats, lowland: Floats, step: float
) -> Floats:
    nodes = np.arange(down.size)
    reach = np.hypot((nodes // shape[1] - down // shape[1]), (nodes % shape[1] - down % shape[1]))
    rise = _steepness(lowland.ravel(), upstream) * reach * step
    return ndimage.gaussian_filter(sum_downstream(down, rise).reshape(shape), 0.8)


def _measured(
    origin: tuple[float, float],
    step: float,
    height: Floats,
    down: Ints,
    upstream: Floats,
    lowland: Floats,
) -> Terrain:
    shape = height.shape
    stream = first_of(down, upstream >= _STREAM_KM2)
    above = np.maximum(height.ravel() - height.ravel()[stream], 0.0)
    floor = 3.5 * np.clip(upstream[stream], 0.3, 400) ** 0.33
    filled = height.ravel()[stream] + above - floor * (1 - np.exp(-above / floor))
    above = above - floor * (1 - np.exp(-above / floor))
    soft = ndimage.gaussian_filter(filled.reshape(shape), 0.8)
    north, east = np.gradient(soft, step)
    slope = np.degrees(np.arctan(np.hypot(north, east)))
    return Terrain(
        origin, step, soft, down, upstream.reshape(shape), slope, above.reshape(shape), lowland
    )
