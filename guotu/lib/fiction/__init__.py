"""Fiction: counties that never were, for a first look and for trials."""

from guotu.lib.fiction.county import LAYERS, Layer, county

__all__ = ["LAYERS", "Layer", "county"]
