"""Things, versions and lineage stay as written; a version is superseded once."""

from guotu.core.journal.guarding import protect
from guotu.core.register.spatial import index_places

protect("register_thing")
protect("register_version", once=frozenset({"superseded_sequence"}))
protect("register_descent")
index_places("register_version")
