"""Land: from an outline to parcels that tile it, each with its class, its village and its owner."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from guotu.lib.fiction import cover, divide, lines, mesh, partition, places, ribbons, shape, sites
from guotu.lib.fiction import terrain as terrains
from guotu.lib.fiction.merging import LEAST_PARCEL_M2, merged
from guotu.lib.fiction.terrain import Floats, Ints

CELLS_A_PARCEL = 7.5
USUAL_PARCEL_M2 = 16_000.0
_TAME = (101, 701, 501, 601, 801, 802, 809, 810, 1005)
_ATTEMPTS = 8
# Where parcels are this many times wider than usual, ditches and field tracks are left out.
_COARSE = 5.0
_SIMPLER = (0.3, 0.4, 0.5, 0.5, 0.5)
# Some parcels only just large enough lose ground when borders are smoothed, and join a neighbour.
_SPARE = 1.035
_RIGID_M = 45.0


@dataclass(frozen=True)
class Land:
    """A county's ground as parcels: `geometry[i]` has class `code[i]` and village `village[i]`.

    `edges` are the shared borders; `edge_left`, `edge_right` give the parcel at either side, so
    that any grouping of parcels can be drawn from the same vertices. `township_of` is a village's.
    """

    outline: shapely.Geometry
    terrain: terrains.Terrain
    places: places.Places
    lines: list[lines.Line]
    edges: partition.Edges
    edge_left: Ints
    edge_right: Ints
    geometry: NDArray[np.object_]
    code: Ints
    village: Ints
    township_of: Ints
    seat_of: Ints  # terrain node of each village's seat
    inner: Floats  # a point within each parcel
    scale: float

    def grouped(self, label: Ints) -> tuple[NDArray[np.object_], Ints]:
        """Return the polygons of a grouping of parcels (-1 leaves one out), and their labels."""
        whole = np.r_[label, -1]
        return partition.polygons(self.edges, whole[self.edge_left], whole[self.edge_right])


@dataclass(frozen=True)
class _Cells:
    mesh: mesh.Mesh
    marked: ribbons.Marked
    kernel: Floats
    code: Ints
    village: Ints
    parcel: Ints


def build(outline: shapely.Geometry, parcels: int, rng: np.random.Generator) -> Land:
    """Return the land within `outline` (county frame) in about `parcels` parcels."""
    area = float(shapely.area(outline))
    scale = float(np.sqrt(area / (parcels * USUAL_PARCEL_M2)))
    ground = _terrain(outline, area, rng)
    villages = int(np.clip(parcels // 130, 4, 420))
    townships = int(np.clip(round(parcels**0.5 / 9), 2, 18))
    spots = places.choose(ground, outline, townships, villages, max(parcels // 45, villages), rng)
    ways = _lines(ground, spots, outline, area, scale, rng)
    net, marked = _mesh(ground, ways, outline, area, parcels, rng)
    kernel = mesh.kernels(net)
    known = cover.ground(ground, net, kernel, ways, spots, scale, rng)
    village, township_of = _villages(net, marked, kernel, known, ground, spots)
    code = _classes(net, marked, known, village, parcels, rng)
    parcel = _parcels(net, marked, kernel, known, code, village, parcels, rng)
    cells = _Cells(net, marked, kernel, code, village, parcel)
    return _drawn(outline, ground, spots, ways, cells, township_of, scale, rng)


def _terrain(outline: shapely.Geometry, area: float, rng: np.random.Generator) -> terrains.Terrain:
    west, south, east, north = shapely.bounds(outline)
    margin = 0.07 * max(east - west, north - south) + 120
    bounds = (west - margin, south - margin, east + margin, north + margin)
    nodes = int(np.clip(area / 28**2, 20_000, 900_000))
    return terrains.build(bounds, rng, most_nodes=nodes, inflow_km2=min(700.0, area / 4e5))


def _lines(
    ground: terrains.Terrain,
    spots: places.Places,
    outline: shapely.Geometry,
    area: float,
    scale: float,
    rng: np.random.Generator,
) -> list[lines.Line]:
    ways = lines.waters(ground, scale)
    ways += lines.roads(
        ground, spots.town, spots.markets, np.r_[spots.seats, spots.hamlets], spots.fields, rng
    )
    radius = cover.town_radius_m(area)
    turn = rng.uniform(0, np.pi / 2)
    town = ground.node_xy(spots.town)[0]
    grid = lines.streets(town, turn, radius, max(110.0, radius / 8), rng)
    for market in ground.node_xy(spots.markets[1:]):
        reach = cover.MARKET_SHARE * radius
        grid += lines.streets(market, rng.uniform(0, np.pi / 2), reach, max(70.0, reach / 3), rng)
    ways += [kept for street in grid if (kept := lines.on_level(street, ground)) is not None]
    near = shapely.buffer(outline, 400.0)
    shapely.prepare(near)
    if scale > _COARSE:
        ways = [way for way in ways if way.rank > lines.TRACK_RANK]
    return [way for way in ways if shapely.intersects(near, shapely.linestrings(way.xy))]


def _mesh(
    ground: terrains.Terrain,
    ways: list[lines.Line],
    outline: shapely.Geometry,
    area: float,
    parcels: int,
    rng: np.random.Generator,
) -> tuple[mesh.Mesh, ribbons.Marked]:
    soft = ndimage.gaussian_filter(ground.slope_deg, 1.0)
    coarse = np.clip((soft - 6.0) / 7.0, 0.0, 2.0)
    level = np.clip(np.rint(coarse), 0, 2)
    finest = float(np.sqrt(area * (0.25**level).mean() / (CELLS_A_PARCEL * parcels)))
    reach = 6 * finest
    west, south, east, north = shapely.bounds(outline)
    bounds = (west - reach, south - reach, east + 2 * reach, north + 2 * reach)
    loose = sites.scattered(bounds, finest, coarse, ground, rng)
    net, triangles = mesh.build(sites.all_sites(loose, ways, finest), outline)
    net = mesh.collapse(net, 0.07 * finest)
    return net, ribbons.mark(net, triangles, ways, finest)


def _villages(
    net: mesh.Mesh,
    marked: ribbons.Marked,
    kernel: Floats,
    known: cover.Ground,
    ground: terrains.Terrain,
    spots: places.Places,
) -> tuple[Ints, Ints]:
    """Return each cell's village and each village's township: borders like ridges and rivers."""
    a, b = np.maximum(net.left, 0), np.maximum(net.right, 0)
    step = np.hypot(*(kernel[a] - kernel[b]).T)
    climb = np.abs(known.height_m[a] - known.height_m[b]) * 6
    water = np.where(marked.rank > 100, 600.0 * (marked.line >= 0), 0.0)
    graph = divide.neighbours(net, np.ones(len(step), bool), step + climb + water)
    tree_of = _nearest_cells(kernel, ground.node_xy(spots.markets))
    township = divide.spread(graph, tree_of, kernel)
    seats = _nearest_cells(kernel, ground.node_xy(spots.seats))
    within = township[a] == township[b]
    village = divide.spread(divide.neighbours(net, within, step + climb + water), seats, kernel)
    return village, township[seats]


def _nearest_cells(kernel: Floats, xy: Floats) -> Ints:
    return np.asarray(cKDTree(kernel).query(xy)[1], np.int64)


def _classes(
    net: mesh.Mesh,
    marked: ribbons.Marked,
    known: cover.Ground,
    village: Ints,
    parcels: int,
    rng: np.random.Generator,
) -> Ints:
    code = cover.classes(known, rng)
    code = divide.majority(net, code, np.isin(code, (1103, 1104, 1202, 602, 701)))
    code = cover.town_blocks(known, code, divide.components(net, _joined(net, marked, code)), rng)
    room = 0.9 * (parcels - _strip_count(net, marked, village)[0])
    for alone in _SIMPLER:
        # A coarse county cannot show every lone field: there would be more parcels than asked for.
        if divide.components(net, _joined(net, marked, code, village)).max() < room:
            break
        code = divide.majority(net, code, np.zeros(len(code), bool), rounds=3, alone=alone)
    return code


def _joined(
    net: mesh.Mesh, marked: ribbons.Marked, code: Ints, village: Ints | None = None
) -> NDArray[np.bool_]:
    """Say across which edges a parcel may run: same class, same village, no ribbon between."""
    a, b = np.maximum(net.left, 0), np.maximum(net.right, 0)
    joined = (code[a] == code[b]) & (marked.line < 0)
    return joined if village is None else joined & (village[a] == village[b])


def _parcels(
    net: mesh.Mesh,
    marked: ribbons.Marked,
    kernel: Floats,
    known: cover.Ground,
    code: Ints,
    village: Ints,
    wanted: int,
    rng: np.random.Generator,
) -> Ints:
    a, b = np.maximum(net.left, 0), np.maximum(net.right, 0)
    joined = _joined(net, marked, code, village)
    group = divide.components(net, joined)
    step = kernel[a] - kernel[b]
    # A parcel runs along the contour: going up or down counts for more than its length.
    climb = np.abs(known.height_m[a] - known.height_m[b])
    pull = divide.neighbours(net, joined, np.hypot(*step.T) + 9 * climb)
    usual = np.zeros(max(cover.USUAL_HA) + 1)
    usual[list(cover.USUAL_HA)] = list(cover.USUAL_HA.values())
    first = np.unique(group, return_index=True)[1]
    target = usual[code[first]] * 1e4
    strips, room = _strip_count(net, marked, village)
    wanted = round(wanted * _SPARE)
    cells = wanted - strips
    for _ in range(3):
        made = divide.parcels(net, group, target, cells, pull, kernel, rng)
        kept = int((np.bincount(made, room) >= LEAST_PARCEL_M2).sum())
        if abs(kept + strips - wanted) < 0.01 * wanted:
            break
        cells = int(cells * np.clip((wanted - strips) / max(kept, 1), 0.5, 2.0))
    return made


def _strips(net: mesh.Mesh, marked: ribbons.Marked, village: Ints) -> tuple[Ints, Ints]:
    """Return the marked edges, and which strip (same line, same village, no fork) each is in."""
    edge = np.flatnonzero(marked.line >= 0)
    home = _home(net, edge, village)
    vertex = np.r_[net.tail[edge], net.head[edge]]
    which = np.tile(np.arange(len(edge)), 2)
    order = np.argsort(vertex, kind="stable")
    vertex, which = vertex[order], which[order]
    fork = np.bincount(vertex, minlength=len(net.xy)) != 2
    pair = np.flatnonzero((vertex[1:] == vertex[:-1]) & ~fork[vertex[1:]])
    one, two = which[pair], which[pair + 1]
    same = (marked.line[edge[one]] == marked.line[edge[two]]) & (home[one] == home[two])
    graph = coo_array(
        (np.ones(int(same.sum())), (one[same], two[same])), shape=(len(edge), len(edge))
    )
    return edge, connected_components(graph, directed=False)[1].astype(np.int64)


def _home(net: mesh.Mesh, edge: Ints, village: Ints) -> Ints:
    """Return the village each ribbon edge belongs to: along a border, always the same one."""
    left, right = village[net.left[edge]], village[net.right[edge]]
    both = (net.left[edge] >= 0) & (net.right[edge] >= 0)
    return np.where(both, np.minimum(left, right), np.where(net.left[edge] >= 0, left, right))


def _strip_count(net: mesh.Mesh, marked: ribbons.Marked, village: Ints) -> tuple[int, Floats]:
    """Return how many strips are large enough to map, and what they leave of each cell, in m2."""
    edge, strip = _strips(net, marked, village)
    length = np.hypot(*(net.xy[net.tail[edge]] - net.xy[net.head[edge]]).T)
    half = length * marked.half_width_m[edge]
    room = net.cell_area_m2()
    for side in (net.left[edge], net.right[edge]):
        np.subtract.at(room, side[side >= 0], half[side >= 0])
    return int((np.bincount(strip, 2 * half) >= LEAST_PARCEL_M2).sum()), np.maximum(room, 0)


def _drawn(
    outline: shapely.Geometry,
    ground: terrains.Terrain,
    spots: places.Places,
    ways: list[lines.Line],
    cells: _Cells,
    township_of: Ints,
    scale: float,
    rng: np.random.Generator,
) -> Land:
    """Draw the parcels; where one does not come out valid, its corner is drawn plainly instead."""
    rigid = np.zeros(len(cells.mesh.xy), bool)
    grain = int(rng.integers(2**31))
    for _ in range(_ATTEMPTS):
        sheet = _sheet(cells, ways, rigid, np.random.default_rng(grain))
        geometry, name = partition.polygons(sheet.edges, sheet.edges.left, sheet.edges.right)
        spoilt = _spoilt(geometry, name, sheet.edges)
        if not len(spoilt):
            break
        near = cKDTree(spoilt).query(cells.mesh.xy, distance_upper_bound=_RIGID_M * scale)[0]
        rigid |= np.isfinite(near)
    first = np.unique(name, return_index=True)[1]
    row = np.full(len(sheet.code) + 1, -1)
    row[name[first]] = first
    return Land(
        outline=outline,
        terrain=ground,
        places=spots,
        lines=ways,
        edges=sheet.edges,
        edge_left=row[sheet.edges.left],
        edge_right=row[sheet.edges.right],
        geometry=geometry,
        code=sheet.code[name],
        village=sheet.village[name],
        township_of=township_of,
        seat_of=spots.seats,
        inner=shapely.get_coordinates(shapely.point_on_surface(geometry)),
        scale=scale,
    )


def _spoilt(geometry: NDArray[np.object_], name: Ints, edges: partition.Edges) -> Floats:
    """Return places near which a parcel is invalid, or has been turned inside out."""
    invalid = geometry[~shapely.is_valid(geometry)]
    places_ = [
        [float(part) for part in reason.partition("[")[2].rstrip("]").split()]
        for reason in shapely.is_valid_reason(invalid)
    ]
    lost = np.ones(max(int(edges.left.max()), int(edges.right.max())) + 2, bool)
    lost[name] = False
    lost[-1] = False
    edge = lost[edges.left] | lost[edges.right]
    return np.vstack([np.asarray(places_).reshape(-1, 2), edges.xy[edges.tail[edge]]])


@dataclass(frozen=True)
class _Sheet:
    edges: partition.Edges  # left and right are labels of parcels
    code: Ints
    village: Ints


def _sheet(
    cells: _Cells, ways: list[lines.Line], rigid: NDArray[np.bool_], rng: np.random.Generator
) -> _Sheet:
    """Smooth the mesh, open its ribbons, merge what is too small and bend the borders."""
    net, marked, kernel = cells.mesh, cells.marked, cells.kernel
    drawn = np.ones(len(net.tail), bool)
    inland = (net.left >= 0) & (net.right >= 0)
    drawn[inland] = cells.parcel[net.left[inland]] != cells.parcel[net.right[inland]]
    drawn |= marked.line >= 0
    net = mesh.moved(net, shape.smoothed(net, drawn, marked.line >= 0, kernel, rigid, rounds=2))
    opened = ribbons.open_ribbons(net, marked, kernel, rigid)
    label, code, village = _labels(cells, ways)
    label = np.r_[merged(opened, label, code, village), -1]
    left, right = label[opened.left], label[opened.right]
    drawn = left != right
    tame = np.isin(code, _TAME)
    rough = np.where(tame[np.maximum(left, 0)] & tame[np.maximum(right, 0)], 0.02, 0.06)
    bend, has_bend = shape.bends(opened, drawn, kernel, rough, rigid, 7.0, rng)
    kept = np.flatnonzero(drawn)
    edges = partition.Edges(
        opened.xy, opened.tail[kept], opened.head[kept], left[kept], right[kept],
        bend[kept], has_bend[kept],
    )  # fmt: skip
    return _Sheet(edges, code, village)


def _labels(cells: _Cells, ways: list[lines.Line]) -> tuple[Ints, Ints, Ints]:
    """Return the parcel of each face (cells, then ribbon edges), and class and village of each."""
    net, marked = cells.mesh, cells.marked
    edge, strip = _strips(net, marked, cells.village)
    parcels = int(cells.parcel.max()) + 1
    label = np.r_[cells.parcel, parcels + strip]
    line_code = np.asarray([cover.LINE_CODES[way.code] for way in ways])
    count = parcels + (int(strip.max()) + 1 if len(strip) else 0)
    code, village = np.zeros(count, np.int64), np.zeros(count, np.int64)
    code[label] = np.r_[cells.code, line_code[marked.line[edge]]]
    village[label] = np.r_[cells.village, _home(net, edge, cells.village)]
    return label, code, village
