"""Balanced postings: what may be entered in a book of double entry, and what it leaves."""

from guotu.lib.entries.cells import cell_of, ranges_near
from guotu.lib.entries.digest import digest_of, is_plain
from guotu.lib.entries.faults import FAULTS, refusal_of
from guotu.lib.entries.land import Held, Land, same_land
from guotu.lib.entries.posting import (
    IMMEDIATE,
    KINDS,
    PENDING,
    POST,
    REVERSE,
    VOID,
    Plot,
    Posting,
)
from guotu.lib.entries.running import Reply, Run
from guotu.lib.entries.standing import MOST, Reservation, Standing, bounds_of

__all__ = [
    "FAULTS",
    "IMMEDIATE",
    "KINDS",
    "MOST",
    "PENDING",
    "POST",
    "REVERSE",
    "VOID",
    "Held",
    "Land",
    "Plot",
    "Posting",
    "Reply",
    "Reservation",
    "Run",
    "Standing",
    "bounds_of",
    "cell_of",
    "digest_of",
    "is_plain",
    "ranges_near",
    "refusal_of",
    "same_land",
]
