"""Opening a case: its number, its place, its process, its first steps and its clock."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from guotu.core.cases import engine
from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.moving import Served, settle
from guotu.core.cases.actions.passing import is_by_process, keep_hand
from guotu.core.cases.models import Case, Process, Standing
from guotu.core.cases.queries.drawn import Drawn, current, drawn
from guotu.core.cases.queries.hands import hands_in
from guotu.core.cases.rules.hands import RULE, SEPARATE, may_take
from guotu.core.cases.rules.variables import written
from guotu.core.files import numbering
from guotu.core.files.rules import SECRECY
from guotu.core.journal.actions import Act, action
from guotu.core.people.rules.codes import check_code
from guotu.core.people.scope import covers
from guotu.lib.flow.declared import Declared
from guotu.lib.refusal import Refusal

_SERIES = "acceptance"
_OPENING = "execute"
_LONGEST_TITLE, _LONGEST_ABOUT = 255, 128


@action("cases.open", power="cases.open", by_process=True)
def open_case(
    act: Act,
    *,
    process: str,
    title: str,
    division: str = "",
    place: Sequence[float] | None = None,
    data: Mapping[str, Any] | None = None,
    about: str = "",
    matter: int | None = None,
    secrecy: str = "",
    priority: int = 0,
) -> Case:
    """Open a case of a process and return it; it stands at its first steps.

    `place` is longitude and latitude for the map; `about` names what it concerns (`parcel:12`);
    `matter` the case that it belongs to: hands are separate over both. `data` fills declared
    variables. Whoever opens has a hand in it, and neither decides nor supervises it afterwards.
    """
    version = current(process)
    found = drawn(version)
    variables = found.declared.variables
    values = written(data or {}, _given_at_opening(found), variables, partly=True)
    _check_asked(found.declared, values)
    case = _made(act, version, found.declared.kind or process, title, about=about, matter=matter)
    case.division = _division(act, division)
    case.longitude, case.latitude = _place(place)
    case.secrecy, case.priority = _secrecy(secrecy), priority
    case.number = _number(act, found.declared.series or _SERIES)
    case.save()
    _opened_by(act, case)
    _begin(act, case, version, values)
    act.subject = f"case:{case.pk}"
    act.outcome = {"case": case.pk, "number": case.number}
    return case


def _check_asked(declared: Declared, values: Mapping[str, Any]) -> None:
    """Raise Refusal where a required variable is wanting that no step of the process fills."""
    wanting = [declared.variables[one].title for one in declared.asked if one not in values]
    if wanting:
        raise Refusal(
            "有受理时必填的内容没有填",
            "、".join(wanting),
            "流程中没有步骤填写的必填变量，受理时须填",
            "填写后再受理",
        )


def _given_at_opening(found: Drawn) -> list[str]:
    """Return what opening may fill in: nothing that a decision or a supervision is to write."""
    kept = {
        name
        for step in found.declared.steps.values()
        if step.tag in SEPARATE and step.tag != _OPENING
        for name in step.writes
    }
    return [name for name in found.declared.variables if name not in kept]


def _begin(act: Act, case: Case, version: Process, values: Mapping[str, Any]) -> None:
    moved = engine.begin(bytes(version.program), dict(values), Served(act, case))
    standing = Standing(case=case, process=version, tokens=moved.tokens, data=moved.data)
    standing.save()
    case.standing = standing
    limit = drawn(version).declared.limit
    if limit:
        clocks.start(act, case=case, limit=limit)
    settle(act, case, moved)


def _made(
    act: Act, version: Process, kind: str, title: str, *, about: str, matter: int | None
) -> Case:
    if not title.strip() or len(title) > _LONGEST_TITLE or len(about) > _LONGEST_ABOUT:
        raise Refusal(
            "没有写事由，或写得太长",
            where=title[:40],
            remedy=f"写明事由，不超过 {_LONGEST_TITLE} 字",
        )
    return Case(
        process=version,
        kind=kind,
        title=title.strip(),
        about=about,
        matter=_root(matter),
        opened_at=act.at,
        opened_by_id=act.actor.person_id,
        opened_post_id=act.actor.post_id,
        sequence=act.sequence,
    )


def _opened_by(act: Act, case: Case) -> None:
    """Write the opener's hand; where a process opens it, whoever took that step has one there."""
    person = act.actor.person_id
    if person is None or is_by_process(act):
        return
    if case.matter_id is not None:
        known = hands_in(case.matter_id)
        if reason := may_take(person, "", _OPENING, known):
            raise Refusal(f"不得受理本事项的另一件：{reason}", case.number, RULE, "由另一人受理")
    keep_hand(act, case, "opened", _OPENING)


def _root(matter: int | None) -> Case | None:
    if matter is None:
        return None
    found = Case.objects.filter(pk=matter).select_related("matter").first()
    if found is None:
        raise Refusal("没有这个关联办件", where=str(matter), remedy="核对后再试")
    return found.matter or found


def _division(act: Act, code: str) -> str:
    if not code:
        return ""
    kept = check_code(code)
    if not covers(act.actor.areas, kept):
        raise Refusal(
            "所涉地块不在您的辖区",
            where=kept,
            rule="岗位只在所管的行政区内受理",
            remedy="请由管辖的岗位受理",
        )
    return kept


def _place(place: Sequence[float] | None) -> tuple[float | None, float | None]:
    if place is None:
        return None, None
    try:
        longitude, latitude = (float(one) for one in place)
    except (TypeError, ValueError) as wrong:
        raise Refusal("位置写得不对", where=str(place)[:40], remedy="写经度和纬度") from wrong
    if not (70 < longitude < 140 and 0 < latitude < 60):
        raise Refusal("位置不在中国", where=f"{longitude},{latitude}", remedy="经度在前，纬度在后")
    return longitude, latitude


def _secrecy(secrecy: str) -> str:
    if secrecy and secrecy not in SECRECY:
        raise Refusal("没有这个密级", where=secrecy, remedy=f"用 {'、'.join(SECRECY)} 之一")
    return secrecy


def _number(act: Act, series: str) -> str:
    number = numbering.take(act, series, timezone.localtime(act.at).year)
    return numbering.series_of(series).word(number.year, number.number)
