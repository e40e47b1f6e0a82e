"""A tree that grows by one leaf at a time and keeps only its peaks: O(log n) to append and to hold.

The peaks are the roots of the whole subtrees that a tree of n leaves falls into, one for each bit
that is set in n, the largest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from guotu.lib.chain.tree import EMPTY, node_hash

_BYTES = 32


@dataclass(frozen=True)
class Peaks:
    """The peaks of a tree of `size` leaves."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves does not have {len(self.hashes)} peaks")

    def append(self, leaf: bytes) -> Peaks:
        """Return the peaks with one leaf hash more."""
        return Peaks(self.size + 1, (*self.hashes[: _kept(self)], subtree_at(self, leaf)))

    @property
    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self.hashes:
            return EMPTY
        return reduce(lambda right, left: node_hash(left, right), reversed(self.hashes))

    def packed(self) -> bytes:
        """Return the peaks as bytes, 32 each."""
        return b"".join(self.hashes)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Peaks:
        """Return the peaks of a tree of `size` leaves from their bytes. Raises ValueError."""
        return cls(size, tuple(packed[at : at + _BYTES] for at in range(0, len(packed), _BYTES)))


def subtree_at(before: Peaks, leaf: bytes, level: int | None = None) -> bytes:
    """Return the root of the 2**level leaves that `leaf`, appended to `before`, completes.

    Without a level, the largest that it completes.
    """
    most = len(before.hashes) - _kept(before)
    level = most if level is None else level
    if not 0 <= level <= most:
        raise ValueError(f"leaf {before.size} completes no subtree of 2**{level}")
    sides = before.hashes[len(before.hashes) - level :]
    return reduce(lambda right, left: node_hash(left, right), reversed(sides), leaf)


def _kept(peaks: Peaks) -> int:
    """Return how many peaks an append leaves alone: all but one for each bit set at the end."""
    carried = (~peaks.size & (peaks.size + 1)).bit_length() - 1
    return len(peaks.hashes) - carried
