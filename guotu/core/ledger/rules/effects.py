"""What a journal entry says of the transfers of its act: few by name, all by one hash."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from guotu.lib.entries import Held, digest_of

# Up to so many transfers an entry tells one by one; of more it tells their sum and hash.
LINES_TOLD = 20

# A piece as it is hashed: number, transfer, account, parent, reservation, moved, area, label, WKB.
PieceRow = tuple[Any, ...]


def effect_of(
    rows: Sequence[tuple[Any, ...]], made: Iterable[Held], ends: Mapping[int, int]
) -> dict[str, Any]:
    """Return the facts of a `post` effect: number and range of transfers, hash, and few lines.

    `rows` are transfers as `Run.rows` has them, without a gap in their numbers; `made` the pieces
    they made; `ends` which pieces (by number) they ended, each with its transfer.
    """
    facts: dict[str, Any] = {
        "transfers": len(rows),
        "first": rows[0][0],
        "last": rows[-1][0],
        "digest": digest_of([*rows, *map(piece_row, made), *sorted(ends.items())]),
    }
    if len(rows) <= LINES_TOLD:
        facts["lines"] = [
            {"number": row[0], "debit": row[1], "credit": row[2], "amount": row[3], "kind": row[5]}
            for row in rows
        ]
    return facts


def piece_row(piece: Held) -> PieceRow:
    """Return a piece as it is hashed."""
    return (
        piece.id,
        piece.transfer,
        piece.account,
        piece.parent,
        piece.reserved_by,
        int(piece.moved),
        piece.area_dm2,
        piece.label,
        hashlib.sha256(shapely.to_wkb(piece.geometry)).hexdigest(),
    )
