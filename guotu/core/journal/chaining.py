"""Entries as leaves of the journal's tree: their canonical bytes, and the tree read back from rows.

Each row keeps its leaf and the peaks after it, so the root after any entry and any whole subtree
come from one or two rows.
"""

from collections.abc import Iterable
from typing import Any

from guotu.core.journal.models import Entry
from guotu.core.journal.rules import canonical, moment
from guotu.lib.chain import Peaks, consistency, inclusion, leaf_hash, subtree_at


def facts_of(entry: Entry) -> dict[str, Any]:
    """Return what an entry says, as it is hashed and exported; the reason only by its mark."""
    return {
        "sequence": entry.sequence,
        "at": moment(entry.recorded_at),
        "verb": entry.verb,
        "subject": entry.subject,
        "actor": entry.actor_id,
        "post": entry.post_id,
        "substitution": entry.substitution_id,
        "reason": entry.reason_mark,
        "outcome": entry.outcome,
        "effects": entry.effects,
        "simulated": entry.simulated,
        "key": entry.idempotency_key,
    }


def leaf_of(entry: Entry) -> bytes:
    """Return the leaf hash of an entry, from what it says."""
    return leaf_hash(canonical(facts_of(entry)))


def peaks_after(entry: Entry | None) -> Peaks:
    """Return the peaks that the row keeps; of an empty tree where there is no row."""
    return Peaks() if entry is None else Peaks.unpacked(entry.sequence + 1, bytes(entry.peaks))


def head(size: int | None = None) -> Peaks:
    """Return the peaks of the journal's first `size` entries, of all of them without a size.

    Raises LookupError when there are not so many.
    """
    found = Entry.objects.only("sequence", "peaks").order_by("-sequence")
    if size is not None:
        found = found.filter(sequence=size - 1)
    last = found.first()
    if last is None and size:
        raise LookupError(f"the journal has not {size} entries")
    return peaks_after(last)


def inclusion_proof(sequence: int, size: int) -> list[bytes]:
    """Return the proof that entry `sequence` lies in the journal of `size` entries."""
    return inclusion(_read, sequence, size)


def consistency_proof(old: int, size: int) -> list[bytes]:
    """Return the proof that the journal of `size` entries begins with that of `old`."""
    return consistency(_read, old, size)


def _read(level: int, index: int) -> bytes:
    last = ((index + 1) << level) - 1
    rows = _rows([last - 1, last])
    return subtree_at(peaks_after(rows.get(last - 1)), bytes(rows[last].leaf), level)


def _rows(sequences: Iterable[int]) -> dict[int, Entry]:
    return Entry.objects.only("sequence", "leaf", "peaks").in_bulk(list(sequences))
