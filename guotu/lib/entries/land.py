"""Which account holds which piece of land: within a line of a book, nowhere twice.

A transfer moves its pieces from the account it credits to the account it debits. One that holds
land gives only what it holds; from one that does not, land enters the book afresh, and may lie on
nothing that is held already. A touch is no overlap (docs/decisions/0020).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from guotu.lib.entries.cells import Box, Cell, boxes_meet, cell_of, ranges_near
from guotu.lib.entries.posting import Plot
from guotu.lib.entries.standing import Standing
from guotu.lib.geo.overlay import identity

Domain = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A piece as a transfer left it: with `account`, or, where that is None, let go.

    `reserved_by` is the reservation that keeps it for `account`; `parent` the piece it came from;
    `moved` whether the transfer stands for it (else it is what was left, or what came back).
    """

    id: int
    transfer: int
    domain: Domain
    account: int | None
    geometry: BaseGeometry
    area_dm2: int
    label: str = ""
    parent: int | None = None
    reserved_by: int | None = None
    moved: bool = True


def is_land(plot: Plot) -> bool:
    """Say whether a piece is a valid polygon with an area that is a positive whole number."""
    shape = plot.geometry
    if type(plot.area_dm2) is not int or plot.area_dm2 <= 0:
        return False
    known = isinstance(shape, shapely.Polygon | shapely.MultiPolygon)
    return known and bool(shape.area > 0) and bool(shape.is_valid)


def same_land(one: BaseGeometry, other: BaseGeometry) -> bool:
    """Say whether two pieces differ by no more than a touch."""
    return _left_of(one, other) is None and _left_of(other, one) is None


