"""Edges with labels become polygons: rings, holes, touching corners."""

import numpy as np
import shapely

from guotu.lib.fiction.partition import Edges, polygons


def _grid(labels: list[list[int]]) -> tuple[Edges, np.ndarray, np.ndarray]:
    """Unit squares by rows from the south, as edges; outside is -1."""
    table = np.asarray(labels)
    rows, columns = table.shape
    framed = np.pad(table, 1, constant_values=-1)
    tail, head, left, right = [], [], [], []
    for row in range(rows + 1):
        for column in range(columns):
            tail.append(row * (columns + 1) + column)
            head.append(row * (columns + 1) + column + 1)
            left.append(framed[row + 1, column + 1])
            right.append(framed[row, column + 1])
    for row in range(rows):
        for column in range(columns + 1):
            tail.append(row * (columns + 1) + column)
            head.append((row + 1) * (columns + 1) + column)
            left.append(framed[row + 1, column])
            right.append(framed[row + 1, column + 1])
    y, x = np.divmod(np.arange((rows + 1) * (columns + 1)), columns + 1)
    ends = np.asarray(tail), np.asarray(head)
    sides = np.asarray(left), np.asarray(right)
    count = len(tail)
    edges = Edges(
        np.column_stack([x, y]).astype(float), *ends, *sides,
        np.zeros((count, 2)), np.zeros(count, bool),
    )  # fmt: skip
    return edges, *sides


def test_squares_come_out_as_they_went_in() -> None:
    shapes, label = polygons(*_grid([[0, 1], [2, 0]]))
    assert label.tolist() == [0, 0, 1, 2]
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes).tolist() == [1, 1, 1, 1]
    assert shapely.is_ccw(shapely.get_exterior_ring(shapes)).all()


def test_a_hole_belongs_to_the_parcel_round_it() -> None:
    shapes, label = polygons(*_grid([[0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    assert label.tolist() == [0, 1]
    assert shapely.get_num_interior_rings(shapes).tolist() == [1, 0]
    assert shapely.area(shapes).tolist() == [8, 1]


def test_a_hole_belongs_to_the_part_it_lies_in() -> None:
    shapes, label = polygons(
        *_grid([[0, 0, 0, 2, 0], [0, 1, 0, 2, 0], [0, 0, 0, 2, 0], [2, 2, 2, 2, 2]])
    )
    assert label.tolist() == [0, 0, 1, 2]
    assert sorted(shapely.get_num_interior_rings(shapes[:2]).tolist()) == [0, 1]
    assert sorted(shapely.area(shapes[:2]).tolist()) == [3, 8]


def test_a_ring_that_touches_itself_becomes_shell_and_hole() -> None:
    # The hole reaches the outside at one corner only.
    shapes, label = polygons(*_grid([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]))
    assert label.tolist() == [0, 1, 1]
    assert shapely.is_valid(shapes).all()
    assert shapely.area(shapes[0]) == 14


def test_bends_are_shared_by_both_sides() -> None:
    edges, left, right = _grid([[0, 1]])
    inner = (left >= 0) & (right >= 0)
    bend = edges.bend.copy()
    bend[inner] = [1.25, 0.5]
    bent = Edges(edges.xy, edges.tail, edges.head, left, right, bend, inner)
    shapes, _ = polygons(bent, left, right)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).tolist() == [1.125, 0.875]
