"""Write features in any of the formats that are read, chosen by the suffix of the path."""

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.crs import Frame
from guotu.lib.geo.formats import writing_cad, writing_points, writing_tables, writing_web
from guotu.lib.geo.guard.features import Note
from guotu.lib.refusal import Refusal

Geometry = NDArray[Any]
_Writer = Callable[[Path, Geometry, pa.Table, Frame], list[Note]]

_WRITERS: dict[str, _Writer] = {
    ".gpkg": writing_tables.write_geopackage,
    ".shp": writing_tables.write_shapefile,
    ".parquet": writing_tables.write_geoparquet,
    ".geojson": writing_web.write_geojson,
    ".json": writing_web.write_geojson,
    ".kml": writing_web.write_kml,
    ".txt": writing_points.write_points,
    ".dxf": writing_cad.write_dxf,
}


def write(path: Path, geometry: Geometry, fields: pa.Table, frame: Frame) -> list[Note]:
    """Write n geometries (shapely, in `frame`) and their n rows of attributes to `path`.

    Suffix: .gpkg, .shp, .zip (a Shapefile zipped, UTF-8 with .cpg), .parquet (GeoParquet 1.1),
    .geojson and .kml (lon/lat, CGCS2000), .txt (boundary points, a zone frame only), .dxf (closed
    polylines, attributes left out). Coordinates are kept to 0.1 mm or better. Returns a note for
    whatever the format cannot hold. The file appears whole or not at all. Raises Refusal.
    """
    suffix = path.suffix.lower()
    writer = _WRITERS.get(".shp" if suffix == ".zip" else suffix)
    if writer is None:
        known = "、".join([*_WRITERS, ".zip"])
        raise Refusal(f"不会写 {suffix or '没有后缀的'} 文件", path.name, remedy=f"可写：{known}")
    if len(geometry) != fields.num_rows:
        raise ValueError(f"{len(geometry)} geometries, {fields.num_rows} rows")
    flat = shapely.force_2d(np.asarray(geometry, dtype=object))
    with tempfile.TemporaryDirectory(prefix=".guotu-write-", dir=path.parent) as made:
        inner = ".shp" if suffix == ".zip" else suffix
        made_path = Path(made) / (path.stem.removesuffix(".shp") + inner)
        notes = writer(made_path, flat, fields, frame)
        _place(made_path, path, suffix)
    return notes


def _place(made: Path, path: Path, suffix: str) -> None:
    if suffix == ".shp":
        for part in sorted(made.parent.iterdir()):
            os.replace(part, path.with_suffix(part.suffix))
        return
    if suffix == ".zip":
        packed = made.parent / "packed.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(made.parent.iterdir()):
                if part != packed:
                    archive.write(part, part.name)
        made = packed
    os.replace(made, path)
