"""When a case is near its date, and when it is stuck: dated values of the desk's own."""

import datetime
import tomllib
from functools import cache
from pathlib import Path

from django.db.models import Q

from guotu.core.journal import clock
from guotu.lib.rules.dated import RuleBook

LIVE = ("open", "suspended")


@cache
def _book() -> RuleBook:
    text = (Path(__file__).parents[1] / "desk.toml").read_text("utf-8")
    return RuleBook.from_dicts(tomllib.loads(text)["rule"])


def near_days() -> int:
    """Return within how many days a date is near, as in force today."""
    return int(_book().rule("cases.desk.near", clock.today()).values["days"])


def stuck_days() -> int:
    """Return after how many days on one step a case is stuck, as in force today."""
    return int(_book().rule("cases.desk.stuck", clock.today()).values["days"])


def near_until() -> datetime.datetime:
    """Return the moment before which a date is near."""
    return clock.now() + datetime.timedelta(days=near_days())


def stuck_since() -> datetime.datetime:
    """Return the moment before which whatever came and still waits is stuck."""
    return clock.now() - datetime.timedelta(days=stuck_days())


def live(to: str = "") -> Q:
    """Return the condition of a case under way; `to` leads to the case.

    Said by its closing and not by its state: so the index on what is under way, by date, is used.
    """
    return Q(**{f"{to}closed_at__isnull": True})


def overdue(to: str = "") -> Q:
    """Return the condition of a case under way whose date has passed; `to` leads to the case."""
    return live(to) & Q(**{f"{to}due_at__lt": clock.now()})


def near(to: str = "") -> Q:
    """Return the condition of a case under way whose date is near; `to` leads to the case."""
    now = clock.now()
    return live(to) & Q(**{f"{to}due_at__gte": now, f"{to}due_at__lt": near_until()})


def light(due_at: datetime.datetime | None, live: bool = True) -> str:
    """Return how a date stands: overdue, near, later, or empty where there is none to keep."""
    if due_at is None or not live:
        return ""
    if due_at < clock.now():
        return "overdue"
    return "near" if due_at < near_until() else "later"
