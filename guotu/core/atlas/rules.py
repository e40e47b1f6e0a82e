"""Decides about the map: what a class code means, which layers are standard, what is well formed.

Codes: GB/T 21010-2007 and 2017, the third survey's working classification, the 2023 guide
(自然资发〔2023〕234号). All of it is dated data in the TOML files beside this one.
"""

import datetime
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from guotu.lib.refusal import Refusal

GREAT_CLASSES = {
    "farm": "农用地",
    "construction": "建设用地",
    "unused": "未利用地",
    "sea": "海域",
    "": "",
}
SURVEY3 = "survey3"
LAYER_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERDICTS = ("block", "warn", "note")


@dataclass(frozen=True)
class LandClass:
    """A land class (地类): `great` is a key of `GREAT_CLASSES`, `level` its depth from 1.

    `is_cultivated` holds for 耕地 alone; the adjustable K codes (可调整) are not cultivated land.
    """

    code: str
    name: str
    great: str
    great_name: str
    is_cultivated: bool
    is_adjustable: bool
    colour: str
    system: str
    level: int


@dataclass(frozen=True)
class ClassSystem:
    """A dated system of land classes, by code; `effective_to` is None while it holds."""

    id: str
    title: str
    source: str
    certainty: str
    effective_from: datetime.date
    effective_to: datetime.date | None
    classes: dict[str, LandClass]


@dataclass(frozen=True)
class Crosswalk:
    """What a code becomes in another system: none, one, or several for a person to choose from."""

    codes: tuple[str, ...]
    source: str
    certainty: str


def class_systems() -> dict[str, ClassSystem]:
    """Return every system of land classes by id: survey2, survey3, guide2023."""
    return dict(_systems())


def class_system(system: str) -> ClassSystem:
    """Return a system of land classes; a Refusal naming those there are."""
    found = _systems().get(system)
    if found is None:
        known = "、".join(f"{one.id}（{one.title}）" for one in _systems().values())
        raise Refusal("没有这个地类分类体系", where=system, remedy=f"可用：{known}")
    return found


def land_class(code: str, system: str = SURVEY3) -> LandClass | None:
    """Return what a code means in a system, or None for a code that it does not have."""
    return class_system(system).classes.get(code)


def crosswalk(code: str, source: str, target: str, on: datetime.date | None = None) -> Crosswalk:
    """Return what `code` of system `source` becomes in `target`, on a date.

    Two steps are taken where no direct table exists (survey2 to guide2023 by way of survey3).
    """
    if source == target:
        return Crosswalk((code,), class_system(source).source, "sure")
    table = _crosswalks().get((source, target))
    if table is None:
        return _by_way_of(code, source, target, on)
    if on is not None and on < table["effective_from"]:
        return Crosswalk((), table["source"], "unsure")
    found = tuple(new for old, new in table["codes"] if old == code)
    return Crosswalk(found, table["source"], table["certainty"] if len(found) == 1 else "unsure")


def _by_way_of(code: str, source: str, target: str, on: datetime.date | None) -> Crosswalk:
    first, second = (source, SURVEY3), (SURVEY3, target)
    if not {first, second} <= set(_crosswalks()):
        raise Refusal("没有这两个分类体系之间的对照表", where=f"{source} → {target}")
    middle = crosswalk(code, *first, on)
    steps = [crosswalk(one, *second, on) for one in middle.codes]
    found = tuple(dict.fromkeys(new for step in steps for new in step.codes))
    sure = len(found) == 1 and all(one.certainty == "sure" for one in [middle, *steps])
    source_text = "；".join(dict.fromkeys([middle.source, *(step.source for step in steps)]))
    return Crosswalk(found, source_text, "sure" if sure else "unsure")


def standard_layers() -> list[dict[str, Any]]:
    """Return the standard layers as fields of `Layer`, in the order of the legend."""
    return [_whole_layer(entry) for entry in _data("layers.toml")["layer"]]


def legend(style: dict[str, Any], code_system: str) -> list[dict[str, str]]:
    """Return the colours of a layer drawn by land class: code, name, colour, great class."""
    if style.get("by") != "land_class":
        return []
    return [
        {"code": one.code, "name": one.name, "colour": one.colour, "great": one.great_name}
        for one in class_system(code_system or SURVEY3).classes.values()
    ]


