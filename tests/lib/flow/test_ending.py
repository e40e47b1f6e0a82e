"""The token game finds joins that wait in vain, lines that multiply, and ends never reached."""

import pytest

from guotu.lib.flow.ending import stuck
from guotu.lib.flow.nets import any_way, scope_net
from tests.lib.flow.drawings import (
    END,
    START,
    chain,
    drawing,
    flow,
    problems,
    step,
    straight,
    told,
    variable,
)

DECLARED = variable("a", "boolean", required="true") + variable("b", "boolean", required="true")


def gate(key: str, kind: str, default: str = "") -> str:
    marks = f' default="{default}"' if default else ""
    return f'<{kind}Gateway id="{key}"{marks}/>'


def diamond(split: str, join: str, *, conditions: tuple[str, str] = ("", "")) -> str:
    """Return a body: split, steps one and two, join."""
    body = START + gate("split", split) + step("one") + step("two") + gate("join", join) + END
    body += flow("start", "split") + flow("split", "one", conditions[0])
    body += flow("split", "two", conditions[1]) + flow("one", "join") + flow("two", "join")
    return body + flow("join", "end")


EITHER = ("a", "not a")


@pytest.mark.parametrize(
    ("split", "join", "conditions", "said"),
    [
        ("parallel", "parallel", ("", ""), []),
        ("parallel", "inclusive", ("", ""), []),
        ("exclusive", "exclusive", EITHER, []),
        ("exclusive", "inclusive", EITHER, []),
        ("inclusive", "inclusive", ("a", "b or not a"), []),
        ("exclusive", "parallel", EITHER, ["join：并行网关会一直等：有的线不会再有人走到"]),
        (
            "inclusive",
            "parallel",
            ("a", "b or not a"),
            ["join：并行网关会一直等：有的线不会再有人走到"],
        ),
        # Both lines always hold together: then a parallel join waits for nobody in vain.
        ("inclusive", "parallel", ("a or not a", "a or not a"), []),
    ],
)
def test_splits_and_joins(
    split: str, join: str, conditions: tuple[str, str], said: list[str]
) -> None:
    assert told(diamond(split, join, conditions=conditions), DECLARED) == said


def test_a_line_that_comes_twice_to_a_join() -> None:
    body = START + gate("fork", "parallel") + gate("mix", "exclusive") + step("one")
    body += gate("join", "parallel") + gate("more", "parallel") + step("two") + END
    body += chain("start", "more", "fork", "mix") + chain("fork", "one", "mix", "join", "end")
    body += chain("more", "two", "join")
    assert told(body) == ["join：并行网关会从同一条线收到不止一次，或并行的线越来越多"]


@pytest.mark.parametrize("aside", ["a_first", "z_last"])
def test_what_leaves_a_loop_and_ends_by_itself_is_fine(aside: str) -> None:
    body = START + gate("mix", "exclusive") + step("work") + gate("fork", "parallel")
    body += step(aside) + gate("out", "exclusive", "out_mix") + END
    body += chain("start", "mix", "work", "fork", aside, "end") + chain("fork", "out", "mix")
    assert told(body + flow("out", "end", "a"), DECLARED) == []


def test_a_join_that_a_loop_must_pass_first() -> None:
    body = START + gate("mix", "parallel") + step("work") + gate("fork", "parallel") + END
    body += chain("start", "mix", "work", "fork", "mix") + flow("fork", "end")
    assert "mix：并行网关会一直等：有的线不会再有人走到" in told(body)


@pytest.mark.parametrize("more", ["more", "a_more"])
def test_lines_that_multiply(more: str) -> None:
    """Each turn leaves a token before a join that waits for the turns to end."""
    body = START + gate("mix", "exclusive") + step("work") + gate("fork", "parallel")
    body += gate("join", "inclusive") + step(more) + END
    body += chain("start", "mix", "work", "fork", "join", "end") + chain("fork", more, "out")
    body += gate("out", "exclusive", "out_mix") + chain("out", "mix") + flow("out", "join", "a")
    assert told(body, DECLARED) == ["join：包容网关会从同一条线收到不止一次，或并行的线越来越多"]


def test_rounds_that_multiply() -> None:
    body = START + gate("mix", "exclusive") + step("work") + gate("fork", "parallel")
    body += step("more") + gate("out", "exclusive", "out_mix") + END
    body += chain("start", "mix", "work", "fork", "mix") + chain("fork", "more", "out", "mix")
    found = told(body + flow("out", "end", "a"), DECLARED)
    assert len(found) == 1
    assert "会从同一条线收到不止一次，或并行的线越来越多" in found[0]


def test_a_terminate_end_frees_what_waits_in_vain() -> None:
    over = '<endEvent id="over"><terminateEventDefinition/></endEvent>'
    body = (
        diamond("parallel", "parallel")
        .replace(END, over)
        .replace('targetRef="end"', 'targetRef="over"')
    )
    assert told(body.replace("join_end", "join_over")) == []
    stop = START + gate("fork", "parallel") + gate("pick", "exclusive") + step("one") + over
    stop += step("two") + gate("join", "parallel") + END + chain("start", "fork", "pick")
    stop += flow("fork", "two") + chain("two", "join", "end") + flow("pick", "one", "a")
    stop += flow("one", "join") + flow("pick", "over", "not a")
    assert told(stop, DECLARED) == []


