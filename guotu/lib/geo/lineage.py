"""Holds a change of parcels to its law: the parts make the whole, and every square decimetre goes.

Parents end and children begin on one day. The children must cover the parents' land, all of it and
nothing else, by area and by symmetric difference; then each parent's area goes to its children in
whole square decimetres, so that the sums are exact on both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.lib.geo.area import legal_area_m2
from guotu.lib.geo.crs import Frame
from guotu.lib.geo.overlay import apportion_dm2, intersect
from guotu.lib.refusal import Refusal

Geometries = NDArray[np.object_]
Verb = Literal["split", "merge", "reshape", "exchange"]
TITLES: Mapping[str, str] = {
    "split": "分割",
    "merge": "合并",
    "reshape": "界线调整",
    "exchange": "互换",
}
STEPS_A_METRE = 10_000  # coordinates are kept to 0.1 mm
_POLYGONS = (3, 6)


@dataclass(frozen=True)
class Tolerance:
    """What parts may miss of the whole: `hairline_m` of width, and of area `area_m2_per_m` of edge.

    A difference is a hairline where its mean width (twice its area over its perimeter) is no
    more than `hairline_m`, and its area no more than `area_m2_per_m` a metre of the outlines.
    """

    hairline_m: float
    area_m2_per_m: float
    source: str

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> "Tolerance":
        """Return the tolerance of a parsed table; KeyError or ValueError if amiss."""
        return cls(float(table["hairline_m"]), float(table["area_m2_per_m"]), str(table["source"]))


@dataclass(frozen=True)
class Share:
    """The land that went from parent to child (positions), in whole square decimetres."""

    parent: int
    child: int
    area_dm2: int


@dataclass(frozen=True)
class Parcels:
    """One side of a change: `geometry` object[n] in the zone `frame`, and what to call each."""

    geometry: Geometries
    names: Sequence[str]


def on_grid(geometry: Any) -> Any:
    """Return a geometry, or object[n], with its coordinates rounded to the 0.1 mm grid."""
    return shapely.transform(geometry, lambda xy: np.rint(xy * STEPS_A_METRE) / STEPS_A_METRE)


def is_on_grid(geometry: Any) -> bool:
    """Say whether every coordinate of a geometry, or object[n], is one of the 0.1 mm grid."""
    xy = shapely.get_coordinates(geometry)
    return bool((np.rint(xy * STEPS_A_METRE) / STEPS_A_METRE == xy).all())


def shares(
    verb: Verb,
    parents: Parcels,
    parent_area_dm2: Sequence[int],
    children: Parcels,
    frame: Frame,
    tolerance: Tolerance,
) -> list[Share]:
    """Return what went from each parent to each child; a parent's shares sum to its area.

    `parent_area_dm2` is each parent's area as registered. A child's area is the sum of what came
    to it. Refuses, with the place and size, a child that is empty, invalid, the same as another or
    as a parent, children or parents that overlap, and children that do not make the parents.
    """
    _check_numbers(verb, len(parents.names), len(children.names))
    for side in (parents, children):
        _check_each(side)
    _check_same(parents, children)
    for side in (parents, children):
        _check_apart(side, tolerance)
    _check_whole(parents, children, tolerance)
    _check_area(parents, children, frame, tolerance)
    found = _shared(parents, parent_area_dm2, children, frame)
    _check_pattern(verb, found, parents, children)
    return found


def _check_numbers(verb: Verb, parents: int, children: int) -> None:
    least = {"split": (1, 2), "merge": (2, 1), "reshape": (2, 2), "exchange": (2, 2)}[verb]
    fits = parents >= least[0] and children >= least[1]
    fits &= not (verb == "split" and parents > 1) and not (verb == "merge" and children > 1)
    fits &= not (verb == "exchange" and parents != children)
    if not fits:
        raise Refusal(
            f"{TITLES[verb]}的宗数不对：变更前 {parents} 宗，变更后 {children} 宗",
            rule="分割为一变多，合并为多变一，界线调整为多变多，互换前后宗数相同",
            remedy="按实际情况改选变更方式，或补齐地块",
        )


def _check_each(side: Parcels) -> None:
    for shape, name in zip(side.geometry, side.names, strict=True):
        if shape is None or shape.is_empty:
            raise Refusal("地块没有图形", name, "登记的地块必须有界线", "补上界址点后再办")
        if shapely.get_type_id(shape) not in _POLYGONS:
            raise Refusal("地块图形不是面", name, "登记的地块是面", "改为闭合的界线后再办")
        if not shapely.is_valid(shape):
            reason = shapely.is_valid_reason(shape)
            raise Refusal(
                "地块界线自相交或不闭合",
                f"{name}（{reason}）",
                "界线不得自相交",
                "核对该处界址点顺序",
            )


def _check_same(parents: Parcels, children: Parcels) -> None:
    seen: dict[bytes, str] = {}
    for shape, name in zip(children.geometry, children.names, strict=True):
        mark = _outline(shape)
        if mark in seen:
            raise Refusal("两个地块图形相同", f"{seen[mark]}、{name}", remedy="删去重复的一个")
        seen[mark] = name
    for shape, name in zip(parents.geometry, parents.names, strict=True):
        if (mark := _outline(shape)) in seen:
            raise Refusal(
                "图形没有变化的地块不应列入变更",
                f"{name}、{seen[mark]}",
                "变更只列界线有变化的地块",
                "从变更前后两边去掉这一宗",
            )


def _outline(shape: Any) -> bytes:
    # The same land drawn from another corner or the other way round is the same land.
    plain = shapely.normalize(shapely.remove_repeated_points(shape))
    made: bytes = shapely.to_wkb(plain)
    return made


def _check_apart(side: Parcels, tolerance: Tolerance) -> None:
    tree = shapely.STRtree(side.geometry)
    one, other = tree.query(side.geometry, predicate="intersects")
    for first, second in zip(one.tolist(), other.tolist(), strict=True):
        if first >= second:
            continue
        common = shapely.intersection(side.geometry[first], side.geometry[second])
        names = f"{side.names[first]}、{side.names[second]}"
        _refuse_thick(common, tolerance, "地块互相重叠", f"{names} ")


def _check_whole(parents: Parcels, children: Parcels, tolerance: Tolerance) -> None:
    before, after = shapely.union_all(parents.geometry), shapely.union_all(children.geometry)
    _refuse_thick(shapely.difference(before, after), tolerance, "变更后的地块没有盖满变更前的地块")
    _refuse_thick(shapely.difference(after, before), tolerance, "变更后的地块超出变更前的地块")


def _refuse_thick(found: Any, tolerance: Tolerance, what: str, where: str = "") -> None:
    parts = shapely.get_parts(shapely.get_parts(found))
    parts = parts[np.isin(shapely.get_type_id(parts), _POLYGONS)]
    if not len(parts):
        return
    area = shapely.area(parts)
    thick = area * 2 > tolerance.hairline_m * shapely.length(parts)
    if not thick.any():
        return
    worst = int(np.argmax(np.where(thick, area, 0)))
    spot = parts[worst].representative_point()
    raise Refusal(
        f"{what}，共 {int(thick.sum())} 处，最大一处 {_sized(area[worst])}",
        f"{where}横坐标 {spot.x:.4f}，纵坐标 {spot.y:.4f}",
        f"前后图形之差的宽度不得超过 {tolerance.hairline_m * 1000:g} 毫米（{tolerance.source}）",
        "在该处让相邻地块共用同一组界址点后再办；原界线测错的，先更正原地块",
    )


def _sized(area_m2: float) -> str:
    return f"{area_m2:.4f} 平方米"


def _check_area(parents: Parcels, children: Parcels, frame: Frame, tolerance: Tolerance) -> None:
    before = float(legal_area_m2(parents.geometry, frame).sum())
    after = float(legal_area_m2(children.geometry, frame).sum())
    edge_m = float(shapely.length(parents.geometry).sum() + shapely.length(children.geometry).sum())
    allowed = tolerance.area_m2_per_m * edge_m
    if abs(after - before) <= allowed:
        return
    raise Refusal(
        f"变更前后面积不等：变更前 {before:.4f}，变更后 {after:.4f} 平方米",
        "、".join(children.names),
        f"面积之差不得超过 {allowed:.4f} 平方米（{tolerance.source}）",
        "核对各地块界址点后再办",
    )


def _shared(
    parents: Parcels, area_dm2: Sequence[int], children: Parcels, frame: Frame
) -> list[Share]:
    pieces = intersect(parents.geometry, children.geometry)
    weights = legal_area_m2(pieces.geometry, frame)
    found = []
    for parent, total in enumerate(area_dm2):
        rows = np.flatnonzero(pieces.subject == parent)
        given = apportion_dm2(weights[rows], total)
        found += [
            Share(parent, int(pieces.other[row]), int(part))
            for row, part in zip(rows, given, strict=True)
            if part
        ]
    return found


def _check_pattern(verb: Verb, found: list[Share], parents: Parcels, children: Parcels) -> None:
    reached = {share.child for share in found}
    for child, name in enumerate(children.names):
        if child not in reached:
            raise Refusal("地块太小，分不到面积", name, "面积以 0.01 平方米为单位", "并入相邻地块")
    if verb != "exchange":
        return
    pairs = {(share.parent, share.child) for share in found}
    for place, name in enumerate(parents.names):
        givers = {parent for parent, child in pairs if child == place}
        if place not in givers or len(givers) < 2:
            raise Refusal(
                "互换的每一宗都应留有自己的地并换入别宗的地",
                f"{name}、{children.names[place]}",
                "互换前后按同一次序列出",
                "次序不对的调整次序；没有换地的改用界线调整",
            )
