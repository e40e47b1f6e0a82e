"""What a drawing declares comes out as plain values, and back from JSON unchanged."""

import json

from guotu.lib.flow import Declared, declared
from guotu.lib.flow.declared import (
    ApartDeclared,
    MessageDeclared,
    RiskDeclared,
    ServiceDeclared,
    StepDeclared,
    TimerDeclared,
    VariableDeclared,
)
from guotu.lib.flow.elements import Drawing
from tests.lib.flow.drawings import drawing, fixtures, step, straight, variable

FIXTURES = fixtures()


def test_steps_variables_and_aparts() -> None:
    told = declared(FIXTURES["separate_hands"])
    assert (told.id, told.title, told.kind, told.series) == (
        "separate_hands",
        "承办、审批、监督分离",
        "general",
        "acceptance",
    )
    assert told.variables == {
        "decision": VariableDeclared("decision", "choice", "意见", ("agree", "reject"), True)
    }
    assert told.aparts == (ApartDeclared("承办与送达分离", ("undertake", "deliver")),)
    risk = RiskDeclared("自由裁量", "note", "行政处罚法第三十四条")
    assert told.steps["approve"] == StepDeclared(
        "approve", "审批", "user", "approver", "decide", writes=("decision",), risks=(risk,)
    )
    assert told.steps["deliver"].kind == "manual"


def test_services_timers_messages_lanes_and_instances() -> None:
    assert declared(FIXTURES["service_task"]).services["reserve"] == ServiceDeclared(
        "reserve",
        "预留指标",
        "fixture.reserve",
        {"amount": "area_dm2", "title": '"补充耕地"'},
        {"reservation": "transfer"},
    )
    late = declared(FIXTURES["boundary_timer_interrupting"]).timers["late"]
    assert late == TimerDeclared("late", "逾期", "", "fixture.handling", "undertake", True)
    assert declared(FIXTURES["boundary_timer_continuing"]).timers["late"].duration == "P10D"
    assert not declared(FIXTURES["boundary_timer_continuing"]).timers["late"].interrupts
    assert declared(FIXTURES["boundary_message"]).messages["late"] == MessageDeclared(
        "late", "逾期", "申请人撤回", "undertake"
    )
    assert declared(FIXTURES["message_catch"]).messages["paid"].attached_to == ""
    assert declared(FIXTURES["lanes"]).steps["approve"].lane == "局领导"
    ask = declared(FIXTURES["multi_instance_parallel"]).steps["ask"]
    assert (ask.many, ask.each, ask.item) == ("parallel", "parties", "party")
    assert (ask.brings, ask.gathers, ask.times) == ("answer", "answers", "")
    inspect = declared(FIXTURES["multi_instance_times"]).steps["inspect"]
    assert (inspect.many, inspect.times, inspect.each) == ("sequential", "2", "")
    assert declared(FIXTURES["terminate_end"]).timers == {}


def test_what_is_called_stands_under_its_place() -> None:
    alone = declared(FIXTURES["call_activity"])
    assert alone.calls == {"ask": "called"}
    assert list(alone.steps) == ["undertake"]
    whole = declared(FIXTURES["call_activity"], FIXTURES)
    assert list(whole.steps) == ["undertake", "ask/consult"]
    assert whole.steps["ask/consult"].id == "consult"


def test_what_is_called_brings_its_events_and_aparts() -> None:
    apart = '<guotu:apart name="x" steps="work late"/>'
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    wait = f'<boundaryEvent id="late" attachedToRef="work">{timer}</boundaryEvent>'
    again = '<callActivity id="again" calledElement="inner"/>'
    inner = drawing(straight('<userTask id="work"/>', again) + wait, apart, key="inner")
    call = '<callActivity id="call" calledElement="inner"/>'
    told = declared(drawing(straight(call)), {"inner": inner})
    assert told.aparts[0].steps == ("call/work", "call/late")
    assert told.timers["call/late"].attached_to == "call/work"
    assert told.calls == {"call": "inner", "call/again": "inner"}


def test_what_opening_a_case_must_give() -> None:
    variables = "".join(
        variable(name, "text", required=needed)
        for name, needed in (("a", "true"), ("b", "true"), ("c", "true"), ("d", "false"))
    )
    own = "<guotu:stores variable='c' from='x'/>"
    act = f'<serviceTask id="act"><extensionElements>{own}</extensionElements></serviceTask>'
    told = declared(drawing(straight(step("work", writes="b"), act), variables))
    assert told.asked == ("a",)


def test_a_faulty_drawing_declares_little() -> None:
    assert declared(Drawing("x")) == Declared("", "")
    event = "<timerEventDefinition/>"
    wait = f'<intermediateCatchEvent id="wait">{event}</intermediateCatchEvent>'
    thrown = "<signalEventDefinition/>"
    other = f'<intermediateCatchEvent id="other">{thrown}</intermediateCatchEvent>'
    told = declared(drawing(straight(wait, other, '<serviceTask id="act"/>')))
    assert told.timers["wait"].duration == ""
    assert list(told.timers) == ["wait"]
    assert told.services["act"].action == ""


def test_json_and_back() -> None:
    for one in FIXTURES.values():
        told = declared(one, FIXTURES)
        assert Declared.from_json(json.loads(json.dumps(told.to_json()))) == told
    assert Declared.from_json({"id": "a", "title": "b", "later": 1}) == Declared("a", "b")
