"""Reads the dated tolerances of the topological check, for the import and the command line."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from guotu.lib.geo.topology import Tolerances


@lru_cache
def tolerances() -> Tolerances:
    """Return the tolerances of `lib/geo/topology/tolerances.toml`."""
    text = files("guotu.lib.geo.topology").joinpath("tolerances.toml").read_text("utf-8")
    return Tolerances.parse(tomllib.loads(text))
