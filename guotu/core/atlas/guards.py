"""A release is never changed or deleted: withdrawn once with its reason, given tiles once."""

from guotu.core.journal.guarding import protect

protect("atlas_release", once=frozenset({"withdrawn_at", "withdrawn_reason", "tiles_path"}))
