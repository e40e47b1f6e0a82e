"""Entries and signed heads never change; a key can only be destroyed, once."""

from guotu.core.journal.guarding import protect

protect("journal_entry")
protect("journal_checkpoint")
protect("journal_subjectkey", free=frozenset({"key"}), once=frozenset({"erased_sequence"}))
