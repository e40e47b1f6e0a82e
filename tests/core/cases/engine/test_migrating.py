"""A case moves to another version of its process tokens where they stand, or not at all."""

import pytest

from guotu.core.cases import engine
from guotu.lib.refusal import Refusal
from tests.core.cases.engine.drawn import Walk, drawing, flows, many, nodes, timer

ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")
OLD = ENDS + nodes("userTask", "a", "b") + flows("s > a > b > e")


def moved(walk, body, called=None):
    """Take a walk over to another version."""
    files = {"p.bpmn": drawing(body), **(called or {})}
    program = engine.compile_process(files, "p")
    walk.now(engine.migrate(walk.program, program, walk.moved.tokens))
    walk.program = program
    return walk


def test_a_step_waits_on_as_the_same_token_and_goes_the_new_way():
    walk = Walk(OLD, {"x": 1})
    token = walk.one("a").token
    new = ENDS + nodes("userTask", "a", "c") + flows("s > a > c > e")
    moved(walk, new)
    assert (walk.one("a").token, walk.data) == (token, {"x": 1})
    assert walk.does("a").names() == ["c"]
    assert walk.does("c").ended


def test_a_step_that_is_gone_or_of_another_kind_keeps_the_case_where_it_is():
    walk = Walk(OLD).does("a")
    for body in (
        ENDS + nodes("userTask", "a") + flows("s > a > e"),
        ENDS + nodes("manualTask", "b") + flows("s > b > e"),
        ENDS + f'<userTask id="b">{many(True)}</userTask>' + flows("s > b > e"),
    ):
        with pytest.raises(Refusal) as refused:
            moved(walk, body)
        assert refused.value.where == "b"
    assert walk.does("b").ended
    with pytest.raises(Refusal, match="已经结束"):
        moved(walk, OLD)


def test_timers_at_the_edge_become_those_of_the_new_version():
    timed = OLD + timer("t", on="a") + timer("u", on="a", interrupting=False)
    ways = flows("t > b", "u > b")
    walk = Walk(OLD)
    assert moved(walk, timed + ways).names() == ["a", "t", "u"]
    token = walk.one("t").token
    walk.fires("u").does("b")
    assert walk.names() == ["a", "t"]
    new = timed + timer("v", on="a") + ways + flows("v > b")
    assert moved(walk, new).names() == ["a", "t", "v"]
    assert walk.one("t").token == token
    assert moved(walk, OLD).names() == ["a"]
    assert walk.does("a").does("b").ended


def test_branches_that_have_come_to_a_join_stay_come():
    ways = ("s > f", "f > a > j", "f > b > j", "j > d > e")
    body = ENDS + nodes("userTask", "a", "b", "d") + nodes("parallelGateway", "f", "j")
    walk = Walk(body + flows(*ways)).does("a")
    longer = body + nodes("userTask", "c") + flows(*ways[:3], "j > c > d > e")
    assert moved(walk, longer).does("b").names() == ["c"]
    walk = Walk(body + flows(*ways)).does("a")
    other = body + nodes("userTask", "c") + flows("s > f", "f > a > c > j", "f > b > j", *ways[3:])
    with pytest.raises(Refusal, match="已到达的分支"):
        moved(walk, other)


def test_calls_and_instances_move_with_what_runs_in_them():
    inner = nodes("startEvent", "s1") + nodes("userTask", "x", "y") + nodes("endEvent", "e1")
    short = {"q.bpmn": drawing(inner + flows("s1 > x > e1") + flows("y > e1"), "q")}
    long = {"q.bpmn": drawing(inner + timer("t", on="x") + flows("s1 > x > y > e1", "t > y"), "q")}
    body = ENDS + f'<callActivity id="k" calledElement="q">{many(False)}</callActivity>'
    body += flows("s > k > e")
    walk = Walk(body, {"units": [1, 2]}, called=short)
    tokens = {one.token for one in walk.moved.waiting}
    moved(walk, body, long)
    assert {one.token for one in walk.moved.waiting if one.kind == "user"} == tokens
    assert walk.names() == ["t", "t", "x", "x"]
    for _ in range(2):
        walk.does("x").does("y")
    assert walk.ended
    walk = Walk(body, {"units": [1]}, called=short)
    other = body.replace('calledElement="q"', 'calledElement="r"')
    with pytest.raises(Refusal, match="另一个流程"):
        moved(walk, other, {"r.bpmn": short["q.bpmn"].replace(b'id="q"', b'id="r"')})


def test_there_and_back_again_stands_as_before():
    walk = Walk(OLD + timer("t", on="a") + flows("t > b"), {"x": [1, 2]})
    before, program = walk.moved, walk.program
    moved(walk, OLD + timer("t", on="a") + flows("t > b") + nodes("userTask", "c") + flows("c > e"))
    back = engine.migrate(walk.program, program, walk.moved.tokens)
    assert back == before
