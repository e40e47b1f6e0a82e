"""One hash over the transfers of an act, so that its journal entry answers for each of them."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any


def digest_of(rows: Sequence[tuple[Any, ...]]) -> str:
    """Return the SHA-256, in hex, of rows of whole numbers, text, ISO days (text) and None.

    The rows are hashed as one JSON array of arrays, in UTF-8, without a space. The same rows in
    the same order give the same hash.
    """
    told = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def is_plain(text: str) -> bool:
    """Say whether `text` is one line without control characters."""
    return text.isprintable()
