"""What is read of the store at the one moment of a backup: tables, head, and the files it names."""

from dataclasses import dataclass
from typing import Any

from guotu.core.files.store import place_of, root
from guotu.lib.chain import EMPTY, Peaks
from guotu.site.backup.digests import Contents

# Asked in the same transaction as the dump is made from; plain SQL, alike on both stores.
QUESTIONS = {
    "entries": "SELECT count(*) FROM journal_entry",
    "last": "SELECT sequence, peaks FROM journal_entry ORDER BY sequence DESC LIMIT 1",
    "county": "SELECT code, name FROM atlas_county",
    "files": "SELECT sha256 FROM files_file WHERE swept_sequence IS NULL ORDER BY sha256",
    "releases": "SELECT path, sha256, tiles_path FROM atlas_release ORDER BY path",
    "migrations": "SELECT app, name FROM django_migrations ORDER BY app, name",
}
# A store with a row in one of these is a county that has begun.
BEGUN = ("journal_entry", "atlas_county")


@dataclass(frozen=True)
class Snapshot:
    """Rows and digest of every table that is carried, and the answers to the questions."""

    contents: Contents
    answers: dict[str, list[tuple[Any, ...]]]

    @property
    def head(self) -> dict[str, Any]:
        """Return how many entries the journal had, the last one's number, and the tree's root."""
        count = self.answers["entries"][0][0]
        if not self.answers["last"]:
            return {"entries": count, "sequence": None, "root": EMPTY.hex()}
        last, peaks = self.answers["last"][0]
        root = Peaks.unpacked(last + 1, bytes(peaks)).root.hex()
        return {"entries": count, "sequence": last, "root": root}

    @property
    def named(self) -> dict[str, str | None]:
        """Return the files that rows name, relative to the county's folder, by hash where known."""
        above = root().parent
        found: dict[str, str | None] = {
            place_of(sha256).relative_to(above).as_posix(): sha256
            for (sha256,) in self.answers["files"]
        }
        for path, sha256, tiles in self.answers["releases"]:
            found[path] = sha256
            if tiles:
                found[tiles] = None
        return found
