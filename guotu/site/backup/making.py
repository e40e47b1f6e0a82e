"""`guotu backup`: one set, taken while the county works; whole in its folder, or absent."""

from __future__ import annotations

import datetime
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from guotu.core.atlas.models import County
from guotu.core.atlas.publishing.staging import staging
from guotu.core.files.store import hash_of
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.lib.refusal import Refusal
from guotu.site.backup import actions, carried, keys, manifest, sets
from guotu.site.backup.checking import STORES, Progress, check_whole
from guotu.site.backup.snapshot import Snapshot


@dataclass(frozen=True)
class Made:
    """A set that was made: where, up to which act, how many files, how many of them not copied.

    `absent` are the files that the county itself has lost; `sequence` is the number of the act
    that says so.
    """

    place: Path
    head: int | None
    files: int
    linked: int
    absent: list[str]
    sequence: int


def make(
    folder: Path,
    *,
    keys_file: Path | None = None,
    actor: Actor = COUNTY,
    say: Progress = lambda doing, share: None,
) -> Made:
    """Write a set into `folder`, hold it against its manifest, and journal that it was made.

    Raises Refusal, and leaves no set, where it cannot be whole. A file that the county has lost
    is named in the manifest, and does not keep the rest from being saved.
    """
    _check_places(folder, keys_file)
    earlier = sets.all_sets(folder)
    before = earlier[-1] if earlier else None
    with sets.writing(folder) as writing:
        place = writing.folder
        snapshot = _dump(place, say)
        known = manifest.read(before)["files"] if before else {}
        files, linked = carried.copy(
            settings.GUOTU_HOME, place, before, known, lambda share: say("抄写文件", share)
        )
        facts = _facts(place, snapshot, files)
        sha256 = manifest.write(place, facts)
        check_whole(place, facts, say)
        writing.name = _name(folder, snapshot)
    if keys_file is not None:
        keys.write(keys_file)
    done = perform(
        actions.MADE,
        actor,
        name=writing.name,
        head=snapshot.head,
        store=connection.vendor,
        manifest_sha256=sha256,
        files=len(files),
    )
    head = snapshot.head["sequence"]
    return Made(folder / writing.name, head, len(files), linked, facts["absent"], done.sequence)


def _check_places(folder: Path, keys_file: Path | None) -> None:
    sets.check_outside(folder, "备份")
    if County.objects.first() is None:
        raise Refusal("这里还没有建立县，没有可备份的", where=str(settings.GUOTU_HOME))
    if keys_file is None:
        return
    sets.check_outside(keys_file, "密钥文件")
    if folder.resolve() in keys_file.resolve().parents:
        raise Refusal(
            "密钥文件不能放在备份目录里",
            where=str(keys_file),
            rule="密钥与备份分开存放，销毁密钥才能使所有备份中的个人信息不可读",
            remedy="换一个目录，最好在另一块磁盘上",
        )


def _dump(place: Path, say: Progress) -> Snapshot:
    store = STORES[connection.vendor]
    with staging() as aside:
        snapshot: Snapshot = store.dump(
            place / store.DUMP, aside, keys.left_out(), lambda share: say("抄写数据库", share)
        )
    return snapshot


def _facts(place: Path, snapshot: Snapshot, files: carried.Listed) -> dict[str, Any]:
    store = STORES[connection.vendor]
    dump = place / store.DUMP
    code, name = snapshot.answers["county"][0]
    return {
        "format": manifest.FORMAT,
        "made_at": clock.now().isoformat(),
        "guotu": importlib.metadata.version("guotu"),
        "county": {"code": code, "name": name},
        "store": connection.vendor,
        "store_version": store.version(),
        "settings": {"hosts": settings.ALLOWED_HOSTS, "time_zone": settings.TIME_ZONE},
        "journal": snapshot.head,
        "migrations": [list(row) for row in snapshot.answers["migrations"]],
        "tables": snapshot.contents,
        "left_out": keys.left_out(),
        "dump": {"name": store.DUMP, "sha256": hash_of(dump), "size": dump.stat().st_size},
        "files": files,
        "absent": _absent(snapshot, files),
    }


def _absent(snapshot: Snapshot, files: carried.Listed) -> list[str]:
    """Return the files that rows name and that are not there, or not with the bytes they had."""
    return sorted(
        name
        for name, sha256 in snapshot.named.items()
        if name not in files or sha256 not in (None, files[name]["sha256"])
    )


def _name(folder: Path, snapshot: Snapshot) -> str:
    moment = clock.now().astimezone(datetime.UTC)
    last = snapshot.head["sequence"]
    name = f"{moment:%Y%m%dT%H%M%SZ}-{0 if last is None else last:06d}"
    if (folder / name).exists():
        raise Refusal("这一秒已经作过一份备份", where=str(folder / name), remedy="稍后再试")
    return name
