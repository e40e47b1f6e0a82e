"""What one file may cost: size, features, vertices, depth, memory, time; dated data, not code."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from guotu.lib.refusal import Refusal


@dataclass(frozen=True)
class Limits:
    """The bounds within which one file is read. Bytes, counts, seconds; read from limits.toml."""

    max_bytes: int
    max_features: int
    max_vertices: int
    max_vertices_per_feature: int
    max_fields: int
    max_nesting: int
    max_coordinate: float
    max_zip_entries: int
    max_unzipped_ratio: float
    max_unzipped_bytes: int
    memory_bytes: int
    open_files: int
    cpu_seconds: int
    wall_seconds: float

    @classmethod
    def site(cls) -> "Limits":
        """Return the limits for a stranger's project boundary: small and quick."""
        return _limits("site")

    @classmethod
    def layer(cls) -> "Limits":
        """Return the limits for a whole layer brought in by the bureau: large."""
        return _limits("layer")


@dataclass(frozen=True)
class Extent:
    """Where coordinates of this country can lie: degrees for lon/lat, metres within a zone."""

    west_deg: float
    east_deg: float
    south_deg: float
    north_deg: float
    south_m: float
    north_m: float
    half_width_m: float


@dataclass(frozen=True)
class Arc:
    """How an arc becomes chords: how far a chord may leave it (metres), how many at most."""

    sagitta_m: float
    max_chords: int


@lru_cache
def _tables() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _without_source(name: str) -> dict[str, Any]:
    return {key: value for key, value in _tables()[name].items() if key != "source"}


@lru_cache
def _limits(name: str) -> Limits:
    return Limits(**_without_source(name))


@lru_cache
def extent() -> Extent:
    """Return the extent of the country, as dated data."""
    return Extent(**_without_source("extent"))


@lru_cache
def arc() -> Arc:
    """Return how arcs become chords, as dated data."""
    return Arc(**_without_source("arc"))


def unwanted_drivers() -> list[str]:
    """Return the names of the GDAL drivers that a child is to be without."""
    return list(_tables()["gdal"]["unwanted_drivers"])


def too_many_features(count: int, limits: Limits) -> Refusal:
    """Return the refusal for a file with more features than allowed."""
    return Refusal(
        f"文件的图形太多（{count:,} 个）",
        rule=f"一次最多 {limits.max_features:,} 个图形",
        remedy="请分成几个文件，或确认没有误传整个图层",
    )


def too_many_vertices(count: int, limits: Limits) -> Refusal:
    """Return the refusal for a file with more vertices than allowed."""
    return Refusal(
        f"文件的顶点太多（{count:,} 个）",
        rule=f"一次最多 {limits.max_vertices:,} 个顶点",
        remedy="请分成几个文件，或确认没有误传整个图层",
    )