class Land:
    """The pieces held near those of a batch; it judges moves, and remembers what they made.

    `made` are the new pieces in order, `taken` the pieces that ended, each with its transfer.
    """

    def __init__(self, held: Iterable[Held] = (), next_id: int = 1) -> None:
        self.made: list[Held] = []
        self.taken: list[tuple[int, int]] = []
        self._live: dict[int, Held] = {}
        self._gone: dict[int, Held] = {}
        self._cells: dict[Domain, dict[Cell, list[int]]] = defaultdict(dict)
        self._next = next_id
        for piece in held:
            self._add(piece)

    def mark(self) -> tuple[int, int]:
        """Return a place to go back to."""
        return len(self.made), len(self.taken)

    def back_to(self, mark: tuple[int, int]) -> None:
        """Undo whatever was done since `mark`."""
        made, taken = mark
        for piece in self.made[made:]:
            self._live.pop(piece.id, None)
            self._gone.pop(piece.id, None)
        self._next -= len(self.made) - made
        for number, _ in self.taken[taken:]:
            if number in self._gone:
                self._live[number] = self._gone.pop(number)
        del self.made[made:], self.taken[taken:]

    def forget(self) -> None:
        """Forget what was made and taken, once that is written; what is held stays."""
        self.made.clear()
        self.taken.clear()
        self._gone.clear()

    def held(self) -> Iterator[Held]:
        """Yield the pieces that are held or reserved now."""
        yield from self._live.values()

    def move(
        self, transfer: int, plot: Plot, sides: tuple[int, int], of: tuple[Standing, Standing],
        *, reserving: bool = False,
    ) -> str:  # fmt: skip
        """Move a piece to the debited of `sides` from the credited; return a fault code or ""."""
        debit, credit = sides
        giver = of[1]
        domain = (giver.book, giver.line)
        hits = self._overlapping(domain, plot.geometry)
        parent = None
        if giver.holds_land:
            fault, parent = self._cut(transfer, plot, hits, lambda one: _is_free(one, credit))
            if fault:
                return fault
        elif hits:
            return "piece_held"
        account = debit if of[0].holds_land or reserving else None
        self._make(transfer, domain, account, plot, parent, transfer if reserving else None)
        return ""

    def settle(
        self,
        transfer: int,
        reservation: int,
        plots: tuple[Plot, ...] | None,
        sides: tuple[int, int],
        of: tuple[Standing, Standing],
    ) -> str:
        """Hand over the pieces reserved (all for None, or `plots`) and give back what is left."""
        domain = (of[1].book, of[1].line)
        receiver = sides[0] if of[0].holds_land else None
        giver = sides[1] if of[1].holds_land else None
        for plot in plots or ():
            hits = self._overlapping(domain, plot.geometry)
            fault, parent = self._cut(
                transfer, plot, hits, lambda one: one.reserved_by == reservation
            )
            if fault:
                return fault
            self._make(transfer, domain, receiver, plot, parent, None)
        # By number: what a batch undid came back to the end, and a replay undoes nothing.
        kept = [one for one in self._live.values() if one.reserved_by == reservation]
        for piece in sorted(kept, key=lambda one: one.id):
            self._take(piece, transfer)
            plot = Plot(piece.geometry, piece.area_dm2, piece.label)
            account = receiver if plots is None else giver
            self._make(transfer, domain, account, plot, piece.id, None, moved=plots is None)
        return ""

    def _cut(
        self, transfer: int, plot: Plot, hits: list[Held], is_ours: Callable[[Held], bool]
    ) -> tuple[str, int | None]:
        """Take a plot out of the one piece that it must lie in; what is left is a new piece."""
        if not all(is_ours(one) for one in hits):
            return "piece_held", None
        if len(hits) != 1:
            return ("piece_across" if hits else "piece_not_held"), None
        whole = hits[0]
        if _left_of(plot.geometry, whole.geometry) is not None:
            return "piece_not_held", None
        rest = _left_of(whole.geometry, plot.geometry)
        left_dm2 = whole.area_dm2 - plot.area_dm2
        if (left_dm2 != 0) if rest is None else (left_dm2 <= 0):
            return "piece_area", None
        self._take(whole, transfer)
        if rest is not None:
            remaining = Plot(rest, left_dm2, whole.label)
            reserved = whole.reserved_by
            self._make(
                transfer, whole.domain, whole.account, remaining, whole.id, reserved, moved=False
            )
        return "", whole.id

    def _overlapping(self, domain: Domain, shape: BaseGeometry) -> list[Held]:
        box = shape.bounds
        live = (self._live[one] for one in self._near(domain, box) if one in self._live)
        return [
            one
            for one in live
            if boxes_meet(one.geometry.bounds, box) and _overlap(one.geometry, shape)
        ]

    def _near(self, domain: Domain, box: Box) -> list[int]:
        """Return the numbers of pieces in the squares about a box, in order."""
        cells = self._cells[domain]
        ranges = {one[0]: one[1:] for one in ranges_near(box, {cell[0] for cell in cells})}
        squares = sum((e - w + 1) * (n - s + 1) for w, e, s, n in ranges.values())
        if squares > len(cells):
            found = [one for cell, ones in cells.items() if _is_in(cell, ranges) for one in ones]
        else:
            found = [
                one
                for step, (west, east, south, north) in ranges.items()
                for column in range(west, east + 1)
                for row in range(south, north + 1)
                for one in cells.get((step, column, row), ())
            ]
        # An undone piece may have left its number behind in a square.
        return sorted(set(found))

    def _add(self, piece: Held) -> None:
        self._live[piece.id] = piece
        cell = cell_of(piece.geometry.bounds)
        self._cells[piece.domain].setdefault(cell, []).append(piece.id)

    def _take(self, piece: Held, transfer: int) -> None:
        self._gone[piece.id] = self._live.pop(piece.id)
        self.taken.append((piece.id, transfer))

    def _make(
        self,
        transfer: int,
        domain: Domain,
        account: int | None,
        plot: Plot,
        parent: int | None,
        reserved_by: int | None,
        *,
        moved: bool = True,
    ) -> None:
        made = Held(
            self._next, transfer, domain, account, plot.geometry, plot.area_dm2, plot.label,
            parent, reserved_by, moved,
        )  # fmt: skip
        self._next += 1
        self.made.append(made)
        if account is not None:
            self._add(made)


def _is_in(cell: Cell, ranges: Mapping[int, tuple[int, ...]]) -> bool:
    west, east, south, north = ranges[cell[0]]
    return west <= cell[1] <= east and south <= cell[2] <= north


def _is_free(piece: Held, account: int) -> bool:
    return piece.account == account and piece.reserved_by is None


def _overlap(one: BaseGeometry, other: BaseGeometry) -> bool:
    if not shapely.intersects(one, other) or shapely.touches(one, other):
        return False
    found = identity(np.array([one], object), np.array([other], object), threads=1)
    return bool((found.other >= 0).any())


def _left_of(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry | None:
    """Return what is left of `one` without `other`; None where that is no wider than a touch."""
    if one.equals(other):
        return None
    found = identity(np.array([one], object), np.array([other], object), threads=1)
    rest = found.geometry[found.other < 0]
    return shapely.union_all(rest) if len(rest) > 1 else (rest[0] if len(rest) else None)
