"""Makers for the acts of cases: opening, taking, passing on, asking, ending, clocks, processes."""

import datetime
from typing import Any

from guotu.core.cases.models import Case, Clock, Notice, Step
from guotu.core.journal import clock
from tests.core.cases.handling import EVIDENCE, GIVES, SHIPPED, Bureau, bureau
from trials._kernel_acts import Given, World, makes, simply

_bureaus: dict[int, Bureau] = {}
_LACKING = {"papers": "缺件"}


def county(world: World) -> Bureau:
    """Return the bureau of this world, opened with the first case that is asked for."""
    if id(world) not in _bureaus:
        _bureaus[id(world)] = bureau()
    return _bureaus[id(world)]


def opened(world: World, *elements: str, **more: Any) -> Case:
    """Open a case and take its steps so far."""
    made = county(world)
    case = made.opened(title=world.name("事项"), **more)
    return made.walk(case, *elements)


def _waiting(world: World, case: Case, element: str) -> tuple[Step, str]:
    step = county(world).step(case, element)
    return step, county(world).name(step.person_id or 0)


def _by(world: World, who: str, reason: str = "试验", **arguments: Any) -> Given:
    return Given(lambda: dict(arguments), reason, county(world).actor(who))


def _halted(world: World) -> Case:
    """Return a case whose clock stands still, waiting for papers."""
    case = opened(world)
    county(world).take(case, "intake", **_LACKING)
    return county(world).walk(case, "notify")


def _of_case(case: Case) -> Clock:
    found: Clock = Clock.objects.get(case=case, kind="limit", step=None)
    return found


@makes("cases.open")
def _open(world: World) -> Given:
    place = (113.5 + world.chance.random() / 10, 28.7)
    told = {"process": "general", "title": world.name("事项"), "place": place}
    return _by(world, "wang", **told)


@makes("cases.complete")
def _complete(world: World) -> Given:
    element = world.chance.choice(["intake", "undertake", "review", "approve"])
    before = ["intake", "undertake", "review", "approve"]
    case = opened(world, *before[: before.index(element)])
    step, who = _waiting(world, case, element)
    data = dict(GIVES[element])
    if element == "undertake" and world.chance.random() < 0.5:
        data["units"] = ["林业股", "审核股"]
    return _by(world, who, step=step.pk, data=data, evidence=EVIDENCE.get(element))


@makes("cases.complete_many")
def _complete_many(world: World) -> Given:
    steps = [_waiting(world, opened(world), "intake") for _ in range(3)]
    told = {"steps": [step.pk for step, _ in steps], "data": GIVES["intake"]}
    return _by(world, steps[0][1], **told)


