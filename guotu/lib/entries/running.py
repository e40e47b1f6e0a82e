"""A batch under way: each posting is judged where the one before it left the accounts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from guotu.lib.entries.land import Land, is_land
from guotu.lib.entries.posting import IMMEDIATE, KINDS, PENDING, POST, REVERSE, VOID, Posting
from guotu.lib.entries.standing import MOST, Reservation, Standing

# number, debit, credit, amount, settled amount, kind, pending_id, expires_on, on, link, reason
Row = tuple[Any, ...]
# A side that holds no more than this bears as much again.
_PLAIN_MOST = MOST // 2


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a posting: its number, or why not and which account is to blame."""

    number: int | None
    code: str = ""
    account: int | None = None


class Run:
    """A batch of postings against `standings` and `earlier`, by account and transfer number.

    Both, and `land`, are changed as postings are admitted; `rows` are the transfers to write, in
    order, numbered from `next_number` without a gap. `today` is the day of postings without one.
    """

    def __init__(
        self,
        standings: Mapping[int, Standing],
        earlier: Mapping[int, Reservation],
        land: Land,
        *,
        next_number: int,
        today: date,
    ) -> None:
        self.rows: list[Row] = []
        self.standings = standings
        self._earlier = earlier
        self._land = land
        self._next = next_number
        self._today = today
        self._today_text = today.isoformat()
        self._blamed: int | None = None

    def admit_all(self, postings: Sequence[Posting]) -> tuple[int, Reply] | None:
        """Admit a batch as one link group; return the place and fault of the first that fails."""
        link = self._next if len(postings) > 1 else None
        for place, wanted in enumerate(postings):
            if code := self.admit(wanted, link):
                return place, Reply(None, code, self._blamed)
        return None

    def admit_groups(self, postings: Iterable[Posting]) -> list[Reply]:
        """Admit each link group for itself, all or none; return a reply to each posting."""
        replies = []
        for link, grouped in groupby(postings, key=lambda wanted: wanted.link):
            if link is None:
                replies += [self._single(wanted) for wanted in grouped]
            else:
                replies += self._group(list(grouped))
        return replies

    def _single(self, wanted: Posting) -> Reply:
        if code := self.admit(wanted, None):
            return Reply(None, code, self._blamed)
        return Reply(self._next - 1)

    def _group(self, group: list[Posting]) -> list[Reply]:
        first, rows, mark = self._next, len(self.rows), self._land.mark()
        before = [(one, one.sums()) for one in map(self.standings.get, self._touched(group)) if one]
        for place, wanted in enumerate(group):
            code = self.admit(wanted, first)
            if not code:
                continue
            replies = [Reply(None, "linked")] * len(group)
            replies[place] = Reply(None, code, self._blamed)
            self._undo(rows, before)
            self._land.back_to(mark)
            return replies
        return [Reply(number) for number in range(first, self._next)]

    def _touched(self, group: list[Posting]) -> set[int]:
        earlier = [self._earlier.get(wanted.pending_id or 0) for wanted in group]
        named = {side for wanted in group for side in (wanted.debit, wanted.credit)}
        return named | {side for one in earlier if one for side in (one.debit, one.credit)}

    def _undo(self, rows: int, before: list[tuple[Standing, tuple[int, int, int, int]]]) -> None:
        for standing, sums in before:
            standing.restore(sums)
        for row in self.rows[rows:]:
            if row[6] is not None:
                self._earlier[row[6]].settled = False
        self._next -= len(self.rows) - rows
        del self.rows[rows:]

    def admit(self, wanted: Posting, link: int | None) -> str:
        """Judge a posting and apply it; return a fault code, or "" when it is admitted.

        `link` is the number of the first transfer of its group, None for one that stands alone.
        """
        kind = wanted.kind
        self._blamed = None
        if kind == IMMEDIATE and self._enter_plain(wanted, link):
            return ""
        if kind not in KINDS:
            return "kind_unknown"
        if kind not in (VOID, REVERSE):
            if type(wanted.amount) is not int or wanted.amount <= 0:
                return "amount_not_positive"
            if wanted.amount > MOST:
                return "amount_too_large"
        if wanted.expires_on is not None and kind != PENDING:
            return "expires_unwanted"
        if kind in (IMMEDIATE, PENDING):
            sides, amount = (wanted.debit, wanted.credit), wanted.amount
            return self._enter(wanted, sides, amount, link)
        return self._settle(wanted, link)

    def _enter_plain(self, wanted: Posting, link: int | None) -> bool:
        """Enter what is nothing but an amount that both accounts bear, which most postings are.

        Whatever is doubtful is left to the full judgement: this only says yes, and only sooner.
        """
        number, amount = wanted.debit, wanted.amount
        debit, credit = self.standings.get(number), self.standings.get(wanted.credit)
        if debit is None or credit is None or debit is credit or debit.book != credit.book:
            return False
        if debit.holds_land or credit.holds_land or wanted.pieces or wanted.expires_on:
            return False
        if type(amount) is not int or not 0 < amount <= _PLAIN_MOST:
            return False
        low = credit.debit_posted - credit.credit_posted - credit.credit_pending - amount
        high = debit.debit_posted + debit.debit_pending - debit.credit_posted + amount
        if low < credit.floor or high > debit.ceiling:
            return False
        if debit.debit_posted + debit.debit_pending > _PLAIN_MOST:
            return False
        if credit.credit_posted + credit.credit_pending > _PLAIN_MOST:
            return False
        debit.debit_posted += amount
        credit.credit_posted += amount
        on = self._today_text if wanted.on is None else wanted.on.isoformat()
        row = (self._next, number, wanted.credit, amount, 0, IMMEDIATE)
        self.rows.append((*row, None, None, on, link, wanted.reason))
        self._next += 1
        return True

    def _settle(self, wanted: Posting, link: int | None) -> str:
        earlier = self._earlier.get(wanted.pending_id or 0)
        on = wanted.on or self._today
        if earlier is None:
            return "pending_unknown"
        if fault := _settling_fault(wanted, earlier, on):
            return fault
        if wanted.kind == REVERSE:
            sides = (earlier.credit, earlier.debit)
            fault = self._enter(wanted, sides, earlier.amount, link)
        else:
            fault = self._close(wanted, earlier, on, link)
        if not fault:
            earlier.settled = True
        return fault

    def _close(self, wanted: Posting, earlier: Reservation, on: date, link: int | None) -> str:
        """Post or void a reservation: neither can pass a limit that the reservation kept."""
        posted = wanted.amount if wanted.kind == POST else 0
        sides = (earlier.debit, earlier.credit)
        debit, credit = self.standings[sides[0]], self.standings[sides[1]]
        plots: tuple[Any, ...] | None = ()
        if wanted.kind == POST:
            whole = posted == earlier.amount
            if fault := _pieces_fault(wanted, debit, credit, posted, free=whole):
                return fault
            plots = wanted.pieces if wanted.pieces or not whole else None
        mark = self._land.mark()
        if debit.holds_land or credit.holds_land:
            number = wanted.pending_id or 0
            if fault := self._land.settle(self._next, number, plots, sides, (debit, credit)):
                self._land.back_to(mark)
                return fault
        debit.debit_pending -= earlier.amount
        credit.credit_pending -= earlier.amount
        debit.debit_posted += posted
        credit.credit_posted += posted
        self._write(wanted, sides, posted or earlier.amount, earlier.amount, on, link)
        return ""

    def _enter(self, wanted: Posting, sides: tuple[int, int], amount: int, link: int | None) -> str:
        """Enter an amount at once, or reserve it."""
        debit, credit = self.standings.get(sides[0]), self.standings.get(sides[1])
        if debit is None or credit is None:
            return self._unknown(sides, debit)
        if sides[0] == sides[1] or debit.book != credit.book:
            return "accounts_same" if sides[0] == sides[1] else "books_differ"
        on = wanted.on or self._today
        if wanted.expires_on is not None and wanted.expires_on < on:
            return "expires_early"
        fault = ""
        if wanted.pieces or debit.holds_land or credit.holds_land:
            fault = _pieces_fault(wanted, debit, credit, amount)
        fault = fault or self._limit_fault(sides, debit, credit, amount)
        if not fault and wanted.pieces:
            fault = self._move(wanted, sides, (debit, credit))
        if not fault:
            self._count(wanted.kind, debit, credit, amount)
            self._write(wanted, sides, amount, 0, on, link)
        return fault

    def _count(self, kind: str, debit: Standing, credit: Standing, amount: int) -> None:
        if kind == PENDING:
            debit.debit_pending += amount
            credit.credit_pending += amount
        else:
            debit.debit_posted += amount
            credit.credit_posted += amount

    def _unknown(self, sides: tuple[int, int], debit: Standing | None) -> str:
        self._blamed = sides[0] if debit is None else sides[1]
        return "debit_unknown" if debit is None else "credit_unknown"

    def _limit_fault(
        self, sides: tuple[int, int], debit: Standing, credit: Standing, amount: int
    ) -> str:
        if debit.debit_posted + debit.debit_pending + amount > MOST:
            self._blamed = sides[0]
            return "total_too_large"
        if credit.credit_posted + credit.credit_pending + amount > MOST:
            self._blamed = sides[1]
            return "total_too_large"
        low = credit.debit_posted - credit.credit_posted - credit.credit_pending
        if low - amount < credit.floor:
            self._blamed = sides[1]
            return "below_limit" if credit.normal == "debit" else "above_limit"
        high = debit.debit_posted + debit.debit_pending - debit.credit_posted
        if high + amount > debit.ceiling:
            self._blamed = sides[0]
            return "above_limit" if debit.normal == "debit" else "below_limit"
        return ""

    def _move(self, wanted: Posting, sides: tuple[int, int], of: tuple[Standing, Standing]) -> str:
        mark = self._land.mark()
        for plot in wanted.pieces:
            reserving = wanted.kind == PENDING
            if fault := self._land.move(self._next, plot, sides, of, reserving=reserving):
                self._land.back_to(mark)
                return fault
        return ""

    def _write(
        self,
        wanted: Posting,
        sides: tuple[int, int],
        amount: int,
        settled: int,
        on: date,
        link: int | None,
    ) -> None:
        kind, expires = wanted.kind, wanted.expires_on
        pending = None if kind in (IMMEDIATE, PENDING) else wanted.pending_id
        self.rows.append(
            (
                self._next,
                *sides,
                amount,
                settled,
                kind,
                pending,
                expires and expires.isoformat(),
                on.isoformat(),
                link,
                wanted.reason,
            )
        )
        self._next += 1


