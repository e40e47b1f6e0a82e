"""The overlay and predicate cases of GEOS on polygons, asked of our overlay.

What our overlay says of two polygons is three areas: what they have in common, and what is left of
either. That answers intersection, difference, union and symmetric difference but for lines and
points, and what predicates imply for area.
"""

import contextlib
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely

from guotu.lib.geo.overlay import identity, verbs
from guotu.lib.refusal import Refusal
from trials._geos_xml import Question, geometry_of, questions
from trials.harness import SHARED_DATA, Figure, Scale

TITLE = "overlay cases of GEOS"
FOLDER = SHARED_DATA / "standards" / "geos_xml" / "tests" / "xmltester" / "tests"
EXPLAINED = Path(__file__).with_name("geos_cases.toml")
FAULTS = (
    {
        "shrunk": "what is in common is a tenth of a percent too small",
        "forgetful": "what is left of a subject is forgotten",
    }
    if FOLDER.is_dir()
    else {}
)
AGREED, EXPLAINED_AS, DIFFERENT, UNFIT = "agreed", "explained", "different", "not applicable"


@dataclass(frozen=True)
class Halves:
    """What our overlay says of two polygons."""

    one: shapely.Geometry
    two: shapely.Geometry

    @cached_property
    def common(self) -> shapely.Geometry:
        """What they have in common."""
        return _only(verbs.intersect(_row(self.one), _row(self.two)).geometry)

    @cached_property
    def left_of_one(self) -> shapely.Geometry:
        """What is left of the first."""
        return _left(self.one, self.two)

    @cached_property
    def left_of_two(self) -> shapely.Geometry:
        """What is left of the second."""
        return _left(self.two, self.one)


def _left(subject: shapely.Geometry, other: shapely.Geometry) -> shapely.Geometry:
    found = identity(_row(subject), _row(other))
    return _only(found.geometry[found.other == -1])


def _row(geometry: object) -> np.ndarray:
    row = np.empty(1, object)
    row[0] = geometry
    return row


def _only(found: np.ndarray) -> shapely.Geometry:
    return found[0] if len(found) else shapely.Polygon()


def _areal(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shapely.get_parts(geometry))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])


def _none(geometry: shapely.Geometry) -> bool:
    return bool(geometry.area == 0)


