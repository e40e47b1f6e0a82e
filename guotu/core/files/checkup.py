"""Recomputes every hash of the store and holds the disk against the register, both ways."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from guotu.core.files import queries, store


@dataclass
class Checkup:
    """What a check found: hashes with their names.

    `missing` should be there and are not; `changed` are there with other bytes; `loose` are on
    the disk and nobody's; `unreferenced` are kept though nothing refers to them.
    """

    files: int = 0
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    unreferenced: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Say whether every file is there as it came in."""
        return not (self.missing or self.changed)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self) | {"ok": self.ok}


def check_store() -> Checkup:
    """Return the state of the store; reads every byte of it and changes nothing."""
    held = queries.held()
    found = Checkup(files=len(held))
    for sha256, name in sorted(held.items()):
        place = store.place_of(sha256)
        if not place.is_file() or place.is_symlink():
            found.missing.append(f"{sha256} {name}")
        elif store.hash_of(place) != sha256:
            found.changed.append(f"{sha256} {name}")
    found.loose = [str(path.relative_to(store.root())) for path in loose(held)]
    found.unreferenced = [f"{file.sha256} {file.name}" for file in queries.unreferenced()]
    return found


def loose(held: dict[str, str]) -> Iterator[Path]:
    """Yield every path in the store that belongs to no kept file; what is coming in left out."""
    if not store.root().is_dir():
        return
    for path in sorted(store.root().rglob("*")):
        inside = path.relative_to(store.root()).parts
        if inside[0] == "incoming" or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or path.name not in held or inside != (path.name[:2], path.name):
            yield path
