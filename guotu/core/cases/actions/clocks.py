"""Clocks inside an act: begun, stopped, stood still, run on, lengthened once, given a day.

Whoever opens, takes or closes a step calls these; the acts at the end are for hands. What a clock
then says, and when, is done by the worker (`clock_firing`).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from guotu.core.cases import limits
from guotu.core.cases.models import Case, Clock, ClockChange, Step
from guotu.core.cases.queries import clocks as reads
from guotu.core.cases.rules import clocks as rules
from guotu.core.journal.actions import Act, action
from guotu.core.people.scope import covers
from guotu.lib.days import Calendar, Pause, Term, day_of, duration
from guotu.lib.refusal import Refusal

Firing = Callable[[Act, Clock], Any]
_firing: dict[str, Firing] = {}


def register_firing(kind: str, run: Firing) -> None:
    """Have `run(act, clock)` do what a clock of a kind is for when it is due ("timer")."""
    _firing[kind] = run


def firing_of(kind: str) -> Firing:
    """Return what a clock of a kind does when it is due; Refusal where nothing is registered."""
    if kind not in _firing:
        raise Refusal("没有登记到时要办的事", where=kind, remedy="请告知系统管理员")
    return _firing[kind]


def start(
    act: Act,
    *,
    case: Case | None = None,
    step: Step | None = None,
    task_id: int | None = None,
    limit: str = "",
    term: Term | None = None,
    duration: str = "",
    until: date | None = None,
    event: date | None = None,
    token: str = "",
    kind: str = "limit",
    title: str = "",
    started_at: datetime | None = None,
) -> Clock:
    """Begin a clock on a case, a step or a supervised task, and return it with its date.

    It counts by exactly one of: `limit`, a key of limits.toml as in force on the day at the place
    of the case (with `event`, the day from which a "before" limit counts back); `term`; `duration`,
    as a drawing says it (ISO 8601); `until`, a day somebody set. `started_at` is now unless told.
    """
    begun = started_at or act.at
    terms, named = _terms(case, begun, limit, term, duration, until, event)
    known = reads.county_calendar()
    ends = rules.ends(terms, begun, known)
    clock = Clock(
        kind=kind,
        case=case,
        step=step,
        task_id=task_id,
        token=token,
        limit=limit,
        title=(title or named)[:128],
        terms=terms,
        started_at=begun,
        due_at=ends.at,
        provisional=ends.provisional,
        sequence=act.sequence,
    )
    _plan(clock, begun, known)
    clock.save()
    _show(clock)
    _tell(act, "start", clock)
    return clock


def stop(act: Act, clock: Clock, met: bool = True) -> None:
    """Stop a clock: what it waited for is done (`met`), or has fallen away.

    Done by its date it was met, afterwards missed; while it stood still nothing passes. One that
    has ended stays as it is.
    """
    held = Clock.objects.filter(pk=clock.pk, state__in=reads.OPEN).first()
    if held is None:
        return
    at = held.suspended_at or act.at
    state = ("met" if at <= held.due_at else "missed") if met else "cancelled"
    kept = {"state": state, "ended_at": act.at, "next_at": None, "suspended_at": None}
    Clock.objects.filter(pk=held.pk).update(**kept)
    for name, value in kept.items():
        setattr(clock, name, value)
    _show(clock)
    if held.kind == "limit":
        told = {"clock": held.pk, "title": held.title, "state": state}
        act.tell("change", what="clock_ended", **told)


def stop_all(act: Act, case: Case, met: bool = True) -> None:
    """Stop every clock of a case; drawn timers and those of waiting steps fall away."""
    for clock in reads.running(case.pk).order_by("pk"):
        stop(act, clock, met and clock.kind == "limit" and clock.step_id is None)


def suspend(act: Act, clock: Clock, ground: str) -> None:
    """Let a clock stand still on a ground that its law knows; raises Refusal where it does not."""
    warnings = rules.check_ground(clock.terms, ground, limits.house("grounds"))
    if clock.state != "running" or not rules.may_stand_still(clock.kind, clock.terms):
        raise Refusal(
            "这个期限现在不能中止", where=clock.title, remedy="只有正在计时的法定期限可以中止"
        )
    _warn(act, warnings)
    record(act, clock, "suspend", ground, clock.due_at, None)
    clock.state, clock.suspended_at, clock.next_at = "suspended", act.at, None
    clock.save(update_fields=["state", "suspended_at", "next_at"])
    _show(clock)
    act.tell("change", what="clock_suspended", clock=clock.pk, title=clock.title, ground=ground)


def resume(act: Act, clock: Clock) -> None:
    """Let a clock that stood still run on; its date moves by what stood still."""
    if clock.state != "suspended":
        raise Refusal("这个期限没有中止", where=clock.title, remedy="刷新后再看")
    last = ClockChange.objects.filter(clock=clock, kind="suspend").order_by("-id").first()
    ground = last.ground if last else ""
    before, stood = clock.due_at, reads.pauses_of(clock)
    if clock.suspended_at is not None:
        stood.append((clock.suspended_at, act.at))
    clock.state, clock.suspended_at = "running", None
    redate(act, clock, reads.county_calendar(), stood)
    record(act, clock, "resume", ground, before, clock.due_at)
    _tell(act, "change", clock)


def suspend_case(act: Act, case: Case, ground: str) -> list[Clock]:
    """Let every clock of a case stand still whose law knows the ground; return them."""
    held = reads.running(case.pk).filter(state="running").order_by("pk")
    stilled = [clock for clock in held if ground in clock.terms.get("suspends", ())]
    for clock in stilled:
        suspend(act, clock, ground)
    return stilled


def resume_case(act: Act, case: Case) -> list[Clock]:
    """Let every clock of a case that stands still run on; return them."""
    held = list(reads.running(case.pk).filter(state="suspended").order_by("pk"))
    for clock in held:
        resume(act, clock)
    return held


def extend(act: Act, clock: Clock, more: Term) -> None:
    """Lengthen a clock, once, by no more than its rule gives, before its date, with a reason.

    Timers that the process of its case draws by the same limit are lengthened with it.
    """
    if clock.state not in reads.OPEN or clock.kind != "limit":
        raise Refusal("这个期限已经结束，不能延长", where=clock.title, remedy="刷新后再看")
    if not act.reason.strip():
        raise Refusal(
            "延长期限要说明理由",
            where=clock.title,
            rule=clock.terms.get("extend_article", ""),
            remedy="写明理由，并告知申请人",
        )
    at = clock.suspended_at or act.at
    before, extended = clock.due_at, clock.extended
    found = rules.check_extension(clock.terms, more, extended=extended, at=at, due_at=before)
    _warn(act, found)
    for one in [clock, *reads.timers_by(clock)]:
        earlier = one.due_at
        one.terms, one.extended = {**one.terms, "extension": more.as_dict()}, True
        redate(act, one, reads.county_calendar())
        record(act, one, "extend", str(more), earlier, one.due_at)
    _tell(act, "change", clock)


def set_until(act: Act, clock: Clock, day: date) -> None:
    """Give a clock that runs to a set day another one."""
    if clock.state not in reads.OPEN or "until" not in clock.terms:
        raise Refusal(
            "这个期限不是按日子定的", where=clock.title, remedy="按规则计算的期限不改日子"
        )
    if clock.terms["until"] == day.isoformat():
        return
    clock.terms = {**clock.terms, "until": day.isoformat()}
    redate(act, clock, reads.county_calendar())
    _tell(act, "change", clock)


def redate(act: Act, clock: Clock, known: Calendar, pauses: Sequence[Pause] | None = None) -> bool:
    """Reckon the date of a clock anew and keep it; return whether it moved.

    `pauses` are those on record unless told. What it has said it does not say again, unless it has
    another date.
    """
    stood = reads.pauses_of(clock) if pauses is None else pauses
    ends = rules.ends(clock.terms, clock.started_at, known, stood)
    moved = ends.at != clock.due_at
    clock.due_at, clock.provisional = ends.at, ends.provisional
    clock.revision += moved
    _plan(clock, act.at if moved else None, known)
    clock.save()
    _show(clock)
    return moved


@action("cases.suspend_clock", power="cases.suspend")
def suspend_one(act: Act, *, clock: int, ground: str) -> Clock:
    """Let a clock in one's area stand still, see `suspend`."""
    found = _taken(act, clock)
    suspend(act, found, ground)
    return _done(act, found)


