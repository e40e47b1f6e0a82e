"""Entering postings, inside an act: in a batch, in two steps, and undone.

A batch is judged in memory against what one read of each table gave, and written in one statement
a table. The one-writer lock of the runner orders batches; were it not there, row locks on the
balances, taken in order, and the numbers of transfers, each given once, would still refuse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import shapely

from guotu.core.journal import clock
from guotu.core.journal.actions import Act
from guotu.core.ledger.actions import writing
from guotu.core.ledger.models import Account, Transfer
from guotu.core.ledger.queries import loading, pieces_moved
from guotu.core.ledger.rules.effects import effect_of
from guotu.lib.entries import (
    PENDING,
    POST,
    REVERSE,
    VOID,
    Land,
    Plot,
    Posting,
    Reply,
    Run,
    is_plain,
    refusal_of,
)
from guotu.lib.refusal import Refusal


def post(act: Act, postings: Sequence[Posting]) -> list[int]:
    """Enter a batch, all or none, and return the numbers of its transfers.

    Amounts are whole units of the accounts' book; accounts are their numbers. Raises `Refusal`
    for the first posting that cannot be entered (the order of checks: `guotu/lib/entries`).
    """
    run, land = _begin(postings)
    failed = run.admit_all(postings)
    if failed is not None:
        place, reply = failed
        raise refusal_of(reply.code, _where(place, len(postings), reply))
    _keep(act, run, land)
    return [int(row[0]) for row in run.rows]


def post_each(act: Act, postings: Sequence[Posting]) -> list[Reply]:
    """Enter each link group of a batch for itself, all or none; return a reply to each posting.

    Neighbours with the same `link` are a group; a posting without one stands alone. What cannot
    be entered is answered with its fault code and changes nothing.
    """
    run, land = _begin(postings)
    replies = run.admit_groups(postings)
    _keep(act, run, land)
    return replies


@dataclass(frozen=True)
class Terms:
    """The day, the reason code and the pieces of a single posting."""

    on: date | None = None
    reason: str = ""
    pieces: tuple[Plot, ...] = ()


NO_TERMS = Terms()


def reserve(
    act: Act,
    *,
    debit: int,
    credit: int,
    amount: int,
    expires_on: date | None = None,
    terms: Terms = NO_TERMS,
) -> int:
    """Reserve an amount until the end of `expires_on`; return the reservation's number."""
    wanted = Posting(
        debit, credit, amount, terms.on, PENDING, None, expires_on, None, terms.reason, terms.pieces
    )
    return post(act, [wanted])[0]


def settle(
    act: Act, reservation: int, *, amount: int | None = None, terms: Terms = NO_TERMS
) -> int:
    """Post a reservation, all of it or `amount` of it; the rest is free again.

    A part of a reservation of land names the pieces of that part.
    """
    if amount is None:
        reserved = loading.earlier([reservation]).get(reservation)
        amount = 1 if reserved is None else reserved.amount
    wanted = Posting(
        0, 0, amount, terms.on, POST, reservation, None, None, terms.reason, terms.pieces
    )
    return post(act, [wanted])[0]


def void(act: Act, reservation: int, *, terms: Terms = NO_TERMS) -> int:
    """Undo a reservation: its amount and its land are free again."""
    wanted = Posting(on=terms.on, kind=VOID, pending_id=reservation, reason=terms.reason)
    return post(act, [wanted])[0]


def reverse(act: Act, transfer: int, *, terms: Terms = NO_TERMS) -> int:
    """Enter a posted transfer the other way round, once; its land goes back (红字冲销)."""
    moved = Transfer.objects.filter(pk=transfer).first()
    plots = tuple(
        Plot(shapely.from_wkb(bytes(one.geometry)), one.area_dm2, one.label)
        for one in (pieces_moved(moved) if moved else ())
    )
    wanted = Posting(
        on=terms.on, kind=REVERSE, pending_id=transfer, reason=terms.reason, pieces=plots
    )
    return post(act, [wanted])[0]


def expire(act: Act, today: date) -> list[int]:
    """Void every reservation whose term ended before `today`; return the numbers of the voids."""
    late = Transfer.objects.filter(kind=PENDING, expires_on__lt=today, end__isnull=True)
    return post(
        act,
        [
            Posting(on=today, kind=VOID, pending_id=number, reason="expired")
            for number in late.order_by("id").values_list("id", flat=True)
        ],
    )


def _begin(postings: Sequence[Posting]) -> tuple[Run, Land]:
    if odd := [one for one in {wanted.reason for wanted in postings} if not _is_code(one, 64)]:
        raise Refusal("事由代码不合格式", where=odd[0][:64], remedy="用不超过 64 个字的一行文字")
    for wanted in postings:
        for plot in wanted.pieces:
            if not _is_code(plot.label, 128):
                raise Refusal("图斑号不合格式", where=plot.label[:64], remedy="用一行文字")
    before = loading.earlier({wanted.pending_id for wanted in postings})
    sides = {wanted.debit for wanted in postings} | {wanted.credit for wanted in postings}
    sides |= {one.debit for one in before.values()} | {one.credit for one in before.values()}
    known = loading.standings(sides)
    land = loading.land(postings, known, before)
    number = loading.next_number()
    return Run(known, before, land, next_number=number, today=clock.today()), land


def _is_code(text: str, most: int) -> bool:
    return len(text) <= most and is_plain(text)


def _keep(act: Act, run: Run, land: Land) -> None:
    if not run.rows:
        return
    writing.transfers(act.sequence, run.rows)
    writing.balances({side: run.standings[side] for row in run.rows for side in row[1:3]})
    writing.pieces(land)
    act.tell("post", **effect_of(run.rows, land.made, writing.ends_of(land)))


def _where(place: int, number: int, reply: Reply) -> str:
    parts = [f"第 {place + 1} 笔"] if number > 1 else []
    if reply.account is not None:
        account = Account.objects.select_related("book").filter(pk=reply.account).first()
        named = f"{account.book.title}“{account.title}”" if account else f"账户 {reply.account}"
        parts.append(named)
    return "，".join(parts)
