"""A review held against plain Shapely on every parcel: class areas to 0.01 m2, blocks alike."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from trials import _brute
from trials._county import home_of, releases
from trials._reviewer import Reviewer
from trials._sites import sites
from trials.harness import Figure, Scale

TITLE = "review against an independent brute-force overlay"
FAULTS = {
    "planar_area": "areas are taken in the plane and not by the law",
    "whole_metres": "pieces are rounded to whole square metres",
    "no_bank": "field banks are not deducted",
    "box_hits": "a feature's box counts as the feature",
}
SITES, PARCELS = 1_000, 200_000
LEAST_M2, WIDTH_M = 1.0, 0.002


@dataclass
class _Seen:
    sites: int = 0
    classes: int = 0
    worst_m2: float = 0.0
    open_tables: int = 0
    blocks: int = 0
    differing: list[str] = field(default_factory=list)
    too_thin: int = 0


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the worst class area, tables that do not close, and blocks that differ."""
    home = home_of(scale.count(PARCELS, least=20_000))
    layers = {name: _brute.Layer.read(path) for name, path in releases(home).items()}
    seen = _Seen()
    wanted = scale.count(SITES, least=30)
    rng = np.random.default_rng(5)
    west, south, east, north = shapely.total_bounds(layers["landuse"].geometry)
    with Reviewer(home, fault) as reviewer:
        for plot in sites(rng, shapely.box(west, south, east, north)):
            if len(layers["landuse"].near(plot)) == 0:
                continue
            result = reviewer.review([plot])
            if "refused" not in result:
                _compare(plot, layers, result, seen)
            if seen.sites >= wanted:
                break
    yield from _figures(seen)


def _figures(seen: _Seen) -> Iterator[Figure]:
    yield Figure(
        f"{seen.sites:,} random sites (100 m2 to 80 ha): class areas against brute force",
        "≤ 0.01 m² a class",
        f"worst {seen.worst_m2:.4f} m² of {seen.classes:,} classes",
        seen.worst_m2 <= 0.01,
    )
    yield Figure(
        "tables of the same sites that do not close on the legal area",
        "0",
        str(seen.open_tables),
        seen.open_tables == 0,
    )
    yield Figure(
        "blocking layers and their areas against brute force",
        "0 differ",
        f"{len(seen.differing)} of {seen.blocks:,} differ"
        f"（{seen.too_thin} too thin to judge）{'：' if seen.differing else ''}"
        + "；".join(seen.differing[:3]),
        not seen.differing,
    )


def _compare(
    plot: shapely.Polygon, layers: dict[str, _brute.Layer], result: dict[str, Any], seen: _Seen
) -> None:
    seen.sites += 1
    told: dict[str, int] = {}
    for cell in result["landuse"]:
        told[cell["code"]] = told.get(cell["code"], 0) + round(cell["area_m2"] * 100)
    true = _brute.class_areas(plot, layers["landuse"])
    for code in told.keys() | true.keys():
        seen.classes += 1
        away = abs(told.get(code, 0) / 100 - true.get(code, 0.0))
        seen.worst_m2 = max(seen.worst_m2, round(away, 6))
    seen.open_tables += sum(told.values()) != _brute.legal_dm2(plot)
    _compare_blocks(plot, layers, result, seen)


def _compare_blocks(
    plot: shapely.Polygon, layers: dict[str, _brute.Layer], result: dict[str, Any], seen: _Seen
) -> None:
    told = {f["layer"]: f["area_m2"] for f in result["findings"] if f["verdict"] == "block"}
    for name, layer in layers.items():
        rows = np.array([row for row in layer.near(plot) if _blocks(name, layer, row)], int)
        true, width = _brute.overlap_m2(plot, layer, rows)
        seen.blocks += true > 0
        if true < LEAST_M2 and width < WIDTH_M:
            seen.too_thin += true > 0
            continue
        if abs(true - told.get(name, 0.0)) > 0.01:
            seen.differing.append(f"{name} {told.get(name, 0.0)} / {true:.4f}")


def _blocks(name: str, layer: _brute.Layer, row: int) -> bool:
    """Say what the law makes of a feature, written out again from its articles."""
    words = "".join(str(layer.value(key, row) or "") for key in ("JB", "LX", "MC"))
    if name == "mines":
        return str(layer.value("YXQZ", row)) >= datetime.date.today().isoformat()  # noqa: DTZ011
    blocking = {
        "basic_farmland": True,
        "eco_redline": True,
        "river": True,
        "reserve": "核心" in words,
        "water_source": "一级" in words,
        "heritage": "控制地带" not in words,
        "hazard_zones": "危险区" in words,
    }
    return blocking.get(name, False)
