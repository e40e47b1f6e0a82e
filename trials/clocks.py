"""Legal dates of 2020 to 2027 against a walk of its own: make-up days, pauses, extensions."""

import datetime
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from trials import _clock_walk, _stores
from trials._clock_walk import CHINA, Case
from trials.harness import Figure, Scale

TITLE = "legal clocks"
FAULTS = {
    "same_day": "the day of the event is counted",
    "make_up_ignored": "weekend days that are worked are not counted",
    "pause_counted": "what stood still is counted",
    "no_roll": "a last day that is not worked stays",
}
DATES = 1_000
# Limits of law written out once more, from the table of standards and not from the product:
# key, amount, unit, since, a ground on which it stands still, by how much it may be lengthened.
LAW: list[tuple[str, int, str, int, str, int]] = [
    ("licence.notice", 5, "working_days", 2020, "", 0),
    ("licence.decision", 20, "working_days", 2020, "hearing", 10),
    ("licence.joint", 45, "working_days", 2020, "expert", 15),
    ("licence.deliver", 10, "working_days", 2020, "", 0),
    ("registration.decision", 30, "working_days", 2020, "", 0),
    ("penalty.decision", 90, "calendar_days", 2022, "appraisal", 30),
    ("penalty.deliver", 7, "working_days", 2022, "", 0),
    ("penalty.pay", 15, "calendar_days", 2022, "", 0),
    ("enforcement.apply", 3, "months", 2020, "", 0),
    ("litigation.direct", 6, "months", 2020, "", 0),
    ("reconsideration.answer", 10, "working_days", 2024, "", 0),
    ("reconsideration.decision", 60, "calendar_days", 2024, "stay", 30),
    ("reconsideration.apply_untold", 1, "years", 2024, "", 0),
    ("disclosure.request", 20, "working_days", 2020, "third_party", 20),
    ("petition.decision", 60, "calendar_days", 2023, "", 30),
    ("petition.review", 30, "calendar_days", 2023, "", 0),
    ("auction.contract", 10, "working_days", 2020, "", 0),
    ("auction.first_half", 1, "months", 2020, "", 0),
    ("hazard.report_small", 12, "hours", 2020, "", 0),
]
UNITS = ("working_days", "calendar_days", "months", "hours")
OVERRIDES = {
    datetime.date(2027, 1, 18): False,
    datetime.date(2027, 1, 23): True,
    datetime.date(2026, 11, 11): False,
}
_BUSY = [(1, 15), (4, 1), (4, 20), (5, 1), (9, 10), (9, 28), (12, 20)]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield how many dates differ, and what befell the terms."""
    number = scale.count(DATES, least=100)
    what = f"{number:,} dates of 2020-2027 that differ from the walk"
    if why := _clock_walk.absent():
        yield Figure(what, "0", why, None)
        return
    with _stores.place("sqlite") as place:
        shutil.copytree(_begun(), place.environment["GUOTU_HOME"])
        told = {day.isoformat(): worked for day, worked in OVERRIDES.items()}
        work = "trials._clock_dates:answer"
        got = place.apart(work, number=number, overrides=told, fault=fault or "")
    wrong: list[str] = []
    kinds: Counter[str] = Counter()
    for case in drawn(number):
        wanted, unsure = _clock_walk.walk(case, OVERRIDES)
        kinds.update([case.unit, *_befell(case, unsure)])
        due, provisional = got[str(case.number)]
        at = datetime.datetime.fromisoformat(due).astimezone(CHINA)
        if at.replace(second=0, microsecond=0) != wanted or provisional != unsure:
            wrong.append(f"{case.key or case.unit} {case.start:%Y-%m-%d %H:%M}: {at} ≠ {wanted}")
    made = ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
    first = f"; first: {wrong[0]}" if wrong else ""
    yield Figure(f"{what} ({made})", "0", f"{len(wrong)}{first}", not wrong)


@lru_cache(maxsize=1)
def _county() -> "tempfile.TemporaryDirectory[str]":
    """Begin a county once; every run works in a copy of it."""
    kept = tempfile.TemporaryDirectory(prefix="guotu-trial-clocks-")
    with _stores.place("sqlite") as place:
        place.apart("trials._clock_dates:begin")
        shutil.copytree(place.environment["GUOTU_HOME"], f"{kept.name}/home")
    return kept


def _begun() -> str:
    return f"{_county().name}/home"


def _befell(case: Case, unsure: bool) -> list[str]:
    told = {"paused": case.pauses, "extended": case.more, "provisional": unsure}
    return [name for name, true in told.items() if true]


def drawn(number: int) -> Iterator[Case]:
    """Draw cases that begin near holidays as often as elsewhere."""
    chance = random.Random(2027)
    for one in range(number):
        if chance.random() < 0.5:
            key, amount, unit, since, ground, most = chance.choice(LAW)
        else:
            key, unit, since, ground, most = "", chance.choice(UNITS), 2020, "correction", 20
            amount = {"months": 7, "hours": 72}.get(unit, 90)
            amount = chance.randint(1, amount)
        case = Case(one, key, amount, unit, _begins(chance, unit, since), ground)
        _befall(chance, case, most)
        yield case


def _begins(chance: random.Random, unit: str, since: int) -> datetime.datetime:
    year = chance.randint(since, 2025 if unit == "years" else 2027)
    month, day = chance.choice(_BUSY) if chance.random() < 0.5 else (chance.randint(1, 12), 1)
    begun = datetime.datetime(year, month, day, chance.randint(0, 23), tzinfo=CHINA)
    begun += datetime.timedelta(days=chance.randint(0, 15), minutes=chance.randint(0, 59))
    # What ends in 2028 is nobody's: its calendar is not written out here.
    while begun > datetime.datetime(2027, 2, 28, tzinfo=CHINA):
        begun -= datetime.timedelta(days=91)
    return begun


def _befall(chance: random.Random, case: Case, most: int) -> None:
    """Let a case stand still up to twice, and be lengthened, all before its term is over."""
    per = {"hours": 1 / 24, "months": 30, "years": 365}.get(case.unit, 1)
    length = datetime.timedelta(days=case.amount * per)
    at = case.start
    if case.ground and case.amount > 1:
        for _ in range(chance.choice((0, 1, 1, 2))):
            at += length * chance.uniform(0.02, 0.3)
            ended = at + datetime.timedelta(days=chance.choice((0.1, 1, 3, 8, 20)))
            case.pauses.append((_minute(at), _minute(ended)))
            at = ended + datetime.timedelta(minutes=2)
    # Without a rule it may be lengthened (with a warning), but hours and months by as many.
    if most and chance.random() < 0.4 and case.amount > 1:
        case.more = chance.randint(1, most if case.unit.endswith("days") else 2)
        case.more_at = _minute(at + length * 0.1)


def _minute(at: datetime.datetime) -> datetime.datetime:
    return at.replace(second=0, microsecond=0)
