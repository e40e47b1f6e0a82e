"""Takes a release of the atlas into the register: read = begun + changed + unchanged + refused."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from guotu.core.atlas.models import Release
from guotu.core.atlas.queries import LayerRows, rows_of
from guotu.core.journal.actions import Act, action
from guotu.core.people.scope import covers
from guotu.core.register import catalogue
from guotu.core.register.actions.versions import WRITE
from guotu.core.register.actions.writing import (
    Content,
    content_of,
    supersede,
    version,
    write,
)
from guotu.core.register.models import Thing, Version
from guotu.core.register.rules import Kind, Span, check_facts
from guotu.core.register.rules.kinds import GEOMETRIES
from guotu.lib.geo.lineage import is_on_grid
from guotu.lib.refusal import Refusal

_BATCH = 5_000
_MOST_NAMED = 100


@dataclass
class Taken:
    """What became of the features of a release, and of things that the release does not have."""

    read: int = 0
    begun: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0
    absent: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the account as plain JSON; the first hundred refused features are named."""
        names = ("read", "begun", "changed", "unchanged", "ended", "absent")
        counts = {name: getattr(self, name) for name in names}
        reasons = Counter(reason for _feature, reason in self.refused)
        return counts | {
            "refused": len(self.refused),
            "reasons": dict(reasons),
            "refused_features": [list(one) for one in self.refused[:_MOST_NAMED]],
        }


@action("register.take_from_release", power=WRITE)
def take_from_release(
    act: Act,
    *,
    kind: str,
    release: Release,
    on: datetime.date | None = None,
    end_absent: bool = False,
) -> Taken:
    """Have the register say of things what a release says of them, from a day (the release's) on.

    A thing that the release has otherwise is changed, one that it does not have is counted, and
    ended only where `end_absent` asks for it. Raises RuntimeError where the account does not close.
    """
    of = catalogue.kind(kind)
    _check_release(of, release)
    rows, day = rows_of(release), on or release.released
    taking = _Taking(act, of, release, day)
    for first in range(0, len(rows), _BATCH):
        taking.take(rows, range(first, min(first + _BATCH, len(rows))))
    taking.close(end_absent)
    found = taking.taken
    if found.read != found.begun + found.changed + found.unchanged + len(found.refused):
        raise RuntimeError("the account of a release does not close")
    act.subject = act.subject or f"release:{release}"
    act.outcome = {"kind": kind, "release": str(release), "on": str(day), **found.as_dict()}
    act.tell("change", what="register.take_from_release", of=kind, release=str(release))
    return found


def _check_release(kind: Kind, release: Release) -> None:
    if kind.release.get("layer") != release.layer.name:
        raise Refusal(
            f"{kind.title}不由这个图层取得",
            str(release),
            f"{kind.title}取自图层 {kind.release.get('layer', '（无）')}",
            "改用对应的图层版本",
        )
    if release.withdrawn_at is not None:
        raise Refusal("图层版本已经撤回", str(release), release.withdrawn_reason, "改用有效的版本")


def _typed(kind: Kind, name: str, value: Any) -> Any:
    """Return a whole number that a release writes as text (GDDB in some deliveries) as a number."""
    whole = kind.facts[name].type == "integer" and isinstance(value, str)
    return int(value) if whole and value.isascii() and value.isdigit() else value


