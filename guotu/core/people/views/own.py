"""One's own account: the post acted in, the password, the second factor."""

import pyotp
import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from guotu.core.journal.actions import perform
from guotu.core.people import dated, personal
from guotu.core.people.actions import attempts, own
from guotu.core.people.catalogue import catalogue
from guotu.core.people.models import OneTimeCode, Person
from guotu.core.people.queries import actor_of_request, capacities
from guotu.core.people.sessions import act_in, address_of, must_change, note_second_factor
from guotu.core.people.views.signing import FORM, onward, same_twice
from guotu.lib.refusal import Refusal

_ISSUER = "国土"


def me(request: HttpRequest) -> Person:
    """Return the signed-in person."""
    user = request.user
    if not isinstance(user, Person):
        raise Refusal(_("还没有登录"), remedy=_("先在登录页登录"))
    return user


@require_GET
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """What one may act in, with which powers, and how one signs in."""
    person = me(request)
    acting, given = getattr(request, "acting", None), actor_of_request(request).powers
    unspent = OneTimeCode.objects.filter(person=person, kind="recovery", spent_sequence=None)
    listed = catalogue()
    context = {
        "name": personal.whole(person, "name"),
        "capacities": capacities(person),
        "acting": acting,
        "powers": [listed[one] for one in acting.post.powers if one in listed] if acting else [],
        "given": given,
        "pending": acting is not None and any(one not in given for one in acting.post.powers),
        "recovery_left": unspent.count(),
    }
    return render(request, "people/account.html", context)


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Act in another of one's posts from here on."""
    if not act_in(request, request.POST.get("key", "")):
        raise Refusal(_("您今天不任、也不代理这个岗位"), remedy=_("从“我的账号”里选"))
    return redirect(onward(request))


@never_cache
@FORM
def password(request: HttpRequest) -> HttpResponse:
    """Change one's password; other sessions end, this one goes on."""
    person, fault = me(request), None
    if request.method == "POST":
        try:
            fresh, old = same_twice(request), request.POST.get("old", "")
            actor = actor_of_request(request)
            own.replace_password(person, actor, old, fresh, address_of(request))
        except Refusal as refusal:
            fault = refusal
        else:
            person.refresh_from_db()
            update_session_auth_hash(request, person)
            messages.success(request, _("密码已更改，其他登录已退出"))
            return redirect("account")
    context = {
        "fault": fault,
        "forced": must_change(person),
        "wanted": dated.values("password"),
    }
    return render(request, "people/password.html", context, status=422 if fault else 200)


@never_cache
@FORM
def second_factor(request: HttpRequest) -> HttpResponse:
    """Enrol a second factor, or give it once for this session."""
    person = me(request)
    enrolled = person.enrolled_sequence is not None
    fault, codes = None, None
    if request.method == "POST":
        try:
            codes = _given(request, person, enrolled)
        except Refusal as refusal:
            fault = refusal
        else:
            if codes is None:
                return redirect(onward(request))
    context = {"fault": fault, "codes": codes, "next": onward(request), "enrolled": enrolled}
    if not enrolled and codes is None:
        context |= _asked(request, person)
    return render(request, "people/second_factor.html", context, status=422 if fault else 200)


def _given(request: HttpRequest, person: Person, enrolled: bool) -> list[str] | None:
    """Take a code; return the recovery codes of a fresh enrolment. Raises Refusal."""
    actor, code = actor_of_request(request), request.POST.get("code", "")
    attempt = attempts.begin("second", person.username, address_of(request))
    if enrolled:
        done = perform("people.give_second_factor", actor, code=code)
        note_second_factor(request, done.answer)
        codes = None
    else:
        secret = request.session.get("enrolling", "")
        done = perform("people.enrol_second_factor", actor, secret=secret, code=code)
        request.session.pop("enrolling", None)
        note_second_factor(request, done.sequence)
        codes = done.answer
    attempts.succeed(attempt)
    return codes


def _asked(request: HttpRequest, person: Person) -> dict[str, str]:
    """Return the secret to enrol, as text and as a picture for the telephone."""
    secret = request.session.setdefault("enrolling", pyotp.random_base32())
    address = pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=_ISSUER)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return {"secret": " ".join(groups), "picture": picture}
