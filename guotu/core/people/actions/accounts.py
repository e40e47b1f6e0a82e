"""Writes about accounts: opening, closing, unlocking, codes, and the personal data behind them."""

import datetime
import secrets
from typing import Any

from guotu.core.journal import clock
from guotu.core.journal.actions import Act, action
from guotu.core.people import dated, personal
from guotu.core.people.actions.codes import issue
from guotu.core.people.actions.posts import post_of
from guotu.core.people.actions.terms import hold
from guotu.core.people.models import OneTimeCode, Person
from guotu.core.people.rules.signing import check_password
from guotu.lib.refusal import Refusal


@action("people.open_account", power="people.administer")
def open_account(
    act: Act,
    *,
    username: str,
    name: str,
    password: str | None = None,
    post_code: str = "",
    post: dict[str, Any] | None = None,
    must_change: bool | None = None,
    telephone: str = "",
    identity: str = "",
) -> Person:
    """Open an account, in a post where one is named; `post` makes it if it is not there yet.

    Without a password the account waits for a one-time code. A password that somebody else chose
    must be changed at the first sign-in; the county's own set-up may say otherwise.
    """
    _check_username(username)
    if password is not None:
        check_password(password, username, dated.values("password"), dated.rule("password").article)
    subject = personal.sealing.new_subject()
    person = Person.objects.create_user(
        username,
        password,
        subject=subject,
        must_change=bool(password) and _forced(act, must_change),
        sealed_name=personal.sealed(subject, name.strip()),
        sealed_telephone=personal.sealed(subject, telephone.strip()),
        sealed_identity=personal.sealed(subject, identity.strip()),
    )
    act.subject = f"person:{person.pk}"
    act.tell("change", what="account", person=person.pk, done="opened")
    if post_code:
        held = hold(act, person, post_of(act, post_code, post), since=clock.today())
        act.outcome = {"post": held.post_id}
    return person


def _forced(act: Act, must_change: bool | None) -> bool:
    return act.actor.person_id is not None if must_change is None else must_change


def _check_username(username: str) -> None:
    if not username or username != username.strip() or len(username) > 64:
        raise Refusal("账号写得不对", where=username[:64], remedy="不留空格，不超过 64 个字符")
    if Person.objects.filter(username__iexact=username).exists():
        raise Refusal("账号已有人使用", where=username, remedy="换一个账号")


@action("people.set_personal_data", power="people.administer")
def set_personal_data(act: Act, *, person_id: int, **fields: str) -> Person:
    """Put personal data right: `name`, `telephone`, `identity`; what is not given stays."""
    person = person_of(act, person_id)
    if unknown := set(fields) - set(personal.FIELDS):
        raise Refusal("没有这项个人信息", where="、".join(sorted(unknown)))
    if person.subject == "":
        person.subject = personal.sealing.new_subject()
    for field, text in fields.items():
        setattr(person, f"sealed_{field}", personal.sealed(person.subject, text.strip()))
    person.save()
    act.outcome = {"fields": sorted(fields)}
    act.tell("change", what="personal_data", person=person.pk, fields=sorted(fields))
    return person


@action("people.deactivate", power="people.administer")
def deactivate(act: Act, *, person_id: int) -> Person:
    """Put an account out of use; its sessions end at once."""
    person = person_of(act, person_id)
    if person.pk == act.actor.person_id:
        raise Refusal("不能停用自己的账号", remedy="请另一位管理员办理")
    if not person.is_active:
        raise Refusal("账号已经停用", where=person.username)
    person.is_active = False
    person.sessions += 1
    person.save(update_fields=["is_active", "sessions"])
    act.tell("change", what="account", person=person.pk, done="deactivated")
    return person


@action("people.reactivate", power="people.administer")
def reactivate(act: Act, *, person_id: int) -> Person:
    """Put an account back into use."""
    person = person_of(act, person_id)
    if person.is_active:
        raise Refusal("账号正在使用", where=person.username)
    person.is_active, person.failures_from = True, act.at
    person.save(update_fields=["is_active", "failures_from"])
    act.tell("change", what="account", person=person.pk, done="reactivated")
    return person


