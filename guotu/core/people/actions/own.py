"""What everybody does with the account that is theirs: password, second factor, recovery.

Slow hashes are made before the county's lock is taken: `replace_password` and `open_with_code`
check and hash, then perform.
"""

import datetime
import hmac
import time

import pyotp
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from guotu.core.journal.actions import Act, Actor, action, perform
from guotu.core.people import dated, personal
from guotu.core.people.actions import attempts
from guotu.core.people.actions.codes import issue, spend
from guotu.core.people.catalogue import OWN
from guotu.core.people.models import OneTimeCode, Person
from guotu.core.people.rules.signing import check_password
from guotu.lib.refusal import Refusal

_STEP_SECONDS = 30
_DRIFT_STEPS = 1  # RFC 6238 5.2: at most one step of delay


def replace_password(person: Person, actor: Actor, old: str, fresh: str, address: str) -> None:
    """Set a new password for somebody signed in. Raises Refusal: old one wrong, new one weak."""
    attempt = attempts.begin("password", person.username, address)
    if not person.check_password(old):
        raise Refusal(_("现在的密码不对"), remedy=_("核对后再试"))
    attempts.succeed(attempt)
    if old == fresh:
        raise Refusal(_("新密码与现在的一样"), remedy=_("换一个密码"))
    perform("people.set_password", actor, encoded=_encoded(fresh, person.username))


def open_with_code(username: str, code: str, fresh: str, address: str) -> None:
    """Set a password with a one-time code; an unknown account gets the answer of a wrong code."""
    attempt = attempts.begin("code", username, address)
    encoded = _encoded(fresh, username)
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise Refusal("一次性口令不对，或已用过、过期", remedy="请管理员另发一个")
    perform("people.use_code", Actor(person.pk, None), code=code, encoded=encoded)
    attempts.succeed(attempt)


def _encoded(fresh: str, username: str) -> str:
    check_password(fresh, username, dated.values("password"), dated.rule("password").article)
    return make_password(fresh)


@action("people.set_password", power=OWN)
def set_password(act: Act, *, encoded: str) -> Person:
    """Put a hashed password in place of the old one; all other sessions end."""
    return _set(act, _self(act), encoded)


@action("people.use_code", power=OWN)
def use_code(act: Act, *, code: str, encoded: str) -> Person:
    """Spend a one-time code and put a hashed password in place; all sessions end."""
    person = _self(act)
    spend(act, person, "password", code)
    person.failures_from = act.at
    return _set(act, person, encoded)


def _set(act: Act, person: Person, encoded: str) -> Person:
    person.password, person.must_change = encoded, False
    days = dated.values("password")["change_days"]
    person.password_until = act.at.date() + datetime.timedelta(days=days)
    person.save()
    act.tell("change", what="password", person=person.pk)
    return person


@action("people.enrol_second_factor", power=OWN)
def enrol_second_factor(act: Act, *, secret: str, code: str) -> list[str]:
    """Enrol a TOTP secret (RFC 6238), proved by a code; return the recovery codes, once."""
    person = _self(act)
    if person.enrolled_sequence is not None:
        raise Refusal(_("已登记第二因素"), remedy=_("换手机请管理员先解除"))
    person.last_step = _step_of(secret, code, after=0)
    person.sealed_secret = personal.sealed(person.subject, secret)
    person.enrolled_sequence = act.sequence
    person.save()
    old = OneTimeCode.objects.filter(person=person, kind="recovery", spent_sequence=None)
    old.update(spent_sequence=act.sequence)
    act.tell("change", what="second_factor", person=person.pk, done="enrolled")
    count = dated.values("code")["recovery_codes"]
    return [issue(act, person, "recovery", None) for _number in range(count)]


@action("people.give_second_factor", power=OWN)
def give_second_factor(act: Act, *, code: str) -> int:
    """Give a TOTP code, each of which is good once, or a recovery code; return the enrolment."""
    person = _self(act)
    if person.enrolled_sequence is None:
        raise Refusal(_("还没有登记第二因素"), remedy=_("先登记"))
    plain = "".join(code.split())
    if plain.isdigit():
        secret = personal.whole(person, "secret")
        person.last_step = _step_of(secret, plain, after=person.last_step)
        person.save(update_fields=["last_step"])
    else:
        spend(act, person, "recovery", plain)
    act.outcome = {"by": "totp" if plain.isdigit() else "recovery"}
    return person.enrolled_sequence


def _step_of(secret: str, code: str, *, after: int) -> int:
    """Return the time step a code belongs to. Raises Refusal where it is wrong or was used.

    Measured by the machine's clock, never a simulated one: the telephone lives in real time.
    """
    here = int(time.time()) // _STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(here - _DRIFT_STEPS, here + _DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.at(step * _STEP_SECONDS), "".join(code.split())):
            if step <= after:
                raise Refusal(_("这个验证码已用过"), remedy=_("等下一个验证码"))
            return step
    raise Refusal(_("验证码不对"), remedy=_("核对手机时间，等下一个验证码"))


def _self(act: Act) -> Person:
    person = Person.objects.filter(pk=act.actor.person_id or 0, is_active=True).first()
    if person is None:
        raise Refusal("没有这个账号，或已停用")
    act.subject = f"person:{person.pk}"
    return person
