"""Begins, changes, corrects and ends things; what was known before is never overwritten."""

import datetime
from collections.abc import Mapping
from typing import Any

from guotu.core.journal.actions import Act, action
from guotu.core.register import catalogue
from guotu.core.register.actions.writing import (
    UNCHANGED,
    Said,
    check_scope,
    content_of,
    content_with,
    life_of,
    name_of,
    sealed,
    spans_of,
    supersede,
    version,
    write,
)
from guotu.core.register.models import Descent, Thing, Version
from guotu.core.register.rules import (
    Span,
    check_appended,
    check_corrected,
    check_ended,
    check_life,
)
from guotu.lib.refusal import Refusal

Day = datetime.date
WRITE = "register.write"


@action("register.begin", power=WRITE)
def begin(
    act: Act,
    *,
    kind: str,
    code: str,
    on: Day,
    facts: Mapping[str, Any] | None = None,
    geometry: Any = None,
    area_dm2: Any = UNCHANGED,
    division: str = "",
    source: str = "",
) -> Thing:
    """Begin a thing on a day. Its code is its own for ever; its legal area follows its geometry.

    `facts` as the kind declares them; personal ones bare or as `Personal`. `source` is the paper.
    """
    of = catalogue.kind(kind)
    of.check_code(code)
    if Thing.objects.filter(kind=kind, code=code).exists():
        raise Refusal("这个编码已经登记过", name_of(of, code), "编码终身不变，不得重用", "核对编码")
    said = sealed(of, Said(facts or {}, geometry, area_dm2, division, source))
    content = content_with(act, of, None, said, name_of(of, code))
    thing = Thing.objects.create(kind=kind, code=code, sequence=act.sequence)
    write([version(act, thing, Span(on, None), content)])
    _tell(act, thing, "begin", on)
    return thing


@action("register.change", power=WRITE)
def change(
    act: Act,
    *,
    thing: Thing,
    on: Day,
    facts: Mapping[str, Any] | None = None,
    geometry: Any = UNCHANGED,
    area_dm2: Any = UNCHANGED,
    division: Any = UNCHANGED,
    source: str = "",
) -> Version:
    """Have a thing be otherwise from a day on: what is not named stays; a fact of None goes."""
    of, name = _kind_and_name(thing)
    said = sealed(of, Said(facts or {}, geometry, area_dm2, division, source))
    said.check_says_something(name)
    life = life_of(thing)
    check_appended(spans_of(life), on, name)
    last = life[-1]
    check_scope(act, last.division, name)
    before = content_of(last)
    content = content_with(act, of, before, said, name)
    supersede(act, [last])
    made = version(act, thing, Span(on, None), content)
    write([version(act, thing, Span(last.valid_from, on), before), made])
    _tell(act, thing, "change", on)
    return made


@action("register.correct", power=WRITE)
def correct(
    act: Act,
    *,
    thing: Thing,
    valid_from: Day,
    valid_to: Day | None = None,
    facts: Mapping[str, Any] | None = None,
    geometry: Any = UNCHANGED,
    area_dm2: Any = UNCHANGED,
    division: Any = UNCHANGED,
    source: str = "",
) -> list[Version]:
    """Correct what is known of a thing over [valid_from, valid_to), without an end to the last day.

    Each version there takes what is newly said and keeps the rest; what was known is superseded.
    Refuses days outside the thing's life, and new land where the lineage was reckoned from the old.
    """
    of, name = _kind_and_name(thing)
    said = sealed(of, Said(facts or {}, geometry, area_dm2, division, source))
    said.check_says_something(name)
    life = life_of(thing)
    check_corrected(spans_of(life), valid_from, valid_to, name)
    parts = [
        (one, whole, part)
        for one, whole in zip(life, spans_of(life), strict=True)
        if (part := whole.part_within(valid_from, valid_to))
    ]
    if said.moves_land:
        _check_lineage(thing, name, first=parts[0][0] is life[0], last=parts[-1][0] is life[-1])
    made, kept = [], []
    for one, whole, part in parts:
        check_scope(act, one.division, name)
        before = content_of(one)
        made.append(version(act, thing, part, content_with(act, of, before, said, name)))
        rest = (whole.part_before(part.begin), whole.part_from(part.end))
        kept += [version(act, thing, span, before) for span in rest if span]
    supersede(act, [one for one, _whole, _part in parts])
    write(sorted(made + kept, key=lambda one: one.valid_from))
    _tell(act, thing, "correct", valid_from)
    return made


@action("register.correct_life", power=WRITE)
def correct_life(
    act: Act,
    *,
    thing: Thing,
    begun: Any = UNCHANGED,
    ended: Any = UNCHANGED,
) -> None:
    """Correct the day on which a thing began, or ended; `ended=None` says that it has not.

    Refuses a day that leaves a version none, and days that the lineage set.
    """
    _of, name = _kind_and_name(thing)
    life = life_of(thing)
    first, last = life[0], life[-1]
    begin_on = first.valid_from if begun is UNCHANGED else begun
    end_on = last.valid_to if ended is UNCHANGED else ended
    moved = (begin_on != first.valid_from, end_on != last.valid_to)
    if not any(moved):
        raise Refusal("起止日期没有变化", name, remedy="写上更正后的日期")
    check_life(spans_of(life), begin_on, end_on, name)
    _check_lineage(thing, name, first=moved[0], last=moved[1])
    touched = {one.pk: one for one, moves in zip((first, last), moved, strict=True) if moves}
    for one in touched.values():
        check_scope(act, one.division, name)
    supersede(act, touched.values())
    write(
        version(
            act,
            thing,
            Span(
                begin_on if one.pk == first.pk else one.valid_from,
                end_on if one.pk == last.pk else one.valid_to,
            ),
            content_of(one),
        )
        for one in touched.values()
    )
    _tell(act, thing, "correct_life", begin_on)


@action("register.end", power=WRITE)
def end(act: Act, *, thing: Thing, on: Day) -> None:
    """End a thing: from that day on it is no more."""
    _of, name = _kind_and_name(thing)
    life = life_of(thing)
    check_ended(spans_of(life), on, name)
    last = life[-1]
    check_scope(act, last.division, name)
    supersede(act, [last])
    write([version(act, thing, Span(last.valid_from, on), content_of(last))])
    _tell(act, thing, "end", on)


def _kind_and_name(thing: Thing) -> tuple[Any, str]:
    of = catalogue.kind(thing.kind)
    return of, name_of(of, thing.code)


def _check_lineage(thing: Thing, name: str, *, first: bool, last: bool) -> None:
    came = first and Descent.objects.filter(child=thing).exists()
    if came or (last and Descent.objects.filter(parent=thing).exists()):
        raise Refusal(
            "沿革已按原来的界线、面积和日期记载，不能单独更正这一宗",
            name,
            "分割、合并前后的面积必须相等",
            "对现势地块办理界线调整",
        )


def _tell(act: Act, thing: Thing, verb: str, on: Day) -> None:
    act.subject = act.subject or f"{thing.kind}:{thing.code}"
    act.tell("change", what=f"register.{verb}", thing=f"{thing.kind}:{thing.code}", on=str(on))
