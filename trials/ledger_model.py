"""Random operations on the ledger, every reply of which an independent model has predicted."""

import datetime
import json
import random
from collections.abc import Iterator
from typing import Any
from unittest import mock

import shapely

from trials import _ledger_model as model
from trials._ledger_store import begin, on_each_store
from trials.harness import Figure, Scale

TITLE = "ledger against an independent model"
FAULTS = {"swapped": "now and then debit and credit are swapped"}
OPERATIONS, MOST_IN_A_BATCH, FIELD = 200_000, 120, 24
DAY = datetime.date(2026, 1, 1)
EAST, NORTH, SIDE_M = 460_000, 3_176_000, 10
BOOKS = {"money": {"year": "2026"}, "supplement": {"division": "430999"}}
Squares = frozenset[tuple[int, int]]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the replies and states that differ from the model's, for both stores."""
    told = {"count": scale.count(OPERATIONS, least=3_000), "fault": fault}
    yield from on_each_store("trials.ledger_model", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    common = sorted(got["replies"].items(), key=lambda item: -item[1])
    told = ", ".join(f"{name or 'entered'} {number:,}" for name, number in common)
    yield Figure(
        f"{store}: {got['operations']:,} random operations, replies that the model did not predict",
        "0 differences",
        f"{got['differences']:,}" + (f" (first: {got['first']})" if got["first"] else f"; {told}"),
        got["differences"] == 0,
    )
    yield Figure(
        f"{store}: kinds of reply seen; balances and held land that differ ({got['compared']:,})",
        "≥ 20; 0",
        f"{len(got['replies'])}; {got['states']:,}"
        + (f" (first: {got['first_state']})" if got["states"] else ""),
        got["states"] == 0 and len(got["replies"]) >= 20,
    )


class _Chooser:
    """Chooses what to ask for: mostly sound, often not."""

    def __init__(self, told: model.Model) -> None:
        self.rng = random.Random(21)
        self.model = told
        self.day = DAY

    def account(self) -> dict[str, Any]:
        """Choose an account to open."""
        rng = self.rng
        book = rng.choice(list(BOOKS))
        land = book == "supplement" and rng.random() < 0.5
        least = rng.choice([None, 0, 0, -50_000, 1 if rng.random() < 0.05 else 0])
        return {
            "book": book,
            "land": land,
            "least": least,
            "side": "debit" if land or rng.random() < 0.7 else "credit",
            "most": rng.choice([None, None, 90_000, 900_000]),
            "line": "paddy" if book == "supplement" and rng.random() < 0.05 else "",
        }

    def wish(self, link: int | None) -> model.Wish:
        """Choose a posting."""
        rng, accounts = self.rng, list(self.model.accounts)
        kind = rng.choices(
            ["immediate", "pending", "post", "void", "reverse", "gift"], [50, 15, 12, 5, 5, 1]
        )[0]
        day = self.day + datetime.timedelta(days=rng.choice([0, 0, 0, 1, -3]))
        wish = model.Wish(rng.choice(accounts), rng.choice(accounts), self._amount(), day, kind)
        if rng.random() < 0.8:
            like = self.model.accounts[wish.credit]
            same = [n for n, one in self.model.accounts.items() if one.book == like.book]
            wish.debit = rng.choice(same)
        if rng.random() < 0.01:
            wish.debit = rng.choice([0, 10**6, 2**65])
        if rng.random() < 0.01:
            wish.credit = 10**6
        wish.link = link
        if kind == "pending" or rng.random() < 0.01:
            wish.until = rng.choice([None, day + datetime.timedelta(days=rng.randrange(-1, 9))])
        if kind not in ("immediate", "pending"):
            self._refer(wish)
        self._add_land(wish)
        return wish

    def _amount(self) -> Any:
        rng = self.rng
        if rng.random() < 0.02:
            return rng.choice([0, -4, True, 2.0, 2**63, 2**63 - 1, 2**63 - 1])
        return rng.randrange(1, 30_000)

    def _refer(self, wish: model.Wish) -> None:
        rng, past = self.rng, self.model.past
        recent = list(range(max(1, len(past) - 400), len(past) + 1))
        wanted = ("immediate", "post") if wish.kind == "reverse" else ("pending",)
        fit = [n for n in recent if past[n].kind in wanted and not past[n].over]
        pool = fit if fit and rng.random() < 0.9 else [*recent, 10**7]
        wish.pending = rng.choice(pool) if rng.random() < 0.99 else None
        old = past.get(wish.pending or 0)
        if wish.kind == "post" and old is not None:
            if rng.random() < 0.6:
                wish.amount = old.amount
            elif rng.random() < 0.8:
                wish.amount = rng.randrange(1, old.amount + 2)

    def _add_land(self, wish: model.Wish) -> None:
        """Give land to what needs some: what the giver holds, a part of it, or any field."""
        rng = self.rng
        old = self.model.past.get(wish.pending or 0)
        debit, credit = (wish.debit, wish.credit) if old is None else (old.debit, old.credit)
        if old is not None and wish.kind == "reverse":
            debit, credit = credit, debit
        to, of = self.model.accounts.get(debit), self.model.accounts.get(credit)
        if to is None or of is None or wish.kind == "void":
            return
        if not (to.land or of.land or rng.random() < 0.002) or rng.random() < 0.05:
            return
        held = self.model.land.get((of.book, of.line), [])
        for_pending = wish.pending if wish.kind == "post" else None
        mine = [p for p in held if p.owner == credit and p.for_pending is None]
        if for_pending is not None:
            mine = [p for p in held if p.for_pending == for_pending]
            if rng.random() < 0.4:
                return
        for _ in range(rng.choice([1, 1, 1, 2])):
            wish.plots.append(self._plot(mine, fresh=not of.land and for_pending is None))
        if wish.kind != "reverse" and rng.random() < 0.97:
            wish.amount = sum(area for _, area in wish.plots)

    def _plot(self, mine: list[model.Plot], *, fresh: bool) -> tuple[Squares, int]:
        rng = self.rng
        if mine and not fresh and rng.random() < 0.9:
            plot = rng.choice(mine)
            if rng.random() < 0.5:
                return plot.squares, plot.area
            west, south = rng.choice(sorted(plot.squares))
            squares = _block(west, south, rng.choice([1, 1, 2]), 1)
        else:
            west, south = rng.randrange(FIELD), rng.randrange(FIELD)
            squares = _block(west, south, rng.choice([1, 2, 3]), rng.choice([1, 2]))
        area = model.SQUARE_DM2 * len(squares)
        return squares, area if rng.random() < 0.95 else rng.choice([area - 1, area * 3, 0])


def _block(west: int, south: int, wide: int, high: int) -> Squares:
    return frozenset((west + x, south + y) for x in range(wide) for y in range(high))


def _shape(squares: Squares) -> Any:
    """Return the outline of squares, as it lies in the county."""
    places = sorted(squares)
    west = [EAST + SIDE_M * x for x, _ in places]
    south = [NORTH + SIDE_M * y for _, y in places]
    boxes = shapely.box(west, south, [x + SIDE_M for x in west], [y + SIDE_M for y in south])
    return shapely.union_all(boxes)


def _posting(wish: model.Wish) -> Any:
    from guotu.core.ledger.posting import Plot, Posting

    plots = tuple(Plot(_shape(squares), area) for squares, area in wish.plots)
    told = (wish.on, wish.kind, wish.pending, wish.until, wish.link, "", plots)
    return Posting(wish.debit, wish.credit, wish.amount, *told)


class _Match:
    """Asks both, and counts what differs."""

    def __init__(self) -> None:
        self.model = model.Model()
        self.choose = _Chooser(self.model)
        self.operations = self.differences = self.states = self.compared = 0
        self.replies: dict[str, int] = {}
        self.first = self.first_state = ""

    def open(self) -> None:
        """Open an account in both."""
        from guotu.core.journal.actions import COUNTY, perform
        from guotu.lib.refusal import Refusal

        want = self.choose.account()
        told = {name: want[name] for name in ("book", "least", "most", "line")}
        told |= {"normal": want["side"], "holds_land": want["land"], "title": "t"}
        told |= {"code": f"a{self.operations}", "dimensions": BOOKS[want["book"]]}
        self.operations += 1
        try:
            number = perform("ledger.open_account", COUNTY, **told).answer.pk
        except Refusal:
            number = None
        if (number is None) != (want["least"] == 1):
            self._differ(f"account {want}: {number}")
        if number is not None:
            self.model.accounts[number] = model.Acct(**want)

    def batch(self) -> None:
        """Ask both for a batch of postings."""
        from guotu.core.journal.actions import COUNTY, perform

        rng = self.choose.rng
        wishes, group = [], 0
        for _ in range(rng.randrange(1, MOST_IN_A_BATCH)):
            group = group + 1 if rng.random() < 0.7 else group
            wishes.append(self.choose.wish(group if group % 4 == 1 else None))
        predicted = self.model.batch(wishes)
        postings = [_posting(wish) for wish in wishes]
        answered = perform("ledger.post", COUNTY, postings=postings, each=True).answer
        for wish, wanted, got in zip(wishes, predicted, answered, strict=True):
            self.operations += 1
            self.replies[wanted[1]] = self.replies.get(wanted[1], 0) + 1
            if wanted != (got.number, got.code):
                self._differ(f"{wish}: predicted {wanted}, got {(got.number, got.code)}")
        self.choose.day += datetime.timedelta(days=rng.random() < 0.3)

    def compare(self) -> None:
        """Compare every balance, and the area that every account holds."""
        from guotu.core.ledger.models import Balance, Piece

        names = ("debit_posted", "credit_posted", "debit_pending", "credit_pending")
        kept = {row[0]: row[1:] for row in Balance.objects.values_list("account_id", *names)}
        held: dict[int, int] = {}
        for piece in Piece.objects.filter(ended_by=None, account__isnull=False):
            held[piece.account_id or 0] = held.get(piece.account_id or 0, 0) + piece.area_dm2
        land: dict[int, int] = {}
        for plot in (plot for plots in self.model.land.values() for plot in plots):
            land[plot.owner] = land.get(plot.owner, 0) + plot.area
        for number, one in self.model.accounts.items():
            self.compared += 1
            same = kept[number] == (one.got, one.gave, one.to_get, one.to_give)
            if not same or held.get(number, 0) != land.get(number, 0):
                what = f"account {number}: {kept[number]} and {held.get(number, 0)} dm2 of land"
                self.state_differs(f"{what}, model {one} and {land.get(number, 0)} dm2")

    def state_differs(self, what: str) -> None:
        """Count a balance, or what the ledger finds in itself, that is not as it should be."""
        self.states += 1
        self.first_state = self.first_state or what[:400]

    def _differ(self, what: str) -> None:
        self.differences += 1
        self.first = self.first or what[:400]


def _swapping() -> Any:
    """Have every fiftieth amount counted on the wrong sides."""
    from guotu.lib.entries import running

    sound = running.Run.admit
    seen = [0]

    def swapped(self: Any, wanted: Any, link: int | None) -> str:
        from dataclasses import replace

        seen[0] += 1
        if seen[0] % 50 == 0:
            wanted = replace(wanted, debit=wanted.credit, credit=wanted.debit)
        return sound(self, wanted, link)

    return mock.patch.object(running.Run, "admit", swapped)


def main() -> None:
    """Ask both for the same things, and print what differed."""
    told = begin()
    from guotu.core.ledger.verifying import verify

    match = _Match()
    with _swapping() if told["fault"] else mock.MagicMock():
        for _ in range(30):
            match.open()
        while match.operations < told["count"] and match.differences < 1_000:
            match.open() if match.choose.rng.random() < 0.01 else match.batch()
            if match.choose.rng.random() < 0.05:
                match.compare()
    match.compare()
    for one in verify()["faults"]:
        match.state_differs(f"verify: {one}")
    print(json.dumps({k: v for k, v in vars(match).items() if k not in ("model", "choose")}))


if __name__ == "__main__":
    main()
