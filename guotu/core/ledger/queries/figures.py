"""What accounts came to: now, as of a journal number, as of a business date, by dimension.

Now is a row kept with each transfer; any other moment is summed from the transfers themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum, Value

from guotu.core.ledger.models import Account, Balance, Transfer

Sums = tuple[int, int, int, int]
_POSTED = Q(kind__in=("immediate", "post", "reverse"))
_RESERVED = Q(kind="pending")
MOST_NAMED = 500
_SIDES = ("debit_id", "credit_id")


@dataclass(frozen=True)
class Figures:
    """What an account came to, in whole units of its book, on its normal side.

    `balance` is what is posted; `going` and `coming` what is reserved out of it and into it;
    `free` what may still go, `balance` less `going`.
    """

    balance: int
    going: int
    coming: int

    @property
    def free(self) -> int:
        """Return the balance less what is reserved out of it."""
        return self.balance - self.going


def figures_of(normal: str, sums: Sums) -> Figures:
    """Return the figures of four sums: debits and credits posted, then reserved."""
    debit, credit, debit_pending, credit_pending = sums
    if normal == "debit":
        return Figures(debit - credit, credit_pending, debit_pending)
    return Figures(credit - debit, debit_pending, credit_pending)


def balance(account: Account, *, at_sequence: int | None = None, on: date | None = None) -> Figures:
    """Return what an account comes to: now; by the acts up to a journal number; by a date.

    Both together: what was known at `at_sequence` of the day `on` (the day's end).
    """
    return balances([account], at_sequence=at_sequence, on=on)[account.pk]


def balances(
    accounts: Iterable[Account], *, at_sequence: int | None = None, on: date | None = None
) -> dict[int, Figures]:
    """Return the figures of several accounts, by number, see `balance`."""
    normals = {one.pk: one.normal for one in accounts}
    sums = _now(list(normals)) if at_sequence is None and on is None else _then(at_sequence, on)
    nothing = (0, 0, 0, 0)
    return {one: figures_of(normal, sums.get(one, nothing)) for one, normal in normals.items()}


def balances_by(
    accounts: Iterable[Account],
    names: Sequence[str],
    *,
    at_sequence: int | None = None,
    on: date | None = None,
) -> dict[tuple[str, ...], Figures]:
    """Return figures summed by dimensions (`book` and `code` count as such), in their order.

    Accounts of one unit only make a meaningful sum; who asks chooses them.
    """
    chosen = list(accounts)
    each = balances(chosen, at_sequence=at_sequence, on=on)
    groups: dict[tuple[str, ...], list[Figures]] = defaultdict(list)
    for one in chosen:
        told = {**one.dimensions, "code": one.code, "book": str(one.book_id)}
        groups[tuple(told.get(name, "") for name in names)].append(each[one.pk])
    return {
        group: Figures(
            sum(one.balance for one in found),
            sum(one.going for one in found),
            sum(one.coming for one in found),
        )
        for group, found in sorted(groups.items())
    }


def _now(numbers: list[int]) -> dict[int, Sums]:
    rows = Balance.objects.all()
    # To name very many would be a longer question than the answer to all.
    if len(numbers) <= MOST_NAMED:
        rows = rows.filter(account__in=numbers)
    told = ("account_id", "debit_posted", "credit_posted", "debit_pending", "credit_pending")
    return {number: (a, b, c, d) for number, a, b, c, d in rows.values_list(*told)}


def _then(at_sequence: int | None, on: date | None) -> dict[int, Sums]:
    known = Transfer.objects.all()
    if at_sequence is not None:
        known = known.filter(sequence__lte=at_sequence)
    if on is not None:
        known = known.filter(on__lte=on)
    return sums_of(known)


def sums_of(transfers: QuerySet[Transfer]) -> dict[int, Sums]:
    """Return the four sums of each account over `transfers`.

    Both sides are asked for in one statement: between two, a writer may add to one of them.
    """
    debits, credits = (_side(transfers, side, place) for place, side in enumerate(_SIDES))
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for account, place, posted, reserved, ended in debits.union(credits, all=True):
        sums = found[account]
        sums[place] = int(posted)
        sums[place + 2] = int(reserved) - int(ended)
    return {one: (a, b, c, d) for one, (a, b, c, d) in found.items()}


def _side(transfers: QuerySet[Transfer], side: str, place: int) -> Any:
    return (
        transfers.order_by()
        .values_list(side)
        .annotate(
            place=Value(place),
            posted=Sum("amount", filter=_POSTED, default=0),
            reserved=Sum("amount", filter=_RESERVED, default=0),
            ended=Sum("settled", default=0),
        )
    )
