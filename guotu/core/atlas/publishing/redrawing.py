"""Draws tiles for a release that was published without them; its data stays as it is."""

from __future__ import annotations

from guotu.core.atlas import queries
from guotu.core.atlas.cutting import open_tiling
from guotu.core.atlas.models import Release
from guotu.core.atlas.publishing import tiling
from guotu.core.atlas.publishing.batch import Progress
from guotu.core.atlas.publishing.staging import staging, synced
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.geo.crs import frame_of
from guotu.lib.refusal import Refusal


def draw_tiles(
    release: Release, *, actor: Actor = COUNTY, progress: Progress | None = None
) -> Release:
    """Draw and attach the tiles of a release; a Refusal when it has some, or none can be drawn."""
    if release.tiles_path:
        raise Refusal("这个版本已有切片", where=str(release), remedy="无需重做")
    say = progress or (lambda doing, share: None)
    layer = release.layer
    with staging() as folder:
        table = queries.read_all(release)
        tiles, fault = tiling.draw(
            table, layer.name, open_tiling(layer), frame_of(release.epsg), folder, say
        )
        if tiles is None:
            raise Refusal("切片没有做成", where=str(release), rule=fault, remedy="查看原因后再试")
        performed = perform(
            "atlas.attach_tiles", actor, layer=layer.name, name=release.name, tiles=synced(tiles)
        )
    drawn: Release = performed.answer
    return drawn
