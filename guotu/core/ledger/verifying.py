"""The ledger reckoned again from zero: every transfer judged anew, against the journal's hashes.

What entries of the journal say they posted is replayed in their order by the same rules that
admitted it; balances, limits at every transfer, reservations and land must come out as they are
kept. The first transfer that is wrong ends the replay.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from typing import Any

from django.db.models import Max

from guotu.core.journal.lock import one_writer
from guotu.core.journal.models import Entry
from guotu.core.ledger.models import Account, Balance, Piece, Transfer
from guotu.core.ledger.queries.loading import held_of
from guotu.core.ledger.rules.effects import effect_of
from guotu.lib.entries import (
    FAULTS,
    VOID,
    Held,
    Land,
    Plot,
    Posting,
    Reservation,
    Run,
    Standing,
    bounds_of,
    same_land,
)

_MOST_FAULTS = 20
_ROW = (
    *("id", "debit_id", "credit_id", "amount", "settled", "kind", "pending_id"),
    *("expires_on", "on", "link", "reason", "sequence"),
)
Sums = tuple[int, int, int, int]


@dataclass
class _Kept:
    """What the store kept at one moment: the last transfer and entry, and the balances."""

    last: int
    sequence: int
    balances: dict[int, Sums]


@dataclass
class _Replay:
    """The books from zero, up to the transfer before `number`."""

    standings: dict[int, Standing]
    wanted: set[int]
    earlier: dict[int, Reservation] = field(default_factory=dict)
    land: Land = field(default_factory=Land)
    number: int = 1
    ends: dict[int, int] = field(default_factory=dict)
    kept: list[Held] = field(default_factory=list)


def verify() -> dict[str, Any]:
    """Recompute the ledger from zero; return transfers, ok, trial_balance by book, and faults.

    Runs beside writers: what they add meanwhile is left for the next time.
    """
    kept = _kept()
    replay = _Replay(_standings(), _referred())
    faults = list(islice(_faults(kept, replay), _MOST_FAULTS))
    return {
        "transfers": kept.last,
        "ok": not faults,
        "trial_balance": _trial_balance(replay.standings),
        "faults": faults,
    }


def _faults(kept: _Kept, replay: _Replay) -> Iterator[str]:
    found = _replayed(kept, replay)
    if found:
        yield found
        return
    yield from _unbalanced(kept, replay)
    yield from _land_faults(kept, replay)


def _kept() -> _Kept:
    told = ("account_id", "debit_posted", "credit_posted", "debit_pending", "credit_pending")
    with one_writer():
        last = Transfer.objects.aggregate(last=Max("id"))["last"] or 0
        sequence = Entry.objects.aggregate(last=Max("sequence"))["last"]
        balances = {
            number: (a, b, c, d) for number, a, b, c, d in Balance.objects.values_list(*told)
        }
    return _Kept(last, -1 if sequence is None else sequence, balances)


def _standings() -> dict[int, Standing]:
    found = {}
    for one in Account.objects.order_by("id").iterator():
        floor, ceiling = bounds_of(one.normal, one.least, one.most)
        found[one.pk] = Standing(
            0, 0, 0, 0, floor, ceiling, one.book_id, one.line, one.holds_land, one.normal
        )
    return found


def _referred() -> set[int]:
    ended = Transfer.objects.filter(pending__isnull=False).order_by()
    return set(ended.values_list("pending_id", flat=True))


def _replayed(kept: _Kept, replay: _Replay) -> str:
    """Replay every posted effect of the journal; return the first fault, or ""."""
    rows = Transfer.objects.filter(id__lte=kept.last).order_by("id").values_list(*_ROW).iterator()
    pieces = Piece.objects.filter(transfer__lte=kept.last).order_by("id").iterator()
    following = _Following(pieces)
    for sequence, facts in _posted(kept.sequence):
        if facts["first"] != replay.number or facts["last"] < facts["first"]:
            return f"行为 {sequence}：转账编号与第 {replay.number} 号不衔接"
        batch = list(islice(rows, facts["last"] - facts["first"] + 1))
        fault = _replay_batch(replay, sequence, batch, following)
        if fault := fault or _unlike(replay, sequence, facts, batch):
            return fault
    left = next(rows, None)
    if left is not None:
        return f"第 {left[0]} 号转账：没有行为记录为它负责"
    return "" if following.is_over() else "有地块不属于重算的转账"


def _posted(last: int) -> Iterator[tuple[int, dict[str, Any]]]:
    told = Entry.objects.filter(sequence__lte=last).order_by("sequence")
    for sequence, effects in told.values_list("sequence", "effects").iterator():
        for effect in effects:
            if effect["kind"] == "post":
                yield sequence, effect["facts"]


class _Following:
    """Hands out pieces, in order of number, by the transfer that made them."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self._pieces = pieces
        self._ahead: list[Piece] = []

    def is_over(self) -> bool:
        """Say whether every piece was handed out."""
        return not self._ahead and next(self._pieces, None) is None

    def of(self, transfer: int) -> list[Piece]:
        """Return the pieces of a transfer; those of earlier ones are gone."""
        found = []
        for piece in chain(list(self._ahead), self._pieces):
            self._ahead = [piece]
            if piece.transfer_id != transfer:
                break
            found.append(piece)
            self._ahead = []
        return found


