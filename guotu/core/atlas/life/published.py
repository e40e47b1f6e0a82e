"""The ribbon's first source: what each release of each layer says of the place."""

import datetime
import itertools
from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guotu.core.atlas import rules, wording
from guotu.core.atlas.life import reading, runs
from guotu.core.atlas.life.events import LifeEvent, LifePaper, LifePlace, LifeRule
from guotu.core.atlas.life.sources import life_source, rules_at
from guotu.core.atlas.models import Layer, Release
from guotu.core.atlas.reader import reader_in
from guotu.core.atlas.within import outline_of
from guotu.core.files.queries import may_read
from guotu.core.journal.actions import Actor

_CONSTRUCTION = "construction"
# 权属性质 of TD/T 1057: 3x is collective, 1x and 2x state land.
_COLLECTIVE, _STATE = "3", ("1", "2")


@life_source(order=10, title=gettext_lazy("图层版本"), powers=["atlas.read"])
def releases_at(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield, layer by layer, what its releases say: states, changes between, what is withdrawn."""
    press = _Press(place, viewer)
    for layer, known in press.layers:
        yield from _Telling(press, layer, known).events()


class _Press:
    """What one press asks the store: once for all layers, however many there are."""

    def __init__(self, place: LifePlace, viewer: Actor) -> None:
        self.place, self.viewer = place, viewer
        self.reader = reader_in(viewer)
        self.where = outline_of(self.reader)
        self.layers = reading.known_releases(place, viewer.powers)
        known = [one for _, each in self.layers for one in each.releases]
        self.held = reading.held_back(known, place)
        self.acts = reading.sequences(_subject(one) for one in known)
        self.rules = rules_at(place)

    def rules_on(self, subjects: list[str], *days: datetime.date) -> tuple[LifeRule, ...]:
        """Return the rules about each subject on each day, every one once."""
        asked = itertools.product(subjects, days)
        return tuple(dict.fromkeys(one for key in asked for one in self.rules(*key)))


class _Telling:
    """Tells one layer's releases at one place."""

    def __init__(self, press: _Press, layer: Layer, known: reading.Known) -> None:
        self.press, self.layer, self.later = press, layer, known.later
        self.place, self.viewer = press.place, press.viewer
        asked = (self.place, press.reader, press.where)
        self.read = {one.pk: reading.read(one, *asked) for one in known.releases}

    def events(self) -> Iterator[LifeEvent]:
        """Yield the events in the order of time, what never was in force last."""
        gone: list[runs.Seen] = []
        valid: list[runs.Seen] = []
        for one in self.read.values():
            out = reading.is_withdrawn(one.release, self.place.known_on)
            (gone if out else valid).append(one.seen)
        lasting, superseded = runs.in_force(valid)
        found = runs.runs_of(lasting)
        between = {id(after): self._change(before, after) for before, after in runs.changes(found)}
        for run in found:
            if id(run) in between:
                yield between[id(run)]
            yield self._run(run, is_last=run is found[-1])
        yield from (self._set_aside(one, "superseded") for one in superseded)
        yield from (self._set_aside(one, "withdrawn") for one in gone)
        for release in self.later:
            # Known only later: the ribbon counts it and leaves it out.
            day = reading.day_of(release.recorded_at)
            yield self._event(release.released, None, str(release), recorded=day)

    def _event(self, start: Any, end: Any, title: str, **more: Any) -> LifeEvent:
        more.setdefault("secrecy", self.layer.secrecy)
        return LifeEvent(start, end, self.layer.title, title, **more)

    def _run(self, run: runs.Run, *, is_last: bool) -> LifeEvent:
        first, last = self.read[run.first.release], self.read[run.last.release]
        start, end = run.first.released, None if is_last else run.last.released
        if last.seen.things is None:
            return self._event(
                start,
                end or run.last.released,
                _("版本 %(name)s 的数据读不出来，此处不明") % {"name": last.release.name},
                kind="fault",
                **self._trace(last.release),
            )
        return self._event(
            start,
            end,
            self._title(last.seen),
            detail=self._detail(run, is_last=is_last),
            kind="is" if last.seen.things else "out",
            rule=self._rules(run) if last.seen.things else (),
            **self._trace(first.release, paper_of=last.release),
        )

    def _change(self, before: runs.Run, after: runs.Run) -> LifeEvent:
        how = runs.compared(before.last, after.first)
        dates = {"before": before.last.released, "after": after.first.released}
        titles = {
            "changed": _("%(before)s 与 %(after)s 之间有变化") % dates,
            "same": _("%(before)s 与 %(after)s 之间换了分类体系，地类未变") % dates,
            "likely_same": _("%(before)s 与 %(after)s 之间换了分类体系，地类可能未变") % dates,
            "incomparable": _("%(before)s 与 %(after)s 的分类体系不同，无法比较") % dates,
        }
        parts = [f"{self._named(before.last)} → {self._named(after.first)}"]
        if how.relation == "changed":
            parts.append(_("何日变化，版本没有说"))
        if how.source:
            sure = "" if how.certainty == "sure" else _("（不确定）")
            parts.append(_("对照：") + how.source + sure)
        return self._event(
            before.last.released,
            after.first.released,
            titles[how.relation],
            detail="\n".join(parts),
            kind="change",
            rule=self._rules_of_change(before.last, after.first),
            **self._trace(self.read[after.first.release].release),
        )

    def _set_aside(self, seen: runs.Seen, kind: str) -> LifeEvent:
        release = self.read[seen.release].release
        name = {"name": release.name, "state": self._title(seen)}
        if kind == "superseded":
            title = _("%(state)s（版本 %(name)s，同日另有版本取代）") % name
            detail, sequence = "", self._act("atlas.publish", release)
        else:
            title = _("%(state)s（版本 %(name)s，已撤回）") % name
            day = reading.day_of(release.withdrawn_at) if release.withdrawn_at else ""
            detail = _("%(day)s 撤回：%(reason)s") % {
                "day": day,
                "reason": release.withdrawn_reason,
            }
            sequence = self._act("atlas.withdraw", release)
        traced = {**self._trace(release), "sequence": sequence}
        return self._event(seen.released, seen.released, title, detail=detail, kind=kind, **traced)

    def _act(self, verb: str, release: Release) -> int | None:
        return self.press.acts.get((verb, _subject(release)))

    def _trace(self, release: Release, paper_of: Release | None = None) -> dict[str, Any]:
        paper_from = paper_of or release
        secret = "secret" in (release.secrecy, self.layer.secrecy)
        return {
            "paper": self._paper(paper_from),
            "address": f"{reverse('layer', args=[self.layer.name])}#release-{paper_from.pk}",
            "sequence": self._act("atlas.publish", release),
            "secrecy": "secret" if secret else release.secrecy,
            "recorded": reading.day_of(release.recorded_at),
        }

    def _paper(self, release: Release) -> LifePaper | None:
        file = release.source
        if file is None or not rules.may_see(file.secrecy, self.viewer.powers):
            return None
        opens = may_read(self.viewer, file)
        address = reverse("file-download", args=[file.pk]) if opens else ""
        return LifePaper(file.name, address=address)

    def _title(self, seen: runs.Seen) -> str:
        if seen.things is None:
            return _("不明")
        if not seen.things:
            return _("没有图斑") if self.layer.kind == "base" else _("不在其内")
        return "；".join(_thing_title(one, seen.code_system) for one in seen.things)

    def _named(self, seen: runs.Seen) -> str:
        system = rules.class_systems().get(seen.code_system)
        title = self._title(seen)
        return f"{title}（{system.title}）" if system and seen.things else title

    def _detail(self, run: runs.Run, *, is_last: bool) -> str:
        names = "、".join(self.read[one.release].release.name for one in run.seen)
        parts = [_("依据版本 %(names)s") % {"names": names}]
        system = rules.class_systems().get(run.last.code_system)
        if system and run.last.things:
            parts.append(_("分类体系：") + system.title)
        if len(run.seen) > 1:
            parts.append(_("其间各版本所载相同，未见变化"))
        if is_last:
            parts.append(_("此后没有新版本，沿用至所看之日"))
        for fact in self.read[run.last.release].facts:
            lines = [one for one in wording.lines_of(fact) if one["main"]]
            said = "，".join(f"{one['label']} {one['value']}{one['unit']}" for one in lines)
            area = _("面积 %(area)s 平方米") % {"area": wording.area_text(fact["area_dm2"])}
            parts.append("，".join(filter(None, [said, area if fact["area_dm2"] else ""])))
        for one in run.seen:
            parts += [
                _("版本 %(name)s 在此处有一个待确认的图斑，没有采用：%(reason)s")
                % {"name": self.read[one.release].release.name, "reason": reason}
                for reason in self.press.held.get(one.release, [])
            ]
        return "\n".join(parts)

    def _rules(self, run: runs.Run) -> tuple[LifeRule, ...]:
        return self.press.rules_on([self.layer.name], run.first.released, run.last.released)

    def _rules_of_change(self, before: runs.Seen, after: runs.Seen) -> tuple[LifeRule, ...]:
        wanted = [self.layer.name]
        if _is(_CONSTRUCTION, after) and not _is(_CONSTRUCTION, before):
            wanted.append("conversion")
        rights = [{one.right[:1] for one in seen.things or ()} for seen in (before, after)]
        if _COLLECTIVE in rights[0] and rights[1] & set(_STATE):
            wanted.append("expropriation")
        return self.press.rules_on(wanted, before.released, after.released)


def _subject(release: Release) -> str:
    return f"release:{release}"


def _is(great: str, seen: runs.Seen) -> bool:
    classes = rules.class_systems().get(seen.code_system)
    found = [classes.classes.get(one.code) for one in seen.things or ()] if classes else []
    return any(one is not None and one.great == great for one in found)


def _thing_title(thing: runs.Thing, code_system: str) -> str:
    system = rules.class_systems().get(code_system)
    found = system.classes.get(thing.code) if system else None
    code = f"{found.name} {thing.code}" if found else thing.code
    return " · ".join(dict.fromkeys(filter(None, [thing.label, code, thing.owner])))
