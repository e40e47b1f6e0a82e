"""What the ledger decides: which books there are, what an account may be, how figures are said."""

from guotu.core.ledger.rules.accounts import key_of, new_account_fault, valid_dimensions
from guotu.core.ledger.rules.books import BookDeclared, declared_books
from guotu.core.ledger.rules.figures import figure_text, unit_title

__all__ = [
    "BookDeclared",
    "declared_books",
    "figure_text",
    "key_of",
    "new_account_fault",
    "unit_title",
    "valid_dimensions",
]