def test_each_scope_is_played_by_itself() -> None:
    inner = diamond("exclusive", "parallel", conditions=EITHER)
    inner = inner.replace('"start"', '"in"').replace('"end"', '"out"')
    sub = f'<subProcess id="sub">{inner}</subProcess>'
    assert told(straight(sub), DECLARED) == ["join：并行网关会一直等：有的线不会再有人走到"]


def test_events_go_on_beside_or_instead() -> None:
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"

    def late(marks: str) -> str:
        event = f'<boundaryEvent id="late" attachedToRef="one" {marks}>{timer}</boundaryEvent>'
        body = START + gate("fork", "parallel") + step("one") + step("two") + event
        body += gate("join", "parallel") + END + chain("start", "fork", "one", "join", "end")
        return body + chain("fork", "two", "join") + step("aside") + flow("late", "aside")

    assert told(late('cancelActivity="false"') + flow("aside", "end")) == []
    assert "join：并行网关会一直等" in told(late("") + flow("aside", "end"))[0]
    assert (
        "不止一次"
        in told(
            late('cancelActivity="false"').replace(flow("one", "join"), flow("one", "mix"))
            + gate("mix", "exclusive")
            + flow("mix", "join")
            + flow("aside", "mix")
        )[0]
    )


def test_an_inclusive_join_waits_only_for_what_can_come() -> None:
    body = START + gate("fork", "inclusive", "fork_three") + step("one") + step("two")
    body += step("three") + gate("join", "inclusive") + END + chain("start", "fork", "one", "join")
    body = body.replace(flow("fork", "one"), flow("fork", "one", "a"))
    body += flow("fork", "two", "b") + flow("two", "join") + chain("fork", "three", "join", "end")
    assert told(body, DECLARED) == []


def test_an_inclusive_join_waits_for_what_an_event_can_bring() -> None:
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    late = f'<boundaryEvent id="late" attachedToRef="two">{timer}</boundaryEvent>'
    body = START + gate("fork", "parallel") + gate("more", "parallel") + step("two") + late
    body += gate("both", "parallel") + step("one") + gate("join", "inclusive") + END
    body += chain("start", "fork", "one", "join", "end") + chain("fork", "more", "two", "both")
    body += chain("more", "both", "join") + flow("late", "end")
    # The event leaves `both` waiting in vain, while `join` waits for `both`.
    assert [one.split("：")[0] for one in told(body)] == ["both", "join"]


def test_an_inclusive_join_does_not_wait_for_what_can_come_by_the_same_line() -> None:
    body = START + gate("fork", "parallel") + gate("two", "exclusive") + step("wait")
    body += gate("and", "parallel") + gate("pick", "exclusive") + gate("join", "inclusive") + END
    body += chain("start", "fork", "two", "join", "end") + chain("fork", "and", "pick", "wait")
    body += flow("pick", "two", "a") + flow("pick", "wait", "not a") + flow("wait", "join")
    body = body.replace(flow("pick", "wait"), "").replace(flow("fork", "and"), "")
    net = scope_net(drawing(body + flow("fork", "and")), "trial")
    state = tuple(sorted(["two_join", "and_pick"]))
    ready = net._is_ready(net.nodes["join"], state)
    assert ready


def test_two_inclusive_joins_that_wait_for_one_another() -> None:
    body = START + gate("fork", "parallel") + gate("one", "inclusive") + gate("two", "inclusive")
    body += gate("after_one", "exclusive", "after_one_end") + gate("after_two", "exclusive")
    body = body.replace('"after_two"', '"after_two" default="after_two_end"') + END
    body += step("x") + step("y") + chain("start", "fork", "one", "after_one", "end")
    body += chain("fork", "two", "after_two", "end")
    body += flow("after_one", "x", "a") + flow("x", "two") + flow("after_two", "y", "b")
    found = told(body + flow("y", "one"), DECLARED)
    assert {one.split("：")[1] for one in found} == {"包容网关会一直等"}


def test_what_never_ends_and_what_is_too_much() -> None:
    body = straight(step("work"), gate("fork", "parallel"))
    loop = body + gate("mix", "exclusive") + step("round")
    net = scope_net(drawing(loop + chain("fork", "mix", "round", "mix")), "trial")
    found = stuck(net)
    assert found is not None
    assert found.why == "endless"
    wide = diamond("inclusive", "inclusive", conditions=("a", "b"))
    vast = stuck(scope_net(drawing(wide), "trial", any_way), most=2)
    assert vast is not None
    assert vast.why == "vast"


def test_a_wide_inclusive_gateway_is_tried_in_part() -> None:
    keys = [f"w{number}" for number in range(8)]
    body = START + gate("fork", "inclusive") + "".join(map(step, keys)) + gate("join", "inclusive")
    body += END + flow("start", "fork") + flow("join", "end")
    body += "".join(chain("fork", key, "join") for key in keys)
    assert stuck(scope_net(drawing(body), "trial")) is None


def test_more_ways_than_can_be_tried_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    from guotu.lib.flow import checking

    monkeypatch.setattr(checking, "MOST_STATES", 1)
    monkeypatch.setattr(checking, "_LEAST_STATES", 1)
    found = problems(drawing(straight(step("work"))))
    assert found[0].problem == "并行的线太多，不能断定它会结束"