@makes("cases.save_draft")
def _save_draft(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    return _by(world, who, step=step.pk, data={"papers": "齐全"})


@makes("cases.mark_seen")
def _mark_seen(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    return _by(world, who, step=step.pk)


def _given_back(world: World) -> tuple[Step, str]:
    step, who = _waiting(world, opened(world), "intake")
    county(world).act(who, "cases.give_back", "试验", step=step.pk)
    return step, who


@makes("cases.claim")
def _claim(world: World) -> Given:
    step, who = _given_back(world)
    return _by(world, who, step=step.pk)


@makes("cases.give_back")
def _give_back(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    return _by(world, who, step=step.pk)


@makes("cases.hand_over")
def _hand_over(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    other = "wei" if who == "wang" else "wang"
    return _by(world, who, step=step.pk, person=county(world).persons[other])


@makes("cases.reassign")
def _reassign(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    other = "wei" if who == "wang" else "wang"
    return _by(world, "dang", step=step.pk, person=county(world).persons[other])


@makes("cases.recall")
def _recall(world: World) -> Given:
    case = opened(world, "intake")
    done = Step.objects.get(case=case, element="intake")
    return _by(world, county(world).name(done.person_id or 0), step=done.pk)


@makes("cases.ask")
def _ask(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    kind = world.chance.choice(["consult", "countersign"])
    post = county(world).posts["forestry"]
    return _by(world, who, step=step.pk, post=post, text="请提意见", kind=kind)


@makes("cases.answer")
def _answer(world: World) -> Given:
    given = _ask(world)
    note = county(world).do_as(given.actor, "cases.ask", **given.arguments())
    return _by(world, "lin", note=note.pk, text="无意见", agreed=True)


@makes("cases.urge")
def _urge(world: World) -> Given:
    step, _ = _waiting(world, opened(world), "intake")
    return _by(world, "zhang", step=step.pk, text="申请人在等")


@makes("cases.receive")
def _receive(world: World) -> Given:
    made = county(world)
    made.do("cases.deploy_process", files=_AWAITING)
    case = made.opened(process="awaiting", title=world.name("事项"))
    return _by(world, "wang", case=case.pk, message="回函")


_AWAITING = {
    "awaiting.bpmn": """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="file"
  targetNamespace="urn:test" xmlns:guotu="urn:guotu:process:1"><message id="m" name="回函"/>
<process id="awaiting" name="待回函" isExecutable="true"><startEvent id="start"/>
<sequenceFlow id="a" sourceRef="start" targetRef="wait"/>
<intermediateCatchEvent id="wait"><messageEventDefinition id="d" messageRef="m"/>
</intermediateCatchEvent><sequenceFlow id="b" sourceRef="wait" targetRef="read"/>
<userTask id="read" name="阅知"><extensionElements><guotu:step role="window" tag="support"/>
</extensionElements></userTask><sequenceFlow id="c" sourceRef="read" targetRef="end"/>
<endEvent id="end"/></process></definitions>"""
}


@makes("cases.assign_role")
def _assign_role(world: World) -> Given:
    post = county(world).posts["undertaker"]
    return simply(role=world.name("role"), post=post, kind="general", division="430626101")


@makes("cases.end_assignment")
def _end_assignment(world: World) -> Given:
    rule = world.do("cases.assign_role", **_assign_role(world).arguments())
    return simply(assignment=rule.pk)


@makes("cases.hand_on_leavers")
def _hand_on_leavers(world: World) -> Given:
    made, name = county(world), world.name("person")
    made.open_person(name, "window")
    step, who = _waiting(world, opened(world), "intake")
    if who != name:
        made.act(who, "cases.hand_over", "试验", step=step.pk, person=made.persons[name])
    made.do("people.end_holding", holding_id=made.holding(name).pk)
    return simply()


@makes("cases.withdraw")
def _withdraw(world: World) -> Given:
    return _by(world, "wang", "申请人撤回", case=opened(world).pk)


@makes("cases.terminate")
def _terminate(world: World) -> Given:
    return _by(world, "ju", "不再需要许可", case=opened(world).pk)


@makes("cases.archive")
def _archive(world: World) -> Given:
    case = opened(world)
    county(world).act("wang", "cases.withdraw", "申请人撤回", case=case.pk)
    return _by(world, "dang", case=case.pk)


@makes("cases.conclude")
def _conclude(world: World) -> Given:
    return simply(case=opened(world).pk)


@makes("cases.stand_still")
def _stand_still(world: World) -> Given:
    return simply(case=opened(world).pk, ground="correction")


@makes("cases.run_on")
def _run_on(world: World) -> Given:
    return simply(case=_halted(world).pk)


@makes("cases.record_intervention")
def _record_intervention(world: World) -> Given:
    told = {"asker": "某某", "said": "能不能快一点", "manner": "电话"}
    person = county(world).persons["lin"]
    return _by(world, "chen", case=opened(world).pk, person=person, **told)


@makes("cases.reply_intervention")
def _reply_intervention(world: World) -> Given:
    given = _record_intervention(world)
    made = county(world).do_as(given.actor, "cases.record_intervention", **given.arguments())
    return _by(world, "lin", intervention=made.pk, text="只是问进度")


@makes("cases.look_at_interventions")
def _look_at_interventions(world: World) -> Given:
    given = _record_intervention(world)
    made = county(world).do_as(given.actor, "cases.record_intervention", **given.arguments())
    return simply(case=made.case_id)


@makes("cases.suspend_clock")
def _suspend_clock(world: World) -> Given:
    return simply(clock=_of_case(opened(world)).pk, ground="correction")


@makes("cases.resume_clock")
def _resume_clock(world: World) -> Given:
    return simply(clock=_of_case(_halted(world)).pk)


@makes("cases.extend_clock")
def _extend_clock(world: World) -> Given:
    return simply(clock=_of_case(opened(world)).pk, amount=10, unit="working_days")


def _due(world: World, case: Case, **of: Any) -> dict[str, Any]:
    """Return how to name a clock of a case that is due: it is set back for that."""
    found = Clock.objects.filter(case=case, state="running", **of).order_by("pk")[0]
    Clock.objects.filter(pk=found.pk).update(next_at=found.started_at)
    return {"clock": found.pk, "revision": found.revision, "stage": found.stage}


@makes("cases.fire_clock")
def _fire_clock(world: World) -> Given:
    if world.chance.random() < 0.5:
        return simply(**_due(world, _halted(world), kind="timer"))
    return simply(**_due(world, opened(world), kind="limit", step=None))


@makes("cases.clock_failed")
def _clock_failed(world: World) -> Given:
    return simply(**_due(world, opened(world), kind="limit", step=None), failure="试验")


@makes("cases.set_calendar_day")
def _set_calendar_day(world: World) -> Given:
    opened(world)
    world.taken += 1
    on = clock.today() + datetime.timedelta(days=world.taken % 300)
    return simply(on=on, working=world.chance.random() < 0.5, number="国办发明电〔2026〕1号")


@makes("cases.enter_calendar_year")
def _enter_calendar_year(world: World) -> Given:
    world.taken += 1
    year = 2030 + world.taken
    off = [(datetime.date(year, 10, 1), datetime.date(year, 10, 7))]
    return simply(year=year, number="国办发明电〔2026〕2号", off=off, on=[])


def _version(world: World) -> dict[str, bytes]:
    """Return the general process with another name: a version of its own."""
    named = world.name("一般办件").encode()
    return {
        name: text.replace('name="一般办件"'.encode(), b'name="' + named + b'"')
        for name, text in SHIPPED.items()
    }


@makes("cases.deploy_process")
def _deploy_process(world: World) -> Given:
    county(world)
    return simply(files=_version(world))


@makes("cases.retire_process")
def _retire_process(world: World) -> Given:
    county(world).do("cases.deploy_process", files=_AWAITING)
    return simply(process="awaiting")


@makes("cases.migrate")
def _migrate(world: World) -> Given:
    case = _halted(world)
    world.do("cases.deploy_process", files=_version(world))
    return simply(case=case.pk)


@makes("cases.take_back_migration")
def _take_back_migration(world: World) -> Given:
    told = _migrate(world).arguments()
    world.do("cases.migrate", **told)
    return simply(**told)


@makes("cases.keep_view")
def _keep_view(world: World) -> Given:
    return _by(world, "chen", page="cases", name=world.name("视图"), query="state=open")


@makes("cases.drop_view")
def _drop_view(world: World) -> Given:
    made = county(world)
    kept = made.do_as(made.actor("cai"), "cases.keep_view", **_keep_view(world).arguments())
    return _by(world, "cai", view=kept.pk)


@makes("cases.see_notices")
def _see_notices(world: World) -> Given:
    step, who = _waiting(world, opened(world), "intake")
    county(world).act("zhang", "cases.urge", step=step.pk)
    return _by(world, who, upto=Notice.objects.order_by("-pk")[0].pk)
