"""Makers for the acts of people: accounts, posts, who holds them, divisions, proving who one is."""

import datetime
from typing import Any

import pyotp
from django.contrib.auth.hashers import make_password

from guotu.core.journal import clock
from guotu.core.journal.actions import Actor
from guotu.core.people.models import Division, Holding, Person, Post
from trials._kernel_acts import Given, World, makes, simply

_PASSWORD = "a-long-enough-phrase"
_FACTS = {"name": "岗位", "powers": ["atlas.read"]}


def person(world: World, **more: Any) -> Person:
    """Open an account and return whose it is."""
    name = world.name("user")
    done: Person = world.do("people.open_account", username=name, name=f"姓名{name}", **more)
    return done


def post(world: World) -> Post:
    """Set up a post and return it."""
    done: Post = world.do("people.open_post", code=world.name("post"), **_FACTS)
    return done


def holding(world: World) -> Holding:
    """Appoint somebody and return the holding."""
    found = {"person_id": person(world).pk, "post_id": post(world).pk}
    done: Holding = world.do("people.appoint", **found)
    return done


def division(world: World) -> Division:
    """Load a township and return it."""
    world.taken += 1
    code = f"430626{world.taken % 900 + 100}"
    world.do("people.load_divisions", rows=[{"code": code, "name": world.name("镇")}])
    return Division.objects.filter(until=None).latest("pk")


def _own(found: Person, **arguments: Any) -> Given:
    return Given(lambda: dict(arguments), actor=Actor(found.pk, None))


@makes("people.open_account")
def _open_account(world: World) -> Given:
    facts = {"telephone": "13800000000", "identity": "430626199001010011"}
    given = {"password": _PASSWORD, "post_code": world.name("post"), "post": dict(_FACTS)}
    return simply(username=world.name("user"), name="林知远", **facts, **given)


@makes("people.set_personal_data")
def _set_personal_data(world: World) -> Given:
    return simply(person_id=person(world).pk, name=world.name("姓名"), telephone="13900000000")


@makes("people.deactivate")
def _deactivate(world: World) -> Given:
    return simply(person_id=person(world).pk)


@makes("people.reactivate")
def _reactivate(world: World) -> Given:
    found = person(world)
    world.do("people.deactivate", person_id=found.pk)
    return simply(person_id=found.pk)


@makes("people.unlock")
def _unlock(world: World) -> Given:
    return simply(person_id=person(world).pk)


@makes("people.end_sessions")
def _end_sessions(world: World) -> Given:
    return simply(person_id=person(world).pk)


@makes("people.issue_code")
def _issue_code(world: World) -> Given:
    return simply(person_id=person(world).pk)


@makes("people.use_code")
def _use_code(world: World) -> Given:
    found = person(world)
    code = world.do("people.issue_code", person_id=found.pk)
    return _own(found, code=code, encoded=make_password(_PASSWORD))


@makes("people.set_password")
def _set_password(world: World) -> Given:
    return _own(person(world, password=_PASSWORD), encoded=make_password(_PASSWORD + "2"))


def _enrolled(world: World) -> tuple[Person, list[str]]:
    from guotu.core.journal.actions import perform

    found, secret = person(world), pyotp.random_base32()
    told = {"secret": secret, "code": pyotp.TOTP(secret).now()}
    codes = perform("people.enrol_second_factor", Actor(found.pk, None), **told).answer
    return found, codes


@makes("people.enrol_second_factor")
def _enrol_second_factor(world: World) -> Given:
    found, secret = person(world), pyotp.random_base32()
    return Given(
        lambda: {"secret": secret, "code": pyotp.TOTP(secret).now()}, actor=Actor(found.pk, None)
    )


@makes("people.give_second_factor")
def _give_second_factor(world: World) -> Given:
    found, codes = _enrolled(world)
    return _own(found, code=codes[0])


@makes("people.remove_second_factor")
def _remove_second_factor(world: World) -> Given:
    found, _ = _enrolled(world)
    return simply(person_id=found.pk)


@makes("people.look")
def _look(world: World) -> Given:
    return simply(person_id=person(world).pk, fields=["name"], purpose="identify")


@makes("people.erase")
def _erase(world: World) -> Given:
    found = person(world)
    world.do("people.deactivate", person_id=found.pk)
    return simply(person_id=found.pk)


@makes("people.open_unit")
def _open_unit(world: World) -> Given:
    return simply(name=world.name("单位"))


@makes("people.open_post")
def _open_post(world: World) -> Given:
    return simply(code=world.name("post"), **_FACTS)


@makes("people.change_post")
def _change_post(world: World) -> Given:
    return simply(post_id=post(world).pk, name=world.name("岗位"), powers=["atlas.publish"])


@makes("people.appoint")
def _appoint(world: World) -> Given:
    return simply(person_id=person(world).pk, post_id=post(world).pk, paper="任字1号")


@makes("people.end_holding")
def _end_holding(world: World) -> Given:
    return simply(holding_id=holding(world).pk)


def _substitution(world: World) -> dict[str, Any]:
    until = clock.today() + datetime.timedelta(days=9)
    found = {"holding_id": holding(world).pk, "person_id": person(world).pk}
    return {**found, "until": until, "decision": "会议纪要1号"}


@makes("people.substitute")
def _substitute(world: World) -> Given:
    return simply(**_substitution(world))


@makes("people.end_substitution")
def _end_substitution(world: World) -> Given:
    standing = world.do("people.substitute", **_substitution(world))
    return simply(substitution_id=standing.pk)


@makes("people.load_divisions")
def _load_divisions(world: World) -> Given:
    world.taken += 1
    rows = [{"code": f"430626{world.taken % 900 + 100}", "name": world.name("镇")}]
    return simply(rows=rows)


@makes("people.reform_divisions")
def _reform_divisions(world: World) -> Given:
    one = division(world)
    on = clock.today() + datetime.timedelta(days=1)
    into = [{"code": one.code, "name": world.name("新镇")}]
    return simply(ended=[one.code], into=into, on=on, paper="批复1号")