@action("cases.resume_clock", power="cases.suspend")
def resume_one(act: Act, *, clock: int) -> Clock:
    """Let a clock in one's area run on, see `resume`."""
    found = _taken(act, clock)
    resume(act, found)
    return _done(act, found)


@action("cases.extend_clock", power="cases.extend")
def extend_one(act: Act, *, clock: int, amount: int, unit: str) -> Clock:
    """Lengthen a clock in one's area once, see `extend`; the reason is the act's."""
    found = _taken(act, clock)
    extend(act, found, Term(amount, unit))  # type: ignore[arg-type]
    return _done(act, found)


def subject_of(clock: Clock) -> str:
    """Return what an act on a clock is on: its case, its task, or itself."""
    if clock.case_id is not None:
        return f"case:{clock.case_id}"
    return f"task:{clock.task_id}" if clock.task_id is not None else f"clock:{clock.pk}"


def _taken(act: Act, number: int) -> Clock:
    found = Clock.objects.select_related("case", "step").filter(pk=number).first()
    if found is None:
        raise Refusal("没有这个期限", where=str(number), remedy="从办件页面进入")
    place = found.case.division if found.case else ""
    if not covers(act.actor.areas, place):
        raise Refusal(
            "办件不在您的辖区",
            where=found.title,
            rule="岗位只在所管的行政区内办理",
            remedy="请由管辖的岗位办理",
        )
    return found


