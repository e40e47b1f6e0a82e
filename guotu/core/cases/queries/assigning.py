"""Reads for assignment: who could act in a post, the way up from it, and work without an owner."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from guotu.core.cases.models import Assignment, Step
from guotu.core.cases.rules.assigning import Allotment, Candidate, Rung
from guotu.core.cases.rules.taking import lacking
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.models import Holding, Post, Substitution, Unit
from guotu.core.people.rules.codes import stem

_HEAD = "decide"


def allotments(role: str) -> list[Allotment]:
    """Return the rules in force today by which a role falls to posts."""
    day = clock.today()
    rows = Assignment.objects.filter(Q(until__isnull=True) | Q(until__gt=day), role=role)
    return [
        Allotment(one.role, one.post_id, one.kind, stem(one.division), one.since, one.until)
        for one in rows.filter(since__lte=day)
    ]


def candidates(post: Post) -> tuple[Candidate, ...]:
    """Return who could act in a post today, with what already waits for each."""
    day = clock.today()
    holders = _active(Holding.objects.on(day).filter(post=post)).values_list("person_id", flat=True)
    standing = _active(Substitution.objects.on(day).filter(_kept(day), holding__post=post))
    found = dict.fromkeys(holders, False)
    found |= {
        person: True
        for person in standing.values_list("person_id", flat=True)
        if person not in found
    }
    waiting = waiting_of(found)
    return tuple(
        Candidate(person, post.pk, waiting[person], stands_in)
        for person, stands_in in found.items()
    )


def _kept(day: object) -> Q:
    """Return the condition of a substitution whose holding still holds."""
    return Q(holding__until__isnull=True) | Q(holding__until__gt=day)


def _active(terms: QuerySet) -> QuerySet:
    return terms.filter(person__is_active=True).order_by("pk")


def waiting_of(persons: Iterable[int]) -> Counter[int]:
    """Return how many steps wait for each person."""
    rows = Step.objects.filter(state="waiting", person_id__in=list(persons))
    return Counter(dict(rows.order_by().values_list("person_id").annotate(Count("pk"))))


def acts_in(actor: Actor) -> bool:
    """Say whether an actor holds the post acted in, or stands in for its holder, today."""
    day = clock.today()
    if actor.substitution_id is not None:
        rows = Substitution.objects.on(day).filter(_kept(day), pk=actor.substitution_id)
        held = rows.filter(person_id=actor.person_id, holding__post_id=actor.post_id)
    else:
        held = Holding.objects.on(day).filter(person_id=actor.person_id, post_id=actor.post_id)
    return bool(held.filter(person__is_active=True).exists())


def stands_for(actor: Actor) -> int | None:
    """Return the person for whom an actor stands in, None where in nobody's place."""
    if actor.substitution_id is None:
        return None
    rows = Substitution.objects.filter(pk=actor.substitution_id)
    found: int | None = rows.values_list("holding__person_id", flat=True).first()
    return found


def rungs(first: Post | None, tag: str) -> Iterator[Rung]:
    """Yield the way up: the post itself, the heads of its unit and of those above, the leader."""
    seen: set[int] = set()
    if first is not None:
        seen.add(first.pk)
        yield _rung(first, tag, "")
    unit = first.unit if first is not None else None
    while unit is not None:
        for post in heads_of(unit):
            if post.pk not in seen:
                seen.add(post.pk)
                yield _rung(post, tag, "单位负责人")
        unit = unit.above
    for post in leaders():
        if post.pk not in seen:
            seen.add(post.pk)
            yield _rung(post, tag, "县局负责人")


def _rung(post: Post, tag: str, what: str) -> Rung:
    title = f"{what}{post.name}"
    return Rung(post.pk, title, candidates(post), lacking(tag, post.powers))


def heads_of(unit: Unit) -> list[Post]:
    """Return the posts that lead a unit: those in it that decide, the earliest set up first."""
    return list(Post.objects.filter(unit=unit, tag=_HEAD).select_related("unit").order_by("pk"))


def leaders() -> list[Post]:
    """Return the posts that decide in units with none above, then those of no unit."""
    found = Post.objects.filter(tag=_HEAD).filter(Q(unit__above=None)).select_related("unit")
    return sorted(found, key=lambda post: (post.unit_id is None, post.pk))


def ownerless() -> QuerySet[Step]:
    """Return the waiting steps that nobody can take: no post, an empty post, a person who left."""
    day = clock.today()
    held = Holding.objects.on(day).filter(post=OuterRef("post"), person__is_active=True)
    stood = Substitution.objects.on(day).filter(
        _kept(day), holding__post=OuterRef("post"), person__is_active=True
    )
    gone = ~Exists(held.filter(person=OuterRef("person"))) & ~Exists(
        stood.filter(person=OuterRef("person"))
    )
    nobody = Q(person__isnull=True) & ~Exists(held) & ~Exists(stood)
    found = Step.objects.filter(state="waiting", kind__in=("user", "manual"))
    return found.filter(Q(post__isnull=True) | (Q(person__isnull=False) & gone) | nobody)
