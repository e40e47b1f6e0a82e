"""Hostile files, each read as a stranger's: no crash, refused in under a second, in Chinese."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trials import _hostile_files
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "hostile files"
TIMED = True
FAULTS = {
    "scan_off": "WKB goes to GEOS unscanned and in this process",
    "zip_check_off": "a zip is unpacked without looking at its sizes",
}
_GOAL_SECONDS = 1.0
_GENERIC = ("文件无法读取", "文件使读取程序中断")
_FAULTY_FILES = {
    "scan_off": ("wkb_nested_collections.parquet", "wkb_nan.parquet"),
    "zip_check_off": ("bomb_flat.zip", "bomb_many.zip"),
}


@dataclass
class Outcome:
    """What became of one file: seconds, and the reason of the refusal or of each rejection."""

    name: str
    seconds: float = 0.0
    accepted: int = 0
    reasons: tuple[str, ...] = ()
    crashed: bool = False

    @property
    def refused(self) -> bool:
        """Say whether nothing hostile got in: one good feature may, from the file that has one."""
        most = 1 if self.name.startswith("one_good") else 0
        return bool(self.reasons) and self.accepted <= most

    @property
    def in_chinese(self) -> bool:
        """Say whether every reason is plain Chinese, without the words of a program."""
        return bool(self.reasons) and all(_is_plain_chinese(reason) for reason in self.reasons)


def _is_plain_chinese(reason: str) -> bool:
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in reason)
    return chinese >= 4 and not any(word in reason for word in ("Error", "Traceback", "Exception"))


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Make the files, read each, print the figures."""
    with tempfile.TemporaryDirectory(prefix="guotu-hostile-") as folder:
        wanted = _FAULTY_FILES.get(fault or "")
        paths = _make(Path(folder), wanted)
        outcomes = _read_all(paths, fault)
    yield from _figures(outcomes)


def _make(folder: Path, wanted: tuple[str, ...] | None) -> list[Path]:
    paths = []
    for name, maker in _hostile_files.files():
        if wanted is None or name in wanted:
            path = folder / name
            maker(path)
            paths.append(path)
    return paths


def _read_all(paths: list[Path], fault: str | None) -> list[Outcome]:
    """Read the files in a process of its own, so that its death is a figure and not the end."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(paths):
        left = [str(path) for path in paths[len(outcomes) :]]
        reader = subprocess.run(
            [sys.executable, "-m", "trials._hostile_reader", fault or "none"],
            cwd=PROJECT_ROOT,
            input=json.dumps(left),
            capture_output=True,
            text=True,
            check=False,
        )
        got = [json.loads(line) for line in reader.stdout.splitlines()]
        outcomes += [Outcome(**one | {"reasons": tuple(one["reasons"])}) for one in got]
        if len(outcomes) < len(paths):
            outcomes.append(Outcome(paths[len(outcomes)].name, crashed=True))
    return outcomes


def _figures(outcomes: list[Outcome]) -> Iterator[Figure]:
    count = len(outcomes)
    crashed = [one.name for one in outcomes if one.crashed]
    yield Figure(f"进程崩溃（{count} 个恶意文件）", "0", _named(crashed), not crashed)
    entered = [one.name for one in outcomes if not one.refused and not one.crashed]
    yield Figure("未被拒绝的文件", "0", _named(entered), not entered)
    slowest = max(outcomes, key=lambda one: one.seconds)
    got = f"{slowest.seconds:.2f} s（{slowest.name}）"
    yield Figure(
        "最慢的拒绝（每个文件读三次取中位数）",
        f"< {_GOAL_SECONDS:g} s",
        got,
        slowest.seconds < _GOAL_SECONDS,
    )
    spoken = sum(one.in_chinese for one in outcomes)
    yield Figure("理由是明白的中文", f"{count} 个", f"{spoken} 个", spoken == count)
    generic = sum(any(r.startswith(_GENERIC) for r in one.reasons) for one in outcomes)
    yield Figure("其中理由只是笼统的“无法读取”", "对照", f"{generic} 个", None)
    seconds = sorted(one.seconds for one in outcomes)
    yield Figure("拒绝用时的中位数", "对照", f"{seconds[count // 2] * 1000:.0f} ms", None)


def _named(names: list[str]) -> str:
    return f"{len(names)}（{'、'.join(names[:12])}）" if names else "0"
