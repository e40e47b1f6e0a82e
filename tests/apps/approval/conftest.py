"""A small county with a survey and some protected layers, and people who may review."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import COUNTY, perform
from guotu.lib.geo import formats
from tests.apps.approval.made import E0, FRAME, N0, box, parcel

PASSWORD = "a-long-enough-phrase"


def write(path: Path, rows: list[tuple[Any, dict[str, Any]]]) -> Path:
    """Write (geometry, fields) rows to a file in the county's frame."""
    geometry = np.empty(len(rows), dtype=object)
    geometry[:] = [shape for shape, _ in rows]
    names = sorted({name for _, fields in rows for name in fields})
    table = pa.table({name: [fields.get(name) for _, fields in rows] for name in names})
    formats.write(path, geometry, table, FRAME)
    return path


@pytest.fixture
def county(db: Any, settings: Any, tmp_path: Path) -> Any:
    """Begin a county with a survey, basic farmland, a mine and a hazard point."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir(mode=0o700)
    begun = perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=4547).answer
    layers = {
        "landuse": [
            parcel(box(0, 0, 100, 100), "0101", KCXS=0.08, TBBH="0001"),
            parcel(box(100, 0, 200, 100), "0301", TBBH="0002"),
            parcel(box(0, 100, 200, 200), "0702", QSXZ="20", TBBH="0003"),
        ],
        "basic_farmland": [(box(60, 0, 100, 100), {"YJJBNTTBBH": "Y1", "DLBM": "0101"})],
        "mines": [(box(190, 0, 300, 100), {"KSMC": "大冲矿", "YXQZ": "2030-01-01"})],
        "hazard_points": [(shapely.Point(E0 + 250, N0 + 50), {"BH": "D1", "MC": "李家湾"})],
    }
    for name, rows in layers.items():
        path = write(tmp_path / f"{name}.gpkg", rows)
        import_layer(name, path, tiles=False, topology=False)
    return begun


@pytest.fixture
def boundary(tmp_path: Path) -> Any:
    """Give a maker of boundary files: `boundary(plot, ..., name=...)`."""

    def make(*plots: Any, name: str = "site.gpkg") -> Path:
        rows = [(plot, {"DKBH": str(n + 1)}) for n, plot in enumerate(plots)]
        return write(tmp_path / name, rows)

    return make


def _account(username: str, powers: list[str]) -> Any:
    return perform(
        "people.open_account",
        COUNTY,
        username=username,
        name=username,
        password=PASSWORD,
        post_code=username,
        post={"name": username, "powers": powers},
    ).answer


@pytest.fixture
def clerk(county: Any, client: Any) -> Any:
    """Give a browser in which a clerk who may review has signed in."""
    powers = ["atlas.read", "approval.review", "approval.read"]
    client.force_login(_account("clerk", powers))
    return client


@pytest.fixture
def visitor(county: Any, client: Any) -> Any:
    """Give a browser in which somebody without these powers has signed in."""
    client.force_login(_account("visitor", ["atlas.read"]))
    return client
