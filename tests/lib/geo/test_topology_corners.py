"""Topology of what is hardly there: specks, rings that cross themselves, nested collections."""

import numpy as np
import shapely

from guotu.lib.geo.topology import crossings, overlaps, single, spikes, work
from tests.lib.geo.topology_shapes import TOLERANCES, X, Y, box, checked, polygon, told

BOW = polygon((0, 0), (10, 10), (10, 0), (0, 10))


def test_a_speck_below_the_grid_has_no_edges_and_is_too_small() -> None:
    assert told(checked(box(0, 0, 2e-5, 2e-5))) == [("minimum_area", ("0",))]


def test_a_speck_narrower_than_a_spikes_tip_has_no_vertex_to_point_with() -> None:
    assert spikes.spikes(np.array([box(0, 0, 1e-7, 1e-7)], dtype=object), ["0"], TOLERANCES) == []


def test_what_two_rings_share_is_unsaid_where_one_of_them_crosses_itself() -> None:
    outline = crossings._outline(shapely.MultiPolygon([BOW, box(5, 0, 20, 10)]))
    first = np.flatnonzero(np.diff(outline.ring, prepend=-1))
    assert crossings._between(outline, *first.tolist()) == 0.0


def test_a_fault_whose_piece_is_invalid_stands_at_its_first_point() -> None:
    fault = overlaps._fault("overlap", ("a", "b"), np.array([BOW], dtype=object))
    assert (fault.x, fault.y) == (X, Y)


def test_an_invalid_ring_stands_at_its_first_point() -> None:
    places = single._ring_places(np.array([box(0, 0, 4, 4), BOW], dtype=object))
    assert places.tolist()[1] == [X, Y]


def test_surfaces_are_found_within_collections_of_collections() -> None:
    nested = shapely.GeometryCollection(
        [shapely.GeometryCollection([box(0, 0, 10, 10), shapely.Point(X, Y)]), box(20, 0, 30, 10)]
    )
    found, row = work.surfaces(np.array([nested], dtype=object), 0.01, 1.0)
    assert shapely.area(found).tolist() == [100, 100]
    assert row.tolist() == [0, 0]
