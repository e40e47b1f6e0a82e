"""Writes of the data service: making and revoking a token, and beginning a day of use."""

import datetime
import hashlib

from guotu.core.journal.actions import Act, action
from guotu.core.people.models import Person
from guotu.core.people.queries import capacity
from guotu.lib.refusal import Refusal
from guotu.site.ogc.bounds import bounds
from guotu.site.ogc.models import AccessToken, Use


@action("ogc.make_token", power="atlas.read")
def make_token(act: Act, *, secret: str, name: str, acting: str) -> AccessToken:
    """Make a token for oneself in the post acted in; only its hash is kept."""
    person = _own(act)
    if not name.strip():
        raise Refusal("令牌须有名称", remedy="写明用在哪台电脑、哪个程序")
    if capacity(person, acting) is None:
        raise Refusal("您今天不任这个岗位", remedy="在“我的账号”选用岗位后再做令牌")
    made = AccessToken.objects.create(
        person=person,
        acting=acting,
        name=name.strip()[:64],
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        mark=person.get_session_auth_hash()[:64],
        until=act.at.date() + datetime.timedelta(days=int(bounds()["token_days"])),
        sequence=act.sequence,
    )
    act.subject = f"token:{made.pk}"
    act.outcome = {"token": made.pk, "until": made.until.isoformat()}
    return made


@action("ogc.revoke_token", power="atlas.read")
def revoke_token(act: Act, *, token_id: int) -> None:
    """Revoke a token of one's own; it opens nothing from then on."""
    found = AccessToken.objects.filter(pk=token_id, person=_own(act)).first()
    if found is None or found.revoked_sequence is not None:
        raise Refusal("没有这个有效的令牌", where=f"令牌 {token_id}", remedy="刷新页面再看")
    found.revoked_sequence = act.sequence
    found.save(update_fields=["revoked_sequence"])
    act.subject = f"token:{token_id}"
    act.outcome = {"token": token_id, "revoked": True}


@action("ogc.begin_day", power="atlas.read")
def begin_day(act: Act, *, day: datetime.date, token_id: int | None) -> Use:
    """Begin a day's count of use; what the day of use before came to enters the journal here."""
    person = _own(act)
    before = Use.objects.filter(person=person, token_id=token_id, day__lt=day).first()
    made, _ = Use.objects.get_or_create(
        person=person, token_id=token_id, day=day, defaults={"sequence": act.sequence}
    )
    act.subject = f"use:{made.pk}"
    act.outcome = {"token": token_id, "day": day.isoformat(), "before": None}
    if before is not None:
        told = {"day": before.day.isoformat(), "requests": before.requests}
        act.outcome["before"] = told | {"features": before.features}
    return made


def _own(act: Act) -> Person:
    found = Person.objects.filter(pk=act.actor.person_id or 0).first()
    if found is None:
        raise Refusal("令牌属于人，不属于县", remedy="登录后再办")
    return found
