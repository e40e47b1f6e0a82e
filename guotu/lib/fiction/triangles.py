"""Triangles: the Delaunay net of the sites, and the way a line takes through it."""

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from guotu.lib.fiction.terrain import Floats, Ints

# A walk over a thousand cells a side is shorter; rounding must not keep one going for ever.
_MOST_STEPS = 200


class Triangles:
    """The Delaunay triangles of the sites, and which mesh edge lies between two of them."""

    def __init__(self, site: Floats) -> None:
        self.origin = np.floor(site.mean(axis=0))
        self.net = Delaunay(site - self.origin)
        neighbours = self.net.neighbors.astype(np.int64)
        triangle, corner = np.nonzero(neighbours > np.arange(len(neighbours))[:, None])
        other = neighbours[triangle, corner]
        self.edge = np.full(neighbours.shape, -1, np.int64)
        self.edge[triangle, corner] = np.arange(len(triangle))
        back = (neighbours[other] == triangle[:, None]).argmax(axis=1)
        self.edge[other, back] = np.arange(len(triangle))
        self.neighbours = neighbours
        corners = self.net.simplices.astype(np.int64)
        self.corners, self.points = corners, self.net.points
        self.tree = cKDTree(self.points)
        self.tail, self.head = triangle, other
        self.left = corners[triangle, (corner + 2) % 3]
        self.right = corners[triangle, (corner + 1) % 3]

    def centres(self) -> Floats:
        """Return the centre of each triangle's circle: the Voronoi vertices."""
        p = self.net.points[self.net.simplices]
        b, c = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
        double = 2 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
        bb, cc = (b**2).sum(axis=1), (c**2).sum(axis=1)
        x = (c[:, 1] * bb - b[:, 1] * cc) / double
        y = (b[:, 0] * cc - c[:, 0] * bb) / double
        return p[:, 0] + np.column_stack([x, y]) + self.origin

    def walk(self, xy: Floats, run: Ints, rounds: int = 14) -> tuple[Ints, Ints]:
        """Return the mesh edges that paths through points `xy` follow, and the point before each.

        Points of one path stand together and have one number in `run`. A path goes from triangle
        to triangle, and each step is one Voronoi edge. Steps that skip a triangle are halved; one
        still unclear after `rounds` is left out.
        """
        path, own = xy - self.origin, np.arange(len(xy))
        at = self.locate(path)
        for _ in range(rounds):
            change = np.flatnonzero((np.diff(at) != 0) & (np.diff(run[own]) == 0))
            edge = self._between(at[change], at[change + 1])
            unclear = change[edge < 0]
            if not len(unclear):
                break
            between = (path[unclear] + path[unclear + 1]) / 2
            found = self.locate(between)
            at = np.insert(at, unclear + 1, found)
            path = np.insert(path, unclear + 1, between, axis=0)
            own = np.insert(own, unclear + 1, own[unclear])
        return edge[edge >= 0], own[change[edge >= 0]]

    def locate(self, path: Floats) -> Ints:
        """Return the triangle each point (relative to `origin`) is in, by walking towards it."""
        nearest = self.tree.query(path)[1]
        at = self.net.vertex_to_simplex[nearest].astype(np.int64)
        moving = np.arange(len(path))
        for _ in range(_MOST_STEPS):
            side = self._sides(at[moving], path[moving])
            worst = side.argmin(axis=1)
            out = side[np.arange(len(moving)), worst] < -1e-7
            moving, worst = moving[out], worst[out]
            onward = self.neighbours[at[moving], worst]
            moving, onward = moving[onward >= 0], onward[onward >= 0]
            if not len(moving):
                break
            at[moving] = onward
        return at

    def _sides(self, triangle: Ints, point: Floats) -> Floats:
        """Return how far left of each side (opposite each corner) the point lies, by area."""
        corner = self.points[self.corners[triangle]] - point[:, None, :]
        sides = []
        for k in range(3):
            a, b = corner[:, (k + 1) % 3], corner[:, (k + 2) % 3]
            sides.append(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
        return np.column_stack(sides)

    def _between(self, a: Ints, b: Ints) -> Ints:
        match = self.neighbours[a] == b[:, None]
        found = match.any(axis=1) & (a >= 0) & (b >= 0)
        return np.where(found, self.edge[a, match.argmax(axis=1)], -1)
