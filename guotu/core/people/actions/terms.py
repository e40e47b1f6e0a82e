"""Writes about who holds a post and who stands in: appointing, ending, substituting."""

import datetime
from collections.abc import Iterable
from typing import Any

from guotu.core.journal import clock
from guotu.core.journal.actions import Act, action
from guotu.core.people import dated
from guotu.core.people.models import Holding, Person, Post, Substitution
from guotu.core.people.rules import posts as rules
from guotu.lib.refusal import Refusal


@action("people.appoint", power="people.administer")
def appoint(
    act: Act,
    *,
    person_id: int,
    post_id: int,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
    paper: str = "",
) -> Holding:
    """Have a person hold a post from a day (today) until, and not on, another."""
    person, post = _person(person_id), Post.objects.filter(pk=post_id).first()
    if post is None:
        raise Refusal("没有这个岗位", where=str(post_id))
    held = hold(act, person, post, since=since or clock.today(), until=until, paper=paper)
    act.subject = f"person:{person.pk}"
    act.outcome = {"holding": held.pk, "post": post.pk}
    return held


def hold(
    act: Act,
    person: Person,
    post: Post,
    *,
    since: datetime.date,
    until: datetime.date | None = None,
    paper: str = "",
) -> Holding:
    """Write a holding for an act. Raises Refusal: twice the same, out of order, no seat free."""
    if not person.is_active:
        raise Refusal("账号已停用", where=person.username, remedy="先恢复账号")
    _check_term(since, until)
    same = _overlapping(Holding.objects.filter(post=post), since, until)
    if any(one.person_id == person.pk for one in same):
        raise Refusal("这段时间已任此岗", where=post.name, remedy="先结束原来的任职")
    if post.seats is not None and len({one.person_id for one in same}) >= post.seats:
        raise Refusal(
            "岗位没有空缺",
            where=post.name,
            rule=f"职数 {post.seats}",
            remedy="先结束现任的任职，或改由代理",
        )
    act.tell("change", what="holding", person=person.pk, post=post.pk, since=since.isoformat())
    return Holding.objects.create(
        person=person, post=post, since=since, until=until, paper=paper, sequence=act.sequence
    )


@action("people.end_holding", power="people.administer")
def end_holding(act: Act, *, holding_id: int, until: datetime.date | None = None) -> Holding:
    """End a holding: it no longer holds on `until` (today, so that sessions in it end at once)."""
    held = Holding.objects.filter(pk=holding_id).select_related("post").first()
    if held is None:
        raise Refusal("没有这次任职", where=str(holding_id))
    day = until or clock.today()
    if held.until is not None and held.until <= day:
        raise Refusal("任职已经结束", where=held.post.name)
    if day < held.since:
        raise Refusal("结束之日早于任职之日", where=day.isoformat(), remedy="改一个日期")
    _end(act, held, day)
    act.subject = f"person:{held.person_id}"
    act.tell("change", what="holding", person=held.person_id, post=held.post_id, until=str(day))
    for standing in Substitution.objects.on(day).filter(holding=held):
        act.tell("change", what="substitution", substitution=standing.pk, until=str(day))
    return held


@action("people.substitute", power="people.administer")
def substitute(
    act: Act,
    *,
    holding_id: int,
    person_id: int,
    until: datetime.date,
    decision: str,
    since: datetime.date | None = None,
    decided_by: int | None = None,
) -> Substitution:
    """Have somebody stand in for the holder of a post, by a decision that is named."""
    held = Holding.objects.filter(pk=holding_id).select_related("post").first()
    begins = since or clock.today()
    if held is None or not _overlapping(Holding.objects.filter(pk=holding_id), begins, until):
        raise Refusal("这段时间没有这次任职", where=str(holding_id), remedy="核对日期和岗位")
    person = _person(person_id)
    _check_term(begins, until)
    if not decision.strip():
        raise Refusal("没有写明谁决定由谁代理", remedy="写出文件或会议纪要的名称和文号")
    if person.pk == held.person_id:
        raise Refusal("不能代理自己", where=held.post.name)
    same = Substitution.objects.filter(holding=held)
    if _overlapping(same, begins, until):
        raise Refusal("这段时间已有人代理", where=held.post.name, remedy="先结束原来的代理")
    found = _clashes(person, held.post, begins)
    standing = Substitution.objects.create(
        person=person,
        holding=held,
        since=begins,
        until=until,
        decision=decision.strip()[:128],
        decided_by_id=decided_by,
        sequence=act.sequence,
    )
    act.subject = f"person:{person.pk}"
    act.outcome = {"substitution": standing.pk, "post": held.post_id, "warnings": found}
    act.tell("change", what="substitution", substitution=standing.pk, until=until.isoformat())
    return standing


@action("people.end_substitution", power="people.administer")
def end_substitution(act: Act, *, substitution_id: int) -> Substitution:
    """End a substitution today; sessions in it end at once."""
    standing = Substitution.objects.on(clock.today()).filter(pk=substitution_id).first()
    if standing is None:
        raise Refusal("没有正在进行的这次代理", where=str(substitution_id))
    _end(act, standing, clock.today())
    act.subject = f"person:{standing.person_id}"
    act.tell("change", what="substitution", substitution=standing.pk, until=str(clock.today()))
    return standing


def _end(act: Act, term: Holding | Substitution, day: datetime.date) -> None:
    term.until, term.ended_sequence = day, act.sequence
    term.save(update_fields=["until", "ended_sequence"])


def _overlapping(
    terms: Iterable[Any], since: datetime.date, until: datetime.date | None
) -> list[Any]:
    return [
        one
        for one in terms
        if (one.until is None or (one.until > since and one.until > one.since))
        and (until is None or one.since < until)
    ]


def _check_term(since: datetime.date, until: datetime.date | None) -> None:
    if until is not None and until <= since:
        raise Refusal("期限的终止早于开始", where=f"{since} 至 {until}", remedy="改一个日期")


def _clashes(person: Person, post: Post, day: datetime.date) -> list[str]:
    """Return what speaks against joining a post to those a person holds; a sure rule refuses."""
    tags = {each.post.name: each.post.tag for each in _held(person, day)}
    return rules.warnings(tags, post.tag, dated.conflicts())


def _held(person: Person, day: datetime.date) -> list[Holding]:
    return list(Holding.objects.on(day).filter(person=person).select_related("post"))


def _person(person_id: int) -> Person:
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise Refusal("没有这个人", where=str(person_id), remedy="从人员名单中选")
    return person
