"""From a file to a release: read, bring into the frame, check, measure, write, publish.

Read = accepted + rejected + quarantined, always; every change is in the record kept beside.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from guotu.core.atlas import queries, rules
from guotu.core.atlas.actions import Staged
from guotu.core.atlas.models import SECRECY, Release
from guotu.core.atlas.publishing import survey
from guotu.core.atlas.publishing import topology as fit
from guotu.core.atlas.publishing.batch import Batch, Progress, Wanted, checked
from guotu.core.atlas.publishing.preparing import prepare
from guotu.core.atlas.publishing.record import Held, Record
from guotu.core.atlas.publishing.redrawing import draw_tiles
from guotu.core.atlas.publishing.source import Source, take
from guotu.core.atlas.publishing.staging import staging, sweep
from guotu.core.files import store
from guotu.core.files.queries import path_of as kept_at
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.guarding import check_guards
from guotu.lib.refusal import Refusal

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame
    from guotu.lib.geo.formats import Features


def import_layer(
    layer: str,
    path: Path,
    *,
    actor: Actor = COUNTY,
    released: datetime.date | None = None,
    crs: str | Frame | None = None,
    code_system: str | None = None,
    secrecy: str | None = None,
    tiles: bool = True,
    topology: bool = True,
    inner: str | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Import a file as a new release of a layer; return what was done, under the fixed keys.

    `layer, release, sha256, read, accepted, rejected, quarantined`, and more beside. `progress` is
    called with what is being done (Chinese) and how far it is (0 to 1); `inner` names the layer in
    a file that holds several. Raises a Refusal where the file cannot be read at all; nothing is
    then left behind. The same bytes for the same layer are not imported twice: the answer is the
    earlier release (`duplicate` is true).
    """
    say = progress or _say_nothing
    frame = queries.county_frame()
    check_guards()
    wanted = Wanted(
        layer=queries.layer(layer),
        released=released or timezone.localdate(),
        code_system=_code_system(layer, code_system),
        secrecy=_secrecy(secrecy) or queries.layer(layer).secrecy,
        crs=_frame(crs),
        tiles=tiles,
        topology=topology,
        inner=inner,
    )
    sweep()
    with staging() as folder:
        say("收存原文件", 0.0)
        source = take(Path(path), folder)
        record = Record()
        say("读取文件", 0.0)
        with ThreadPoolExecutor(1) as beside:
            hashing = beside.submit(store.hash_of, source.path)
            features = _read(source, wanted, record)
        earlier = _same_bytes(layer, hashing.result())
        if earlier is not None:
            return _already_there(earlier, tiles, actor, say)
        batch, held = checked(features, wanted, frame, record, say)
        if not batch.ids:
            return _nothing_left(wanted, record)
        kept = (source.path, hashing.result(), source.name)
        return _published(batch, held, kept, wanted, frame, folder, record, actor, say)


def report_of(release: Release, **more: Any) -> dict[str, Any]:
    """Return the report of a release under the fixed keys, its findings in full."""
    report = release.report
    return {
        "layer": release.layer.name,
        "release": release.name,
        "sha256": release.sha256,
        "read": report["read"],
        "accepted": report["accepted"],
        **findings_of(release),
        "path": release.path,
        "changes": report["changes"],
        "notes": report["notes"],
        "tiles": bool(release.tiles_path),
        "record": release.record.sha256 if release.record else None,
        "duplicate": False,
        **more,
    }


def findings_of(release: Release) -> dict[str, list[dict[str, Any]]]:
    """Return every rejected and quarantined feature of a release, however many there are."""
    report = release.report
    findings = {name: report[name] for name in ("rejected", "quarantined")}
    if any(report[f"{name}_count"] > len(listed) for name, listed in findings.items()):
        return _findings_in_record(release)
    return findings


def _published(
    batch: Batch,
    held: list[dict[str, Any]],
    kept: Staged,
    wanted: Wanted,
    frame: Frame,
    folder: Path,
    record: Record,
    actor: Actor,
    say: Progress,
) -> dict[str, Any]:
    if wanted.topology:
        say("检查拓扑", 0.0)
        codes = survey.mandatory_codes(batch.fields, wanted.layer.name)
        fit.note(batch.geometry, batch.ids, frame, record, codes)
    prepared = prepare(batch, kept, wanted, frame, folder, record, say)
    prepared.quarantined = held
    say("发布", 0.0)
    performed = perform(
        "atlas.publish",
        actor,
        layer=wanted.layer.name,
        released=wanted.released,
        prepared=prepared,
    )
    say("完成", 1.0)
    return report_of(performed.answer, **_findings(record), sequence=performed.sequence)


def _read(source: Source, wanted: Wanted, record: Record) -> Features:
    from guotu.lib.geo.guard import Limits, read_apart

    features: Features = read_apart(
        source.path,
        crs=wanted.crs,
        limits=Limits.layer(),
        filename=source.name,
        layer=wanted.inner,
    )
    if not features.read:
        raise Refusal("文件里没有要素", where=source.name, remedy="检查是否选对了文件")
    record.read = features.read
    record.reject(
        Held(one.feature, one.rule, one.reason, one.x, one.y) for one in features.rejected
    )
    for note in features.notes:
        if note.feature is None:
            record.change_whole("reading", note.change, note.count)
        else:
            record.change("reading", [note.feature], text=[note.change])
    return features


def _already_there(earlier: Release, tiles: bool, actor: Actor, say: Progress) -> dict[str, Any]:
    # Somebody who imports again after the tiles failed wants the tiles.
    if tiles and not earlier.tiles_path:
        with contextlib.suppress(Refusal):
            earlier = draw_tiles(earlier, actor=actor, progress=say)
    return report_of(earlier, duplicate=True)


def _nothing_left(wanted: Wanted, record: Record) -> dict[str, Any]:
    return {
        "layer": wanted.layer.name,
        "release": None,
        "sha256": None,
        "read": record.read,
        "accepted": 0,
        **_findings(record),
        "path": None,
        "changes": dict(record.changes),
        "notes": record.notes,
        "tiles": False,
        "record": None,
        "duplicate": False,
    }


def _findings(record: Record) -> dict[str, Any]:
    return {
        "rejected": [asdict(one) for one in record.rejected],
        "quarantined": [asdict(one) for one in record.quarantined],
    }


def _findings_in_record(release: Release) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"rejected": [], "quarantined": []}
    if release.record is None:
        return found
    with kept_at(release.record).open(encoding="utf-8") as lines:
        for entry in map(json.loads, lines):
            if entry["what"] in found:
                found[entry.pop("what")].append(entry)
    return found


def _same_bytes(layer: str, sha256: str) -> Release | None:
    return queries.releases(layer).filter(source__sha256=sha256).first()


def _frame(crs: str | Frame | None) -> Frame | None:
    if crs is None or not isinstance(crs, str):
        return crs
    from guotu.lib.geo.crs import parse_frame

    return parse_frame(crs)


def _code_system(layer: str, code_system: str | None) -> str:
    if code_system:
        return rules.class_system(code_system).id
    return rules.default_code_system(layer)


def _secrecy(secrecy: str | None) -> str | None:
    if secrecy and secrecy not in dict(SECRECY):
        known = "、".join(f"{name}（{title}）" for name, title in SECRECY)
        raise Refusal("没有这个密级", where=secrecy, remedy=f"可用：{known}")
    return secrecy


def _say_nothing(doing: str, share: float) -> None:
    return None
