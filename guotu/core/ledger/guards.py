"""Books, accounts and transfers are never changed; a piece of land only ends, once."""

from guotu.core.journal.guarding import protect

protect("ledger_book")
protect("ledger_account")
protect("ledger_transfer")
protect("ledger_piece", once=frozenset({"ended_by_id"}))
