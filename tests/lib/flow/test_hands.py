"""The model checker finds every planted way round separate hands, and says how many are needed."""

from collections.abc import Callable

import pytest

from guotu.lib.flow import Drawing, declared
from guotu.lib.flow.hands import (
    SEPARATE,
    Hand,
    Move,
    Trace,
    conflicts,
    dead_end,
    people_needed,
    way_round,
)
from guotu.lib.refusal import Refusal
from tests.lib.flow.drawings import (
    chain,
    drawing,
    fixtures,
    flow,
    step,
    straight,
    variable,
)

FIXTURES = fixtures()
CHOICE = variable("a", "boolean")
Rule = Callable[[int, str, str, tuple[Hand, ...]], str | None]


def rule_of(one: Drawing, called: dict[str, Drawing] | None = None, opening: str = "") -> Rule:
    """Return the rule as it should be: none of the pairs that are declared to be apart."""
    pairs = conflicts(declared(one, called or {}), opening)

    def may_take(person: int, place: str, tag: str, hands: tuple[Hand, ...]) -> str | None:
        own = [hand.place for hand in hands if hand.person == person]
        return next((held for held in own if (held, place) in pairs), None)

    return may_take


def anybody(person: int, place: str, tag: str, hands: tuple[Hand, ...]) -> None:
    """Let anybody take anything."""


@pytest.mark.parametrize("key", sorted(FIXTURES))
def test_no_way_round_where_the_rule_holds(key: str) -> None:
    one = FIXTURES[key]
    rule = rule_of(one, FIXTURES)
    assert way_round(one, FIXTURES, rule) is None
    assert way_round(one, FIXTURES, rule, persons=2) is None
    has_pairs = bool(conflicts(declared(one, FIXTURES)))
    assert (way_round(one, FIXTURES, anybody) is None) is not has_pairs


def test_a_trace_tells_who_did_what() -> None:
    one = FIXTURES["separate_hands"]
    found = way_round(one, {}, anybody, persons=2)
    assert found == Trace(
        (Move("undertake", 1), Move("approve", 1)), "同一人办了 approve 和 undertake"
    )
    assert str(found).startswith("第 1 人办 undertake，第 1 人办 approve；")


def planted(
    flaw: Callable[[tuple[Hand, ...]], tuple[Hand, ...]], one: Drawing, **more: object
) -> Trace | None:
    """Return the way round that a rule leaves which does not see all hands."""
    rule = rule_of(one, FIXTURES, str(more.get("opening", "")))
    called = {**FIXTURES}
    return way_round(
        one,
        called,
        lambda who, at, tag, hands: rule(who, at, tag, flaw(hands)),
        **more,  # type: ignore[arg-type]
    )


def test_a_rule_that_forgets_called_steps_is_found() -> None:
    one = FIXTURES["call_activity"]
    found = planted(lambda hands: tuple(one for one in hands if "/" not in one.place), one)
    assert found is None  # undertake comes first, and is seen
    found = planted(lambda hands: tuple(one for one in hands if one.place != "undertake"), one)
    assert found is not None


def back(body: str = "") -> Drawing:
    """Return undertake, approve, and the way back."""
    gate = '<exclusiveGateway id="gate" default="gate_end"/>'
    inner = straight(step("undertake"), step("approve", tag="decide"), gate)
    return drawing(inner + flow("gate", "undertake", "a") + body, CHOICE)


def test_a_rule_that_looks_at_the_last_hand_only_is_found() -> None:
    one = back()
    assert way_round(one, {}, rule_of(one)) is None

    def latest(hands: tuple[Hand, ...]) -> tuple[Hand, ...]:
        return hands[-1:]

    found = planted(latest, one, persons=2)
    assert found is not None
    assert len(found.moves) > 2


def test_a_hand_in_what_was_broken_off_counts() -> None:
    one = FIXTURES["boundary_timer_interrupting"]
    found = way_round(one, {}, anybody)
    assert found is not None
    assert found.moves[1] == Move("late", event=True)
    assert "late 触发" in str(found)


def test_who_opens_has_a_hand() -> None:
    one = drawing(straight(step("approve", tag="decide")))
    assert way_round(one, {}, anybody) is None
    found = way_round(one, {}, anybody, opening="execute")
    assert found is not None
    assert found.moves == (Move("approve", 1),)
    rule = rule_of(one, opening="execute")
    assert way_round(one, {}, rule, opening="execute") is None
    assert people_needed(one, {}, rule, opening="execute") == 2


def test_strangers_take_part() -> None:
    """A person may skip a step that another takes: only then is the way round open."""
    one = drawing(
        straight(step("a"), step("b", tag="decide"), step("c")),
        '<guotu:apart name="x" steps="a c"/>',
    )

    def only_next(person: int, place: str, tag: str, hands: tuple[Hand, ...]) -> str | None:
        own = [hand.place for hand in hands if hand.person == person]
        return "no" if (own[-1:], place) in ((["a"], "b"), (["b"], "c")) else None

    found = way_round(one, {}, only_next)
    assert found is not None
    assert str(found) == "第 1 人办 a，另一人办 b，第 1 人办 c；同一人办了 a 和 c"


