"""What a batch of postings is judged against: accounts, earlier transfers, land, each in one read.

Accounts are locked in order of number where the store locks rows, so that limits hold even
between two writers that the one-writer lock did not part.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import shapely
from django.db import connection
from django.db.models import Max, Q

from guotu.core.ledger.models import Piece, Transfer
from guotu.lib.entries import (
    MOST,
    Held,
    Land,
    Posting,
    Reservation,
    Standing,
    bounds_of,
    ranges_near,
)

_STANDINGS = """
    SELECT a.id, a.book_id, a.line, a.normal, a.least, a.most, a.holds_land,
        b.debit_posted, b.credit_posted, b.debit_pending, b.credit_pending
    FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id WHERE a.id {among}"""
_EARLIER = """
    SELECT t.id, t.debit_id, t.credit_id, t.amount, t."on", t.kind, t.expires_on, e.id
    FROM ledger_transfer t LEFT JOIN ledger_transfer e ON e.pending_id = t.id WHERE t.id {among}"""
_AMONG = {
    "postgresql": "= ANY(%s::bigint[])",
    "sqlite": "IN (SELECT value FROM json_each(%s))",
}


def _rows(asked: str, numbers: Iterable[Any], suffix: str = "") -> list[tuple[Any, ...]]:
    known = sorted({one for one in numbers if type(one) is int and 0 < one <= MOST})
    wanted: Any = json.dumps(known) if connection.vendor == "sqlite" else known
    with connection.cursor() as cursor:
        cursor.execute(asked.format(among=_AMONG[connection.vendor]) + suffix, [wanted])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def standings(numbers: Iterable[Any]) -> dict[int, Standing]:
    """Return where accounts stand, by number, and lock them; what is no account is left out."""
    lock = " ORDER BY a.id FOR UPDATE OF b" if connection.vendor == "postgresql" else ""
    found = {}
    for number, book, line, normal, least, most, holds, a, b, c, d in _rows(
        _STANDINGS, numbers, lock
    ):
        floor, ceiling = bounds_of(normal, least, most)
        found[number] = Standing(a, b, c, d, floor, ceiling, book, line, bool(holds), normal)
    return found


def earlier(numbers: Iterable[Any]) -> dict[int, Reservation]:
    """Return the transfers that postings settle, void or reverse, by number."""
    return {
        number: Reservation(
            debit, credit, amount, _day(on), kind, _day(expires_on) if expires_on else None,
            ended is not None,
        )
        for number, debit, credit, amount, on, kind, expires_on, ended in _rows(_EARLIER, numbers)
    }  # fmt: skip


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def next_number() -> int:
    """Return the number of the next transfer."""
    return int(Transfer.objects.aggregate(last=Max("id"))["last"] or 0) + 1


def land(
    postings: Sequence[Posting], known: dict[int, Standing], before: dict[int, Reservation]
) -> Land:
    """Return the pieces held near those of `postings`, and those reserved by what they settle."""
    reserved = [
        number
        for number, one in before.items()
        if known[one.debit].holds_land or known[one.credit].holds_land
    ]
    wanted = Q(reserved_by__in=reserved) if reserved else Q(pk__in=[])
    near: set[int] = set()
    steps: dict[tuple[int, str], list[int]] = {}
    for posting in postings:
        giver = known.get(_giver(posting, before))
        if not posting.pieces or giver is None:
            continue
        domain = (giver.book, giver.line)
        if domain not in steps:
            steps[domain] = _steps(domain)
        for plot in posting.pieces:
            near.update(_near(domain, plot.geometry.bounds, steps[domain]))
    live = Piece.objects.filter(ended_by__isnull=True, account__isnull=False)
    found = [*live.filter(wanted), *live.filter(pk__in=near)]
    last = Piece.objects.aggregate(last=Max("id"))["last"] or 0 if steps or reserved else 0
    return Land({one.pk: held_of(one) for one in found}.values(), int(last) + 1)


def _giver(posting: Posting, before: dict[int, Reservation]) -> int:
    one = before.get(posting.pending_id or 0)
    return posting.credit if one is None else one.credit


def _steps(domain: tuple[int, str]) -> list[int]:
    # A step at a time along the index; a DISTINCT would read all of it.
    steps: list[int] = []
    asked = _live(domain).order_by("step").values_list("step", flat=True)
    step = asked.first()
    while step is not None:
        steps.append(step)
        step = asked.filter(step__gt=step).first()
    return steps


def _live(domain: tuple[int, str]) -> Any:
    live = Piece.objects.filter(ended_by__isnull=True, account__isnull=False)
    return live.filter(book=domain[0], line=domain[1])


def _near(
    domain: tuple[int, str], box: tuple[float, float, float, float], steps: Sequence[int]
) -> Iterable[int]:
    if box[0] != box[0]:  # an empty outline has no box, and nothing near it
        return ()
    near = Q(pk__in=[])
    for step, west, east, south, north in ranges_near(box, steps):
        near |= Q(step=step, column__range=(west, east), row__range=(south, north))
    found: Iterable[int] = _live(domain).filter(near).values_list("pk", flat=True)
    return found


def held_of(piece: Piece) -> Held:
    """Return a piece with its geometry read."""
    return Held(
        piece.pk,
        piece.transfer_id,
        (piece.book_id, piece.line),
        piece.account_id,
        shapely.from_wkb(bytes(piece.geometry)),
        piece.area_dm2,
        piece.label,
        piece.parent_id,
        piece.reserved_by_id,
        piece.moved,
    )
