"""Reads about people: who is acting in which post, and with which powers."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.catalogue import second_factor_powers
from guotu.core.people.models import (
    Division,
    Holding,
    Person,
    Post,
    Substitution,
    Succession,
    Unit,
)
from guotu.core.people.rules.codes import stem


@dataclass(frozen=True)
class Capacity:
    """In what a person acts: a post held, or another's post stood in for."""

    key: str
    post: Post
    substitution_id: int | None = None


def capacities(person: Person, day: datetime.date | None = None) -> list[Capacity]:
    """Return what a person may act in on `day` (today): posts held first, then stood in for."""
    if not person.is_active:
        return []
    day = day or clock.today()
    held = Holding.objects.on(day).filter(person=person).select_related("post__unit")
    found = [Capacity(f"held-{one.pk}", one.post) for one in held]
    return found + [
        Capacity(f"substitute-{one.pk}", one.holding.post, one.pk)
        for one in _standing_in(day).filter(person=person)
    ]


def capacity(person: Person, key: str) -> Capacity | None:
    """Return one thing a person acts in, by its key, if it still holds today; one query."""
    kind, _, number = key.partition("-")
    if not (person.is_active and number.isdigit()):
        return None
    day = clock.today()
    if kind == "held":
        held = Holding.objects.on(day).select_related("post__unit")
        one = held.filter(pk=int(number), person=person).first()
        return Capacity(key, one.post) if one else None
    one = _standing_in(day).filter(pk=int(number), person=person).first()
    return Capacity(key, one.holding.post, one.pk) if one else None


def _standing_in(day: datetime.date) -> Any:
    """Return the substitutions of `day`; each ends with the holding it stands in for."""
    kept = Q(holding__until__isnull=True) | Q(holding__until__gt=day)
    return Substitution.objects.on(day).filter(kept).select_related("holding__post__unit")


def actor_of(person: Person) -> Actor:
    """Return `person` as an actor in the first post held today.

    Powers that ask for a second factor are left out: only a session can have given it.
    """
    held = capacities(person)
    return actor_in(person, held[0] if held else None)


def actor_in(person: Person, acting: Capacity | None, *, second_factor: bool = False) -> Actor:
    """Return `person` as an actor in one capacity; without one there are no powers."""
    if acting is None:
        return Actor(person.pk, None, frozenset(), frozenset())
    powers = frozenset(acting.post.powers)
    if not second_factor:
        powers -= second_factor_powers()
    return Actor(person.pk, acting.post.pk, powers, areas_of(acting.post), acting.substitution_id)


def actor_of_request(request: HttpRequest) -> Actor:
    """Return the signed-in person of a request as an actor; nobody has no powers.

    The session says in which post, and whether the second factor was given; see `sessions`.
    """
    user = request.user
    if not isinstance(user, Person):
        return Actor(None, None, frozenset(), frozenset())
    known: Actor | None = getattr(request, "actor", None)
    return known if known is not None and known.person_id == user.pk else actor_of(user)


def other_capacities(request: HttpRequest) -> list[Capacity]:
    """Return what the signed-in person may act in besides what is acted in now."""
    acting: Capacity | None = getattr(request, "acting", None)
    if acting is None or not isinstance(request.user, Person):
        return []
    return [one for one in capacities(request.user) if one.key != acting.key]


def areas_of(post: Post) -> frozenset[str] | None:
    """Return where a post reads and acts, with the ended divisions that became part of it."""
    return None if post.areas is None else with_predecessors(post.areas)


def with_predecessors(codes: Iterable[str]) -> frozenset[str]:
    """Return division codes and those that went into them whole, however many times over."""
    found, fresh = set(codes), set(codes)
    while fresh:
        came = Succession.objects.filter(successor__code__in=fresh).select_related("predecessor")
        whole = {one.predecessor.code for one in came if one.predecessor.became.count() == 1}
        fresh = whole - found
        found |= fresh
    return frozenset(found)


def division(code: str, on: datetime.date | None = None) -> Division | None:
    """Return the division that bore `code` on a day (today)."""
    wanted = Division.objects.on(on or clock.today()).filter(code=stem(code).ljust(6, "0"))
    found: Division | None = wanted.first()
    return found


