"""Makes sites, layers and rule books small enough to check by hand."""

import tomllib
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from guotu.apps.approval.rules import HeldLayer, Occasion, Review, Site, review, site_of
from guotu.apps.approval.rules.touch import Touch
from guotu.lib.geo.crs import frame_of
from guotu.lib.rules import RuleBook

FRAME = frame_of(4547)
E0, N0 = 500_000.0, 3_176_000.0  # on the central meridian, where plane and legal area agree
TOUCH = Touch(0.001, 1.0)
DAY = date(2026, 11, 24)
_FILES = ("site", "protection", "approvals", "makeup", "trades")


@lru_cache
def book() -> RuleBook:
    """Return the rules that ship."""
    folder = resources.files("guotu.apps.approval").joinpath("data")
    rows: list[dict[str, Any]] = []
    for name in _FILES:
        rows += tomllib.loads(folder.joinpath(f"{name}.toml").read_text())["rule"]
    return RuleBook.from_dicts(rows)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle in metres from the corner (E0, N0)."""
    return shapely.box(E0 + west, N0 + south, E0 + east, N0 + north)


def site(*plots: shapely.Geometry) -> Site:
    """Return a site of these plots."""
    geometry = np.array(plots, dtype=object)
    return site_of(geometry, [str(n + 1) for n in range(len(plots))], FRAME, TOUCH)


def layer(name: str, *rows: tuple[shapely.Geometry, dict[str, Any]], **more: Any) -> HeldLayer:
    """Return a layer of (geometry, fields)."""
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [row[0] for row in rows]
    names = sorted({key for row in rows for key in row[1]}) or ["MC"]
    table = pa.table({key: [row[1].get(key) for row in rows] for key in names})
    return HeldLayer(
        name=name,
        title=more.pop("title", name),
        release="2025-12-31",
        sha256="0" * 64,
        geometry=geometry,
        fields=table,
        feature=[str(n + 1) for n in range(len(rows))],
        **more,
    )


def parcel(shape: shapely.Geometry, code: str, **fields: Any) -> tuple[Any, dict[str, Any]]:
    """Return a survey parcel: collective land of one village unless told otherwise."""
    usual = {
        "DLBM": code,
        "QSXZ": "30",
        "QSDWDM": "4306261010010000000",
        "QSDWMC": "石桥村",
        "ZLDWDM": "4306261010010000000",
        "ZLDWMC": "石桥村",
        "KCXS": 0.0,
        "GDDB": "8" if code.startswith("01") else None,
    }
    return shape, {**usual, **fields}


def occasion(**changed: Any) -> Occasion:
    """Return the occasion of a review on the day of the tests."""
    day = changed.pop("day", DAY)
    return Occasion(act_date=day, decision_date=day, place="430626", **changed)


def reviewed(one: Site, *layers: HeldLayer, on: Occasion | None = None) -> Review:
    """Review a site against these layers."""
    return review(one, {each.name: each for each in layers}, book(), on or occasion())


def found(done: Review, layer_name: str) -> list[Any]:
    """Return the findings of one layer."""
    return [finding for finding in done.findings if finding.layer == layer_name]