SUB = '<startEvent id="in"/>{}<endEvent id="out"/>'
TIMER = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
_MARK = "multiInstanceLoopCharacteristics"
MANY = f"<{_MARK}><loopCardinality>2</loopCardinality></{_MARK}>"
LATE = f'<boundaryEvent id="late" attachedToRef="sub" {{}}>{TIMER}</boundaryEvent>'


@pytest.mark.parametrize(("marks", "event"), [("", ""), (MANY, ""), ("", LATE.format(""))])
def test_subprocesses_instances_and_their_events(marks: str, event: str) -> None:
    inner = SUB.format(step("undertake") + step("look", tag="supervise"))
    inner += chain("in", "undertake", "look", "out")
    sub = f'<subProcess id="sub">{inner}{marks}</subProcess>'
    body = straight(sub, step("approve", tag="decide"))
    one = drawing(body + event + (flow("late", "approve") if event else ""))
    assert way_round(one, {}, rule_of(one), persons=2) is None
    found = way_round(one, {}, anybody)
    assert found is not None
    assert people_needed(one, {}, rule_of(one)) == 3


def test_what_goes_on_beside_and_what_ends_all() -> None:
    over = '<endEvent id="over"><terminateEventDefinition/></endEvent>'
    fork = '<parallelGateway id="fork"/>'
    inner = (
        f'<startEvent id="in"/>{fork}{over}<endEvent id="out"/>'
        + step("one")
        + step("two", tag="decide")
    )
    inner += chain("in", "fork", "one", "over") + chain("fork", "two", "out")
    body = straight(f'<subProcess id="sub">{inner}</subProcess>', step("three", tag="supervise"))
    event = LATE.format('cancelActivity="false"')
    body += event + step("four") + '<endEvent id="other"/>' + chain("late", "four", "other")
    one = drawing(body)
    assert way_round(one, {}, rule_of(one), persons=2) is None

    def but(tag: str) -> Rule:
        def may_take(_who: int, _place: str, own: str, hands: tuple[Hand, ...]) -> str | None:
            return (
                "no" if {hand.tag for hand in hands if hand.tag != own} & {tag, "decide"} else None
            )

        return may_take

    found = way_round(one, {}, but("supervise"))
    assert found is not None
    assert people_needed(one, {}, rule_of(one)) == 3


def test_instances_of_one_step_may_share_a_person() -> None:
    ask = step("ask", MANY)
    one = drawing(straight(ask, step("approve", tag="decide")))
    assert people_needed(one, {}, rule_of(one)) == 2
    assert way_round(one, {}, rule_of(one), persons=2) is None


def test_how_many_are_needed() -> None:
    one = FIXTURES["separate_hands"]
    rule = rule_of(one)
    assert people_needed(one, {}, rule) == 3
    found = dead_end(one, {}, rule, 2)
    assert found is not None
    assert found.ends == "2 人中没有人可以办 supervise"
    assert len(found.moves) == 2
    assert dead_end(one, {}, rule, 3) is None
    assert people_needed(one, {}, rule, largest=2) is None


def test_a_loop_need_not_use_people_up() -> None:
    one = back()
    assert people_needed(one, {}, rule_of(one)) == 2


def test_bad_luck_is_looked_for() -> None:
    """One branch needs one person, the other three: three are needed."""
    gate = '<exclusiveGateway id="gate" default="gate_end"/>'
    body = straight(step("a"), gate) + flow("gate", "b", "a") + chain("b", "c", "end")
    one = drawing(body + step("b", tag="decide") + step("c", tag="supervise"), CHOICE)
    assert people_needed(one, {}, rule_of(one)) == 3
    found = dead_end(one, {}, rule_of(one), 1)
    assert found is not None
    assert str(found) == "第 1 人办 a；1 人中没有人可以办 b"


def test_events_count_as_bad_luck() -> None:
    one = FIXTURES["boundary_timer_interrupting"]

    def nobody_escalates(_who: int, place: str, _tag: str, _hands: tuple[Hand, ...]) -> str | None:
        return "no" if place == "escalate" else None

    found = dead_end(one, {}, nobody_escalates, 2)
    assert found is not None
    assert found.moves == (Move("late", event=True),)


def test_too_many_positions_are_refused() -> None:
    one = FIXTURES["separate_hands"]
    with pytest.raises(Refusal, match="走法超过 3 种"):
        way_round(one, {}, rule_of(one), most=3)
    with pytest.raises(Refusal, match="走法超过 3 种"):
        dead_end(one, {}, rule_of(one), 3, most=3)


def test_pairs_that_are_apart() -> None:
    aparts = '<guotu:apart name="x" steps="a call"/><guotu:apart name="y" steps="b c"/>'
    call = '<callActivity id="call" calledElement="other"/>'
    inner = drawing(straight(step("p", tag="support"), step("q", tag="support")), key="other")
    body = straight(*(step(key, tag="support") for key in "abc"), call)
    pairs = conflicts(declared(drawing(body, aparts), {"other": inner}))
    assert {pair for pair in pairs if pair[0] < pair[1]} == {
        ("a", "call/p"),
        ("a", "call/q"),
        ("b", "c"),
    }
    assert "support" not in SEPARATE


def test_what_calls_itself_is_entered_once() -> None:
    body = straight(step("a"), '<callActivity id="call" calledElement="trial"/>')
    one = drawing(body)
    assert way_round(one, {"trial": one}, anybody) is None
