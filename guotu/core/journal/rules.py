"""The canonical bytes of an entry and of a signed head: what is hashed, signed and exported.

Canonical JSON as RFC 8785 has it, with two differences that any JSON library can follow: members
are sorted by code point, and a number with a fraction is written in its shortest form that reads
back the same (`1e-07`), below 10**15 and never minus zero, so that both stores keep it.
"""

import datetime
import json
import math
from typing import Any

FORMAT = "guotu-journal/1"
SIGNED = b"guotu journal checkpoint 1\n"
ENDED = b"guotu journal export 1\n"
_MOST = 10**15


def canonical(value: Any) -> bytes:
    """Return JSON without spaces, members sorted, UTF-8. Raises ValueError for what JSON lacks."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return text.encode()


def plain(value: Any) -> Any:
    """Return a value as both stores keep it: names as text, lists for tuples, no minus zero.

    Raises ValueError for a fraction that is not finite or not below 10**15, TypeError for what is
    not JSON.
    """
    if isinstance(value, dict):
        return {_name(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) >= _MOST:
            raise ValueError(f"no number for the journal: {value}")
        return float(value) or 0.0
    if isinstance(value, int | str):
        return value
    raise TypeError(f"no JSON: {value!r}")


def moment(at: datetime.datetime) -> str:
    """Return a moment as entries write it: UTC, microseconds, `2026-11-28T05:57:00.123456Z`."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def signed_bytes(size: int, root: str, signed_at: str, key: str) -> bytes:
    """Return what the signature of a checkpoint is made over; root and key hexadecimal."""
    return SIGNED + canonical({"key": key, "root": root, "signed_at": signed_at, "size": size})


def end_bytes(sha256: str) -> bytes:
    """Return what the signature at the end of an export is made over."""
    return ENDED + sha256.encode()


def _name(name: Any) -> str:
    if isinstance(name, str):
        return name
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    raise TypeError(f"no name for a member: {name!r}")