def _settling_fault(wanted: Posting, earlier: Reservation, on: date) -> str:
    """Return why a transfer cannot be settled, voided or reversed so, or ""."""
    if wanted.kind == REVERSE:
        if earlier.kind not in (IMMEDIATE, POST):
            return "reverse_not_posted"
    elif earlier.kind != PENDING:
        return "pending_not_pending"
    if earlier.settled:
        return "pending_settled"
    if wanted.kind == POST:
        if earlier.expires_on is not None and on > earlier.expires_on:
            return "pending_expired"
        if wanted.amount > earlier.amount:
            return "amount_exceeds_pending"
    return "before_pending" if on < earlier.on else ""


def _pieces_fault(
    wanted: Posting, debit: Standing, credit: Standing, amount: int, *, free: bool = False
) -> str:
    """Return what is wrong with the pieces of a posting, or ""; `free` when it may bring none."""
    holds = debit.holds_land or credit.holds_land
    if not wanted.pieces:
        return "pieces_missing" if holds and not free else ""
    if not holds:
        return "pieces_unwanted"
    if debit.line != credit.line:
        return "lines_differ"
    if not all(is_land(plot) for plot in wanted.pieces):
        return "piece_bad"
    total = sum(plot.area_dm2 for plot in wanted.pieces)
    return "" if total == amount else "pieces_do_not_sum"
