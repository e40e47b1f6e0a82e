"""The full record of one import: every feature changed, rejected or held back, and every oddity.

It is kept beside the release as JSON lines, so that nothing done to a feature goes unrecorded.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LISTED = 1000  # how many findings the release's row itself lists; the record lists all


@dataclass(frozen=True)
class Held:
    """A feature that is not in the release: by which rule, why, and where (county frame, m)."""

    feature: str
    rule: str
    reason: str
    x: float | None = None
    y: float | None = None


@dataclass
class Record:
    """What happened to the features of a file, in the order in which it was found out."""

    read: int = 0
    rejected: list[Held] = field(default_factory=list)
    quarantined: list[Held] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    notes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def change(self, kind: str, features: Sequence[str], **columns: Sequence[Any]) -> None:
        """Record that features were changed; `columns` hold a value for each."""
        self.changes[kind] += len(features)
        self._write("change", kind, features, columns)

    def change_whole(self, kind: str, text: str, count: int) -> None:
        """Record a change on reading that touches the file as a whole, or `count` features."""
        self.changes[kind] += count
        self.lines.append(_line({"what": "change", "kind": kind, "text": text, "count": count}))

    def note(self, kind: str, text: str, features: Sequence[str] = (), **columns: Any) -> None:
        """Note an oddity: said once in the report with its count, each feature in the record."""
        self.notes.append({"kind": kind, "text": text, "count": len(features)})
        if not features:
            self.lines.append(_line({"what": "note", "kind": kind, "text": text}))
        self._write("note", kind, features, columns)

    def reject(self, held: Iterable[Held]) -> None:
        """Record features that are not taken in."""
        for one in held:
            self.rejected.append(one)
            self.lines.append(_line({"what": "rejected", **asdict(one)}))

    def quarantine(self, held: Iterable[Held]) -> None:
        """Record features that wait for a person's word."""
        for one in held:
            self.quarantined.append(one)
            self.lines.append(_line({"what": "quarantined", **asdict(one)}))

    def report(self, accepted: int) -> dict[str, Any]:
        """Return what the release's row keeps: counts, and the first findings of each sort."""
        return {
            "read": self.read,
            "accepted": accepted,
            "rejected": [asdict(one) for one in self.rejected[:LISTED]],
            "rejected_count": len(self.rejected),
            "quarantined": [asdict(one) for one in self.quarantined[:LISTED]],
            "quarantined_count": len(self.quarantined),
            "changes": dict(self.changes),
            "notes": self.notes,
        }

    def write(self, path: Path) -> Path:
        """Write the record as JSON lines, the last of them its counts."""
        closing = {"what": "counts", "read": self.read, "rejected": len(self.rejected)}
        closing |= {"quarantined": len(self.quarantined), "changes": dict(self.changes)}
        with path.open("w", encoding="utf-8") as handle:
            handle.writelines(self.lines)
            handle.write(_line(closing))
        return path

    def _write(
        self, what: str, kind: str, features: Sequence[str], columns: dict[str, Sequence[Any]]
    ) -> None:
        rows = zip(features, *columns.values(), strict=True)
        names = ("feature", *columns)
        start = {"what": what, "kind": kind}
        self.lines += [_line(start | dict(zip(names, row, strict=True))) for row in rows]


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n"
