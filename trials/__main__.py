"""`python -m trials [--short] [--only NAME]`: runs every trial, prints goal and got.

Exit status 1 when a planted fault goes unseen or a trial breaks; a missed goal is printed, stays
in the report, and is no reason to stop.
"""

import argparse
import importlib
import json
import pkgutil
import sys
import time
import traceback
from collections.abc import Iterator
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
    chosen = parser.parse_args()
    report, broken = [], []
    for module in modules(chosen.only):
        name = module.__name__.removeprefix("trials.")
        print(f"== {name}: {module.TITLE}")
        began = time.perf_counter()
        try:
            figures = measure(module, Scale(0.1 if chosen.short else 1.0))
            broken += [f"{name}: {fault}" for fault in unseen_faults(module)]
            report += [{"trial": name, **vars(figure)} for figure in figures]
        except Exception:  # noqa: BLE001 - one broken trial never hides the others
            traceback.print_exc()
            broken.append(name)
        print(f"  ({time.perf_counter() - began:.0f} s)")
    return _close(report, broken)


def _close(report: list[dict[str, object]], broken: list[str]) -> int:
    out = PROJECT_ROOT / "trials" / "out"
    out.mkdir(exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1))
    missed = [line for line in report if line["met"] is False]
    met = sum(line["met"] is True for line in report)
    print(f"\n{met} goals met, {len(missed)} missed, {len(broken)} trials broken or blind")
    for line in missed:
        print(f"  missed: {line['trial']}: {line['what']}: goal {line['goal']}, got {line['got']}")
    for line in broken:
        print(f"  broken: {line}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
