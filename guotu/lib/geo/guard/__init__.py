"""Keep strangers' files from harming the program: scan before GEOS, read in a confined child."""

from guotu.lib.geo.guard.apart import read_apart, warm
from guotu.lib.geo.guard.features import Accepted, Features, Note, Rejected, Rows
from guotu.lib.geo.guard.limits import Limits
from guotu.lib.geo.guard.scan import Scan, scan_wkb

__all__ = [
    "Accepted",
    "Features",
    "Limits",
    "Note",
    "Rejected",
    "Rows",
    "Scan",
    "read_apart",
    "scan_wkb",
    "warm",
]
