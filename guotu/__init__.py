"""Guotu (国土): govern a county's land by the map."""

__version__ = "0.1.0"
