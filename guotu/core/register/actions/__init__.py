"""Every verb of the register; importing this registers them all."""

from guotu.core.register.actions import lineage, taking, versions

__all__ = ["lineage", "taking", "versions"]
