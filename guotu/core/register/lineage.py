"""The verbs of n-to-m change for the acts of higher floors: parents end, children begin."""

from guotu.core.register.actions.lineage import Child, exchange, merge, reshape, split
from guotu.core.register.queries import ancestors, descendants

__all__ = ["Child", "ancestors", "descendants", "exchange", "merge", "reshape", "split"]
