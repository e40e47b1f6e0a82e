"""Overlay of one polygon layer with another: pieces, remainders, areas that close."""

from guotu.lib.geo.overlay.closing import apportion_dm2, overlap_area_dm2, piece_area_dm2
from guotu.lib.geo.overlay.pieces import GRID_M, NOTHING, Pieces, touches_only
from guotu.lib.geo.overlay.verbs import identity, intersect, intersection_area_m2

__all__ = [
    "GRID_M",
    "NOTHING",
    "Pieces",
    "apportion_dm2",
    "identity",
    "intersect",
    "intersection_area_m2",
    "overlap_area_dm2",
    "piece_area_dm2",
    "touches_only",
]
