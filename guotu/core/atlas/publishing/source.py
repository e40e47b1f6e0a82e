"""Takes in the file that comes: copied first, so that what is read is what is kept."""

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from guotu.lib.refusal import Refusal

_SIDECARS = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Source:
    """The staged copy of what came in, and the name that says how to read it."""

    path: Path
    name: str


def take(path: Path, folder: Path) -> Source:
    """Copy `path` into the staging folder, so that what is read is what is kept.

    A FileGDB (a folder) or a bare Shapefile (several files) is packed as one ZIP first. Raises a
    Refusal when there is nothing to read.
    """
    if not path.exists():
        raise Refusal("没有这个文件", where=str(path), remedy="检查文件名和路径")
    parts = _parts(path)
    staged = folder / "source"
    if parts is None:
        return Source(Path(shutil.copyfile(path, staged)), path.name)
    with zipfile.ZipFile(staged, "w", zipfile.ZIP_STORED) as packed:
        for name, part in parts:
            # A fixed date, so that the same data gives the same bytes and the same hash.
            packed.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), part.read_bytes())
    return Source(staged, f"{path.name}.zip")


def _parts(path: Path) -> list[tuple[str, Path]] | None:
    if path.is_dir():
        if path.suffix.lower() != ".gdb":
            raise Refusal(
                "这是一个文件夹，不是数据文件",
                where=str(path),
                remedy="给出其中的文件，或打包成 ZIP",
            )
        inside = sorted(one for one in path.iterdir() if one.is_file())
        return [(f"{path.name}/{one.name}", one) for one in inside]
    if path.suffix.lower() == ".shp":
        beside = {one.suffix.lower(): one for one in path.parent.glob(f"{path.stem}.*")}
        return [(beside[kind].name, beside[kind]) for kind in _SIDECARS if kind in beside]
    return None
