"""Topological faults of a layer: each with its rule, its features, a place and a size."""

from guotu.lib.geo.topology.checking import check
from guotu.lib.geo.topology.faults import RULES, Fault, Tolerances

__all__ = ["RULES", "Fault", "Tolerances", "check"]
