"""Finding books and accounts: by key, by dimensions, within somebody's areas."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from guotu.core.ledger.models import Account, Book
from guotu.core.ledger.rules import key_of
from guotu.core.people.scope import prefixes
from guotu.lib.refusal import Refusal


def books() -> QuerySet[Book]:
    """Return the books that have been opened."""
    return Book.objects.all()


def account(book: str, code: str, **dimensions: object) -> Account:
    """Return the one account of a book with this code and these dimensions, or refuse."""
    key = key_of(code, {name: str(value) for name, value in dimensions.items()})
    found = Account.objects.select_related("book").filter(book__code=book, key=key).first()
    if found is None:
        raise Refusal("没有这个账户", where=f"{book} {key}", remedy="先开立账户")
    return found


def accounts(
    book: str = "",
    dimensions: Mapping[str, str] | None = None,
    areas: frozenset[str] | None = None,
) -> QuerySet[Account]:
    """Return accounts with their balances: of a book, with these dimensions, within areas."""
    found = Account.objects.select_related("book", "balance").filter(within(areas))
    if book:
        found = found.filter(book__code=book)
    for name, value in (dimensions or {}).items():
        found = found.filter(**{f"dimensions__{name}": value})
    return found


def within(areas: frozenset[str] | None, path: str = "") -> Q:
    """Return the condition that an account (at `path`) lies in `areas`; None is the county."""
    if areas is None:
        return Q()
    inside = Q(pk__in=[])
    for stem in prefixes(areas):
        inside |= Q(**{f"{path}division__startswith": stem})
    return inside
