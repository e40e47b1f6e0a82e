"""A kind of thing: what it is called, how its code is written, which facts it has.

A duty declares its kinds in a `kinds.toml` beside its code; what is not declared is refused.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guotu.lib.refusal import Refusal

GEOMETRIES: Mapping[str, frozenset[str]] = {
    "area": frozenset({"Polygon", "MultiPolygon"}),
    "polygon": frozenset({"Polygon"}),
    "line": frozenset({"LineString", "MultiLineString"}),
    "point": frozenset({"Point"}),
    "any": frozenset({"Polygon", "MultiPolygon", "LineString", "MultiLineString", "Point"}),
    "none": frozenset(),
}
TYPES = {"text": "文字", "integer": "整数", "number": "数", "date": "日期", "yes_no": "是或否"}
SECRECY = ("open", "internal", "secret")


@dataclass(frozen=True)
class Fact:
    """One fact of a kind: its Chinese title, type, secrecy, and whether it is personal data."""

    name: str
    title: str
    type: str = "text"
    required: bool = False
    secrecy: str = "internal"
    personal: bool = False
    pattern: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of thing (登记种类). `release` says how it is read from a release of the atlas."""

    name: str
    title: str
    identity: str
    identity_title: str
    geometry: str
    source: str
    facts: Mapping[str, Fact]
    release: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_area(self) -> bool:
        """Say whether things of this kind cover land."""
        return self.geometry in ("area", "polygon")

    def check_code(self, code: str) -> None:
        """Raise Refusal for a code that this kind cannot have."""
        if not re.fullmatch(self.identity, code):
            raise Refusal(
                f"{self.title}的编码写得不对",
                code[:64],
                f"{self.identity_title}（{self.source}）",
                "核对编码的位数和字符",
            )


def kinds_of(table: Mapping[str, Any]) -> list[Kind]:
    """Return the kinds of a parsed `kinds.toml`. Raises KeyError, TypeError or ValueError."""
    return [_kind(dict(row)) for row in table.get("kind", [])]


def _kind(row: dict[str, Any]) -> Kind:
    facts = [
        Fact(**{**one, "choices": tuple(one.get("choices", ()))}) for one in row.pop("fact", [])
    ]
    kind = Kind(facts={fact.name: fact for fact in facts}, **row)
    re.compile(kind.identity)
    if kind.geometry not in GEOMETRIES or not re.fullmatch(r"[a-z][a-z_]{0,31}", kind.name):
        raise ValueError(f"kind {kind.name}: no such geometry, or no such name")
    for fact in facts:
        if fact.type not in TYPES or fact.secrecy not in SECRECY:
            raise ValueError(f"kind {kind.name}: fact {fact.name} has no such type or secrecy")
        if fact.personal and fact.type != "text":
            raise ValueError(f"kind {kind.name}: only text is sealed, not {fact.name}")
    return kind


def check_facts(kind: Kind, facts: Mapping[str, Any]) -> None:
    """Raise Refusal for facts outside the kind's schema, or short of it."""
    for name in facts:
        if name not in kind.facts:
            known = "、".join(kind.facts)
            raise Refusal(
                f"{kind.title}没有这个事项",
                name,
                f"{kind.title}的事项：{known}",
                "删去或改正这个事项",
            )
    for fact in kind.facts.values():
        if fact.name in facts:
            _check_fact(kind, fact, facts[fact.name])
        elif fact.required:
            raise Refusal(
                f"缺少{fact.title}", fact.name, f"{kind.title}必须记载{fact.title}", "补上再办"
            )


def _check_fact(kind: Kind, fact: Fact, value: Any) -> None:
    where = f"{fact.title}（{fact.name}）"
    # What is sealed cannot be looked at; `check_text` saw it before.
    if fact.personal and isinstance(value, dict) and value.keys() == {"subject", "sealed"}:
        return
    if fact.personal or not _is_of(fact.type, value):
        raise Refusal(f"{kind.title}的事项类型不对", where, f"应为{TYPES[fact.type]}", "改正后再办")
    check_text(kind, fact, value)


def check_text(kind: Kind, fact: Fact, value: Any) -> None:
    """Raise Refusal for a value that is not one of the choices, or not written as it should be."""
    where = f"{fact.title}（{fact.name}）"
    if fact.choices and value not in fact.choices:
        listed = "、".join(fact.choices)
        raise Refusal(f"{kind.title}的事项不在可选值中", where, f"可选：{listed}", "改选其一")
    if fact.pattern and not re.fullmatch(fact.pattern, str(value)):
        raise Refusal(f"{kind.title}的事项写法不对", where, f"格式 {fact.pattern}", "改正后再办")


def _is_of(kind: str, value: Any) -> bool:
    if kind == "yes_no":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "date":
        return isinstance(value, str) and _is_date(value)
    wanted: tuple[type, ...] = {"text": (str,), "integer": (int,), "number": (int, float)}[kind]
    # NaN and infinity are no JSON.
    return isinstance(value, wanted) and value == value and abs(_size(value)) < float("inf")


def _size(value: Any) -> float:
    return 0.0 if isinstance(value, str) else float(value)


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
