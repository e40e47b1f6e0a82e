"""Reads of site review: the rule book, what lies near a site, saved reviews."""

from guotu.apps.approval.queries.book import book, fingerprint
from guotu.apps.approval.queries.held import held_layers
from guotu.apps.approval.queries.reviewed import (
    Reviewed,
    drafted,
    occasion_on,
    read_site,
    review_file,
    review_site,
)
from guotu.apps.approval.queries.saved import (
    by_key,
    current_verdict,
    listed,
    open_blocks,
    resolutions,
    saved,
    saved_for,
)

__all__ = [
    "Reviewed",
    "book",
    "by_key",
    "current_verdict",
    "drafted",
    "fingerprint",
    "held_layers",
    "listed",
    "occasion_on",
    "open_blocks",
    "read_site",
    "resolutions",
    "review_file",
    "review_site",
    "saved",
    "saved_for",
]
