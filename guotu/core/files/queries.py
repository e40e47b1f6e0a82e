"""Reads about kept files."""

from pathlib import Path

from guotu.core.files import store
from guotu.core.files.models import File
from guotu.lib.refusal import Refusal


def path_of(file: File) -> Path:
    """Return where a kept file stands; a Refusal when its bytes are gone."""
    place = store.place_of(file.sha256)
    if not place.exists():
        raise Refusal("收存的文件不在库中", where=file.name, remedy="从备份恢复 files 目录后再试")
    return place


def file_by_hash(sha256: str) -> File | None:
    """Return the kept file with this hash, if there is one."""
    return File.objects.filter(sha256=sha256).first()
