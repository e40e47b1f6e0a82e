"""Holes in the check of separate hands, as a careless hand would leave them; each must be found."""

from typing import Any
from unittest import mock

from guotu.core.cases.actions import holding, notes, passing, steps
from guotu.core.cases.queries import hands
from guotu.lib.refusal import Refusal

_check, _hand, _why, _complete = (
    passing.check_hands,
    passing.take_hand,
    passing.why_not,
    steps._complete,
)


def _without_substitutes(step: Any, person: int, actor: Any = None) -> Any:
    if actor is not None and actor.substitution_id is not None:
        return passing.declared_step(step)
    return _check(step, person, actor)


def _by_post(step: Any, person: int) -> str | None:
    known = step.case.hands.filter(person_id=person, post_id=step.post_id)
    return _why(step, person) if known.exists() else None


def _without_drafts(act: Any, step: Any, manner: str, tag: str) -> None:
    if manner != "drafted":
        _hand(act, step, manner, tag)


def _unchecked(step: Any, person: int, actor: Any = None) -> Any:
    return passing.declared_step(step)


def _one_of_many(act: Any, step: int, data: Any, evidence: Any, _: bool) -> dict[str, Any]:
    try:
        with mock.patch.object(steps, "check_hands", _unchecked):
            case = _complete(act, step, data, evidence)
    except Refusal as refused:
        return {"step": step, "done": False, "why": refused.what}
    return {"step": step, "done": True, "case": case.pk}


def _case_alone(case: Any) -> int:
    found: int = case.pk
    return found


def _newest(case: Any) -> list[Any]:
    return [hands.drawn(case.standing.process)]


HOLES: dict[str | None, list[tuple[Any, str, Any]]] = {
    None: [],
    "substitutes_skipped": [
        (module, "check_hands", _without_substitutes) for module in (steps, holding, notes)
    ],
    "by_post": [(passing, "why_not", _by_post)],
    "drafts_forgotten": [(steps, "take_hand", _without_drafts)],
    "bulk_skipped": [(steps, "_one_of_many", _one_of_many)],
    "matter_forgotten": [(hands, "root_of", _case_alone)],
    "newest_version": [(hands, "_versions", _newest)],
}
