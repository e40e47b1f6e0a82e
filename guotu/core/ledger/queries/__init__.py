"""Reads of the ledger: balances now and then, by dimension, statements, land, transfers."""

from guotu.core.ledger.queries.accounts import account, accounts, books
from guotu.core.ledger.queries.figures import Figures, balance, balances, balances_by
from guotu.core.ledger.queries.pieces import lineage_of, pieces_held, pieces_moved
from guotu.core.ledger.queries.statements import Movement, Statement, statement

__all__ = [
    "Figures",
    "Movement",
    "Statement",
    "account",
    "accounts",
    "balance",
    "balances",
    "balances_by",
    "books",
    "lineage_of",
    "pieces_held",
    "pieces_moved",
    "statement",
]
