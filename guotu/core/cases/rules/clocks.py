"""How a clock counts, what it says and when, and who may stop, resume or lengthen it.

A clock keeps its `terms` as plain values, as the rule was when it began: a law that changes later
does not change a clock that runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from guotu.lib.days import ZONE, Calendar, Due, Pause, Term, day_of, due, latest
from guotu.lib.refusal import Refusal
from guotu.lib.rules import Rule

Said = Literal["warning", "overdue", "escalated", "full", "timer"]
To = Literal["owner", "head", "leader", ""]
_END_OF_DAY = time(23, 59, 59, 999999)
# A clock without a rule (a date that somebody set) warns as far ahead as this.
_WARN_DAYS = (5, 2)


class Passed(Refusal):
    """What a clock had to say was said already, or it has another date now: nothing is wrong."""


@dataclass(frozen=True)
class Stage:
    """One thing that a clock says: what, to whom, and when."""

    said: Said
    to: To
    at: datetime


def terms_of(rule: Rule, event: date | None = None) -> dict[str, Any]:
    """Return how a clock under a rule counts; `event` is what must lie a term ahead ("before").

    Raises Refusal where the rule counts back from an event and none is given.
    """
    values = rule.values
    if values.get("sense") == "before" and event is None:
        raise Refusal(
            "这个期限要从一个日子往回算",
            where=rule.title,
            rule=rule.article,
            remedy="写明那个日子（举行之日、届满之日）",
        )
    Term(values["amount"], values["unit"], values.get("roll", True))
    named = {"id": rule.id, "article": rule.article, "mark": rule.mark}
    told = {**values, "rule": named}
    return told if event is None else told | {"event": event.isoformat()}


def terms_of_duration(term: Term) -> dict[str, Any]:
    """Return how a clock counts that no rule stands behind: a timer drawn in a process."""
    return {**term.as_dict(), "warn_days": []}


def terms_until(day: date) -> dict[str, Any]:
    """Return how a clock counts that runs to a day that somebody set."""
    return {"until": day.isoformat(), "warn_days": list(_WARN_DAYS)}


def term_of(terms: Mapping[str, Any]) -> Term:
    """Return the length of a clock, without its extension."""
    return Term(terms["amount"], terms["unit"], terms.get("roll", True))


def is_unsure(terms: Mapping[str, Any], part: str = "") -> bool:
    """Say whether the rule, or its part ("extend", "suspend"), is marked U: it warns only."""
    mark = terms.get(f"{part}_mark") if part else None
    return (mark or terms.get("rule", {}).get("mark", "U")) == "U"


def ends(
    terms: Mapping[str, Any],
    started_at: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
) -> Due:
    """Return when a clock that began at a moment is due, its pauses and extension counted."""
    if "until" in terms:
        return Due(_end_of(date.fromisoformat(terms["until"])))
    if "event" in terms and terms.get("sense") == "before":
        return latest(term_of(terms), date.fromisoformat(terms["event"]), calendar)
    more = terms.get("extension")
    extension = Term.from_dict(more) if more else None
    return due(term_of(terms), started_at, calendar, pauses, extension)


def stages(
    kind: str, terms: Mapping[str, Any], due_at: datetime, house: Mapping[str, Any], known: Calendar
) -> list[Stage]:
    """Return everything a clock due at a moment says, in order of time.

    Warnings before the date, the date itself to whose it is, then the head of the unit, then the
    leader above. A drawn timer only fires; a term that must last ("least") only says it is full.
    `house` are the values of `house.stages`; days are working days by the calendar `known`.
    """
    if kind == "timer":
        return [Stage("timer", "", due_at)]
    if terms.get("sense") == "least":
        return [Stage("full", "owner", due_at)]
    by_hours = terms.get("unit") in ("hours", "minutes")
    found = [Stage("warning", "owner", at) for at in _warnings(terms, due_at, house, known)]
    found.append(Stage("overdue", "owner", due_at))
    for to in ("head", "leader"):
        if by_hours:
            at = due_at + timedelta(hours=house[f"{to}_hours"])
        else:
            at = _speaks(_moved(day_of(due_at), house[f"{to}_days"], known), house)
        found.append(Stage("escalated", to, at))  # type: ignore[arg-type]
    return sorted(found, key=lambda stage: stage.at)


def speaks_by_days(kind: str, terms: Mapping[str, Any]) -> bool:
    """Say whether the stages of a clock are reckoned in working days: then it wants a calendar."""
    by_hours = terms.get("unit") in ("hours", "minutes") and not terms.get("warn_days")
    return kind == "limit" and terms.get("sense") != "least" and not by_hours


def first_stage(planned: Sequence[Stage], since: datetime) -> int:
    """Return where a clock begins to speak: warnings that lie before it was dated are left out."""
    return sum(stage.said == "warning" and stage.at <= since for stage in planned)


def may_stand_still(kind: str, terms: Mapping[str, Any]) -> bool:
    """Say whether a clock can be suspended at all: one that a rule or a length stands behind.

    A day that somebody set stays, and so does a timer that the drawing alone gives its length.
    """
    return "until" not in terms and (kind == "limit" or "rule" in terms)


def check_ground(terms: Mapping[str, Any], ground: str, grounds: Mapping[str, str]) -> list[str]:
    """Return warnings against letting a clock stand still on a ground; Refusal where law forbids.

    `grounds` are the known grounds with their Chinese titles (`house.grounds`).
    """
    if ground not in grounds:
        raise Refusal(
            "不认识这个中止事由", where=ground[:64], remedy="可用：" + "、".join(grounds.values())
        )
    if ground in terms.get("suspends", ()):
        return []
    article = terms.get("suspend_article") or terms.get("rule", {}).get("article", "")
    what = f"“{grounds[ground]}”不是这个期限可以中止的事由"
    if is_unsure(terms, "suspend"):
        return [f"{what}（{article or '无规则'}，依据待核）"]
    raise Refusal(what, rule=article, remedy="照常计时；确需更多时间的，依法批准延长")


def check_extension(
    terms: Mapping[str, Any], more: Term, *, extended: bool, at: datetime, due_at: datetime
) -> list[str]:
    """Return warnings against lengthening a clock by `more`; Refusal where law forbids it.

    Once, by no more than the rule gives, and before the date. An unsure rule only warns, but
    nothing is lengthened twice, nor what runs to a set day or must last so long.
    """
    article = terms.get("extend_article") or terms.get("rule", {}).get("article", "")
    if "until" in terms or terms.get("sense", "within") != "within":
        raise Refusal("这种期限不能延长", rule=article, remedy="改定那个日子")
    if extended:
        raise Refusal("期限只能延长一次", rule=article, remedy="在已延长的期限内办结")
    faults = _extension_faults(terms, more, at, due_at)
    if not faults:
        return []
    if is_unsure(terms, "extend"):
        return [f"{fault}（{article or '无规则'}，依据待核）" for fault in faults]
    by = terms.get("extend_by", "")
    raise Refusal(
        faults[0], rule=article, remedy=f"经{by}批准，在法定限度内延长" if by else "在期限内办结"
    )


def _extension_faults(
    terms: Mapping[str, Any], more: Term, at: datetime, due_at: datetime
) -> list[str]:
    faults = []
    if "extend_amount" not in terms:
        faults.append("这个期限没有规定可以延长")
    elif more.unit != terms["extend_unit"] or more.amount > terms["extend_amount"]:
        most = Term(terms["extend_amount"], terms["extend_unit"])
        faults.append(f"延长不能超过{most}")
    if at > due_at:
        faults.append("期限已过，不能再延长")
    return faults


def wait_after(failures: int, values: Mapping[str, Any]) -> timedelta:
    """Return how long a clock waits after its n-th failure: longer each time, up to a bound."""
    # The exponent is bounded: a thousand failures need no number of a thousand digits.
    wait = values["first_wait_seconds"] * values["growth"] ** min(failures - 1, 20)
    return timedelta(seconds=min(wait, values["longest_wait_seconds"]))


def wording(stage: Stage, title: str, number: str, day: date, terms: Mapping[str, Any]) -> str:
    """Return what a notice says: the limit, the case's number and the day, and no personal data."""
    of = f"（{number}）" if number else ""
    above = "主管领导" if stage.to == "leader" else "负责人"
    doubt = "，依据待核" if "rule" in terms and is_unsure(terms) else ""
    said = {
        "warning": f"{day.isoformat()} 到期",
        "overdue": f"已于 {day.isoformat()} 到期，仍未办结",
        "escalated": f"已于 {day.isoformat()} 到期，逾期未办，上报{above}",
        "full": f"已于 {day.isoformat()} 期满",
        "timer": f"已于 {day.isoformat()} 到时",
    }[stage.said]
    return f"{title}{of}：{said}{doubt}"


def _warnings(
    terms: Mapping[str, Any], due_at: datetime, house: Mapping[str, Any], known: Calendar
) -> list[datetime]:
    day = day_of(due_at)
    ahead = [_speaks(_moved(day, -days, known), house) for days in terms.get("warn_days", ())]
    ahead += [due_at - timedelta(hours=hours) for hours in terms.get("warn_hours", ())]
    return sorted({at for at in ahead if at < due_at})


def _moved(day: date, days: int, known: Calendar) -> date:
    """Return the day so many working days on, or before where `days` is negative."""
    step = timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        left -= known.is_working(day)
    return day


def _speaks(day: date, house: Mapping[str, Any]) -> datetime:
    return datetime.combine(day, time(house["speak_hour"]), ZONE)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, _END_OF_DAY, ZONE)
