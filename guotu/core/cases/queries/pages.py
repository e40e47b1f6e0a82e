"""What the page of one case shows: its steps, clocks, notes, hands and the trail of its acts."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from guotu.core.cases.models import Before, Case, Clock, Note, Step
from guotu.core.cases.queries import cases
from guotu.core.cases.queries.assigning import stands_for
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people import personal
from guotu.core.people.models import Holding, Post

_HUMAN = ("user", "manual")


@dataclass(frozen=True)
class Whole:
    """A case with all that its page shows; hands and trail each with the name of the post."""

    case: Case
    steps: list[Step]
    clocks: list[Clock]
    notes: list[Note]
    hands: list[dict[str, Any]]
    trail: list[dict[str, Any]]
    parts: list[Case]

    @property
    def waiting(self) -> list[Step]:
        """Return the steps that wait for somebody."""
        return [one for one in self.steps if one.state == "waiting" and one.kind in _HUMAN]


def whole(case: Case) -> Whole:
    """Return all that the page of a case shows; the queries are as many for any length."""
    steps = list(case.steps.select_related("post__unit").order_by("id"))
    notes = list(case.notes.select_related("asked_post", "step").order_by("id"))
    clocks = list(case.clocks.prefetch_related("changes").order_by("kind", "due_at"))
    root = case.matter_id or case.pk
    parts = Case.objects.filter(Q(matter_id=root) | Q(pk=root)).exclude(pk=case.pk)
    hands, trail = list(cases.hands_of(case)), cases.trail(case)
    posts = _posts({one.post_id for one in hands} | {one.post_id for one in trail})
    names = {(one.element, one.path): one.name for one in steps}
    return Whole(
        case,
        steps,
        clocks,
        notes,
        [
            {
                "hand": one,
                "step": names.get((one.element, one.path), one.element),
                "post": posts.get(one.post_id or 0, "—"),
            }
            for one in hands
        ],
        [{"act": one, "post": posts.get(one.post_id or 0, "—")} for one in reversed(trail)],
        list(parts.order_by("id")),
    )


def is_mine(actor: Actor, step: Step, stood_for: int | None = None) -> bool:
    """Say whether a waiting step is an actor's to take, in the post acted in."""
    if step.state != "waiting" or step.kind not in _HUMAN or step.post_id != actor.post_id:
        return False
    return actor.post_id is not None and step.person_id in (None, actor.person_id, stood_for)


def mine_of(actor: Actor, found: Whole) -> list[Step]:
    """Return the waiting steps of a case that are an actor's to take."""
    other = stands_for(actor)
    return [one for one in found.waiting if is_mine(actor, one, other)]


def recallable(actor: Actor, case: Case) -> Step | None:
    """Return the step that an actor has just taken and may still want back, or None.

    Whether it may be had back in truth is judged by the act.
    """
    before = Before.objects.filter(case=case, final=False).select_related("step").first()
    if before is None or before.step.state != "done" or actor.person_id is None:
        return None
    hands = before.step.hands.filter(manner="completed", person_id=actor.person_id)
    seen = case.steps.filter(sequence=before.sequence).exclude(seen_at=None)
    return before.step if hands.exists() and not seen.exists() else None


def takers() -> list[dict[str, Any]]:
    """Return who can be given a step today: each holder of each post, by post; names masked."""
    held = Holding.objects.on(clock.today()).filter(person__is_active=True)
    rows = list(held.select_related("post__unit", "person").order_by("post__name", "pk"))
    names = personal.shown_names(one.person for one in rows)
    return [
        {"post": one.post, "person": one.person_id, "name": names.get(one.person_id, "—")}
        for one in rows
    ]


def _posts(numbers: set[int | None]) -> dict[int, str]:
    known = [one for one in numbers if one is not None]
    return dict(Post.objects.filter(pk__in=known).values_list("pk", "name"))
