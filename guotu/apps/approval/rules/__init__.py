"""Site review (用地审查): decides over plain values and geometry; every rule cites its article."""

from guotu.apps.approval.rules.facts import (
    Approval,
    Finding,
    HeldLayer,
    Occasion,
    Remedy,
    Unchecked,
)
from guotu.apps.approval.rules.result import canonical, result_of
from guotu.apps.approval.rules.reviewing import Review, review
from guotu.apps.approval.rules.site import Site, site_of

__all__ = [
    "Approval",
    "Finding",
    "HeldLayer",
    "Occasion",
    "Remedy",
    "Review",
    "Site",
    "Unchecked",
    "canonical",
    "result_of",
    "review",
    "site_of",
]
