"""How much of the product its tests go through: lines and branches, by part.

The kernels of the overlay are machine code, which no measure sees: their tests are run a second
time by the interpreter, and both runs are counted together.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "coverage of the tests, branches included"
FAULTS = {"a_test_less": "one test of the dated rules is left out"}
WHOLE, OVERALL_PERCENT = ("guotu/lib", "guotu/core/ledger", "guotu/core/journal"), 95
_INTERPRETED = ["test_overlay.py", "test_overlay_closing.py", "test_overlay_window.py"]
_RULES = "tests/lib/test_rules.py"


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Run the tests under measure; the short form those of the dated rules alone.

    The whole takes as long as all the tests twice. With the fault, a test is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        if scale.short:
            less = ["-k", f"not {_last_test()}"] if fault else []
            _measure(Path(folder), [_RULES, *less])
            yield _figure("guotu/lib/rules", _measured(Path(folder)), 100)
            return
        _measure(Path(folder), [])
        overlay = [f"tests/lib/geo/{name}" for name in _INTERPRETED]
        _measure(Path(folder), ["--cov-append", *overlay], NUMBA_DISABLE_JIT="1")
        files = _measured(Path(folder))
    for part in WHOLE:
        yield _figure(part, files, 100)
    yield _figure("guotu", files, OVERALL_PERCENT)


def _last_test() -> str:
    text = (PROJECT_ROOT / _RULES).read_text()
    return text.rsplit("\ndef test_", 1)[1].split("(", 1)[0]


def _measure(folder: Path, chosen: list[str], **environment: str) -> None:
    asked = ["--cov=guotu", "--cov-branch", "--cov-report=", "-p", "no:cacheprovider", *chosen]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *asked],
        cwd=PROJECT_ROOT,
        env={**os.environ, "COVERAGE_FILE": str(folder / "measured"), **environment},
        check=False,
        capture_output=True,
    )


def _measured(folder: Path) -> dict[str, Any]:
    report = folder / "report.json"
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "COVERAGE_FILE": str(folder / "measured")},
        check=True,
    )
    found: dict[str, Any] = json.loads(report.read_text())["files"]
    return found


def _figure(part: str, files: dict[str, Any], goal_percent: int) -> Figure:
    of_part = {name: one["summary"] for name, one in files.items() if name.startswith(part)}
    all_of_it = sum(one["num_statements"] + one["num_branches"] for one in of_part.values())
    gone_through = sum(one["covered_lines"] + one["covered_branches"] for one in of_part.values())
    short = [
        f"{name} {one['missing_lines']}+{one['missing_branches']}"
        for name, one in sorted(of_part.items())
        if one["missing_lines"] or one["missing_branches"]
    ]
    percent = 100 * gone_through / max(all_of_it, 1)
    shown = f"{percent:.2f} %（{all_of_it:,} 行与分支）"
    if goal_percent == 100 and short:
        shown += "，未走到（行+分支）：" + "；".join(short[:8])
    met = bool(all_of_it) and percent >= goal_percent
    return Figure(f"{part}：行与分支", f"≥ {goal_percent} %", shown, met)
