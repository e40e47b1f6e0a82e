"""The ledger's own acts, for whoever keeps the books by hand; duties post through `posting`."""

from guotu.core.ledger.actions.verbs import (
    enter,
    expire_all,
    make_reservation,
    open_an_account,
    open_one_book,
    reverse_one,
    settle_one,
    void_one,
)

__all__ = [
    "enter",
    "expire_all",
    "make_reservation",
    "open_an_account",
    "open_one_book",
    "reverse_one",
    "settle_one",
    "void_one",
]
