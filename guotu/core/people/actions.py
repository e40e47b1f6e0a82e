"""Writes about people: posts and accounts."""

from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Person, Post


@action("people.open_account", power="people.administer")
def open_account(
    act: Act, *, username: str, name: str, password: str, post_code: str, post: dict[str, object]
) -> Person:
    """Open an account in a post, making the post if it is not there yet."""
    held, _ = Post.objects.get_or_create(code=post_code, defaults=post)
    person = Person.objects.create_user(username, password, name=name, post=held)
    act.subject = f"person:{person.pk}"
    act.outcome = {"post": held.pk}
    return person