class _Taking:
    """One release under way: what the register knows now, and what is still to be written."""

    def __init__(self, act: Act, kind: Kind, release: Release, on: datetime.date) -> None:
        self.act, self.kind, self.on = act, kind, on
        self.source = f"{release.layer.title} {release.name}"
        self.taken = Taken()
        self.seen: set[str] = set()

    def take(self, rows: LayerRows, part: range) -> None:
        """Take some features: refuse, or begin, or change, or leave."""
        table = rows.fields.slice(part.start, len(part)).to_pylist()
        shapes = rows.geometry[part.start : part.stop]
        sound = shapely.is_valid(shapes) & ~shapely.is_empty(shapes) & ~shapely.has_z(shapes)
        features = rows.feature[part.start : part.stop]
        asked: list[tuple[str, Content]] = []
        for feature, fields, shape, good in zip(features, table, shapes, sound, strict=True):
            self.taken.read += 1
            try:
                asked.append(self._content(fields, shape, bool(good)))
            except Refusal as refused:
                self.taken.refused.append((feature, refused.what))
        self._write(asked)

    def _content(self, fields: Mapping[str, Any], shape: Any, good: bool) -> tuple[str, Content]:
        reading = self.kind.release
        code = "-".join(str(fields.get(name) or "") for name in reading["identity"])
        self.kind.check_code(code)
        if code in self.seen:
            raise Refusal("编码在同一版本中重复", code)
        named = {name: fields.get(name) for name in self.kind.facts}
        facts = {
            name: _typed(self.kind, name, value)
            for name, value in named.items()
            if value not in (None, "")
        }
        check_facts(self.kind, facts)
        if not good or shape.geom_type not in GEOMETRIES[self.kind.geometry]:
            raise Refusal("图形不合要求", code)
        if not is_on_grid(shape):
            raise Refusal("坐标不在 0.1 毫米格网上", code)
        division = str(fields.get(reading["division"]) or "")[: reading["division_digits"]]
        if not covers(self.act.actor.areas, division):
            raise Refusal("不在本岗位的办理区域内", code)
        self.seen.add(code)
        area = int(fields["area_dm2"]) if self.kind.has_area else None
        return code, Content(facts, shape, area, division, self.source, self.act.sequence)

    def _write(self, asked: list[tuple[str, Content]]) -> None:
        codes = [code for code, _content in asked]
        things = {
            one.code: one for one in Thing.objects.filter(kind=self.kind.name, code__in=codes)
        }
        lasts = self._lasts(things.values())
        begun: list[tuple[str, Content]] = []
        old: list[Version] = []
        new: list[Version] = []
        for code, content in asked:
            if code not in things:
                begun.append((code, content))
            elif self._is_same(lasts[things[code].pk], content):
                self.taken.unchanged += 1
            elif reason := self._obstacle(lasts[things[code].pk]):
                self.taken.refused.append((code, reason))
            else:
                last = lasts[things[code].pk]
                old.append(last)
                before = Span(last.valid_from, self.on)
                new.append(version(self.act, things[code], before, content_of(last)))
                new.append(version(self.act, things[code], Span(self.on, None), content))
        supersede(self.act, old)
        write(new + self._begun(begun))
        self.taken.begun += len(begun)
        self.taken.changed += len(old)

    def _begun(self, asked: list[tuple[str, Content]]) -> list[Version]:
        made = [
            Thing(kind=self.kind.name, code=code, sequence=self.act.sequence) for code, _ in asked
        ]
        made = Thing.objects.bulk_create(made, batch_size=500)
        span = Span(self.on, None)
        return [
            version(self.act, thing, span, content)
            for thing, (_code, content) in zip(made, asked, strict=True)
        ]

    def _lasts(self, things: Any) -> dict[int, Version]:
        live = Version.objects.filter(thing__in=list(things), superseded_sequence=None)
        return {one.thing_id: one for one in live.order_by("valid_from")}

    def _is_same(self, last: Version, content: Content) -> bool:
        return (
            last.valid_to is None
            and last.valid_from <= self.on
            and last.facts == content.facts
            and last.division == content.division
            and last.area_dm2 == content.area_dm2
            and bool(shapely.equals_identical(last.geometry, content.geometry))
        )

    def _obstacle(self, last: Version) -> str:
        if last.valid_to is not None:
            return "登记对象已经终止"
        if last.valid_from >= self.on:
            return "登记簿已有同日或更晚的记载"
        return "" if covers(self.act.actor.areas, last.division) else "不在本岗位的办理区域内"

    def close(self, end_absent: bool) -> None:
        """Count, and where asked end, the living things that the release does not have."""
        live = Version.objects.filter(kind=self.kind.name, superseded_sequence=None, valid_to=None)
        living = live.exclude(valid_from__gte=self.on).values_list("pk", "code", "division")
        absent = [
            key
            for key, code, division in living.iterator()
            if code not in self.seen and covers(self.act.actor.areas, division)
        ]
        self.taken.absent = len(absent)
        if not end_absent:
            return
        for some in np.array_split(np.array(absent, np.int64), len(absent) // _BATCH + 1):
            ended = list(Version.objects.filter(pk__in=some.tolist()).select_related("thing"))
            supersede(self.act, ended)
            write(
                version(self.act, one.thing, Span(one.valid_from, self.on), content_of(one))
                for one in ended
            )
        self.taken.ended = len(absent)
