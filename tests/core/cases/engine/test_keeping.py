"""What is kept of a case stays small, holds no history, and is refused where it is not ours."""

import json
import random
import zlib

import pytest

from guotu.core.cases import engine
from guotu.core.cases.engine import compiling, keeping
from guotu.lib.refusal import Refusal
from tests.core.cases.engine.drawn import HEAD, Walk, drawing, flows, many, message, nodes, timer

ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")


def _records(tokens):
    return list(keeping.unpack(tokens).root.all())


def test_a_loop_of_a_thousand_rounds_keeps_what_its_first_kept():
    body = ENDS + nodes("userTask", "a", "b", "c") + nodes("exclusiveGateway", "m", "g")
    body += timer("t", on="a") + timer("u", on="a", interrupting=False)
    ways = flows("s > m > a > b > g", "g > m: again = true", "g > e: again = false", "t > m")
    walk = Walk(body + ways + flows("u > c > e"))
    for turn in range(200):
        walk.fires("t") if turn % 3 == 0 else walk.fires("u").does("c")
        walk.does("a").does("b", again=True)
    # start, split, activity, two timers, and the end that waits for the last token
    assert len(_records(walk.moved.tokens)) == 6
    walk.does("a").does("b", again=False)
    assert walk.ended


def test_calls_and_instances_leave_nothing_behind():
    inner = nodes("startEvent", "s1") + nodes("userTask", "x") + nodes("endEvent", "e1")
    called = {"q.bpmn": drawing(inner + flows("s1 > x > e1"), "q")}
    body = ENDS + f'<callActivity id="k" calledElement="q">{many(True)}</callActivity>'
    body += nodes("userTask", "a") + nodes("exclusiveGateway", "m", "g")
    ways = flows("s > m > k > a > g", "g > m: again = true", "g > e: again = false")
    walk = Walk(body + ways, {"units": list(range(40))}, called=called)
    sizes = set()
    for _ in range(3):
        for _unit in range(40):
            walk.does("x")
        sizes.add(len(_records(walk.moved.tokens)))
        walk.does("a", again=True)
    assert sizes == {2}
    assert walk.largest < 1000


def _wide():
    steps = [f"u{number}" for number in range(30)]
    body = ENDS + nodes("userTask", *steps, "x") + nodes("parallelGateway", "f", "j")
    body += "".join(timer(f"t{number}", on=f"u{number}", interrupting=False) for number in range(5))
    ways = [f"f > u{number} > j" for number in range(30)] + [
        f"t{number} > x" for number in range(5)
    ]
    return body + flows("s > f", *ways, "j > e", "x > e")


def test_thirty_steps_at_once_with_five_timers_stay_under_64_kb():
    walk = Walk(_wide(), {f"id_{number}": number for number in range(40)})
    assert len(walk.moved.waiting) == 35
    order = [f"u{number}" for number in range(30)]
    random.Random(1).shuffle(order)
    for step in order:
        walk.does(step)
    assert walk.ended
    assert walk.largest < 4_000


def test_many_parallel_blocks_in_a_row_do_not_multiply():
    blocks = 14
    body = ENDS + "".join(
        nodes("parallelGateway", f"f{one}", f"j{one}") + nodes("userTask", f"a{one}", f"b{one}")
        for one in range(blocks)
    )
    ways = [f"f{one} > a{one} > j{one}" for one in range(blocks)]
    ways += [f"f{one} > b{one} > j{one}" for one in range(blocks)]
    ways += [f"j{one} > f{one + 1}" for one in range(blocks - 1)]
    walk = Walk(body + flows("s > f0", *ways, f"j{blocks - 1} > e"))
    for one in range(blocks):
        walk.does(f"a{one}").does(f"b{one}")
    assert walk.ended
    assert walk.largest < 1_000


def test_what_waits_again_keeps_its_own_instance_after_being_saved():
    inner = nodes("startEvent", "s1") + nodes("userTask", "x") + message("w")
    inner += nodes("endEvent", "e1") + flows("s1 > x > w > e1")
    body = ENDS + f'<subProcess id="in">{inner}{many(False)}</subProcess>' + flows("s > in > e")
    walk = Walk(body, {"units": [1, 2]}, head=HEAD)
    first, second = sorted(walk.moved.waiting, key=lambda one: one.item["unit"])
    walk.does("x", token=second.token, opinion="late").does("x", token=first.token, opinion="no")
    assert {one.item["opinion"] for one in walk.moved.waiting} == {"late", "no"}
    walk.hears("回函")
    assert (walk.ended, walk.data["opinions"]) == (True, ["no", "late"])


def test_tokens_keep_their_ids_while_they_wait():
    body = ENDS + nodes("userTask", "a", "b") + nodes("parallelGateway", "f", "j")
    walk = Walk(body + timer("t", on="a") + flows("s > f", "f > a > j", "f > b > j > e", "t > j"))
    before = {one.element: one.token for one in walk.moved.waiting}
    walk.does("b")
    assert {one.element: one.token for one in walk.moved.waiting} == {
        name: token for name, token in before.items() if name != "b"
    }


def test_a_program_and_tokens_of_another_version_are_refused():
    walk = Walk(ENDS + nodes("userTask", "a") + flows("s > a > e"))
    strange = b"guotu-tokens 9\n" + walk.moved.tokens.partition(b"\n")[2]
    with pytest.raises(Refusal, match="另一个版本"):
        engine.complete(walk.program, strange, walk.one("a").token, {})
    with pytest.raises(Refusal, match="另一个版本"):
        engine.begin(b"guotu-program 0\nx", {})


def test_data_that_are_no_plain_values_are_refused():
    walk = Walk(ENDS + nodes("userTask", "a", "b") + flows("s > a > b > e"))
    for value in (object(), float("nan"), {1, 2}):
        with pytest.raises(Refusal, match="不能保存的值"):
            walk.does("a", x=value)


def test_a_case_ended_from_outside_keeps_its_data():
    walk = Walk(ENDS + nodes("userTask", "a") + flows("s > a > e"), {"x": 1})
    ended = engine.terminate(walk.moved.tokens)
    assert (ended.ended, ended.terminated, ended.waiting, ended.data) == (True, True, (), {"x": 1})


def test_a_program_is_made_once_and_holds_no_layout():
    body = ENDS + nodes("userTask", "a") + flows("s > a > e")
    program = Walk(body).program
    assert Walk(body).program == program
    assert compiling.loaded(program) is compiling.loaded(bytes(bytearray(program)))
    told = json.loads(zlib.decompress(program.partition(b"\n")[2]))
    assert "BPMNDiagram" not in told["files"]["p.bpmn"]
