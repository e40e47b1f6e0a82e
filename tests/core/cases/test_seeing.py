"""Who sees which cases, and the trail of one: area, secrecy, own involvement."""

import pytest

from guotu.core.cases.models import Case
from guotu.core.cases.queries.cases import case, choices, consequences, trail, visible
from guotu.core.journal.actions import COUNTY
from tests.core.cases.handling import GIVES, bureau

pytestmark = pytest.mark.django_db


@pytest.fixture
def county():
    return bureau()


def seen(actor):
    return set(Case.objects.filter(visible(actor)).values_list("title", flat=True))


def station(county, name, area, powers=("cases.read", "cases.handle", "cases.execute")):
    post = county.do("people.open_post", code=name, name=name, powers=list(powers), areas=[area])
    county.open_person(name)
    county.do("people.appoint", person_id=county.persons[name], post_id=post.pk)
    return county.actor(name)


def test_a_post_sees_its_area_and_what_it_had(county):
    county.opened(title="东", division="430626101")
    county.opened(title="西", division="430626102")
    county.opened(title="县")
    assert seen(county.actor("chen")) == {"东", "西", "县"}
    east = station(county, "east", "430626101")
    assert seen(east) == {"东"}
    rule = {"role": "undertaker", "post": east.post_id, "division": "430626102"}
    county.do("cases.assign_role", **rule)
    county.walk(Case.objects.get(title="西"), "intake")
    assert seen(east) == {"东", "西"}


def test_what_is_secret_is_seen_by_who_reads_it_or_has_it(county):
    made = county.opened(title="密", secrecy="secret")
    assert seen(county.actor("shen")) == set()
    assert seen(COUNTY) == {"密"}
    window = county.actor("wang")
    assert seen(window) == {"密"}
    assert case(county.actor("shen"), made.pk) is None


def test_without_a_post_only_what_one_had_a_hand_in(county):
    made = county.opened(title="办过")
    county.opened(who="wei", title="没办过")
    county.do("people.end_holding", holding_id=county.holding("wang").pk)
    assert seen(county.actor("wang")) == {made.title}


def test_the_trail_names_every_act_by_its_number(county):
    made = county.walk(county.opened(), "intake", "undertake")
    found = trail(made)
    assert [one.verb for one in found] == ["受理办件", "办理步骤", "办理步骤"]
    assert found[0].sequence == made.sequence
    assert "“受理审查”已办" in found[1].what
    assert found[2].person_id in (county.persons["chen"], county.persons["cai"])


def test_next_steps_are_buttons_that_show_what_follows(county):
    made = county.opened()
    step = county.step(made, "intake")
    assert [one.value for one in choices(step)] == ["齐全", "缺件", "不予受理"]
    actor = county.actor(county.name(step.person_id))
    shown = consequences(actor, step.pk, choices(step)[1].data)
    assert shown.outcome["next"][0]["step"] == "一次性告知补正"
    assert consequences(actor, step.pk, GIVES["intake"]).outcome["next"][0]["step"] == "承办"
