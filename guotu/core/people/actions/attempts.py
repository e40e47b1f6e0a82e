"""Attempts to prove who one is: each is written before it is judged, and waits grow with failures.

Not journaled: a stranger could otherwise hold the county's lock by guessing. An attempt is written
as failed first and called passed afterwards, so attempts made at once cannot slip past the count.
"""

import datetime

from django.db.models import Max
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from guotu.core.journal import clock
from guotu.core.people import dated
from guotu.core.people.models import Attempt, Person
from guotu.core.people.rules.signing import waits_until
from guotu.lib.refusal import Refusal


def begin(kind: str, account: str, address: str) -> Attempt:
    """Write an attempt on `account` from `address`. Raises Refusal while one has to wait.

    `account` need not exist: whether it does makes no difference to the answer.
    """
    digest = _digest(account)
    person = Person.objects.filter(username__iexact=account.strip()).first()
    _check_wait(digest, address, person)
    attempt = Attempt.objects.create(
        kind=kind,
        account=digest,
        address=address[:64],
        at=clock.now(),
        person_id=person.pk if person else None,
    )
    try:
        _check_wait(digest, address, person, but=attempt.pk)
    except Refusal:
        _settle(attempt, "waiting")
        raise
    return attempt


def succeed(attempt: Attempt) -> None:
    """Say that an attempt proved who it was: earlier failures of the account no longer count."""
    _settle(attempt, "passed")


def waiting(person: Person) -> datetime.datetime | None:
    """Return until when an account must wait, or None."""
    values = dated.values("lockout")
    failures = _failures_of(_digest(person.username), person, _window())
    until = waits_until(failures, values, values["account_failures"])
    return until if until is not None and until > clock.now() else None


def _settle(attempt: Attempt, outcome: str) -> None:
    attempt.outcome = outcome
    attempt.save(update_fields=["outcome"])


def _check_wait(digest: str, address: str, person: Person | None, but: int | None = None) -> None:
    values, begins = dated.values("lockout"), _window()
    of_address = Attempt.objects.filter(address=address[:64], at__gte=begins, outcome="failed")
    moments = list(of_address.exclude(pk=but or 0).values_list("at", flat=True))
    until = [
        waits_until(_failures_of(digest, person, begins, but), values, values["account_failures"]),
        waits_until(moments, values, values["address_failures"]),
    ]
    latest = max((one for one in until if one is not None), default=None)
    now = clock.now()
    if latest is None or latest <= now:
        return
    minutes = -(-int((latest - now).total_seconds()) // 60) or 1
    raise Refusal(
        _("尝试次数过多，请过 %(minutes)s 分钟再试") % {"minutes": minutes},
        rule=dated.rule("lockout").article,
        remedy=_("等候后再试；急用请找管理员"),
    )


def _failures_of(
    digest: str, person: Person | None, begins: datetime.datetime, but: int | None = None
) -> list[datetime.datetime]:
    own = Attempt.objects.filter(account=digest, at__gte=begins)
    passed = own.filter(outcome="passed").aggregate(at=Max("at"))["at"]
    cleared = person.failures_from if person else None
    since = max(one for one in (begins, passed, cleared) if one is not None)
    failed = own.filter(outcome="failed", at__gte=since).exclude(pk=but or 0)
    return list(failed.values_list("at", flat=True))


def _window() -> datetime.datetime:
    return clock.now() - datetime.timedelta(hours=dated.values("lockout")["window_hours"])


def _digest(account: str) -> str:
    said = account.strip().lower()
    return salted_hmac("people.attempt", said, algorithm="sha256").hexdigest()
