"""How versions are written: what was known is superseded and kept, what is known stands beside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from guotu.core.atlas.queries import county_frame
from guotu.core.journal.actions import Act
from guotu.core.people.scope import covers
from guotu.core.register.geometry import placed
from guotu.core.register.models import Thing, Version
from guotu.core.register.personal import sealed_facts
from guotu.core.register.rules import Kind, Span, check_facts
from guotu.core.register.rules.kinds import GEOMETRIES
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.lineage import is_on_grid
from guotu.lib.refusal import Refusal


class _Unchanged:
    """What is given for a part that stays as it was."""


UNCHANGED: Any = _Unchanged()


@dataclass(frozen=True)
class Content:
    """What a version says of a thing, its days apart."""

    facts: Mapping[str, Any]
    geometry: Any
    area_dm2: int | None
    division: str
    source: str
    stated: int


def content_of(version: Version) -> Content:
    """Return what a version says."""
    return Content(
        version.facts,
        version.geometry,
        version.area_dm2,
        version.division,
        version.source,
        version.stated_sequence,
    )


@dataclass(frozen=True)
class Said:
    """What is newly said of a thing: facts to set (None takes one away), and parts to replace."""

    facts: Mapping[str, Any]
    geometry: Any = UNCHANGED
    area_dm2: Any = UNCHANGED
    division: Any = UNCHANGED
    source: str = ""

    @property
    def moves_land(self) -> bool:
        """Say whether geometry or area are replaced."""
        return self.geometry is not UNCHANGED or self.area_dm2 is not UNCHANGED

    def check_says_something(self, name: str) -> None:
        """Raise Refusal where nothing is said."""
        if not (self.facts or self.moves_land or self.division is not UNCHANGED):
            raise Refusal("没有写明改了什么", name, remedy="写上要改的事项、图形、面积或行政区")


def sealed(kind: Kind, said: Said) -> Said:
    """Return what is said with its personal facts sealed, once for all the versions it goes to."""
    return replace(said, facts=sealed_facts(kind, said.facts))


def content_with(act: Act, kind: Kind, before: Content | None, said: Said, name: str) -> Content:
    """Return what holds when something is newly said, checked against the kind."""
    merged = {**(before.facts if before else {}), **said.facts}
    facts = {key: value for key, value in merged.items() if value is not None}
    check_facts(kind, facts)
    geometry = _given(said.geometry, before and before.geometry)
    if said.geometry is not UNCHANGED:
        _check_geometry(kind, geometry, name)
    division = _given(said.division, before.division if before else "")
    check_scope(act, division, name)
    area = _area(kind, geometry, said, before)
    return Content(facts, geometry, area, division, said.source, act.sequence)


def _given(value: Any, otherwise: Any) -> Any:
    return otherwise if value is UNCHANGED else value


def _area(kind: Kind, geometry: Any, said: Said, before: Content | None) -> int | None:
    if said.area_dm2 is not UNCHANGED:
        if said.area_dm2 is not None and (said.area_dm2 < 0 or not kind.has_area):
            raise Refusal(
                "面积写得不对", str(said.area_dm2), "面积以整平方分米记，不为负", "改正后再办"
            )
        found: int | None = said.area_dm2
        return found
    if said.geometry is UNCHANGED:
        return before.area_dm2 if before else None
    if geometry is None or not kind.has_area:
        return None
    return int(legal_area_dm2(np.array([geometry], object), county_frame())[0])


def _check_geometry(kind: Kind, geometry: Any, name: str) -> None:
    if geometry is None:
        return
    if geometry.is_empty or geometry.geom_type not in GEOMETRIES[kind.geometry]:
        raise Refusal(
            f"{kind.title}不能是这种图形", f"{name}，{geometry.geom_type}", kind.source, "核对图形"
        )
    if geometry.has_z or not shapely.is_valid(geometry):
        reason = "带高程" if geometry.has_z else shapely.is_valid_reason(geometry)
        raise Refusal(
            "图形不合要求", f"{name}（{reason}）", "登记簿只收有效的平面图形", "改正图形再办"
        )
    if not is_on_grid(geometry):
        raise Refusal(
            "坐标不在 0.1 毫米格网上",
            name,
            "国土调查数据库标准：坐标保留 0.1 毫米",
            "坐标取 4 位小数后再办",
        )


def check_scope(act: Act, division: str, name: str) -> None:
    """Raise Refusal where the acting post does not act in a division."""
    if not covers(act.actor.areas, division):
        raise Refusal(
            "不在本岗位的办理区域内",
            f"{name}，{division or '未注明行政区'}",
            "权限 岗位只办理所辖行政区的事",
            "请由所辖岗位办理",
        )


def life_of(thing: Thing) -> list[Version]:
    """Return what is known now of a thing, in order of days."""
    return list(
        Version.objects.filter(thing=thing, superseded_sequence=None).order_by("valid_from")
    )


def spans_of(life: Iterable[Version]) -> list[Span]:
    """Return the days of versions."""
    return [Span(one.valid_from, one.valid_to) for one in life]


def supersede(act: Act, versions: Iterable[Version]) -> None:
    """Say of versions that they are no longer what is known; raises where one was already."""
    ids = [one.pk for one in versions]
    live = Version.objects.filter(pk__in=ids, superseded_sequence=None)
    if live.update(superseded_sequence=act.sequence) != len(ids):
        raise RuntimeError("a version was superseded twice")


def version(act: Act, thing: Thing, span: Span, content: Content) -> Version:
    """Return a version, not yet written, of a thing over some days."""
    return Version(
        thing=thing,
        kind=thing.kind,
        code=thing.code,
        valid_from=span.begin,
        valid_to=span.end,
        sequence=act.sequence,
        stated_sequence=content.stated,
        division=content.division,
        facts=dict(content.facts),
        area_dm2=content.area_dm2,
        source=content.source,
        **placed(content.geometry),
    )


def write(versions: Iterable[Version]) -> None:
    """Write versions in their order."""
    Version.objects.bulk_create(list(versions), batch_size=500)


def name_of(kind: Kind, code: str) -> str:
    """Return what a clerk calls a thing."""
    return f"{kind.title} {code}"
