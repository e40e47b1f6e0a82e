"""The ledger's verbs for the acts of higher floors: each takes the act first and runs within it."""

from guotu.core.ledger.actions.entering import (
    Terms,
    expire,
    post,
    post_each,
    reserve,
    reverse,
    settle,
    void,
)
from guotu.core.ledger.actions.opening import open_account, open_book
from guotu.core.ledger.rules import BookDeclared
from guotu.lib.entries import Plot, Posting, Reply

__all__ = [
    "BookDeclared",
    "Plot",
    "Posting",
    "Reply",
    "Terms",
    "expire",
    "open_account",
    "open_book",
    "post",
    "post_each",
    "reserve",
    "reverse",
    "settle",
    "void",
]