def divisions(on: datetime.date | None = None) -> list[Division]:
    """Return all divisions of a day (today), by code."""
    return list(Division.objects.on(on or clock.today()))


def became(code: str, on: datetime.date | None = None) -> list[Division]:
    """Return what the divisions that ever bore `code` are on a day (today): itself, or successors.

    Empty where the code is unknown, or ended and left nothing behind.
    """
    day = on or clock.today()
    fresh = list(Division.objects.filter(code=stem(code).ljust(6, "0"), since__lte=day))
    found: dict[int, Division] = {}
    seen: set[int] = set()
    while fresh:
        one = fresh.pop()
        if one.pk in seen:
            continue
        seen.add(one.pk)
        if one.until is None or one.until > day:
            found[one.pk] = one
        fresh.extend(step.successor for step in one.became.filter(on__lte=day))
    return sorted(found.values(), key=lambda each: each.code)


def units() -> list[Unit]:
    """Return all units, by name."""
    return list(Unit.objects.select_related("above"))


def holders(post: Post, on: datetime.date | None = None) -> list[Holding]:
    """Return who holds a post on a day (today)."""
    return list(Holding.objects.on(on or clock.today()).filter(post=post).select_related("person"))


def persons(*, text: str = "", active: bool | None = None) -> list[tuple[Person, list[Post]]]:
    """Return persons by account with the posts each holds today.

    `text` is part of an account, a post or a unit. Names are sealed and are not searched.
    """
    found = Person.objects.all() if active is None else Person.objects.filter(is_active=active)
    held: dict[int, list[Post]] = {}
    for one in Holding.objects.on(clock.today()).select_related("post__unit"):
        held.setdefault(one.person_id, []).append(one.post)
    return [
        (person, held.get(person.pk, []))
        for person in found
        if not text or _is_about(text, person, held.get(person.pk, []))
    ]


def _is_about(text: str, person: Person, posts: list[Post]) -> bool:
    named = [person.username, *(post.name for post in posts)]
    named += [post.unit.name for post in posts if post.unit]
    return any(text.lower() in name.lower() for name in named)


def terms_of(person: Person) -> dict[str, Any]:
    """Return the holdings and substitutions of a person, and who stands in for them today."""
    day = clock.today()
    holdings = Holding.objects.filter(person=person).select_related("post__unit")
    of_others = Substitution.objects.filter(person=person).select_related(
        "holding__post", "holding__person"
    )
    standing = Substitution.objects.filter(holding__person=person).select_related(
        "holding__post", "person"
    )
    current = {one.pk for one in Holding.objects.on(day).filter(person=person)}
    return {
        "holdings": [(one, one.pk in current) for one in holdings],
        "held_now": [one for one in holdings if one.pk in current],
        "standing_in": [(one, one.since <= day < (one.until or day)) for one in of_others],
        "stood_in_for": [(one, one.since <= day < (one.until or day)) for one in standing],
    }


def places_of(post: Post) -> list[str]:
    """Return where a post reads and acts, each as name and code; empty is the whole county."""
    known = {one.code: str(one) for one in divisions()}
    return [known.get(code, code) for code in post.areas or []]


def unit_tree() -> list[tuple[int, Unit, int]]:
    """Return units in the order of the tree: depth, the unit, and how many posts it has."""
    below: dict[int | None, list[Unit]] = {}
    for unit in Unit.objects.prefetch_related("posts"):
        below.setdefault(unit.above_id, []).append(unit)
    found: list[tuple[int, Unit, int]] = []
    waiting = [(0, unit) for unit in reversed(below.get(None, []))]
    while waiting:
        depth, unit = waiting.pop()
        found.append((depth, unit, unit.posts.count()))
        waiting.extend((depth + 1, each) for each in reversed(below.get(unit.pk, [])))
    return found


def ended_divisions(on: datetime.date) -> list[tuple[Division, list[Division]]]:
    """Return the divisions that had ended by a day, the latest first, with what each became."""
    ended = Division.objects.filter(until__lte=on).order_by("-until", "code")
    return [
        (one, [step.successor for step in one.became.select_related("successor")])
        for one in ended.prefetch_related("became")
    ]
