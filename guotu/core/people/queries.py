"""Reads about people: who is acting, and with which powers."""

from django.http import HttpRequest

from guotu.core.journal.actions import Actor
from guotu.core.people.models import Person


def actor_of(person: Person) -> Actor:
    """Return `person` as the actor of an act, with the powers of the post held now."""
    if person.post is None or not person.is_active:
        return Actor(person.pk, None)
    return Actor(person.pk, person.post.pk, frozenset(person.post.powers))


def actor_of_request(request: HttpRequest) -> Actor:
    """Return the signed-in person of a request as an actor; nobody has no powers."""
    user = request.user
    return actor_of(user) if isinstance(user, Person) else Actor(None, None)
