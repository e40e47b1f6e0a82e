"""Writes the files of a release into the staging folder, synced and hashed, ready to be moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from guotu.core.atlas.actions import Prepared, Staged
from guotu.core.atlas.cutting import open_tiling
from guotu.core.atlas.publishing import layout, tiling
from guotu.core.atlas.publishing.batch import Batch, Progress, Wanted
from guotu.core.atlas.publishing.record import Record
from guotu.core.atlas.publishing.staging import synced
from guotu.core.files import store

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame


def prepare(
    batch: Batch,
    source: Staged,
    wanted: Wanted,
    frame: Frame,
    folder: Path,
    record: Record,
    say: Progress,
) -> Prepared:
    """Write GeoParquet, tiles and record of the accepted features; return them ready to publish.

    `source` is the staged copy of what came in, or the file that is kept already.
    """
    layer = wanted.layer
    say("写入版本", 0.0)
    table = layout.table_of(batch.geometry, batch.ids, batch.area_dm2, batch.fields)
    parquet = folder / "release.parquet"
    facts = {
        "layer": layer.name,
        "released": wanted.released.isoformat(),
        "code_system": wanted.code_system,
        "secrecy": wanted.secrecy,
    }
    bounds = layout.write(table, parquet, frame, facts)
    tiles = None
    if wanted.tiles:
        say(tiling.STAGE, 0.0)
        tiles, fault = tiling.draw(table, layer.name, open_tiling(layer), frame, folder, say)
        if fault:
            record.note("tiles", fault)
    if isinstance(source, tuple):
        synced(source[0])
    written = synced(record.write(folder / "record.jsonl"))
    return Prepared(
        parquet=synced(parquet),
        sha256=store.hash_of(parquet),
        source=source,
        record=(written, store.hash_of(written), f"{layer.name}-{wanted.released}.jsonl"),
        tiles=synced(tiles) if tiles else None,
        facts=_facts(batch, wanted, frame, record) | {"bounds": bounds},
    )


def _facts(batch: Batch, wanted: Wanted, frame: Frame, record: Record) -> dict[str, Any]:
    return {
        "features": len(batch.ids),
        "epsg": frame.epsg,
        "code_system": wanted.code_system,
        "secrecy": wanted.secrecy,
        "fields": [{"name": field.name, "type": str(field.type)} for field in batch.fields.schema],
        "report": record.report(len(batch.ids)),
    }
