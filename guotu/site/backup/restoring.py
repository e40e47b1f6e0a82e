"""`guotu restore`: begins an empty county from a set; checked before it says that it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from guotu.core.journal import verifying
from guotu.core.journal.actions import COUNTY, Actor, perform
from guotu.core.journal.guarding import check_guards
from guotu.core.ledger import verifying as ledger_verifying
from guotu.lib.refusal import Refusal
from guotu.site.backup import actions, carried, keys, manifest, sets
from guotu.site.backup.checking import STORES, Progress, check_whole
from guotu.site.backup.digests import differing

_MARK = "restore.unfinished"


@dataclass(frozen=True)
class Restored:
    """A county that was begun again: from which set, up to which act, and what is not there."""

    place: Path
    head: int | None
    files: int
    absent: list[str]
    with_keys: bool
    sequence: int


def restore(
    folder: Path,
    *,
    keys_file: Path | None = None,
    actor: Actor = COUNTY,
    say: Progress = lambda doing, share: None,
) -> Restored:
    """Begin the county in GUOTU_HOME (and DATABASE_URL) from a set; nothing may be there yet.

    Raises Refusal, and leaves the county as empty as it was, where the set, or what it became,
    is not what its manifest says.
    """
    place = sets.chosen(folder)
    facts = manifest.read(place)
    kept = keys.read(keys_file) if keys_file else None
    _check_fits(place, facts)
    _check_empty()
    check_whole(place, facts, say)
    mark: Path = settings.GUOTU_HOME / _MARK
    mark.touch()
    try:
        _fill(place, facts, kept, say)
        _check_restored(facts)
    except BaseException:
        _clear()
        raise
    mark.unlink()
    done = perform(
        actions.RESTORED,
        actor,
        name=place.name,
        head=facts["journal"],
        manifest_sha256=manifest.sha256_of(place),
        with_keys=kept is not None,
    )
    head = facts["journal"]["sequence"]
    return Restored(
        place, head, len(facts["files"]), facts["absent"], kept is not None, done.sequence
    )


def _check_fits(place: Path, facts: dict[str, Any]) -> None:
    sets.check_outside(place, "备份")
    if facts["store"] != connection.vendor:
        raise Refusal(
            "备份出自另一种数据库",
            where=f"备份：{facts['store']}；这里：{connection.vendor}",
            remedy="PostgreSQL 的备份须设 DATABASE_URL 恢复，SQLite 的备份须不设",
        )


def _check_empty() -> None:
    """Refuse a county that has begun; clear away what a killed restore left."""
    home = settings.GUOTU_HOME
    if (home / _MARK).exists():
        _clear()
        return
    there = next(carried.carried(home), None)
    if STORES[connection.vendor].is_begun() or there is not None:
        raise Refusal(
            "这里已经有一个县，不能恢复到它上面",
            where=f"{home}" + (f"；{there}" if there else ""),
            rule="恢复只在空的县里进行，不覆盖任何已有的数据",
            remedy="换一个 GUOTU_HOME（和空的数据库）再恢复",
        )


def _fill(place: Path, facts: dict[str, Any], kept: dict[str, Any] | None, say: Progress) -> None:
    store = STORES[connection.vendor]
    carried.put_back(
        place, settings.GUOTU_HOME, facts["files"], lambda share: say("恢复文件", share)
    )
    say("恢复数据库", 0.0)
    store.load(place / store.DUMP)
    if wrong := differing(facts["tables"], _held(facts)):
        raise Refusal("恢复的数据库与备份不符", where="、".join(wrong), remedy="再试一次")
    say("恢复数据库", 1.0)
    say("升级与核对", 0.0)
    call_command("migrate", verbosity=0, interactive=False)
    if kept is not None:
        keys.put_back_files(kept)
        keys.put_back_rows(kept)


def _held(facts: dict[str, Any]) -> dict[str, Any]:
    found = STORES[connection.vendor].stored_contents()
    return {name: one for name, one in found.items() if name not in facts["left_out"]}


def _check_restored(facts: dict[str, Any]) -> None:
    check_guards()
    journal, ledger = verifying.verify(), ledger_verifying.verify()
    head = facts["journal"]
    if not journal["ok"] or (journal["entries"], journal["root"]) != (
        head["entries"],
        head["root"],
    ):
        faults = journal["faults"][:3] or [f"{journal['entries']} 条，根 {journal['root']}"]
        raise Refusal("恢复的行为记录不是原样", where="；".join(faults), remedy="换一份备份")
    if not ledger["ok"]:
        faults = ledger["faults"][:3]
        raise Refusal("恢复的账目核对不平", where="；".join(faults), remedy="换一份备份")


def _clear() -> None:
    STORES[connection.vendor].clear()
    carried.take_away(settings.GUOTU_HOME)
    (settings.GUOTU_HOME / _MARK).unlink(missing_ok=True)
