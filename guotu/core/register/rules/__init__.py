"""Decides about the register: what a kind of thing may be, and when a thing is what."""

from guotu.core.register.rules.kinds import Fact, Kind, check_facts, kinds_of
from guotu.core.register.rules.times import (
    Span,
    check_appended,
    check_corrected,
    check_ended,
    check_life,
)

__all__ = [
    "Fact",
    "Kind",
    "Span",
    "check_appended",
    "check_corrected",
    "check_ended",
    "check_facts",
    "check_life",
    "kinds_of",
]
