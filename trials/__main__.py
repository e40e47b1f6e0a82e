"""`python -m trials [--short] [--only NAME] [--lanes N]`: runs every trial, prints goal and got.

Exit status 1 when a planted fault goes unseen or a trial breaks; a missed goal is printed, stays
in the report, and is no reason to stop.
"""

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import trials
from trials.harness import PROJECT_ROOT, Figure, Scale

_MARK = {True: "达到", False: "未达到", None: "对照"}


def modules(only: list[str]) -> Iterator[ModuleType]:
    """Yield the trial modules, by name."""
    for found in sorted(pkgutil.iter_modules(trials.__path__), key=lambda item: item.name):
        if found.name in ("harness", "__main__") or found.ispkg or found.name.startswith("_"):
            continue
        if not only or found.name in only:
            yield importlib.import_module(f"trials.{found.name}")


def measure(module: ModuleType, scale: Scale) -> list[Figure]:
    """Run one trial and print its figures as they come."""
    figures = []
    for figure in module.run(scale, None):
        print(
            f"  {figure.what}\n    goal {figure.goal}\n    got  {figure.got}  [{_MARK[figure.met]}]"
        )
        sys.stdout.flush()
        figures.append(figure)
    return figures


def unseen_faults(module: ModuleType) -> list[str]:
    """Plant each fault in turn and return those that no figure noticed."""
    unseen = []
    for fault, meaning in module.FAULTS.items():
        caught = _is_caught(module, fault)
        print(f"  planted fault: {meaning}: {'caught' if caught else 'NOT CAUGHT'}")
        sys.stdout.flush()
        if not caught:
            unseen.append(fault)
    return unseen


def _is_caught(module: ModuleType, fault: str) -> bool:
    return any(figure.met is False for figure in module.run(Scale(0.01, faulty=True), fault))


def main() -> int:
    """Run what was asked for and write the report beside this file."""
    parser = argparse.ArgumentParser(prog="trials", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a tenth of the work")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--lanes", type=int, default=1, help="how many untimed trials run at once")
    parser.add_argument("--report", type=Path, default=PROJECT_ROOT / "trials/out/report.json")
    chosen = parser.parse_args()
    told = Told()
    timed = list(modules(chosen.only))
    if chosen.lanes > 1:
        side_by_side = [module for module in timed if not getattr(module, "TIMED", False)]
        timed = [module for module in timed if getattr(module, "TIMED", False)]
        told.add(*together(side_by_side, chosen.lanes, short=chosen.short))
    for module in timed:
        told.add(one_trial(module, Scale(0.1 if chosen.short else 1.0)))
    return _close(told, chosen.report)


@dataclass
class Told:
    """What trials told: their figures, and those that broke or were blind to a planted fault."""

    figures: list[dict[str, object]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, *others: "Told") -> None:
        """Take in what other trials told."""
        for other in others:
            self.figures += other.figures
            self.broken += other.broken


def one_trial(module: ModuleType, scale: Scale) -> Told:
    """Run one trial and its planted faults; one that breaks never hides the others."""
    name = module.__name__.removeprefix("trials.")
    print(f"== {name}: {module.TITLE}")
    began, told = time.perf_counter(), Told()
    try:
        figures = measure(module, scale)
        told.broken += [f"{name}: {fault}" for fault in unseen_faults(module)]
        told.figures += [{"trial": name, **vars(figure)} for figure in figures]
    except Exception:  # noqa: BLE001 - one broken trial never hides the others
        traceback.print_exc()
        told.broken.append(name)
    print(f"  ({time.perf_counter() - began:.0f} s)")
    return told


def together(found: list[ModuleType], lanes: int, *, short: bool) -> list[Told]:
    """Run trials that measure no time `lanes` at once, each in a process of its own."""
    with ThreadPoolExecutor(lanes) as pool, TemporaryDirectory() as place:
        names = [module.__name__.removeprefix("trials.") for module in found]
        return list(pool.map(lambda name: _apart(name, Path(place), short=short), names))


def _apart(name: str, place: Path, *, short: bool) -> Told:
    report = place / f"{name}.json"
    command = [sys.executable, "-m", "trials", "--only", name, "--report", str(report)]
    done = subprocess.run(
        [*command, *(["--short"] if short else [])],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT_ROOT,
    )
    said = done.stdout.rpartition("\n\n")[0]
    print(said + (f"\n{done.stderr}" if done.returncode else ""), flush=True)
    if not report.exists():
        return Told(broken=[name])
    return Told(**json.loads(report.read_text()))


def _close(told: Told, report: Path) -> int:
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(vars(told), ensure_ascii=False, indent=1))
    missed = [line for line in told.figures if line["met"] is False]
    met = sum(line["met"] is True for line in told.figures)
    broken = told.broken
    print(f"\n{met} goals met, {len(missed)} missed, {len(broken)} trials broken or blind")
    for line in missed:
        print(f"  missed: {line['trial']}: {line['what']}: goal {line['goal']}, got {line['got']}")
    for line in broken:
        print(f"  broken: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
