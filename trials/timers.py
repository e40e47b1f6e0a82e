"""Clocks that fall due while their worker is killed: how late they speak, and how often."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from trials import _stores
from trials.harness import Figure, Scale

TITLE = "timers"
TIMED = True
FAULTS = {
    "two_acts": "what is said and that it was said are two acts, without a key",
    "one_stops_all": "the first clock that fails stops the worker",
    "slow": "the worker looks twice a minute",
}
WAITING, A_SECOND, SECONDS, KILLS = 10_000, 20, 300, 20
LATE_SECONDS = 5.0
_COUNTY = "trials._timer_county"
_PATIENCE_SECONDS = 60


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield lateness and how often each spoke, for both stores."""
    for store in ["sqlite"] if scale.faulty else list(_stores.NAMES):
        name = _stores.NAMES[store]
        if why := _stores.absent(store):
            yield Figure(f"{name}: timers", "present", why, None)
            continue
        kills = 0 if scale.faulty else scale.count(KILLS)
        seconds = 8 if scale.faulty else scale.count(SECONDS)
        yield from _figures(name, _fired(store, seconds, kills, fault or ""), kills)


def _figures(name: str, got: dict[str, Any], kills: int) -> Iterator[Figure]:
    late = sorted(got["late"])
    p99 = late[min(len(late) - 1, int(len(late) * 0.99))] if late else float("inf")
    middle, worst = (late[len(late) // 2], late[-1]) if late else (p99, p99)
    of = f"{got['waiting']:,} waiting, {A_SECOND} a second falling due, {kills} kills -9"
    yield Figure(
        f"{name}: {of}: how late, p99",
        f"≤ {LATE_SECONDS:g} s",
        f"{p99:.2f} s (median {middle:.2f} s, worst {worst:.2f} s, of {len(late):,})",
        p99 <= LATE_SECONDS,
    )
    twice = sum(times > 1 for times in got["told"])
    never = got["due"] - len(got["told"])
    yield Figure(
        f"{name}: {got['due']:,} due: said twice, never; acts",
        f"0, 0; {got['due']:,}",
        f"{twice}, {never}; {got['acts']:,}",
        not twice and not never and got["acts"] == got["due"],
    )
    yield Figure(
        f"{name}: broken ones among them that were written down as failed",
        f"{got['broken']} of {got['broken']}",
        f"{got['broken_tried']}",
        got["broken_tried"] == got["broken"],
    )


def _fired(store: str, seconds: int, kills: int, fault: str) -> dict[str, Any]:
    due = seconds * A_SECOND
    with _stores.place(store) as place:
        if store == "sqlite":
            shutil.copytree(f"{_county().name}/home", place.environment["GUOTU_HOME"])
        else:
            place.apart(f"{_COUNTY}:begin")
        with _keeping(place, fault) as keeper:
            # The first start is not what is measured: the clocks fall due once it has begun.
            _wait_for(lambda: bool(_workers(keeper.pid)), 2 * _PATIENCE_SECONDS)
            told = {"waiting": WAITING, "due": due, "a_second": A_SECOND, "after_seconds": 3.0}
            began = place.apart(f"{_COUNTY}:set_clocks", broken=max(3, due // 100), **told)
            _kill(keeper.pid, began, seconds, kills)
            _sleep_until(began + seconds + 1)
            patience = 1 if fault else _PATIENCE_SECONDS
            got: dict[str, Any] = place.apart(f"{_COUNTY}:came_of_it", patience_seconds=patience)
    return got


@contextlib.contextmanager
def _keeping(place: _stores.Place, fault: str) -> Iterator["subprocess.Popen[bytes]"]:
    told = [fault] if fault else []
    with (place.folder / "worker.log").open("ab") as log:
        keeper = place.start("trials._timer_worker", *told, stdin=subprocess.PIPE, stderr=log)
    try:
        yield keeper
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(_PATIENCE_SECONDS)


def _kill(keeper: int, began: float, seconds: int, kills: int) -> None:
    """Kill -9 the worker at moments spread over the time in which clocks fall due."""
    chance = random.Random(9)
    gap = seconds / max(1, kills)
    for number in range(kills):
        _sleep_until(began + gap * (number + chance.uniform(0.1, 0.7)))
        _wait_for(lambda: bool(_workers(keeper)), _PATIENCE_SECONDS)
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(_workers(keeper)[0], signal.SIGKILL)


def _workers(keeper: int) -> list[int]:
    """Return the worker: what is kept loads the platform once, and forks it."""
    return [one for kept in _stores.children(keeper) for one in _stores.children(kept)]


@lru_cache(maxsize=1)
def _county() -> "tempfile.TemporaryDirectory[str]":
    """Begin a county once; every run on SQLite works in a copy of it."""
    kept = tempfile.TemporaryDirectory(prefix="guotu-trial-timers-")
    with _stores.place("sqlite") as place:
        place.apart(f"{_COUNTY}:begin")
        shutil.copytree(place.environment["GUOTU_HOME"], f"{kept.name}/home")
    return kept


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _wait_for(true: Any, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.2)
