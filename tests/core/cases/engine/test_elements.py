"""Each element that a drawing may hold runs to its end, saved and loaded between all steps."""

import pytest

from guotu.core.cases import engine
from guotu.lib.refusal import Refusal
from tests.core.cases.engine.drawn import (
    HEAD,
    TERMINATE,
    Walk,
    drawing,
    flows,
    many,
    message,
    nodes,
    timer,
)

ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")


def test_people_do_user_and_manual_tasks_in_turn():
    body = ENDS + nodes("userTask", "a") + nodes("manualTask", "b") + flows("s > a > b > e")
    walk = Walk(body, {"area_dm2": 5})
    assert [(one.element, one.kind, one.path) for one in walk.moved.waiting] == [("a", "user", "")]
    first = walk.one("a").token
    walk.does("a", decision="agree")
    assert (walk.names("manual"), walk.data) == (["b"], {"area_dm2": 5, "decision": "agree"})
    with pytest.raises(Refusal, match="已经办过"):
        engine.complete(walk.program, walk.moved.tokens, first, {})
    walk.does("b")
    assert (walk.ended, walk.moved.terminated, walk.moved.waiting) == (True, False, ())
    with pytest.raises(Refusal, match="已经结束"):
        engine.complete(walk.program, walk.moved.tokens, first, {})


def _choice(default=True):
    facts = {"default": "g_c"} if default else {}
    body = ENDS + nodes("userTask", "a", "b", "c") + nodes("exclusiveGateway", "g", **facts)
    third = "g > c" if default else "g > c: area_dm2 < 0"
    return body + flows("s > a > g", "g > b: area_dm2 > 100", third, "b > e", "c > e")


@pytest.mark.parametrize(("area", "taken"), [(101, "b"), (100, "c"), (None, "c")])
def test_an_exclusive_gateway_takes_the_first_way_that_holds(area, taken):
    walk = Walk(_choice()).does("a", area_dm2=area)
    assert walk.names() == [taken]
    assert walk.does(taken).ended


def test_an_exclusive_gateway_without_a_way_refuses_and_keeps_the_step():
    walk = Walk(_choice(default=False))
    with pytest.raises(Refusal, match="没有一条路") as refused:
        walk.does("a", area_dm2=5)
    assert refused.value.where == "g"
    assert walk.does("a", area_dm2=500).names() == ["b"]


def test_a_parallel_gateway_waits_for_each_branch():
    body = ENDS + nodes("userTask", "a", "b", "c", "d") + nodes("parallelGateway", "f", "j")
    walk = Walk(body + flows("s > f", "f > a > c > j", "f > b > j", "j > d > e"))
    assert walk.does("b").names() == ["a"]
    assert walk.does("a", x=1).names() == ["c"]
    assert walk.does("c").names() == ["d"]
    assert walk.does("d").ended


def test_a_parallel_gateway_in_a_loop_joins_each_time():
    body = ENDS + nodes("userTask", "a", "b", "c") + nodes("parallelGateway", "f", "j")
    body += nodes("exclusiveGateway", "m", "g")
    ways = flows("s > m > f", "f > a > j", "f > b > j", "j > c > g")
    walk = Walk(body + ways + flows("g > m: again = true", "g > e: again = false"))
    for _ in range(30):
        walk.does("a").does("b")
        assert walk.names() == ["c"]
        walk.does("c", again=True)
    assert walk.largest < 700
    walk.does("b").does("a").does("c", again=False)
    assert walk.ended


def _some(*ways):
    body = ENDS + nodes("userTask", "a", "b", "c", "d") + nodes("inclusiveGateway", "f", "j")
    ways = ways or ("f > a: x > 0", "f > b: x > 1", "f > c: x > 2")
    return body + flows("s > f", *ways, "a > j", "b > j", "c > j", "j > d > e")


