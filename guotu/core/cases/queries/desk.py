"""The desk of one person in one post: what waits for them and why, and where what they sent is."""

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from guotu.core.cases.models import Hand, Note, Notice, Step
from guotu.core.cases.queries.assigning import stands_for
from guotu.core.journal.actions import Actor

MOST = 100
# What the desk shows of a step: drawings, powers and drafts stay where they are.
_SHOWN = (
    *("name", "why", "came_at", "seen_at", "due_at", "post_id", "case_id"),
    *("case__number", "case__title", "case__due_at", "case__state", "case__priority"),
)
# What stands beside it, as names alone: no object is made of it.
_NAMED = {
    "process_title": F("case__process__title"),
    "post_name": F("post__name"),
    "unit_name": F("post__unit__name"),
}


@dataclass(frozen=True)
class Desk:
    """What lies on a desk, each part at most `MOST` rows, what is due first standing first."""

    steps: list[Step]
    owed: list[Note]
    notices: list[Notice]
    sent: list[Step]

    @property
    def is_empty(self) -> bool:
        """Say whether nothing lies there at all."""
        return not (self.steps or self.owed or self.notices or self.sent)


def desk(actor: Actor) -> Desk:
    """Return the desk of an actor; four queries, however much lies there."""
    return Desk(
        list(mine(actor)[:MOST]),
        list(owed(actor)[:MOST]),
        list(notices(actor)[:MOST]),
        list(sent(actor)[:MOST]),
    )


def mine(actor: Actor) -> QuerySet[Step]:
    """Return the steps that wait for an actor, by due time; each says `why` it is theirs.

    `first_due_at` is the earlier date of the step's own and of the case as a whole.

    What has a person is that person's, and whoever stands in for them; the rest is of whoever
    holds the post.
    """
    found = Step.objects.filter(_mine(actor), state="waiting")
    found = found.select_related("case").only(*_SHOWN).annotate(**_NAMED)
    own, whole = F("due_at"), F("case__due_at")
    first = Least(Coalesce(own, whole), Coalesce(whole, own))
    found = found.annotate(first_due_at=first)
    return found.order_by(F("first_due_at").asc(nulls_last=True), "-case__priority", "id")


def owed(actor: Actor) -> QuerySet[Note]:
    """Return what was asked of the actor's post and is not answered yet."""
    if actor.post_id is None:
        return Note.objects.none()
    found = Note.objects.filter(asked_post_id=actor.post_id, answered_sequence__isnull=True)
    return found.select_related("case").order_by(F("due_at").asc(nulls_last=True), "id")


def notices(actor: Actor) -> QuerySet[Notice]:
    """Return what the actor's post must see and has not, the latest first."""
    if actor.post_id is None:
        return Notice.objects.none()
    found = Notice.objects.filter(post_id=actor.post_id, seen_at__isnull=True)
    own = Q(person_id__isnull=True) | Q(person_id=actor.person_id)
    return found.filter(own).select_related("case").order_by("-id")


def sent(actor: Actor) -> QuerySet[Step]:
    """Return where the cases stand now that an actor had a hand in, the longest waiting first."""
    if actor.person_id is None:
        return Step.objects.none()
    found = Step.objects.filter(
        state="waiting",
        kind__in=("user", "manual"),
        case__in=Hand.objects.filter(person_id=actor.person_id).values("case_id"),
    ).exclude(_mine(actor))
    found = found.select_related("case").only(*_SHOWN).annotate(**_NAMED)
    return found.order_by("came_at", "id")


def count(actor: Actor) -> int:
    """Return how many things wait on a desk: steps, and notes owed; two queries."""
    if actor.post_id is None:
        return 0
    waiting = Step.objects.filter(_mine(actor), state="waiting").count()
    asked = Note.objects.filter(asked_post_id=actor.post_id, answered_sequence__isnull=True)
    return waiting + asked.count()


def _mine(actor: Actor) -> Q:
    wanted = Q(pk__in=[])
    if actor.person_id is not None:
        wanted |= Q(person_id=actor.person_id)
    if actor.post_id is not None:
        wanted |= Q(post_id=actor.post_id, person__isnull=True)
    if (other := stands_for(actor)) is not None:
        wanted |= Q(post_id=actor.post_id, person_id=other)
    return wanted & Q(kind__in=("user", "manual"))
