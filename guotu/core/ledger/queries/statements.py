"""The statement of an account: what it opened with, each movement, what it closed with."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from guotu.core.ledger.models import Account, Transfer
from guotu.core.ledger.queries.figures import Figures, figures_of, sums_of

Sums = tuple[int, int, int, int]


@dataclass(frozen=True)
class Movement:
    """A transfer as an account sees it: `change` on its normal side, and how it stood then."""

    transfer: Transfer
    other: Account
    is_debit: bool
    change: int
    after: Figures


@dataclass(frozen=True)
class Statement:
    """Opening, movements and closing of an account, both days included."""

    account: Account
    opening: Figures
    movements: tuple[Movement, ...]
    closing: Figures


def statement(
    account: Account, *, since: date | None = None, until: date | None = None
) -> Statement:
    """Return the statement of `account` from the day `since` to the day `until`.

    In order of business date, then of entry; without days from the first to the last transfer.
    """
    mine = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    sums: Sums = (0, 0, 0, 0)
    if since is not None:
        sums = sums_of(mine.filter(on__lt=since)).get(account.pk, sums)
        mine = mine.filter(on__gte=since)
    if until is not None:
        mine = mine.filter(on__lte=until)
    opening = figures_of(account.normal, sums)
    found, before = [], opening
    for one in mine.select_related("debit", "credit").order_by("on", "id"):
        is_debit = one.debit_id == account.pk
        sums = _moved(sums, one, is_debit)
        after = figures_of(account.normal, sums)
        other = one.credit if is_debit else one.debit
        found.append(Movement(one, other, is_debit, after.balance - before.balance, after))
        before = after
    return Statement(account, opening, tuple(found), before)


def _moved(sums: Sums, one: Transfer, is_debit: bool) -> Sums:
    posted = one.amount if one.kind in ("immediate", "post", "reverse") else 0
    pending = one.amount if one.kind == "pending" else -one.settled
    debit, credit, debit_pending, credit_pending = sums
    if is_debit:
        return (debit + posted, credit, debit_pending + pending, credit_pending)
    return (debit, credit + posted, debit_pending, credit_pending + pending)