@pytest.mark.parametrize(("x", "branches"), [(1, "a"), (2, "ab"), (3, "abc")])
def test_an_inclusive_gateway_waits_for_the_branches_taken(x, branches):
    walk = Walk(_some(), {"x": x})
    assert walk.names() == list(branches)
    for done, branch in enumerate(branches, 1):
        assert walk.names() == list(branches[done - 1 :])
        walk.does(branch)
    assert walk.names() == ["d"]
    assert walk.does("d").ended


def test_an_inclusive_gateway_does_not_run_ahead_of_a_branch_that_is_longer():
    body = ENDS + nodes("userTask", "a", "b", "c", "d") + nodes("inclusiveGateway", "f", "j")
    inner = '<subProcess id="in">' + nodes("startEvent", "s2") + nodes("userTask", "x")
    inner += nodes("endEvent", "e2") + flows("s2 > x > e2") + "</subProcess>"
    ways = ("f > a: x > 0", "f > in: x > 0", "a > j", "in > c > j", "f > j: x > 0")
    walk = Walk(body + inner + flows("s > f", *ways, "j > d > e"), {"x": 1})
    assert walk.does("a").names() == ["x"]
    assert walk.does("x").names() == ["c"]
    assert walk.does("c").names() == ["d"]


SUB = nodes("startEvent", "s1") + nodes("userTask", "x", "y") + nodes("endEvent", "e1")


def test_a_called_process_runs_in_its_caller():
    inner = SUB.replace('<userTask id="y" name="y"/>', '<callActivity id="z" calledElement="r"/>')
    called = {
        "q.bpmn": drawing(inner + flows("s1 > x > z > e1"), "q"),
        "r.bpmn": drawing(SUB + flows("s1 > x > y > e1"), "r"),
    }
    body = ENDS + '<callActivity id="k" name="勘测" calledElement="q"/>' + nodes("userTask", "a")
    walk = Walk(body + flows("s > k > a > e"), called=called)
    seen = []
    while not walk.ended:
        step = walk.moved.waiting[0]
        seen.append((step.path, step.element))
        walk.does(step.element, token=step.token, **{f"at_{len(seen)}": len(seen)})
    assert seen == [("k", "x"), ("k/z", "x"), ("k/z", "y"), ("", "a")]
    assert walk.data == {f"at_{number}": number for number in range(1, 5)}


def test_an_embedded_subprocess_runs_and_may_be_left_by_a_terminate_end():
    inner = nodes("startEvent", "s1") + nodes("parallelGateway", "f") + nodes("userTask", "x", "y")
    inner += TERMINATE + nodes("endEvent", "e1") + flows("s1 > f", "f > x > stop", "f > y > e1")
    body = ENDS + f'<subProcess id="in">{inner}</subProcess>' + nodes("userTask", "a")
    body += flows("s > in > a > e")
    walk = Walk(body)
    assert (walk.names(), walk.one("x").path) == (["x", "y"], "")
    walk.does("x")
    assert (walk.names(), walk.ended) == (["a"], False)
    assert walk.does("a").ended
    assert not walk.moved.terminated


def test_a_terminate_end_takes_all_other_tokens():
    body = ENDS + TERMINATE + nodes("userTask", "a", "b", "c") + nodes("parallelGateway", "f")
    ways = flows("s > f", "f > a > stop", "f > b > c > e")
    walk = Walk(body + timer("t", on="b") + ways + flows("t > e"))
    walk.does("a")
    assert (walk.ended, walk.moved.terminated, walk.moved.waiting) == (True, True, ())


@pytest.mark.parametrize("sequential", [True, False])
def test_instances_gather_what_each_brings(sequential):
    body = ENDS + f'<userTask id="a">{many(sequential)}</userTask>' + nodes("userTask", "b")
    units = [11, 12, 13]
    walk = Walk(body + flows("s > a > b > e"), {"units": units})
    assert len(walk.moved.waiting) == (1 if sequential else 3)
    while walk.names() != ["b"]:
        last = walk.moved.waiting[-1]
        walk.does("a", token=last.token, opinion=f"o{last.item['unit']}", common=1)
    assert walk.data == {"units": units, "opinions": ["o11", "o12", "o13"], "common": 1}
    assert walk.moved.waiting[0].item == {}
    assert walk.does("b", opinion="last").ended
    assert walk.data["opinion"] == "last"


