"""An entry of the journal is never changed or deleted."""

from guotu.core.journal.guarding import protect

protect("journal_entry")
