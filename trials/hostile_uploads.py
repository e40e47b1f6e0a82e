"""Hostile uploads, each judged as a stranger's: none gets in, none crashes, each told why."""

import contextlib
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

from guotu.core.files.checking import child, limits, taken_in
from guotu.lib.geo.guard import warm
from guotu.lib.refusal import Refusal
from trials._hostile_uploads import good, hostile
from trials.harness import Figure, Scale, timed

TITLE = "hostile uploads"
TIMED = True
_GOAL_SECONDS = 1.0
_CHECKING = "guotu.core.files.checking"


def _nothing(*_: Any, **__: Any) -> None:
    """See nothing wrong."""


# fault -> (what is missing, the check removed, what stands in, the labels that it should let in)
_REMOVED: dict[str, tuple[str, str, Any, str]] = {
    "names": ("names are not looked at", "upload.check_name", _nothing, "name turned_pdf"),
    "extension": ("extensions too", "upload.check_extension", _nothing, "extension other"),
    "kind": ("kind by name", "upload.kind_at", lambda path: "text", "kind script_as_txt"),
    "size": ("no file is too large", "upload.check_size", _nothing, "size"),
    "entry": ("entries of a ZIP pass", "archives.check_entry", _nothing, "entry climbs"),
    "density": ("no ZIP is a bomb", "archives.check_density", _nothing, "density flat"),
    "places": ("bytes may hide", "archives.check_places", _nothing, "places hidden"),
    "inner": ("inner files pass", "archives._inner_kind", lambda *_: "", "inner exe"),
    "entity": (
        "XML may define",
        "markup.DefusedXMLParser",
        lambda target, **_: ElementTree.XMLParser(target=target),
        "entity docx_inside",
    ),
    "macro": ("macros pass", "office._check_names", _nothing, "macro control"),
    "type": ("a docm is a docx", "office._check_main", _nothing, "type docm"),
    "link": ("links pass", "office._Watch._check_link", _nothing, "link picture"),
    "field": ("fields pass", "office._Watch.check_fields", _nothing, "field dde"),
    "formula": ("formulas pass", "office._CALLING", mock.Mock(search=_nothing), "formula"),
    "pixels": ("any picture fits", "images._decoded", lambda *_: {}, "pixels png_256m"),
    "tail": ("two files in one", "images.check_tail", _nothing, "tail png_zip"),
    "action": ("a PDF may act", "pdf._check_dictionary", _nothing, "action launch"),
    "ends": ("a PDF may go on", "pdf.check_ends", _nothing, "ends pdf_zip"),
    "password": ("locked PDFs pass", "pdf.check_open", _nothing, "password owner"),
    "unfold": ("streams unfold", "pdf._check_streams", _nothing, "unfold filters"),
}
FAULTS = {name: what for name, (what, *_) in _REMOVED.items()}


@dataclass
class Outcome:
    """What became of one file: seconds, and the refusal, or the fault that broke the check."""

    label: str
    seconds: float = 0.0
    refusal: Refusal | None = None
    crash: str = ""

    @property
    def in_chinese(self) -> bool:
        """Say whether the reason is plain Chinese and says what to do."""
        if self.refusal is None:
            return False
        words = self.refusal.what + self.refusal.remedy
        chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in self.refusal.what)
        plain = not any(word in words for word in ("Error", "Traceback", "Exception"))
        return chinese >= 4 and plain and bool(self.refusal.remedy)


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Judge the files, print the figures; a planted fault is tried on the files it lets in."""
    with tempfile.TemporaryDirectory(prefix="guotu-uploads-") as folder, _store(Path(folder)):
        if fault is not None:
            _, target, instead, labels = _REMOVED[fault]
            with _without(target, instead, Path(folder)):
                spoilt = [_judged(one) for one in _all_hostile() if one[0].startswith(labels)]
            yield from _refused(spoilt)
            return
        warm()
        outcomes = [_judged(one) for one in _all_hostile()]
        yield from _refused(outcomes)
        yield from _told(outcomes)
        yield from _welcomed([_judged(one) for one in good()])
        left = [path.name for path in Path(folder).rglob("*") if path.is_file()]
        yield Figure("拒绝后留在库里的文件", "0", str(len(left)), not left)


@lru_cache
def _all_hostile() -> tuple[tuple[str, str, bytes], ...]:
    return tuple(hostile())


@contextlib.contextmanager
def _store(folder: Path) -> Iterator[None]:
    with mock.patch("guotu.core.files.store.root", return_value=folder):
        yield


@contextlib.contextmanager
def _without(target: str, instead: Any, folder: Path) -> Iterator[None]:
    """Remove one check. The look inside runs here then: a child would not know of the fault."""

    def look_here(path: Path, kind: limits.Kind, name: str) -> dict[str, int]:
        with tempfile.TemporaryDirectory() as place:
            return child.look(path, kind.name, name, Path(place))

    with (
        mock.patch(f"{_CHECKING}.upload._looked", look_here),
        mock.patch(f"{_CHECKING}.{target}", instead),
    ):
        yield


def _judged(one: tuple[str, str, bytes]) -> Outcome:
    label, name, content = one
    outcome = Outcome(label)
    outcome.seconds = timed(_judging(outcome, name, content))
    return outcome


def _judging(outcome: Outcome, name: str, content: bytes) -> Callable[[], None]:
    def judge() -> None:
        try:
            with taken_in(name, data=content):
                pass
        except Refusal as refusal:
            outcome.refusal = refusal
        except Exception as fault:  # noqa: BLE001 - whatever breaks is a figure
            outcome.crash = type(fault).__name__

    return judge


def _refused(outcomes: list[Outcome]) -> Iterator[Figure]:
    count = len(outcomes)
    crashed = [one.label for one in outcomes if one.crash]
    crashed += [one.label for one in outcomes if one.refusal and "程序中断" in one.refusal.what]
    yield Figure(f"检查程序崩溃（{count} 个恶意文件）", "0", _named(crashed), not crashed)
    entered = [one.label for one in outcomes if not one.crash and one.refusal is None]
    yield Figure("未被拒绝的恶意文件", "0", _named(entered), not entered)


def _told(outcomes: list[Outcome]) -> Iterator[Figure]:
    count = len(outcomes)
    yield Figure("恶意文件个数", "≥ 60", str(count), count >= 60)
    slowest = max(outcomes, key=lambda one: one.seconds)
    got = f"{slowest.seconds:.2f} s（{slowest.label}）"
    quick = slowest.seconds < _GOAL_SECONDS
    yield Figure("最慢的拒绝", f"< {_GOAL_SECONDS:g} s", got, quick)
    spoken = sum(one.in_chinese for one in outcomes)
    yield Figure("理由是明白的中文，并说了办法", str(count), str(spoken), spoken == count)
    ruled = sum(bool(one.refusal and one.refusal.rule) for one in outcomes)
    yield Figure("其中写明依据的", "对照", str(ruled), None)
    seconds = sorted(one.seconds for one in outcomes)
    yield Figure("拒绝用时的中位数", "对照", f"{seconds[count // 2] * 1000:.0f} ms", None)


def _welcomed(outcomes: list[Outcome]) -> Iterator[Figure]:
    turned_away = [f"{one.label}：{one.refusal or one.crash}" for one in outcomes if one.refusal]
    turned_away += [one.label for one in outcomes if one.crash]
    what = f"被拒绝的正常文件（{len(outcomes)} 个）"
    yield Figure(what, "0", _named(turned_away), not turned_away)


def _named(names: list[str]) -> str:
    return f"{len(names)}（{'、'.join(names[:12])}）" if names else "0"
