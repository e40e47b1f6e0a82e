"""Writes about backups: that one was made, and that a county was begun again from one."""

from typing import Any

from guotu.core.journal.actions import Act, action

MADE, RESTORED = "backup.record_made", "backup.record_restored"


@action(MADE, power="backup.make")
def record_made(
    act: Act, *, name: str, head: dict[str, Any], store: str, manifest_sha256: str, files: int
) -> None:
    """Record that a set was made: up to which act, on which store, under which hash."""
    act.subject = f"backup:{name}"
    act.outcome = {
        "head": head,
        "store": store,
        "manifest_sha256": manifest_sha256,
        "files": files,
    }


@action(RESTORED, power="backup.restore")
def record_restored(
    act: Act, *, name: str, head: dict[str, Any], manifest_sha256: str, with_keys: bool
) -> None:
    """Record that this county was begun again from a set: what came after its head is lost."""
    act.subject = f"backup:{name}"
    act.outcome = {"head": head, "manifest_sha256": manifest_sha256, "with_keys": with_keys}