def may_see(secrecy: str, powers: frozenset[str]) -> bool:
    """Say whether somebody with these powers may look at what carries a secrecy class."""
    return secrecy != "secret" or bool(powers & {"atlas.read_secret", "*"})


def default_code_system(layer: str) -> str:
    """Return the class-code system that a layer's file is read by when none is named."""
    return SURVEY3 if layer in ("landuse", "basic_farmland", "violations") else ""


def check_county(code: str, name: str, epsg: int) -> None:
    """Raise a Refusal for a county that cannot be: GB/T 2260 code, name, or zone."""
    if not re.fullmatch(r"[1-8][0-9]{5}", code):
        raise Refusal(
            "行政区划代码应为六位数字", where=code, rule="GB/T 2260", remedy="例如 430626"
        )
    if not name.strip():
        raise Refusal("县名不能为空", remedy="例如 --name 平江县")
    if not (4513 <= epsg <= 4554):
        raise Refusal(
            "县的坐标系应为 CGCS2000 三度带",
            where=f"EPSG:{epsg}",
            rule="国土调查用三度分带（EPSG 4513 至 4554）",
            remedy="例如中央经线 114 度不带带号为 4547",
        )


def checked_layer(name: str, title: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a county's own layer; a Refusal for a bad name, kind or protection."""
    if not LAYER_NAME.fullmatch(name):
        raise Refusal(
            "图层名称只能用小写字母、数字和下划线，以字母开头", where=name, remedy="例如 tea_hills"
        )
    if not title.strip():
        raise Refusal("图层标题不能为空", where=name, remedy="用 --title 给出中文标题")
    protection = facts.get("protection") or {}
    if protection:
        _check_protection(name, protection)
    return _whole_layer({"name": name, "title": title, **facts})


def _check_protection(name: str, protection: dict[str, Any]) -> None:
    if protection.get("verdict") not in _VERDICTS:
        raise Refusal(
            "保护规则的结论应为 block、warn 或 note", where=name, remedy="用 --verdict 指明"
        )
    if not str(protection.get("clause", "")).strip():
        raise Refusal("保护规则应写明依据条款", where=name, remedy="用 --clause 写明法规和条")
    if protection["verdict"] == "block" and protection.get("certainty", "sure") != "sure":
        raise Refusal(
            "依据不确定的规则只能提醒，不能否决", where=name, remedy="改为 warn，或核实条款"
        )
    if float(protection.get("distance_m", 0)) < 0:
        raise Refusal("距离不能为负", where=name)


def _whole_layer(entry: dict[str, Any]) -> dict[str, Any]:
    whole = {
        "group": "其他",
        "kind": "protected",
        "geometry": "polygon",
        "label_field": "",
        "code_field": "",
        "order": 800,
        "secrecy": "internal",
        "style": {"line": "#455a64", "width": 1.2, "fill": "#455a64", "fill_opacity": 0.12},
        "protection": {},
        **entry,
    }
    named = [whole[key] for key in ("label_field", "code_field") if whole[key]]
    whole.setdefault("search_fields", named)
    whole.setdefault("tiling", {"min": 7, "max": 14, "fields": [*named, "area_dm2"]})
    return whole


@lru_cache(maxsize=1)
def _systems() -> dict[str, ClassSystem]:
    return {entry["id"]: _system(entry) for entry in _data("landclasses.toml")["system"]}


def _system(entry: dict[str, Any]) -> ClassSystem:
    classes = {
        code: LandClass(
            code=code,
            name=name,
            great=great,
            great_name=GREAT_CLASSES[great],
            is_cultivated=code[:2] in entry["cultivated"],
            is_adjustable=code.endswith("K"),
            colour=colour,
            system=entry["id"],
            level=max(1, len(code.rstrip("AK")) // 2),
        )
        for code, name, great, colour in entry["classes"]
    }
    return ClassSystem(
        id=entry["id"],
        title=entry["title"],
        source=entry["source"],
        certainty=entry["certainty"],
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
        classes=classes,
    )


@lru_cache(maxsize=1)
def _crosswalks() -> dict[tuple[str, str], dict[str, Any]]:
    return {(entry["from"], entry["to"]): entry for entry in _data("landclasses.toml")["crosswalk"]}


@lru_cache(maxsize=2)
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files("guotu.core.atlas").joinpath(name).read_text("utf-8"))
