"""What every trial has: figures with a goal and what was got, and a planted fault that must fail.

A trial is a module in this folder with

    TITLE = "legal area"
    FAULTS = {"no_densify": "long edges are not divided"}
    TIMED = True        # only where it measures time: it then runs with nothing beside it
    def run(scale: Scale, fault: str | None) -> Iterator[Figure]: ...

`run` is called once without a fault, and once for each fault on a small scale: then at least one
of its figures must miss its goal.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT_ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Scale:
    """How much work a trial does: `count(10_000)` is 10,000 in the long form, a part in the short.

    `faulty` is set while a planted fault is tried: as little work as shows the fault.
    """

    share: float = 1.0
    faulty: bool = False

    def count(self, whole: int, least: int = 1) -> int:
        """Return the number of things to try."""
        return max(least, round(whole * self.share))

    @property
    def short(self) -> bool:
        """Say whether this is less than the long form."""
        return self.share < 1


@dataclass(frozen=True)
class Figure:
    """One line of the report: what was measured, the goal, what was got, and whether it is met.

    `met` is None for a figure that is printed for comparison and has no goal, or where the
    material for it is absent (`got` says so).
    """

    what: str
    goal: str
    got: str
    met: bool | None


def median_seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Return the median wall time of `work` over `runs` calls."""
    return statistics.median(timed(work) for _ in range(runs))


def timed(work: Callable[[], object]) -> float:
    """Return the wall time of one call, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratio(what: str, *, peer: float, ours: float, goal: float, peer_name: str) -> Figure:
    """Return the figure `peer / ours` against a least goal (times faster than the peer)."""
    got = peer / ours
    line = f"{got:.1f} 倍（{peer_name} {peer:.3f} s，本程序 {ours:.3f} s）"
    return Figure(what, f"≥ {goal:g} 倍", line, got >= goal)
