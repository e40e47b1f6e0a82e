"""Backup and restore of a county, on either store: whole or absent, checked by hash, without keys.

`make` writes a set into a folder, `check` holds a set against its manifest, `restore` begins an
empty county from one.
"""

from guotu.site.backup.checking import check
from guotu.site.backup.making import Made, make
from guotu.site.backup.restoring import Restored, restore

__all__ = ["Made", "Restored", "check", "make", "restore"]
