"""A token is never deleted and is revoked once; a day's use only grows."""

from guotu.core.journal.guarding import protect

protect("ogc_accesstoken", once=frozenset({"revoked_sequence"}))
protect("ogc_use", free=frozenset({"requests", "features"}))
