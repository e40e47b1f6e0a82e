"""The formats of geodata, read and written: each file one format, every change on reading noted."""

from guotu.lib.geo.formats.reading import read
from guotu.lib.geo.formats.writing import write
from guotu.lib.geo.guard.features import Features, Note, Rejected

__all__ = ["Features", "Note", "Rejected", "read", "write"]
