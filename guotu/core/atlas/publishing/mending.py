"""Publishes confirmed repairs: the release that held features back, with them, as a new one.

The release before stays as it is; what was repaired, and by how much, is in the new one's record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from guotu.core.atlas import queries
from guotu.core.atlas.models import Quarantined, Release
from guotu.core.atlas.publishing.batch import Batch, Progress, Wanted, legal_areas
from guotu.core.atlas.publishing.importing import findings_of, report_of
from guotu.core.atlas.publishing.preparing import prepare
from guotu.core.atlas.publishing.record import Held, Record
from guotu.core.atlas.publishing.staging import staging
from guotu.core.atlas.stored import OWN_COLUMNS
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.geo.crs import Frame, frame_of
from guotu.lib.refusal import Refusal


def publish_repairs(
    layer: str, *, actor: Actor = COUNTY, tiles: bool = True, progress: Progress | None = None
) -> dict[str, Any]:
    """Publish the current release of a layer with its confirmed repairs; return the new report.

    Read stays what it was; each repair moves one feature from quarantined to accepted. Raises a
    Refusal when there is nothing to publish.
    """
    release = queries.current_release(layer)
    held = list(release.quarantine.all()) if release else []
    confirmed = [one for one in held if one.decision == "confirmed"]
    if release is None or not confirmed:
        raise Refusal("没有已确认的修补可以发布", where=layer, remedy="先用 guotu layer mend 确认")
    say = progress or (lambda doing, share: None)
    frame = frame_of(release.epsg)
    waiting = [one for one in held if one.decision != "confirmed"]
    record = _record(release, confirmed, waiting)
    wanted = Wanted(
        layer=release.layer,
        released=release.released,
        code_system=release.code_system,
        secrecy=release.secrecy,
        tiles=tiles,
    )
    batch = _mended(release, confirmed, frame, record)
    with staging() as folder:
        prepared = prepare(batch, release.source, wanted, frame, folder, record, say)
        prepared.quarantined = [_again(one) for one in waiting]
        performed = perform(
            "atlas.publish", actor, layer=layer, released=release.released, prepared=prepared
        )
    return report_of(performed.answer, sequence=performed.sequence)


def _record(
    release: Release, confirmed: Sequence[Quarantined], waiting: Sequence[Quarantined]
) -> Record:
    record = Record(read=release.report["read"])
    findings = findings_of(release)
    mended = {one.feature for one in confirmed}
    record.reject(Held(**one) for one in findings["rejected"])
    record.quarantine(
        Held(**one) for one in findings["quarantined"] if one["feature"] not in mended
    )
    before = release.record.sha256 if release.record else "无"
    record.note("repaired_from", f"在版本 {release.name} 上采用已确认的修补，其记录为 {before}")
    return record


def _mended(
    release: Release, confirmed: Sequence[Quarantined], frame: Frame, record: Record
) -> Batch:
    rows = queries.rows_of(release)
    own = [name for name in OWN_COLUMNS if name in rows.fields.column_names]
    fields = rows.fields.drop_columns(own)
    shapes = np.array([shapely.from_wkb(bytes(one.proposal or b"")) for one in confirmed], object)
    more = pa.Table.from_pylist(
        [_row(one.fields, fields.schema) for one in confirmed], fields.schema
    )
    area = legal_areas(shapes, frame)
    record.change(
        "repaired",
        [one.feature for one in confirmed],
        reason=[one.reason for one in confirmed],
        area_dm2=[int(value) for value in area],
    )
    return Batch(
        geometry=np.concatenate([rows.geometry, shapes]),
        ids=[*rows.feature, *(one.feature for one in confirmed)],
        fields=pa.concat_tables([fields, more]),
        area_dm2=np.concatenate([rows.fields.column("area_dm2").to_numpy(), area]),
    )


def _row(fields: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    # What JSON turned to text (dates) goes back to what the column holds.
    return {field.name: _typed(fields.get(field.name), field.type) for field in schema}


def _typed(value: Any, kind: pa.DataType) -> Any:
    if not isinstance(value, str) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return value
    return pa.scalar(value).cast(kind).as_py()


def _again(one: Quarantined) -> dict[str, Any]:
    names = ("feature", "rule", "reason", "x", "y", "geometry", "proposal", "fields", "decision")
    return {name: getattr(one, name) for name in names}
