"""A second ledger, written from the book alone: it says what the first one must answer.

It shares no code with the product. Land is a set of unit squares; checks stand in their order.
"""

import itertools
from dataclasses import field, make_dataclass
from typing import Any

SQUARE_DM2, LARGEST = 10_000, 9_223_372_036_854_775_807


KINDS, Answer = ("immediate", "pending", "post", "void", "reverse"), tuple[int | None, str]


# An account: book, line, side and bounds; whether land is kept in it; four sums.
SUMS = [(name, int, 0) for name in ("got", "gave", "to_get", "to_give")]
Acct = make_dataclass("Acct", ["book", "line", "side", "least", "most", "land", *SUMS])
# Held land: whose, which squares, what area, and for which reservation.
Plot = make_dataclass("Plot", ["owner", "squares", "area", ("for_pending", Any, None)])
# A transfer that may be referred to.
PAST = ["kind", "debit", "credit", "amount", "on", "until", ("over", bool, False)]
Past = make_dataclass("Past", PAST)
# What is asked for: the same facts as a posting, land as squares with an area.
MAYBE = [(name, Any, None) for name in ("pending", "until", "link")]
SIDES = ["debit", "credit", "amount", "on", ("kind", str, "immediate")]
Wish = make_dataclass("Wish", [*SIDES, *MAYBE, ("plots", list, field(default_factory=list))])


class Model:
    """All accounts, past transfers and held land."""

    def __init__(self) -> None:
        self.accounts: dict[int, Acct] = {}
        self.past: dict[int, Past] = {}
        self.land: dict[tuple[str, str], list[Plot]] = {}

    def batch(self, wishes: list[Wish]) -> list[Answer]:
        """Answer a batch, each group of neighbours with one link all or none."""
        answers: list[Answer] = []
        known = set(self.past)
        alone = itertools.count()
        for _, group in itertools.groupby(wishes, lambda w: w.link or (next(alone),)):
            answers += self._group(list(group), known)
        return answers

    def _group(self, wishes: list[Wish], known: set[int]) -> list[Answer]:
        saved, answers = self._saved(wishes), []
        for place, wish in enumerate(wishes):
            fault = self._one(wish, known)
            if fault:
                self._restore(saved)
                return [(None, fault if at == place else "linked") for at in range(len(wishes))]
            answers.append((len(self.past), ""))
        return answers

    def _saved(self, wishes: list[Wish]) -> Any:
        past = [one for one in (self.past.get(w.pending or 0) for w in wishes) if one]
        sides = {s for w in [*wishes, *past] for s in (w.debit, w.credit)} & set(self.accounts)
        sums = {s: vars(self.accounts[s]).copy() for s in sides}
        land = {key: list(value) for key, value in self.land.items()}
        return sums, [(one, one.over) for one in past], land, len(self.past)

    def _restore(self, saved: Any) -> None:
        sums, past, self.land, length = saved
        for side in sums:
            vars(self.accounts[side]).update(sums[side])
        for one, over in past:
            one.over = over
        while len(self.past) > length:
            del self.past[len(self.past)]

    def _one(self, w: Wish, known: set[int]) -> str:
        counts, whole = w.kind in KINDS[:3], type(w.amount) is int
        fault = _first(
            (w.kind not in KINDS, "kind_unknown"),
            (counts and not (whole and w.amount > 0), "amount_not_positive"),
            (counts and whole and w.amount > LARGEST, "amount_too_large"),
            (w.until is not None and w.kind != "pending", "expires_unwanted"),
        )
        if fault or w.kind in KINDS[:2]:
            return fault or self._enter(w, w.debit, w.credit, w.amount)
        old = self.past.get(w.pending or 0) if w.pending in known else None
        if old is None:
            return "pending_unknown"
        back, posts = w.kind == "reverse", w.kind == "post"
        fault = _first(
            (back and old.kind not in ("immediate", "post"), "reverse_not_posted"),
            (not back and old.kind != "pending", "pending_not_pending"),
            (old.over, "pending_settled"),
            (posts and old.until is not None and old.until < w.on, "pending_expired"),
            (posts and w.amount > old.amount, "amount_exceeds_pending"),
            (w.on < old.on, "before_pending"),
        )
        if fault:
            return fault
        old.over = True
        return self._enter(w, old.credit, old.debit, old.amount) if back else self._close(w, old)

    def _enter(self, w: Wish, debit: int, credit: int, amount: int) -> str:
        to, of = self.accounts.get(debit), self.accounts.get(credit)
        if to is None or of is None:
            return "debit_unknown" if to is None else "credit_unknown"
        fault = _first(
            (debit == credit, "accounts_same"),
            (to.book != of.book, "books_differ"),
            (w.until is not None and w.until < w.on, "expires_early"),
            (True, _plots_fault(w, to, of, amount, may_lack=False)),
            (to.got + to.to_get + amount > LARGEST, "total_too_large"),
            (of.gave + of.to_give + amount > LARGEST, "total_too_large"),
        )
        if fault:
            return fault
        waits = w.kind == "pending"
        for acct, name in (
            (of, "to_give" if waits else "gave"),
            (to, "to_get" if waits else "got"),
        ):
            setattr(acct, name, getattr(acct, name) + amount)
            if fault := _breach(acct):
                return fault
        number = len(self.past) + 1
        self.past[number] = Past(w.kind, debit, credit, amount, w.on, w.until)
        return self._move(w, debit, credit, number if waits else None)

    def _move(self, w: Wish, debit: int, credit: int, pending: int | None) -> str:
        to, of = self.accounts[debit], self.accounts[credit]
        held = self.land.setdefault((of.book, of.line), [])
        for squares, area in w.plots:
            mine = [p for p in held if of.land and p.owner == credit and p.for_pending is None]
            met = any(p.squares & squares for p in held)
            fault = _cut(held, mine, squares, area) if of.land else "piece_held" if met else ""
            if fault:
                return fault
            if to.land or pending:
                held.append(Plot(debit, squares, area, pending))
        return ""

    def _close(self, w: Wish, old: Past) -> str:
        to, of = self.accounts[old.debit], self.accounts[old.credit]
        posted = w.amount if w.kind == "post" else 0
        whole, given = posted == old.amount, w.plots if posted else []
        if posted and (fault := _plots_fault(w, to, of, posted, may_lack=whole)):
            return fault
        held = self.land.setdefault((of.book, of.line), [])
        for squares, area in given:
            mine = [p for p in held if p.for_pending == w.pending]
            if fault := _cut(held, mine, squares, area):
                return fault
            held += [Plot(old.debit, squares, area)] if to.land else []
        keeper, owner = (to, old.debit) if whole and not given else (of, old.credit)
        for plot in [p for p in held if p.for_pending == w.pending]:
            held.remove(plot)
            held += [Plot(owner, plot.squares, plot.area)] if keeper.land else []
        to.to_get, of.to_give = to.to_get - old.amount, of.to_give - old.amount
        to.got, of.gave = to.got + posted, of.gave + posted
        told = (old.debit, old.credit, posted or old.amount)
        self.past[len(self.past) + 1] = Past(w.kind, *told, w.on, None)
        return ""


