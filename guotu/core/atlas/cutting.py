"""Draws a release's tiles for some divisions, or without fields that are not shown, and keeps them.

PMTiles are one file for the whole release; who may not see all of it gets an archive of his own,
made on first need and kept under GUOTU_HOME/tiles/cut until release, divisions or fields change.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from guotu.core.atlas import queries
from guotu.core.atlas.models import Release
from guotu.core.atlas.reader import PLAIN, Reader
from guotu.core.atlas.within import Outline, outline_of

WAIT_SECONDS = 2.0
# tippecanoe takes every core; one archive at a time leaves some to those who only look.
_ONE_AT_A_TIME = threading.Lock()


def needs_cut(release: Release, reader: Reader) -> bool:
    """Say whether the release's own tiles hold more than the reader may see."""
    return reader.areas is not None or bool(_withheld(release))


def cut_key(release: Release, where: Outline | None) -> str:
    """Return what an archive is known by: release, divisions and the fields left out."""
    told = [release.sha256, where.key if where else "", sorted(_withheld(release))]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def open_tiling(release_layer: Any) -> dict[str, Any]:
    """Return how a layer is tiled, without the fields that are secret: tiles carry none."""
    hidden = PLAIN.hidden(release_layer.field_secrecy)
    fields = [name for name in release_layer.tiling.get("fields", []) if name not in hidden]
    return {**release_layer.tiling, "fields": fields}


def cut_archive(release: Release, reader: Reader) -> Path | None:
    """Return the archive of what a reader sees of a release; None while it is being drawn.

    The drawing goes on after the answer, in this process; one process draws, the others wait.
    """
    where = outline_of(reader)
    path = _folder() / f"{release.pk}-{cut_key(release, where)}.pmtiles"
    if path.is_file():
        return path
    drawing = threading.Thread(target=_draw, args=(release, where, path), daemon=True)
    drawing.start()
    drawing.join(WAIT_SECONDS)
    return path if path.is_file() else None


def _withheld(release: Release) -> set[str]:
    layer = release.layer
    drawn = {*layer.tiling.get("fields", []), "feature"}
    return drawn & PLAIN.hidden(layer.field_secrecy)


def _draw(release: Release, where: Outline | None, path: Path) -> None:
    # Drawing needs geometry and tippecanoe, which nobody else who serves tiles has to load.
    from guotu.core.atlas.publishing import tiling
    from guotu.core.atlas.publishing.staging import staging, synced
    from guotu.lib.geo.crs import frame_of

    try:
        with _ONE_AT_A_TIME, _alone(path) as mine, staging() as folder:
            if not mine or path.is_file():
                return
            _sweep()
            layer, how = release.layer, open_tiling(release.layer)
            table = queries.table_of(release, ["feature", *how["fields"]], where=where)
            frame = frame_of(release.epsg)
            drawn, _ = tiling.draw(table, layer.name, how, frame, folder, lambda *_: None)
            if drawn is not None:
                os.replace(synced(drawn), path)
    finally:
        connection.close()


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Give True to the one process and thread that draws a path; the others do not wait."""
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
        path.with_suffix(".lock").unlink(missing_ok=True)


def _sweep() -> None:
    """Remove archives of releases that were withdrawn, of divisions that changed, and old ones."""
    live = set(queries.releases().values_list("pk", flat=True))
    kept = []
    for path in _folder().glob("*.pmtiles"):
        if int(path.name.partition("-")[0]) not in live:
            path.unlink(missing_ok=True)
        else:
            kept.append(path)
    kept.sort(key=lambda one: one.stat().st_atime, reverse=True)
    for path in kept[_MOST_ARCHIVES:]:
        path.unlink(missing_ok=True)


# An office of forty townships with twenty layers has 800; what nobody opens goes first.
_MOST_ARCHIVES = 1000


def _folder() -> Path:
    folder: Path = settings.GUOTU_HOME / "tiles" / "cut"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