@action("people.unlock", power="people.administer")
def unlock(act: Act, *, person_id: int) -> Person:
    """Let somebody try again at once: failures up to now no longer count."""
    person = person_of(act, person_id)
    person.failures_from = act.at
    person.save(update_fields=["failures_from"])
    act.tell("change", what="account", person=person.pk, done="unlocked")
    return person


@action("people.end_sessions", power="people.administer")
def end_sessions(act: Act, *, person_id: int) -> Person:
    """Sign somebody out everywhere."""
    person = person_of(act, person_id)
    person.sessions += 1
    person.save(update_fields=["sessions"])
    act.tell("change", what="account", person=person.pk, done="sessions_ended")
    return person


@action("people.issue_code", power="people.administer")
def issue_code(act: Act, *, person_id: int) -> str:
    """Issue the code with which a person sets a new password; earlier ones no longer open.

    The code is the answer and stands nowhere else: it is shown once, to be handed over in person.
    """
    person = person_of(act, person_id)
    if not person.is_active:
        raise Refusal("账号已停用", where=person.username, remedy="先恢复账号")
    unspent = OneTimeCode.objects.filter(person=person, kind="password", spent_sequence=None)
    unspent.update(spent_sequence=act.sequence)
    until = act.at + datetime.timedelta(hours=dated.values("code")["hours"])
    code = issue(act, person, "password", until)
    act.outcome = {"until": until.isoformat()}
    act.tell("change", what="code", person=person.pk)
    return code


@action("people.remove_second_factor", power="people.administer")
def remove_second_factor(act: Act, *, person_id: int) -> Person:
    """Take off a second factor that was lost; the person enrols another."""
    person = person_of(act, person_id)
    if person.enrolled_sequence is None:
        raise Refusal("还没有登记第二因素", where=person.username)
    if person.pk == act.actor.person_id:
        raise Refusal("不能由本人解除", remedy="请另一位管理员办理")
    person.enrolled_sequence, person.sealed_secret = None, None
    person.sessions += 1
    person.save(update_fields=["enrolled_sequence", "sealed_secret", "sessions"])
    act.tell("change", what="second_factor", person=person.pk, done="removed")
    return person


@action("people.look", power="people.look")
def look(act: Act, *, person_id: int, fields: list[str], purpose: str) -> dict[str, str]:
    """Show personal data in full; who looked, at what and what for enters the journal."""
    person = person_of(act, person_id)
    wanted = [field for field in personal.FIELDS if field in fields]
    if not wanted:
        raise Refusal("没有说明要看哪一项", remedy="选姓名、电话或身份证号")
    if purpose not in PURPOSES:
        raise Refusal(
            "没有说明为什么要看",
            where=purpose[:20],
            rule="《个人信息保护法》第六条：处理个人信息应当具有明确、合理的目的",
            remedy=f"选一种：{'、'.join(PURPOSES.values())}",
        )
    act.outcome = {"fields": wanted, "purpose": purpose}
    return {field: personal.whole(person, field) for field in wanted}


PURPOSES = {
    "identify": "核对身份",
    "contact": "联系本人",
    "document": "制作公文",
    "appointment": "办理任免",
    "request": "本人申请查询",
    "inquiry": "依法协助查询",
}


@action("people.erase", power="people.administer")
def erase(act: Act, *, person_id: int) -> Person:
    """Erase personal data for good: the key is destroyed, the account is out of use."""
    person = person_of(act, person_id)
    if person.is_active:
        raise Refusal("在用的账号不能删除个人信息", where=person.username, remedy="先停用账号")
    if not person.subject:
        raise Refusal("没有个人信息可删", where=person.username)
    personal.sealing.erase(act, person.subject)
    # The sign-in name is often the person's own, so it goes too.
    person.username = f"erased-{person.pk}-{secrets.token_hex(4)}"
    person.sealed_name = person.sealed_telephone = person.sealed_identity = None
    person.sealed_secret, person.enrolled_sequence = None, None
    person.set_unusable_password()
    person.save()
    act.tell("change", what="personal_data", person=person.pk, done="erased")
    return person


def person_of(act: Act, person_id: int) -> Person:
    """Return the person an act is about, and make it the act's subject. Raises Refusal."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise Refusal("没有这个人", where=str(person_id), remedy="从人员名单中选")
    act.subject = f"person:{person.pk}"
    return person