@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("units", [[], None])
def test_instances_of_an_empty_list_are_none(sequential, units):
    body = ENDS + f'<userTask id="a">{many(sequential)}</userTask>' + nodes("userTask", "b")
    assert Walk(body + flows("s > a > b > e"), {"units": units}).names() == ["b"]


@pytest.mark.parametrize("sequential", [True, False])
def test_instances_of_a_subprocess_and_of_a_number(sequential):
    inner = SUB + flows("s1 > x > y > e1")
    mark = f'<multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
    mark += "<loopCardinality>n</loopCardinality></multiInstanceLoopCharacteristics>"
    body = ENDS + f'<subProcess id="in">{inner}{mark}</subProcess>' + nodes("userTask", "b")
    walk = Walk(body + flows("s > in > b > e"), {"n": 3})
    steps = 0
    while walk.names() != ["b"]:
        walk.does(walk.moved.waiting[0].element, token=walk.moved.waiting[0].token)
        steps += 1
    assert steps == 6


def test_instances_may_end_when_enough_have_answered():
    enough = '<completionCondition>opinion = "no"</completionCondition>'
    body = ENDS + f'<userTask id="a">{many(False, enough)}</userTask>' + nodes("userTask", "b")
    walk = Walk(body + flows("s > a > b > e"), {"units": [1, 2, 3]})
    walk.does("a", token=walk.moved.waiting[1].token, opinion="no")
    assert (walk.names(), walk.data["opinions"]) == (["b"], [None, "no"])


def test_a_timer_waits_until_it_is_fired_and_an_interrupting_one_ends_its_step():
    body = ENDS + nodes("userTask", "a", "b", "c") + timer("t", on="a", duration="PT0S")
    walk = Walk(body + flows("s > a > b > e", "t > c > e"))
    told = walk.one("t")
    assert (told.kind, told.duration, told.attached, told.interrupting) == (
        "timer",
        "PT0S",
        "a",
        True,
    )
    assert walk.names() == ["a", "t"]
    assert walk.fires("t").names() == ["c"]
    assert walk.does("c").ended


def test_a_step_that_is_done_ends_its_timers():
    body = ENDS + nodes("userTask", "a", "b", "c") + timer("t", on="a")
    walk = Walk(body + flows("s > a > b > e", "t > c > e"))
    token = walk.one("t").token
    assert walk.does("a").names() == ["b"]
    with pytest.raises(Refusal, match="不在等待"):
        engine.fire(walk.program, walk.moved.tokens, token)


def test_a_timer_that_does_not_interrupt_runs_beside_and_once():
    body = ENDS + nodes("userTask", "a", "b", "c") + timer("t", on="a", interrupting=False)
    walk = Walk(body + timer("u", on="a") + flows("s > a > b > e", "t > c > e", "u > e"))
    assert walk.fires("t").names() == ["a", "c", "u"]
    assert walk.does("c").names() == ["a", "u"]
    assert walk.does("a").names() == ["b"]
    assert walk.does("b").ended


def test_a_timer_interrupts_a_call_and_instances_of_calls():
    called = {"q.bpmn": drawing(SUB + flows("s1 > x > y > e1"), "q")}
    body = ENDS + f'<callActivity id="k" calledElement="q">{many(False)}</callActivity>'
    body += nodes("userTask", "c") + timer("t", on="k") + flows("s > k > e", "t > c > e")
    walk = Walk(body, {"units": [1, 2]}, called=called)
    walk.does("x")
    assert walk.names() == ["t", "x", "y"]
    assert walk.fires("t").names() == ["c"]
    assert walk.does("c").ended


