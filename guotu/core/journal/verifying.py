"""The journal reckoned again from zero: numbers, hashes, peaks, reasons, signed heads."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from guotu.core.journal import sealing, signing
from guotu.core.journal.chaining import leaf_of
from guotu.core.journal.models import Checkpoint, Entry
from guotu.lib.chain import Peaks

_CHUNK = 1_000
_MOST_FAULTS = 20


def verify() -> dict[str, Any]:
    """Recompute the journal; return entries, root (hexadecimal), ok, and the first faults.

    Runs beside writers: what they add meanwhile may be left for the next time.
    """
    # Heads first: no head read here is then ahead of the entries read after it.
    heads: dict[int, list[Checkpoint]] = {}
    for found in Checkpoint.objects.all():
        heads.setdefault(found.size, []).append(found)
    reckoning = _Reckoning(heads)
    faults = list(islice(reckoning.faults(), _MOST_FAULTS))
    peaks = reckoning.peaks
    return {"entries": peaks.size, "root": peaks.root.hex(), "ok": not faults, "faults": faults}


class _Reckoning:
    def __init__(self, heads: dict[int, list[Checkpoint]]) -> None:
        self.peaks = Peaks()
        self._heads = heads
        self._last: Entry | None = None

    def faults(self) -> Iterator[str]:
        yield from self._of_heads()
        rows = Entry.objects.order_by("sequence").iterator(_CHUNK)
        while chunk := list(islice(rows, _CHUNK)):
            reasons = _reasons(chunk)
            for entry in chunk:
                wrong = self._of_entry(entry, reasons)
                yield from (f"第 {entry.sequence} 条：{what}" for what in wrong)
                yield from self._of_heads()
        for size in sorted(self._heads):
            yield f"签名检查点有 {size} 条，行为记录只有 {self.peaks.size} 条"

    def _of_entry(self, entry: Entry, reasons: dict[int, str | None]) -> list[str]:
        wrong = []
        if entry.sequence != self.peaks.size:
            wrong.append(f"编号不连续，应为 {self.peaks.size}")
        if self._last is not None and entry.recorded_at < self._last.recorded_at:
            wrong.append("时间早于前一条")
        leaf = leaf_of(entry)
        self.peaks = self.peaks.append(leaf)
        if bytes(entry.leaf) != leaf:
            wrong.append("内容与散列不符")
        if bytes(entry.peaks) != self.peaks.packed():
            wrong.append("树与此前各条不符")
        salted = reasons.get(entry.sequence)
        if salted is not None and sealing.mark_of(salted) != entry.reason_mark:
            wrong.append("理由与记录不符")
        self._last = entry
        return wrong

    def _of_heads(self) -> Iterator[str]:
        for found in self._heads.pop(self.peaks.size, []):
            if found.root != self.peaks.root.hex():
                yield f"{found.size} 条的签名检查点：根不符"
            if not signing.is_signed(found):
                yield f"{found.size} 条的签名检查点：签名不对"


def _reasons(entries: list[Entry]) -> dict[int, str | None]:
    """Return the salted reasons of entries that have one, by number; None where erased."""
    sealed = [one for one in entries if one.sealed_reason is not None]
    pairs = [(one.reason_subject, bytes(one.sealed_reason or b"")) for one in sealed]
    try:
        texts = sealing.unseal_all(pairs)
    except ValueError:
        return {one.sequence: _alone(pair) for one, pair in zip(sealed, pairs, strict=True)}
    return dict(zip((one.sequence for one in sealed), texts, strict=True))


def _alone(pair: tuple[str, bytes]) -> str | None:
    try:
        return sealing.unseal(*pair)
    except ValueError:
        return ""
