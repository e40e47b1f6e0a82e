"""The journal as a file for strangers: canonical JSON Lines, in which any changed byte shows.

A header with the public key, each entry with the root after it, the signed heads where they fall,
and a last line that signs the hash of all lines before it. Reasons are in it by their marks alone.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from guotu.core.journal import signing
from guotu.core.journal.chaining import facts_of
from guotu.core.journal.models import Checkpoint, Entry
from guotu.core.journal.rules import FORMAT, canonical, end_bytes
from guotu.lib.chain import Peaks, leaf_hash

_CHUNK = 1_000


def export(path: Path) -> Checkpoint:
    """Write the journal to `path`, whole or not at all; return the signed head it ends with."""
    last = signing.checkpoint()
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("xb") as handle:
            for line in lines(last):
                handle.write(line)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return last


def lines(last: Checkpoint) -> Iterator[bytes]:
    """Yield the lines of an export that ends with the signed head `last`."""
    digest = hashlib.sha256()
    for fact in _facts(last):
        line = canonical(fact) + b"\n"
        digest.update(line)
        yield line
    sha256 = digest.hexdigest()
    end = {"sha256": sha256, "signature": signing.sign_bytes(end_bytes(sha256))}
    yield canonical({"end": end}) + b"\n"


def _facts(last: Checkpoint) -> Iterator[dict[str, Any]]:
    yield {"header": {"format": FORMAT, "key": last.key}}
    # Heads under an earlier key prove nothing under this one.
    kept = Checkpoint.objects.filter(key=last.key, size__lte=last.size)
    heads = {found.size: {"checkpoint": signing.facts_of(found)} for found in kept}
    peaks = Peaks()
    yield from filter(None, [heads.get(0)])
    found = Entry.objects.filter(sequence__lt=last.size).order_by("sequence")
    for entry in found.iterator(_CHUNK):
        facts = facts_of(entry)
        peaks = peaks.append(leaf_hash(canonical(facts)))
        yield {"entry": facts, "root": peaks.root.hex()}
        yield from filter(None, [heads.get(peaks.size)])
