"""The Merkle tree of RFC 6962: its root as it grows, and proofs that need neither tree nor owner.

SHA-256; a leaf is hashed behind 0x00 and a node behind 0x01: neither can pass for the other.
"""

from guotu.lib.chain.growing import Peaks, subtree_at
from guotu.lib.chain.proofs import (
    Read,
    consistency,
    has_consistency,
    has_inclusion,
    inclusion,
)
from guotu.lib.chain.tree import EMPTY, leaf_hash, node_hash, root_of

__all__ = [
    "EMPTY",
    "Peaks",
    "Read",
    "consistency",
    "has_consistency",
    "has_inclusion",
    "inclusion",
    "leaf_hash",
    "node_hash",
    "root_of",
    "subtree_at",
]
