"""Who reads through the data service: a session, or a token in a header; and how much of it.

A token stands as the password of HTTP Basic (with the account as user), as Bearer, or in
X-Guotu-Token. It never gives a power that asks for a second factor, nor what is secret.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from django.db.models import F
from django.http import HttpRequest

from guotu.core.atlas.reader import Reader, reader_in
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor, perform
from guotu.core.people.models import Person
from guotu.core.people.queries import actor_in, actor_of_request, capacity
from guotu.lib.refusal import Refusal
from guotu.site.ogc.models import AccessToken, Use

_HOME = ("127.0.0.1", "::1")
_NOT_BY_TOKEN = frozenset({"atlas.read_secret", "*"})


@dataclass(frozen=True)
class Entered:
    """A reader who was let in: by a token, or by the session."""

    actor: Actor
    reader: Reader
    token: AccessToken | None


def entered(request: HttpRequest) -> Entered | None:
    """Return who reads, or None for nobody; a Refusal for a token sent in the clear."""
    said = _said(request)
    if said is None:
        if not isinstance(request.user, Person):
            return None
        actor = actor_of_request(request)
        return Entered(actor, reader_in(actor), None)
    if not request.is_secure() and request.META.get("REMOTE_ADDR") not in _HOME:
        raise Refusal("令牌不得明文传送", rule="令牌只经 TLS 传送", remedy="改用 https 地址")
    return _by_token(*said)


def note_use(who: Entered, features: int) -> None:
    """Add one request and its features to the day's count; the first of a day is an act."""
    day, token_id = clock.today(), who.token.pk if who.token else None
    mine = Use.objects.filter(person_id=who.actor.person_id or 0, token_id=token_id, day=day)
    more = {"requests": F("requests") + 1, "features": F("features") + features}
    if not mine.update(**more):
        key = f"ogc:{who.actor.person_id}:{token_id}:{day}"
        perform("ogc.begin_day", who.actor, key=key, day=day, token_id=token_id)
        mine.update(**more)


def _said(request: HttpRequest) -> tuple[str | None, str] | None:
    """Return the account (None where none is named) and the token that a request carries."""
    own = request.headers.get("X-Guotu-Token")
    if own:
        return None, own
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and rest:
        return None, rest.strip()
    if kind.lower() != "basic":
        return None
    try:
        account, _, secret = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return account, secret


def _by_token(account: str | None, secret: str) -> Entered | None:
    sha256 = hashlib.sha256(secret.encode()).hexdigest()
    token = AccessToken.objects.select_related("person").filter(sha256=sha256).first()
    if token is None or token.revoked_sequence is not None or token.until <= clock.today():
        return None
    person = token.person
    if account not in (None, person.username):
        return None
    if token.mark != person.get_session_auth_hash()[:64]:
        return None
    held = capacity(person, token.acting)
    if held is None:
        return None
    actor = actor_in(person, held)
    reader = reader_in(actor)
    return Entered(actor, Reader(reader.powers - _NOT_BY_TOKEN, reader.areas), token)
