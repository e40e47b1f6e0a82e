"""Which cases somebody may see, and what there is to know of one: steps, trail, what follows."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from guotu.core.cases.models import Case, Hand, HandOver, Note, Step
from guotu.core.cases.queries.drawn import drawn_of, place_of
from guotu.core.cases.queries.hands import root_of
from guotu.core.journal.actions import Actor, Previewed, preview
from guotu.core.journal.models import Entry
from guotu.core.people.catalogue import verbs
from guotu.core.people.scope import prefixes

_SECRET = ("files.read_secret", "*")


def visible(actor: Actor) -> Q:
    """Return the condition of the cases that an actor may see.

    Those of the divisions of the post acted in, not secret but to who reads what is; and those
    that the post, or the person in it, has or had a step of. Without a post: those alone in which
    the person had a hand. Tags widen nothing.
    """
    own = _own(actor)
    if actor.post_id is None and "*" not in actor.powers:
        return own
    reads_secret = bool(set(_SECRET) & actor.powers)
    if actor.areas is None and reads_secret:
        return Q()
    found = Q() if reads_secret else ~Q(secrecy="secret")
    return (found & _within(actor.areas)) | own


def _within(areas: Iterable[str] | None) -> Q:
    if areas is None:
        return Q()
    found = Q(pk__in=[])
    for prefix in prefixes(areas):
        found |= Q(division__startswith=prefix)
    return found


def _own(actor: Actor) -> Q:
    found = Q(pk__in=[])
    if actor.post_id is not None:
        found |= Q(pk__in=Step.objects.filter(post_id=actor.post_id).values("case_id"))
        asked = Note.objects.filter(asked_post_id=actor.post_id)
        found |= Q(pk__in=asked.values("case_id"))
    if actor.person_id is not None:
        found |= Q(pk__in=Hand.objects.filter(person_id=actor.person_id).values("case_id"))
    return found


def case(actor: Actor, pk: int) -> Case | None:
    """Return a case that an actor may see, with its process and standing; None otherwise."""
    rows = Case.objects.filter(visible(actor), pk=pk)
    return rows.select_related("process", "standing__process", "opened_post", "matter").first()


def waiting(of: Case) -> QuerySet[Step]:
    """Return the steps of a case that wait, with whose they are."""
    rows = of.steps.filter(state="waiting").select_related("post__unit", "person")
    return rows.order_by("came_at", "pk")


@dataclass(frozen=True)
class Choice:
    """One plain button: what choosing it writes."""

    variable: str
    value: str
    data: Mapping[str, Any]


def choices(step: Step) -> list[Choice]:
    """Return the buttons by which a step is taken: one a value of what it decides, or none.

    What it decides is the one required choice among what it writes.
    """
    found = drawn_of(step.case)
    variables = found.declared.variables
    writes = found.step(place_of(step.element, step.path)).writes
    deciding = [
        variables[name]
        for name in writes
        if name in variables and variables[name].type == "choice" and variables[name].required
    ]
    if len(deciding) != 1:
        return []
    return [Choice(deciding[0].name, one, {deciding[0].name: one}) for one in deciding[0].values]


def consequences(
    actor: Actor,
    step: int,
    data: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Mapping[str, Any]] | None = None,
) -> Previewed:
    """Return what taking a step would do: it is run and rolled back. Raises what taking would."""
    return preview("cases.complete", actor, step=step, data=data, evidence=evidence)


@dataclass(frozen=True)
class Trace:
    """One act in the life of a case: its number in the journal, when, who, in which post, what."""

    sequence: int
    at: datetime.datetime
    verb: str
    person_id: int | None
    post_id: int | None
    substitution_id: int | None
    what: tuple[str, ...] = field(default=())


def trail(of: Case) -> list[Trace]:
    """Return the acts upon a case in their order; the queries are as many for any length."""
    said = _said(of)
    rows = Entry.objects.filter(Q(sequence__in=list(said)) | Q(subject=f"case:{of.pk}"))
    titles = verbs()
    return [
        Trace(
            one.sequence,
            one.recorded_at,
            titles.get(one.verb, one.verb),
            one.actor_id,
            one.post_id,
            one.substitution_id,
            tuple(said.get(one.sequence, ())),
        )
        for one in rows.order_by("sequence").only(
            "sequence", "recorded_at", "verb", "actor_id", "post_id", "substitution_id"
        )
    ]


def _said(of: Case) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {of.sequence: [f"编号 {of.number}"]}

    def say(sequence: int | None, what: str) -> None:
        if sequence is not None:
            found.setdefault(sequence, []).append(what)

    for step in of.steps.all():
        say(step.sequence, f"到达“{step.name}”")
        say(step.ended_sequence, f"“{step.name}”{step.get_state_display()}")
    for note in Note.objects.filter(case=of):
        say(note.sequence, note.get_kind_display() + (f"：{note.point}" if note.point else ""))
        say(note.answered_sequence, f"答复{note.get_kind_display()}")
    for passing in HandOver.objects.filter(step__case=of).exclude(manner="assigned"):
        say(passing.sequence, passing.get_manner_display())
    say(of.archived_sequence, of.archive_number)
    return found


def hands_of(of: Case) -> QuerySet[Hand]:
    """Return every hand in the matter of a case, in the order they were in it."""
    return Hand.objects.filter(matter_id=root_of(of)).order_by("id")
