"""Working days and legal terms: pure arithmetic on a published calendar."""

from guotu.lib.days.calendar import Calendar, calendar, days_between, published
from guotu.lib.days.term import (
    UNITS,
    ZONE,
    Due,
    Pause,
    Term,
    Unit,
    day_of,
    due,
    duration,
    latest,
    merged,
)

__all__ = [
    "UNITS",
    "ZONE",
    "Calendar",
    "Due",
    "Pause",
    "Term",
    "Unit",
    "calendar",
    "day_of",
    "days_between",
    "due",
    "duration",
    "latest",
    "merged",
    "published",
]
