"""What the worker does with a clock that is due: says it or does it once, or writes down why not.

Each stage of each date is an act with a key of its own, and is held against the row inside the
lock as well: a worker killed after the commit, or two of them, say nothing twice.
"""

from guotu.core.cases import limits
from guotu.core.cases.actions import clocks
from guotu.core.cases.models import Clock, Notice
from guotu.core.cases.queries import clocks as reads
from guotu.core.cases.rules import clocks as rules
from guotu.core.journal.actions import Act, action
from guotu.lib.days import day_of, published

_LONGEST = 255


@action("cases.fire_clock", power="cases.run_clocks")
def fire_clock(act: Act, *, clock: int, revision: int, stage: int) -> None:
    """Say, or do, what a clock has at a stage of a date; raises `Passed` where that is over."""
    found = _due(act, clock, revision, stage)
    act.subject = clocks.subject_of(found)
    act.outcome = {"clock": found.pk, "stage": stage}
    if found.kind == "timer":
        _do(act, found)
    else:
        _say(act, found)


@action("cases.clock_failed", power="cases.run_clocks")
def clock_failed(act: Act, *, clock: int, revision: int, stage: int, failure: str) -> None:
    """Write down that a clock could not do what was due, and when it is tried again.

    The wait grows with each failure, so that one broken case holds up no other; the head of whose
    it is is told once. Raises `Passed` where it was done meanwhile.
    """
    found = _due(act, clock, revision, stage)
    values = limits.house("failing")
    found.failures += 1
    found.failure = failure[:_LONGEST]
    found.next_at = act.at + rules.wait_after(found.failures, values)
    found.save(update_fields=["failures", "failure", "next_at"])
    act.subject = clocks.subject_of(found)
    act.outcome = {"clock": found.pk, "failures": found.failures}
    if found.failures == values["tell_after"]:
        text = f"{found.title}{_number(found)}：到时未能自动办理，已试 {found.failures} 次"
        _tell(act, found, "failed", "head", text)


def _due(act: Act, number: int, revision: int, stage: int) -> Clock:
    found = Clock.objects.select_related("case", "step").filter(pk=number).first()
    as_told = found is not None and (found.revision, found.stage) == (revision, stage)
    if found is None or not as_told or found.next_at is None or found.next_at > act.at:
        raise rules.Passed("这个期限此刻没有要办的", where=str(number), remedy="不必再办")
    return found


def _do(act: Act, clock: Clock) -> None:
    run = clocks.firing_of(clock.kind)
    _end(act, clock)
    run(act, clock)


def _say(act: Act, clock: Clock) -> None:
    by_days = rules.speaks_by_days(clock.kind, clock.terms)
    house, known = limits.house("stages"), reads.county_calendar() if by_days else published()
    planned = rules.stages(clock.kind, clock.terms, clock.due_at, house, known)
    # The county may have changed its stages since: what is no longer there is not said.
    if clock.stage < len(planned):
        stage = planned[clock.stage]
        number = clock.case.number if clock.case else ""
        text = rules.wording(stage, clock.title, number, day_of(clock.due_at), clock.terms)
        _tell(act, clock, stage.said, stage.to, text)
        if stage.said == "full":
            _end(act, clock)
            return
    clock.stage += 1
    clock.next_at = planned[clock.stage].at if clock.stage < len(planned) else None
    clock.failures, clock.failure = 0, ""
    clock.save(update_fields=["stage", "next_at", "failures", "failure"])


def _end(act: Act, clock: Clock) -> None:
    clock.state, clock.ended_at, clock.next_at = "met", act.at, None
    clock.stage += 1
    clock.failures, clock.failure = 0, ""
    fields = ["state", "ended_at", "next_at", "stage", "failures", "failure"]
    clock.save(update_fields=fields)


def _tell(act: Act, clock: Clock, kind: str, to: str, text: str) -> None:
    seats = reads.seats_of(to, clock)
    Notice.objects.bulk_create(
        Notice(
            post_id=seat.post_id,
            person_id=seat.person_id,
            case_id=clock.case_id,
            task_id=clock.task_id,
            kind=kind,
            text=text[:_LONGEST],
            at=act.at,
            sequence=act.sequence,
        )
        for seat in seats
    )
    for seat in seats:
        act.tell("send", what="notice", post=seat.post_id, said=kind, text=text, clock=clock.pk)
    if not seats:
        act.outcome["nobody"] = True


def _number(clock: Clock) -> str:
    return f"（{clock.case.number}）" if clock.case else ""
