"""Whose work a step is: from the role to a post by rule, from the post to a named person.

The most specific rule wins: one for the kind of case before one for all kinds, then the smaller
division. Where nobody of a post may take the step, it goes up: to the head of the unit, of the
unit above, to the county's leader. Somebody always has it.
"""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Allotment:
    """A role falls to a post, for a kind of case (empty: all) and a place (empty: everywhere).

    `place` is the stem of a division's code, so that what lies within it begins with it.
    """

    role: str
    post: int
    kind: str = ""
    place: str = ""
    since: datetime.date = datetime.date.min
    until: datetime.date | None = None

    def holds_on(self, day: datetime.date) -> bool:
        """Say whether the rule is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Candidate:
    """Somebody who could take a step: holds the post, or stands in for one who does."""

    person: int
    post: int
    waiting: int = 0
    stands_in: bool = False


@dataclass(frozen=True)
class Rung:
    """One post on the way up, with those who could act in it; `title` says what it is there.

    `lacks` says which power the post would need and has not.
    """

    post: int
    title: str
    candidates: tuple[Candidate, ...] = ()
    lacks: str = ""


@dataclass(frozen=True)
class Assigned:
    """The post and the named person a step goes to, and why; the person may be wanting."""

    post: int
    person: int | None
    why: str


def allotted(
    role: str, kind: str, place: str, day: datetime.date, rules: Iterable[Allotment]
) -> Allotment | None:
    """Return the rule by which a role of this kind of case in this place falls to a post."""
    fitting = [
        rule
        for rule in rules
        if rule.role == role
        and rule.kind in ("", kind)
        and place.startswith(rule.place)
        and rule.holds_on(day)
    ]
    return max(fitting, key=_closeness, default=None)


def _closeness(rule: Allotment) -> tuple[bool, int, datetime.date]:
    return bool(rule.kind), len(rule.place), rule.since


def assigned(
    rungs: Iterable[Rung],
    against: Callable[[int], str | None],
    rule: str,
    earlier: Collection[int] = (),
) -> Assigned | None:
    """Return who takes the step: on the lowest rung, whoever may and has the least waiting.

    `against` says of a person why they may not; `rule` how the first rung came to be; `earlier`
    are those who did this step of the case before, to whom it returns. None where there is no
    rung at all. Where nobody on any rung may take it, the highest post that anybody is in has
    it, unnamed, and the reason says what is wanting.
    """
    passed: list[str] = []
    last: Rung | None = None
    for rung in rungs:
        reasons = {one.person: against(one.person) for one in rung.candidates}
        free = [one for one in rung.candidates if reasons[one.person] is None and not rung.lacks]
        if free:
            return _given(rung, free, [rule, *passed], earlier)
        passed.append(_why_passed(rung, reasons))
        last = rung if rung.candidates or last is None else last
    if last is None:
        return None
    wanting = f"由{last.title}指定，须任命或代理一名可经手的人"
    return Assigned(last.post, None, joined([rule, *passed, wanting]))


def _given(
    rung: Rung, free: Sequence[Candidate], said: Sequence[str], earlier: Collection[int]
) -> Assigned:
    again = [one for one in free if one.person in earlier]
    one = min(again or free, key=_burden)
    chosen = f"{rung.title}{'代理本岗' if one.stands_in else '任本岗'}"
    if again:
        chosen += "，此前由其办理"
    elif len(rung.candidates) > 1:
        chosen += "，待办最少"
    return Assigned(rung.post, one.person, joined([*said, chosen]))


def _burden(one: Candidate) -> tuple[int, bool, int]:
    return one.waiting, one.stands_in, one.person


def _why_passed(rung: Rung, reasons: Mapping[int, str | None]) -> str:
    if not rung.candidates:
        return f"{rung.title}空缺"
    if rung.lacks:
        return f"{rung.title}没有{rung.lacks}的权力"
    return f"{rung.title}不得经手（{'、'.join(sorted(filter(None, reasons.values())))}）"


_LONGEST = 255


def joined(parts: Iterable[str]) -> str:
    """Return the parts of a reason as one line that fits where it is kept."""
    said = "；".join(part for part in parts if part)
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
