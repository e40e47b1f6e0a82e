"""Read a file of any known format: what it is, is it sane, its rows, their verdicts."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guotu.lib.geo.crs import Frame, frame_of
from guotu.lib.geo.formats import dxf, geojson, geoparquet, kml, ogr, points
from guotu.lib.geo.formats.judging import judge
from guotu.lib.geo.guard import archive, content
from guotu.lib.geo.guard.building import build
from guotu.lib.geo.guard.features import Accepted, Features, Rows
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.refusal import Refusal

_BROKEN = (OSError, ValueError, RuntimeError, ArithmeticError, LookupError, TypeError)


def read(
    path: Path,
    crs: Frame | None = None,
    limits: Limits | None = None,
    *,
    filename: str | None = None,
    layer: str | None = None,
    target: Frame | None = None,
) -> Features:
    """Read a trusted file in this process; strangers' files go through `guard.read_apart`.

    `crs` is the frame when the file names none (or a person overrules it), `target` the frame to
    transform to, `filename` the name that the file had when it was handed in, `layer` the layer
    of a file with several. Raises Refusal.
    """
    accepted = read_accepted(path, crs, limits or Limits.layer(), filename=filename, layer=layer)
    return build(accepted, limits or Limits.layer(), target)


def read_accepted(
    path: Path,
    crs: Frame | None,
    limits: Limits,
    *,
    filename: str | None = None,
    layer: str | None = None,
    folder: Path | None = None,
) -> Accepted:
    """Read and judge a file, building no geometry; `folder` is where a zip may be unpacked."""
    name = filename or path.name
    try:
        if folder is not None:
            return judge(_rows(path, limits, name, layer, folder), crs, limits, name)
        with tempfile.TemporaryDirectory(prefix="guotu-unpack-") as made:
            return judge(_rows(path, limits, name, layer, Path(made)), crs, limits, name)
    except _BROKEN as error:
        raise Refusal(
            "文件无法读取，内容不完整或有错误", name, remedy="请重新导出后再试"
        ) from error


def read_job(path: Path, limits: Limits, folder: Path, job: dict[str, Any]) -> Accepted:
    """Read what a job of `guard.apart` asks for; called in a confined child."""
    given = None if job["epsg"] is None else frame_of(job["epsg"])
    return read_accepted(
        path, given, limits, filename=job["filename"], layer=job["layer"], folder=folder
    )


def _rows(path: Path, limits: Limits, name: str, layer: str | None, folder: Path) -> Rows:
    kind = content.kind_of(path, limits, name)
    if kind == "zip":
        path = _inside(archive.unpack(path, folder / "unpacked", limits, name), name)
        name = f"{name} 内的 {path.name}"
        kind = content.kind_of(path, limits, path.name)
    return _reader(kind)(_suffixed(path, kind, folder), limits, name, layer)


def _suffixed(path: Path, kind: str, folder: Path) -> Path:
    """Return `path` under a name by which GDAL knows its format: kept files have no suffix."""
    wanted = {"gpkg": ".gpkg", "gdb": ".gdb"}.get(kind)
    if wanted is None or path.suffix.lower() == wanted:
        return path
    link = folder / f"input{wanted}"
    link.symlink_to(path.absolute())
    return link


def _inside(files: list[Path], name: str) -> Path:
    """Return the one thing to read among the unpacked files."""
    folders = {file.parent for file in files if file.suffix.lower() == ".gdbtable"}
    readable = (".shp", ".gpkg", ".geojson", ".json", ".kml", ".parquet", ".dxf", ".txt")
    for suffix in readable if not folders else ():
        folders = {file for file in files if file.suffix.lower() == suffix}
        if folders:
            break
    if not folders:
        raise Refusal(
            "压缩包内没有可读的图形文件", name, rule=content.READABLE, remedy="请核对压缩包的内容"
        )
    if len(folders) > 1:
        names = "、".join(sorted(found.name for found in folders)[:10])
        raise Refusal(f"压缩包内有几个图形文件：{names}", name, remedy="请每次只压缩一个")
    return folders.pop()


_Reader = Callable[[Path, Limits, str, str | None], Rows]


def _reader(kind: str) -> _Reader:
    readers: dict[str, _Reader] = {
        "shp": lambda path, limits, _name, _layer: ogr.read_shapefile(path, limits),
        "gpkg": lambda path, limits, _name, layer: ogr.read_geopackage(path, limits, layer),
        "gdb": lambda path, limits, _name, layer: ogr.read_filegdb(path, limits, layer),
        "json": lambda path, limits, name, _layer: geojson.read_geojson(path, limits, name),
        "parquet": lambda path, limits, name, _layer: geoparquet.read_geoparquet(
            path, limits, name
        ),
        "xml": lambda path, limits, name, _layer: kml.read_kml(path, limits, name),
        "dxf": lambda path, limits, name, _layer: dxf.read_dxf(path, limits, name),
        "txt": lambda path, limits, name, _layer: points.read_points(path, limits, name),
    }
    return readers[kind]
