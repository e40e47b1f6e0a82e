"""Hashes of RFC 6962 section 2.1, and the root of a whole list of leaves."""

import hashlib
from collections.abc import Sequence

_LEAF, _NODE = b"\x00", b"\x01"
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash (32 bytes) of one entry's bytes."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash (32 bytes) of a node over its two sides."""
    return hashlib.sha256(_NODE + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the tree's root over leaf hashes in their order; `EMPTY` over none."""
    if not leaves:
        return EMPTY
    level = list(leaves)
    while len(level) > 1:
        # A side without a partner goes up as it is: that is the RFC's split at a power of two.
        paired = [node_hash(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]