# Operation -> the pieces whose sum is its answer.
SUMS: dict[str, tuple[str, ...]] = {
    "intersection": ("common",),
    "difference": ("left_of_one",),
    "union": ("common", "left_of_one", "left_of_two"),
    "symdifference": ("left_of_one", "left_of_two"),
}
# Predicate -> what it says of area where it holds, and where it does not (None: nothing).
Saying = Callable[[Halves], bool]
PREDICATES: dict[str, tuple[Saying, Saying | None]] = {
    "contains": (lambda h: _none(h.left_of_two), None),
    "covers": (lambda h: _none(h.left_of_two), None),
    "within": (lambda h: _none(h.left_of_one), None),
    "coveredby": (lambda h: _none(h.left_of_one), None),
    "touches": (lambda h: _none(h.common), None),
    "disjoint": (lambda h: _none(h.common), None),
    "intersects": (lambda h: True, lambda h: _none(h.common)),
    "overlaps": (
        lambda h: not (_none(h.common) or _none(h.left_of_one) or _none(h.left_of_two)),
        lambda h: _none(h.common) or _none(h.left_of_one) or _none(h.left_of_two),
    ),
    "equalstopo": (
        lambda h: _none(h.left_of_one) and _none(h.left_of_two),
        lambda h: not (_none(h.left_of_one) and _none(h.left_of_two)),
    ),
}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield how many cases agree, are explained, and do not apply."""
    if not FOLDER.is_dir():
        yield Figure("GEOS 的叠加用例", "逐例相符或有说明", "没有 ../shared/data，未运行", None)
        return
    explained = tomllib.loads(EXPLAINED.read_text())
    with contextlib.ExitStack() as stack:
        _plant(fault, stack)
        judged = [judge(question, explained) for question in questions(FOLDER)]
    counts = Counter(verdict for verdict, _ in judged)
    fit = counts[AGREED] + counts[EXPLAINED_AS] + counts[DIFFERENT]
    named = [reason for verdict, reason in judged if verdict == DIFFERENT]
    yield Figure(
        "GEOS 的叠加用例",
        "逐例相符或有说明",
        f"适用 {fit} 例：相符 {counts[AGREED]}，不符而有说明 {counts[EXPLAINED_AS]}，"
        f"不符 {counts[DIFFERENT]}{'：' + '；'.join(named[:5]) if named else ''}",
        not named,
    )
    for verdict, title in ((EXPLAINED_AS, "有说明的原因"), (UNFIT, "不适用的原因")):
        reasons = Counter(reason for found, reason in judged if found == verdict)
        listed = "；".join(f"{reason} {count}" for reason, count in reasons.most_common())
        yield Figure(title, "对照", f"{counts[verdict]} 例：{listed}", None)
    used = {reason for verdict, reason in judged if verdict == EXPLAINED_AS}
    idle = sorted(set(explained) - {q.name for q in questions(FOLDER)})
    yield Figure("说明都有对应的用例", "无多余", f"多余 {len(idle)}，原因 {len(used)} 种", not idle)


def judge(question: Question, explained: dict[str, str]) -> tuple[str, str]:
    """Return the verdict on a question, and its reason."""
    if reason := _unfit(question):
        return UNFIT, reason
    try:
        agreed = _agrees(question)
    except Refusal as refusal:
        return EXPLAINED_AS, f"输入图形无效，按规则拒收（{_kind(refusal.what)}）"
    if agreed is None:
        return UNFIT, "断言与面积无关"
    if agreed:
        return AGREED, ""
    if question.name in explained:
        return EXPLAINED_AS, explained[question.name]
    return DIFFERENT, question.name


def _kind(what: str) -> str:
    return what.partition("（")[2].partition("[")[0].rstrip("）")


def _unfit(question: Question) -> str | None:
    verb = _verb(question.operation)
    if verb not in SUMS and verb not in PREDICATES and verb not in ("overlayareatest", "relate"):
        return "不是叠加运算"
    for geometry in (question.one, question.two):
        if geometry is None:
            return "只有一个图形"
        if isinstance(geometry, str):
            return "图形文本无法读取"
        if shapely.get_type_id(geometry) not in (3, 6):
            return "有点、线或集合"
    return None


def _verb(operation: str) -> str:
    return operation.removesuffix("ng").removesuffix("sr")


def _agrees(question: Question) -> bool | None:
    """Say whether our overlay agrees; None where the answer says nothing of area."""
    halves = Halves(question.one, question.two)
    verb = _verb(question.operation)
    if verb in SUMS:
        return _sum_agrees(question, halves, SUMS[verb])
    if verb == "overlayareatest":
        whole = halves.common.area + halves.left_of_one.area
        return bool(np.isclose(whole, halves.one.area, rtol=1e-9, atol=0))
    holds = question.answer.lower() == "true"
    if verb == "relate":
        return _relates(question.pattern, holds, halves)
    saying = PREDICATES[verb][0 if holds else 1]
    return None if saying is None else saying(halves)


def _relates(pattern: str, holds: bool, halves: Halves) -> bool | None:
    """Judge the interiors' cell of a DE-9IM pattern that holds."""
    if not holds or len(pattern) != 9 or pattern[0] not in "F2":
        return None
    return _none(halves.common) == (pattern[0] == "F")


def _sum_agrees(question: Question, halves: Halves, names: tuple[str, ...]) -> bool | None:
    want = geometry_of(question.answer)
    if not isinstance(want, shapely.Geometry):
        return None
    want = _areal(want)
    got = [getattr(halves, name) for name in names]
    slack = 1e-9 * (halves.one.area + halves.two.area)
    if question.scale is not None:
        slack += (want.length + sum(part.length for part in got)) / question.scale
    if abs(sum(part.area for part in got) - want.area) > slack:
        return False
    if len(got) > 1 or not want.is_valid:
        return True
    return bool(shapely.symmetric_difference(got[0], want).area <= slack)


def _plant(fault: str | None, stack: contextlib.ExitStack) -> None:
    if fault == "shrunk":
        right = Halves.common.func
        _replace(stack, "common", lambda halves: _shrunk(right(halves)))
    if fault == "forgetful":
        _replace(stack, "left_of_one", lambda halves: shapely.Polygon())


def _shrunk(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, lambda xy: xy * 0.9995)


def _replace(stack: contextlib.ExitStack, name: str, work: Callable[[Halves], object]) -> None:
    right = getattr(Halves, name)
    faulty = cached_property(work)
    faulty.__set_name__(Halves, name)
    setattr(Halves, name, faulty)
    stack.callback(setattr, Halves, name, right)
