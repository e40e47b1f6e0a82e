"""The plain values that a review is made of: what is held, on what occasion, what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import shapely
from numpy.typing import NDArray

from guotu.lib.rules import Rule

# Worst first.
VERDICTS = ("block", "warn", "note", "pass")


@dataclass(frozen=True)
class HeldLayer:
    """The part of one layer's release that lies near the site, in the county's frame.

    `geometry` is a shapely array, `fields` a table of the same length, `feature` the stored ids.
    """

    name: str
    title: str
    release: str
    sha256: str
    geometry: NDArray[Any]
    fields: pa.Table
    feature: list[str]
    code_system: str = "survey3"
    label_field: str = ""
    protection: Mapping[str, Any] = field(default_factory=dict)
    secrecy: str = "internal"

    def column(self, name: str) -> list[str]:
        """Return a field as text; a missing field or value is ""."""
        if name not in self.fields.column_names:
            return [""] * len(self.feature)
        return ["" if v is None else str(v) for v in self.fields.column(name).to_pylist()]

    def numbers(self, name: str) -> list[float]:
        """Return a field as numbers; what is missing or no number is 0."""
        return [_number(text) for text in self.column(name)]

    def label(self, row: int) -> str:
        """Return what a person calls the feature: its label field, a name or number, or its id."""
        for name in (self.label_field, "MC", "XMMC", "KSMC", "HXMC", "BH", "TBBH"):
            if name and name in self.fields.column_names:
                value = self.fields.column(name)[row].as_py()
                if value not in (None, ""):
                    return str(value)
        return self.feature[row]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


@dataclass(frozen=True)
class Occasion:
    """For what, when and where a site is reviewed; `papers` are the documents already at hand."""

    act_date: date
    decision_date: date
    place: str = ""
    project: str = ""
    industry: str = ""
    papers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Touched:
    """One feature of a layer that the site overlaps or comes near to."""

    feature: str
    label: str
    area_dm2: int
    distance_m: float | None = None


@dataclass(frozen=True)
class Finding:
    """What one rule found in one release of one layer, with the piece itself (county frame)."""

    rule: str
    clause: str
    layer: str
    release: str
    verdict: str
    area_dm2: int
    title: str
    text: str
    mark: str
    geometry: shapely.Geometry | None = None
    touched: tuple[Touched, ...] = ()
    classes: tuple[tuple[str, str, int], ...] = ()
    paper: str = ""
    paper_title: str = ""
    paper_can_lift: bool = False
    source: str = ""
    blockers: tuple[shapely.Geometry, ...] = ()

    @classmethod
    def of(
        cls,
        rule: Rule,
        layer: HeldLayer,
        verdict: str,
        area_dm2: int,
        *,
        title: str,
        text: str,
        **more: Any,
    ) -> "Finding":
        """Return what `rule` found in `layer`, with the rule's clause and the layer's release."""
        return cls(
            rule=rule.id,
            clause=rule.article,
            layer=layer.name,
            release=layer.release,
            verdict=verdict,
            area_dm2=area_dm2,
            title=title,
            text=text,
            mark=rule.mark,
            source=rule.source,
            **more,
        )

    @property
    def blocks(self) -> bool:
        """Say whether the finding stands against the site."""
        return self.verdict == "block"


@dataclass(frozen=True)
class Approval:
    """One decision that the site needs: conversion and expropriation are two."""

    act: str
    level: str
    clause: str
    reason: str
    area_dm2: int
    mark: str


@dataclass(frozen=True)
class Remedy:
    """The least change that would pass: a trimmed boundary, papers, or both.

    `geometry` (county frame) is None where the boundary stays as it is.
    """

    id: str
    kind: str
    title: str
    text: str
    lost_dm2: int
    left_dm2: int
    geometry: NDArray[Any] | None = None
    papers: tuple[tuple[str, str], ...] = ()
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unchecked:
    """A layer that a rule wants and the county has no release of: not checked, so not clean."""

    layer: str
    title: str
    rule: str
    clause: str
    required: bool
    reason: str = "本县没有该图层的有效版本，未核对"


def worst(verdicts: list[str]) -> str:
    """Return the worst of some verdicts; none is a pass."""
    return min(verdicts, key=VERDICTS.index, default="pass")