def _done(act: Act, clock: Clock) -> Clock:
    act.subject = subject_of(clock)
    act.outcome |= {"clock": clock.pk, "state": clock.state, "due": clock.due_at.isoformat()}
    return clock


def _terms(
    case: Case | None,
    begun: datetime,
    limit: str,
    term: Term | None,
    said: str,
    until: date | None,
    event: date | None,
) -> tuple[dict[str, Any], str]:
    if sum(map(bool, (limit, term, said, until))) != 1:
        raise ValueError("a clock counts by one of limit, term, duration, until")
    if limit:
        rule = limits.limit(limit, day_of(begun), case.division if case else "")
        return rules.terms_of(rule, event), rule.title
    if until is not None:
        return rules.terms_until(until), "期限"
    wanted = term or duration(said)
    return rules.terms_of_duration(wanted), str(wanted)


def _plan(clock: Clock, since: datetime | None, known: Calendar) -> None:
    """Say when a clock speaks next; with `since`, where it begins to speak under a new date."""
    planned = rules.stages(clock.kind, clock.terms, clock.due_at, limits.house("stages"), known)
    if since is not None:
        clock.stage = rules.first_stage(planned, since)
    speaks = clock.state == "running" and clock.stage < len(planned)
    clock.next_at = planned[clock.stage].at if speaks else None


def _show(clock: Clock) -> None:
    """Keep the dates that lists show: of the step, and of the case as a whole."""
    if clock.kind != "limit":
        return
    rest = Clock.objects.filter(kind="limit", state="running")
    still = clock.state == "suspended"
    if clock.step_id is not None:
        _show_on(clock.step, rest.filter(step_id=clock.step_id), still)
    elif clock.case_id is not None:
        _show_on(clock.case, rest.filter(case_id=clock.case_id, step__isnull=True), still)


def _show_on(shown: Any, rest: Any, still: bool) -> None:
    first = rest.order_by("due_at").values_list("due_at", flat=True).first()
    if first is None and not still:
        return
    shown.due_at = first
    type(shown).objects.filter(pk=shown.pk).update(due_at=first)


def record(
    act: Act, clock: Clock, kind: str, ground: str, before: datetime, after: datetime | None
) -> None:
    """Write down what befell the date of a clock; its reason stands in the journal."""
    ClockChange.objects.create(
        clock=clock,
        kind=kind,
        at=act.at,
        ground=ground[:64],
        due_before=before,
        due_after=after,
        sequence=act.sequence,
    )


def _warn(act: Act, warnings: list[str]) -> None:
    if warnings:
        act.outcome["warnings"] = [*act.outcome.get("warnings", []), *warnings]


def _tell(act: Act, kind: str, clock: Clock) -> None:
    told = {"clock": clock.pk, "title": clock.title, "due": clock.due_at.isoformat()}
    if clock.limit:
        told["limit"] = clock.limit
    act.tell(kind, what="clock", provisional=clock.provisional, **told)
