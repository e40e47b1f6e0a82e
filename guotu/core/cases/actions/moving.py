"""What follows when the engine has moved a case: steps, timers, the end, within one act."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from guotu.core.cases.actions import clocks
from guotu.core.cases.actions.assigning import give_out
from guotu.core.cases.engine import Moved, Waiting
from guotu.core.cases.models import Case, Clock, Standing, Step
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.cases.rules import retention
from guotu.core.journal.actions import Act, callable_by_process, within
from guotu.lib.flow.declared import Declared
from guotu.lib.refusal import Refusal

# The limit of a step that has none of its own: nobody sits on a step unseen.
_UNSAID = "house.step"
_ENDS = {"withdrawn": "withdrawn", "terminated": "terminated"}


class Served:
    """Runs the actions that service tasks name, within the act; `count` says how many it ran.

    An action that asks for `case`, or for the `matter` that a new one belongs to, and is given
    none gets the case under way.
    """

    def __init__(self, act: Act, case: Case) -> None:
        self.act, self.case, self.count = act, case, 0

    def __call__(
        self, element: str, path: str, name: str, arguments: dict[str, Any]
    ) -> Mapping[str, Any]:
        self.count += 1
        for asked in {"case", "matter"} & set(callable_by_process().get(name, ())):
            arguments = {asked: self.case.pk, **arguments}
        told = len(self.act.effects)
        within(self.act, name, **arguments)
        outcomes = [one.facts for one in self.act.effects[told:] if one.facts.get("action") == name]
        outcome: Mapping[str, Any] = outcomes[-1]["outcome"] if outcomes else {}
        return outcome


def settle(act: Act, case: Case, moved: Moved) -> list[Step]:
    """Keep where the engine left a case; begin what now waits, end what no longer does.

    Returns the steps that came. Raises Refusal where somebody else moved the case meanwhile.
    """
    _keep(case.standing, moved)
    _end_gone(act, case, {one.token for one in moved.waiting})
    came = _fresh(case, moved)
    steps = [_begun(act, case, one) for one in came if not one.attached]
    for one in came:
        if one.kind == "timer":
            _start_timer(act, case, one, next((s for s in steps if s.token == one.token), None))
    if moved.ended:
        close(act, case, result_of(drawn_of(case).declared, moved.data))
    return steps


def result_of(declared: Declared, data: Mapping[str, Any]) -> str:
    """Return what a case came to: `result` of its process names variables in turn, then a key.

    The first variable that holds something gives the result, by key or by Chinese title.
    """
    for name in declared.result.split():
        if name not in declared.variables:
            return name
        if data.get(name):
            return str(data[name])
    return "done"


def close(act: Act, case: Case, result: str) -> None:
    """End a case with a result: nothing waits any more, its clocks stop, its file has a term."""
    found = retention.kept(result, timezone.localdate(act.at), case.division)
    for step in case.steps.filter(state="waiting"):
        end_step(act, step, "cancelled")
    clocks.stop_all(act, case, met=found.result not in _ENDS)
    case.state, case.result = _ENDS.get(found.result, "done"), found.result
    case.closed_at, case.keep_until = act.at, found.keep_until
    case.save(update_fields=["state", "result", "closed_at", "keep_until"])
    act.tell("change", what="case_closed", case=case.pk, result=found.title)


def end_step(act: Act, step: Step, state: str) -> None:
    """End a step; raises Refusal where somebody else has ended it meanwhile."""
    ended = {"state": state, "ended_at": act.at, "ended_sequence": act.sequence}
    if Step.objects.filter(pk=step.pk, state="waiting").update(**ended) != 1:
        raise Refusal("这一步已经办过了", where=step.name, rule="一步只办一次", remedy="刷新后再看")
    step.state, step.ended_at, step.ended_sequence = state, act.at, act.sequence
    for clock in step.clocks.filter(state__in=("running", "suspended")):
        clocks.stop(act, clock, met=state == "done")


def _keep(standing: Standing, moved: Moved) -> None:
    seen = standing.revision
    kept = {"tokens": moved.tokens, "data": moved.data, "revision": seen + 1}
    if Standing.objects.filter(pk=standing.pk, revision=seen).update(**kept) != 1:
        raise Refusal(
            "本件刚由他人办过一步",
            where=standing.case.number,
            rule="同时办理只有一个成立",
            remedy="刷新后再看",
        )
    standing.tokens, standing.data, standing.revision = moved.tokens, moved.data, seen + 1


def _end_gone(act: Act, case: Case, waiting: set[str]) -> None:
    for step in case.steps.filter(state="waiting").exclude(token__in=waiting):
        end_step(act, step, "cancelled")
    running = case.clocks.filter(kind="timer", state__in=("running", "suspended"))
    for clock in running.exclude(token__in=waiting):
        clocks.stop(act, clock, met=False)


def _fresh(case: Case, moved: Moved) -> list[Waiting]:
    known = set(case.steps.filter(state="waiting").values_list("token", flat=True))
    running = Clock.objects.filter(case=case, kind="timer", state__in=("running", "suspended"))
    known |= set(running.values_list("token", flat=True))
    return [one for one in moved.waiting if one.token not in known]


def _begun(act: Act, case: Case, one: Waiting) -> Step:
    step = Step(
        case=case,
        token=one.token,
        element=one.element,
        path=one.path,
        name=one.name,
        kind=one.kind,
        item=one.item,
        came_at=act.at,
        sequence=act.sequence,
    )
    if one.kind not in ("user", "manual"):
        step.save()
        return step
    give_out(act, step)
    limit = drawn_of(case).step(place_of(one.element, one.path)).limit or _UNSAID
    clocks.start(act, case=case, step=step, limit=limit)
    return step


def _start_timer(act: Act, case: Case, one: Waiting, step: Step | None) -> None:
    timer = drawn_of(case).declared.timers[place_of(one.element, one.path)]
    clocks.start(
        act,
        case=case,
        step=step,
        token=one.token,
        kind="timer",
        title=one.name or timer.name or "流程定时",
        limit=timer.limit,
        duration=timer.duration,
    )
