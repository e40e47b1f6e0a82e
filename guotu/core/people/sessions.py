"""What a session stands for: a person, the post acted in, and whether a second factor was given.

Checked on every request: when the post ends, the account goes out of use, the password changes or
too much time has passed, the session is over at once.
"""

import datetime
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from guotu.core.journal import clock
from guotu.core.people import dated
from guotu.core.people.doors import wants_json
from guotu.core.people.models import Person
from guotu.core.people.queries import Capacity, actor_in, capacities, capacity
from guotu.core.people.rules.signing import is_over
from guotu.lib.refusal import Refusal

_NOTED_SECONDS = 60  # how often a session writes down that it is being used
_STILL_OPEN = {"password", "sign-out", "language", "sign-in"}


class Sessions:
    """Gives every request `acting` (a Capacity) and `actor`, or ends the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, Person) and (_is_over(request) or not _enter(request, user)):
            logout(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponseBase | None:
        """Lead somebody whose password must be changed to where that is done."""
        user, match = request.user, request.resolver_match
        if not isinstance(user, Person) or not must_change(user):
            return None
        if match is not None and match.url_name in _STILL_OPEN:
            return None
        if wants_json(request):
            refusal = Refusal("须先更改密码", remedy="在网页上更改密码后再用")
            return JsonResponse(refusal.as_dict(), status=403)
        return redirect("password")


def must_change(person: Person) -> bool:
    """Say whether a person has to change the password before anything else."""
    until = person.password_until
    return person.must_change or (until is not None and until <= clock.today())


def act_in(request: HttpRequest, key: str) -> bool:
    """Choose the post acted in, by the key of a capacity; say whether it is one."""
    user = request.user
    if not isinstance(user, Person) or capacity(user, key) is None:
        return False
    request.session["acting"] = key
    return True


def note_second_factor(request: HttpRequest, enrolment: int) -> None:
    """Write down that this session gave the second factor of an enrolment."""
    request.session["second_factor"] = enrolment


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from.

    The server listens on this machine alone; a proxy before it adds the address it was called
    from as the last one of X-Forwarded-For, and nobody else can put it there.
    """
    near = request.META.get("REMOTE_ADDR", "")
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        behind_proxy = near == "" or ip_address(near).is_loopback
        return str(ip_address(said)) if said and behind_proxy else near
    except ValueError:
        return near


def _is_over(request: HttpRequest) -> bool:
    session, now = request.session, clock.now()
    moment = int(now.timestamp())
    begun, seen = session.get("begun", moment), session.get("seen", moment)
    if is_over(_moment(begun), _moment(seen), now, dated.values("session")):
        return True
    if "begun" not in session:
        session["begun"] = moment
    if "seen" not in session or moment - seen >= _NOTED_SECONDS:
        session["seen"] = moment
    return False


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _enter(request: HttpRequest, person: Person) -> bool:
    """Give the request its actor; say whether the session may go on."""
    key = request.session.get("acting")
    acting = capacity(person, key) if key else _first(request, person)
    if key and acting is None:
        return False
    given = request.session.get("second_factor")
    passed = given is not None and given == person.enrolled_sequence
    request.acting = acting  # type: ignore[attr-defined]
    request.actor = actor_in(person, acting, second_factor=passed)  # type: ignore[attr-defined]
    return True


def _first(request: HttpRequest, person: Person) -> Capacity | None:
    found = capacities(person)
    if found:
        request.session["acting"] = found[0].key
    return found[0] if found else None
