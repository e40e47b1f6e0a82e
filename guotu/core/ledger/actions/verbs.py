"""The acts `ledger.*`: permission and area first, then the same verbs that duties use."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from guotu.core.journal.actions import Act, action
from guotu.core.ledger.actions import entering, opening
from guotu.core.ledger.models import Account, Book, Transfer
from guotu.core.ledger.rules import BookDeclared
from guotu.core.people.scope import covers
from guotu.lib.entries import Posting, Reply
from guotu.lib.refusal import Refusal


@action("ledger.open_book", power="ledger.open")
def open_one_book(act: Act, *, book: BookDeclared) -> Book:
    """Open a book that the county declares for itself."""
    act.subject = f"book:{book.code}"
    act.outcome = {"unit": book.unit}
    return opening.open_book(act, book)


@action("ledger.open_account", power="ledger.open")
def open_an_account(act: Act, **told: Any) -> Account:
    """Open an account in one's own area, see `opening.open_account`."""
    account = opening.open_account(act, **told)
    _check_areas(act, [account])
    act.subject = f"account:{account.pk}"
    act.outcome = {"book": account.book.code, "key": account.key}
    return account


@action("ledger.post", power="ledger.post")
def enter(act: Act, *, postings: Sequence[Posting], each: bool = False) -> list[int] | list[Reply]:
    """Enter postings between accounts of one's own area; with `each`, every group for itself."""
    _check_sides(act, postings)
    if each:
        replies = entering.post_each(act, postings)
        return _done(act, replies, [one.number for one in replies if one.number])
    numbers = entering.post(act, postings)
    return _done(act, numbers, numbers)


@action("ledger.reserve", power="ledger.post")
def make_reservation(act: Act, **told: Any) -> int:
    """Reserve an amount between accounts of one's own area, see `entering.reserve`."""
    _check_areas(act, Account.objects.filter(pk__in=[told["debit"], told["credit"]]))
    number = entering.reserve(act, **told)
    return _done(act, number, [number])


@action("ledger.settle", power="ledger.post")
def settle_one(act: Act, *, reservation: int, **told: Any) -> int:
    """Settle a reservation in one's own area, see `entering.settle`."""
    _check_transfer(act, reservation)
    number = entering.settle(act, reservation, **told)
    return _done(act, number, [number])


@action("ledger.void", power="ledger.post")
def void_one(act: Act, *, reservation: int, **told: Any) -> int:
    """Void a reservation in one's own area."""
    _check_transfer(act, reservation)
    number = entering.void(act, reservation, **told)
    return _done(act, number, [number])


@action("ledger.reverse", power="ledger.post")
def reverse_one(act: Act, *, transfer: int, **told: Any) -> int:
    """Reverse a posted transfer in one's own area."""
    _check_transfer(act, transfer)
    number = entering.reverse(act, transfer, **told)
    return _done(act, number, [number])


@action("ledger.expire", power="ledger.post")
def expire_all(act: Act, *, today: date) -> list[int]:
    """Void what has expired, in the whole county."""
    numbers = entering.expire(act, today)
    return _done(act, numbers, numbers)


def _done(act: Act, answer: Any, numbers: Sequence[int]) -> Any:
    act.subject = f"transfer:{numbers[0]}" if numbers else "transfer:"
    act.outcome = {"transfers": len(numbers)}
    return answer


def _check_transfer(act: Act, number: int) -> None:
    found = Transfer.objects.select_related("debit", "credit").filter(pk=number)
    _check_areas(act, [side for one in found for side in (one.debit, one.credit)])


def _check_sides(act: Act, postings: Sequence[Posting]) -> None:
    if act.actor.areas is None:
        return
    sides = {side for one in postings for side in (one.debit, one.credit)}
    _check_areas(act, Account.objects.filter(pk__in=sides))
    for number in {one.pending_id for one in postings} - {None}:
        _check_transfer(act, number or 0)


def _check_areas(act: Act, accounts: Iterable[Account]) -> None:
    if act.actor.areas is None:
        return
    for account in accounts:
        if not covers(act.actor.areas, account.division):
            raise Refusal(
                "账户不在您的辖区",
                where=account.title,
                rule="岗位只在所管的行政区内记账",
                remedy="请由管辖该账户的岗位办理",
            )
