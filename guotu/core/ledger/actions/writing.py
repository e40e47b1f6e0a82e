"""Writing a batch: one statement a table, by the fastest way that each store has for rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from django.db import connection

from guotu.core.ledger.models import Piece
from guotu.lib.entries import Held, Land, Standing, cell_of

_TRANSFER = (
    'id, debit_id, credit_id, amount, settled, kind, pending_id, expires_on, "on", link, reason, '
    "sequence"
)
_PLACES = ", ".join(["%s"] * 12)
_INSERT = f"INSERT INTO ledger_transfer ({_TRANSFER}) VALUES ({_PLACES})"  # noqa: S608
_UPDATE_ONE = """
    UPDATE ledger_balance
    SET debit_posted = %s, credit_posted = %s, debit_pending = %s, credit_pending = %s
    WHERE account_id = %s"""
_UPDATE_ALL = """
    UPDATE ledger_balance kept
    SET debit_posted = told.a, credit_posted = told.b, debit_pending = told.c,
        credit_pending = told.d
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
        AS told (a, b, c, d, account_id)
    WHERE kept.account_id = told.account_id"""


def transfers(sequence: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write transfers, as `Run.rows` has them, under the journal number `sequence`."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY ledger_transfer ({_TRANSFER}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row((*row, sequence))
            return
        cursor.executemany(_INSERT, [(*row, sequence) for row in rows])


def balances(standings: Mapping[int, Standing]) -> None:
    """Write what accounts have come to, by number."""
    rows = [(*standings[one].sums(), one) for one in sorted(standings)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_UPDATE_ALL, [list(column) for column in zip(*rows, strict=True)])
            return
        cursor.executemany(_UPDATE_ONE, rows)


def pieces(land: Land) -> None:
    """Write the pieces that a batch made, and end those that it took."""
    if not land.made and not land.taken:
        return
    ends = ends_of(land)
    made = {piece.id for piece in land.made}
    Piece.objects.bulk_create([_row(piece, ends.get(piece.id)) for piece in land.made])
    old = [(transfer, piece) for piece, transfer in land.taken if piece not in made]
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE ledger_piece SET ended_by_id = %s WHERE id = %s", old)


def ends_of(land: Land) -> dict[int, int]:
    """Return the transfer that ended each piece that a batch took, by the piece's number."""
    return dict(land.taken)


def _row(piece: Held, ended_by: int | None) -> Piece:
    step, column, row = cell_of(piece.geometry.bounds)
    return Piece(
        id=piece.id,
        transfer_id=piece.transfer,
        book_id=piece.domain[0],
        line=piece.domain[1],
        account_id=piece.account,
        reserved_by_id=piece.reserved_by,
        parent_id=piece.parent,
        moved=piece.moved,
        area_dm2=piece.area_dm2,
        label=piece.label,
        geometry=shapely.to_wkb(piece.geometry),
        step=step,
        column=column,
        row=row,
        ended_by_id=ended_by,
    )