def test_a_timer_and_a_message_on_the_way():
    body = ENDS + timer("t", duration="limit:answer") + message("w") + nodes("userTask", "a")
    walk = Walk(body + flows("s > t > w > a > e"), head=HEAD)
    assert (walk.one("t").duration, walk.one("t").attached) == ("limit:answer", "")
    with pytest.raises(Refusal, match="不在等这个消息"):
        walk.hears("回函")
    walk.fires("t")
    assert (walk.one("w").message, walk.one("w").kind) == ("回函", "message")
    assert walk.hears("回函", reply_id=7).names() == ["a"]
    assert walk.does("a").data == {"reply_id": 7}


def test_a_message_at_the_edge_of_a_step():
    body = ENDS + nodes("userTask", "a", "c") + message("w", on="a") + flows("s > a > e")
    walk = Walk(body + flows("w > c > e"), head=HEAD)
    assert walk.hears("回函").names() == ["c"]


SERVICE = """<serviceTask id="r"><extensionElements><guotu:action name="ledger.reserve">
<guotu:argument name="amount" value="area_dm2"/>
<guotu:argument name="title" value="&quot;t&quot;"/>
</guotu:action><guotu:stores variable="transfer" from="number"/>
</extensionElements></serviceTask>"""


def test_a_service_task_calls_an_action_and_stores_what_comes_of_it():
    called = []

    def service(*told):
        called.append(told)
        return {"number": 41, "other": 1}

    body = ENDS + nodes("userTask", "a", "b") + SERVICE + flows("s > a > r > b > e")
    walk = Walk(body, service=service).does("a", area_dm2=9)
    assert called == [("r", "", "ledger.reserve", {"amount": 9, "title": "t"})]
    assert walk.data == {"area_dm2": 9, "transfer": 41}
    assert walk.does("b").ended


@pytest.mark.parametrize("fault", [Refusal("余额不足"), ZeroDivisionError("x")])
def test_what_an_action_raises_passes_through(fault):
    def service(*_told):
        raise fault

    body = ENDS + nodes("userTask", "a") + SERVICE + flows("s > a > r > e")
    walk = Walk(body, service=service)
    with pytest.raises(type(fault)) as raised:
        walk.does("a", area_dm2=9)
    assert raised.value is fault
    assert walk.names() == ["a"]


def test_ids_that_the_library_has_for_itself_run_as_drawn():
    inner = nodes("startEvent", "s1") + nodes("userTask", "x") + nodes("endEvent", "e1")
    inner = f'<subProcess id="in">{inner}{flows("s1 > x > e1")}</subProcess>'
    inside = nodes("startEvent", "Start") + nodes("endEvent", "End") + inner
    called = {"q.bpmn": drawing(inside + flows("Start > in > End"), "q")}
    body = nodes("startEvent", "Start") + nodes("userTask", "End") + nodes("endEvent", "e") + inner
    body += '<callActivity id="k" calledElement="q"/>' + timer("t", on="End")
    walk = Walk(body + flows("Start > End > in > k > e", "t > e"), called=called)
    assert (walk.names(), walk.one("t").attached) == (["End", "t"], "End")
    walk.does("End")
    paths = []
    while not walk.ended:
        paths.append(walk.one("x").path)
        walk.does("x")
    assert paths == ["", "k"]


@pytest.mark.parametrize("times", [-1, 201, True, "three", None])
@pytest.mark.parametrize("sequential", ["true", "false"])
def test_instances_are_a_number_that_can_be_counted(times, sequential):
    mark = f'<multiInstanceLoopCharacteristics isSequential="{sequential}">'
    mark += "<loopCardinality>n</loopCardinality></multiInstanceLoopCharacteristics>"
    body = ENDS + f'<userTask id="a">{mark}</userTask>' + flows("s > a > e")
    with pytest.raises(Refusal, match="不是次数"):
        Walk(body, {"n": times})


@pytest.mark.parametrize("units", ["three", list(range(201)), {"a": 1}])
def test_instances_go_through_a_list_of_some_length(units):
    body = ENDS + f'<userTask id="a">{many(True)}</userTask>' + flows("s > a > e")
    with pytest.raises(Refusal, match="不是清单"):
        Walk(body, {"units": units})
