"""What a table holds, as a count of its rows and a digest that their order does not change."""

import hashlib
from collections.abc import Iterable

_BYTES = 16
Contents = dict[str, list[int | str]]


class RowsDigest:
    """The number of rows, and the sum of their hashes: two tables agree when both agree."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: bytes) -> None:
        """Take one row in, as the bytes that stand for it."""
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(row).digest()[:_BYTES], "big")

    def answer(self) -> list[int | str]:
        """Return [rows, digest]."""
        return [self.rows, f"{self._sum % (1 << 8 * _BYTES):032x}"]


def digest_of(rows: Iterable[bytes]) -> list[int | str]:
    """Return [rows, digest] of rows given as bytes."""
    found = RowsDigest()
    for row in rows:
        found.add(row)
    return found.answer()


def differing(one: Contents, other: Contents) -> list[str]:
    """Return the names of the tables that are not the same in both."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
