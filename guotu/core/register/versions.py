"""The register's verbs for the acts of higher floors: each takes the act first, runs within it."""

from guotu.core.register.actions.versions import begin, change, correct, correct_life, end
from guotu.core.register.personal import Personal

__all__ = ["Personal", "begin", "change", "correct", "correct_life", "end"]