def _first(*checks: tuple[bool, str]) -> str:
    return next((code for fails, code in checks if fails and code), "")


def _breach(acct: Acct) -> str:
    low, high = acct.got - acct.gave - acct.to_give, acct.got + acct.to_get - acct.gave
    low, high = (low, high) if acct.side == "debit" else (-high, -low)
    if acct.least is not None and low < acct.least:
        return "below_limit"
    return "above_limit" if acct.most is not None and high > acct.most else ""


def _plots_fault(w: Wish, to: Acct, of: Acct, amount: int, *, may_lack: bool) -> str:
    if not w.plots:
        return "pieces_missing" if (to.land or of.land) and not may_lack else ""
    return _first(
        (not (to.land or of.land), "pieces_unwanted"),
        (to.line != of.line, "lines_differ"),
        (any(area < 1 or not squares for squares, area in w.plots), "piece_bad"),
        (sum(area for _, area in w.plots) != amount, "pieces_do_not_sum"),
    )


def _cut(held: list[Plot], mine: list[Plot], squares: frozenset[Any], area: int) -> str:
    met = [p for p in held if p.squares & squares]
    if any(not any(p is one for one in mine) for p in met):
        return "piece_held"
    if len(met) != 1:
        return "piece_across" if met else "piece_not_held"
    whole = met[0]
    if not squares <= whole.squares:
        return "piece_not_held"
    rest = Plot(whole.owner, whole.squares - squares, whole.area - area, whole.for_pending)
    if (rest.area <= 0) if rest.squares else (rest.area != 0):
        return "piece_area"
    held[:] = [p for p in held if p is not whole] + ([rest] if rest.squares else [])
    return ""