def _replay_batch(
    replay: _Replay, sequence: int, batch: list[tuple[Any, ...]], pieces: _Following
) -> str:
    run = Run(
        replay.standings, replay.earlier, replay.land, next_number=replay.number, today=date.min
    )
    for row in batch:
        kept = [held_of(one) for one in pieces.of(row[0])]
        already = len(replay.land.made)
        wanted = _posting(row, kept)
        code = run.admit(wanted, row[9])
        if code:
            return f"第 {row[0]} 号转账：{FAULTS[code][0]}"
        if run.rows[-1] != _plain(row)[:-1] or row[-1] != sequence:
            return f"第 {row[0]} 号转账：与重算的不符"
        if not _are_alike(replay.land.made[already:], kept):
            return f"第 {row[0]} 号转账：地块与重算的不符"
        replay.kept += kept
        if row[0] in replay.wanted:
            replay.earlier[row[0]] = Reservation(
                row[1], row[2], row[3], row[8], row[5], row[7], settled=False
            )
    replay.number += len(batch)
    return ""


def _are_alike(made: list[Held], kept: list[Held]) -> bool:
    # What is left of a piece is cut anew: another version of GEOS may end a digit elsewhere.
    return len(made) == len(kept) and all(
        replace(one, geometry=other.geometry) == other and same_land(one.geometry, other.geometry)
        for one, other in zip(made, kept, strict=True)
    )


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    expires = row[7].isoformat() if row[7] else None
    return (*row[:7], expires, row[8].isoformat(), *row[9:])


def _posting(row: tuple[Any, ...], pieces: Iterable[Held]) -> Posting:
    plots = tuple(Plot(one.geometry, one.area_dm2, one.label) for one in pieces if one.moved)
    return Posting(
        row[1], row[2], row[3], row[8], row[5], row[6], row[7], None, row[10],
        () if row[5] == VOID else plots,
    )  # fmt: skip


def _unlike(
    replay: _Replay, sequence: int, facts: dict[str, Any], batch: list[tuple[Any, ...]]
) -> str:
    """Return how a batch differs from what its entry says of it, or ""."""
    ends = dict(replay.land.taken)
    told = effect_of([_plain(row)[:-1] for row in batch], replay.kept, ends) if batch else {}
    replay.ends.update(ends)
    replay.kept.clear()
    replay.land.forget()
    return "" if told == facts else f"行为 {sequence}：转账与行为记录的摘要不符"


def _unbalanced(kept: _Kept, replay: _Replay) -> Iterator[str]:
    for number, standing in replay.standings.items():
        # An account opened meanwhile has no transfer up to `last`, and no kept balance.
        sums = kept.balances.get(number, (0, 0, 0, 0))
        if sums != standing.sums():
            yield f"账户 {number}：余额与重算的不符"


def _land_faults(kept: _Kept, replay: _Replay) -> Iterator[str]:
    kept_ends = Piece.objects.filter(ended_by__lte=kept.last).order_by("id")
    ended = dict(kept_ends.values_list("id", "ended_by_id").iterator())
    if ended != replay.ends:
        number = min(set(ended.items()) ^ set(replay.ends.items()))[0]
        yield f"地块 {number}：去向与重算的不符"
    held: dict[int, int] = defaultdict(int)
    for piece in replay.land.held():
        if piece.reserved_by is None and piece.account is not None:
            held[piece.account] += piece.area_dm2
    for number, standing in replay.standings.items():
        if standing.holds_land and held[number] != standing.lowest:
            yield f"账户 {number}：在账地块面积之和与余额不符"


def _trial_balance(standings: dict[int, Standing]) -> dict[str, dict[str, int]]:
    books = dict(Account.objects.values_list("book", "book__code").distinct().order_by())
    total = {code: {"debit": 0, "credit": 0} for code in sorted(books.values())}
    for standing in standings.values():
        of_book = total[books[standing.book]]
        of_book["debit"] += standing.debit_posted
        of_book["credit"] += standing.credit_posted
    return total
