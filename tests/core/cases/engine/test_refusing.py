"""What the engine will not run it refuses in words, with the element, and no traceback."""

import subprocess
import sys

import pytest

from guotu.core.cases import engine
from guotu.lib.refusal import Refusal
from tests.core.cases.engine.drawn import HEAD, Walk, drawing, flows, nodes, timer

ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")
_HEARD = '<messageEventDefinition messageRef="m"/>'
THROWN = f'<intermediateThrowEvent id="x">{_HEARD}</intermediateThrowEvent>'
SIGNAL = '<intermediateCatchEvent id="x"><signalEventDefinition/></intermediateCatchEvent>'
DATED = (
    '<intermediateCatchEvent id="x"><timerEventDefinition><timeDate>"2026-01-05"</timeDate>'
    "</timerEventDefinition></intermediateCatchEvent>"
)
LOOP = '<userTask id="x"><standardLoopCharacteristics loopMaximum="3"/></userTask>'
SCRIPT = '<scriptTask id="x"><script>open("/tmp/owned", "w")</script></scriptTask>'
BARE = '<userTask id="x"><multiInstanceLoopCharacteristics/></userTask>'


@pytest.mark.parametrize(
    "element",
    [
        SCRIPT,
        nodes("task", "x"),
        nodes("sendTask", "x"),
        nodes("eventBasedGateway", "x"),
        THROWN,
        SIGNAL,
        DATED,
        LOOP,
        BARE,
        '<serviceTask id="x"/>',
        '<callActivity id="x" calledElement="nowhere"/>',
        '<callActivity id="x" calledElement="p"/>',
    ],
)
def test_what_we_do_not_run_is_refused(element):
    file = drawing(ENDS + element + flows("s > x > e"), head=HEAD)
    with pytest.raises(Refusal):
        engine.compile_process({"p.bpmn": file}, "p")


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"<nothing/>",
        b"\xff\xfe",
        drawing("", "q"),
        drawing("", "p"),
        drawing(nodes("userTask", "a")),
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + drawing(ENDS + flows("s > e")),
    ],
)
def test_files_that_are_no_process_are_refused(file):
    with pytest.raises(Refusal):
        engine.compile_process({"p.bpmn": file}, "p")


def test_two_files_of_one_process_are_refused():
    file = drawing(ENDS + flows("s > e"))
    with pytest.raises(Refusal):
        engine.compile_process({"a.bpmn": file, "b.bpmn": file}, "p")


def test_conditions_are_of_our_grammar_and_nothing_else():
    body = ENDS + nodes("userTask", "a") + nodes("exclusiveGateway", "g", default="g_e")
    hostile = '__import__("os").system("true") = 0'
    walk = Walk(body + flows("s > a > g", f"g > a: {hostile}", "g > e"))
    with pytest.raises(Refusal, match="表达式"):
        walk.does("a")


def test_a_way_without_end_in_automatic_steps_is_refused():
    body = ENDS + nodes("exclusiveGateway", "g", "h") + nodes("userTask", "a")
    ways = flows("s > a > g > h", "h > g: x = 1", "h > e: x = 2")
    walk = Walk(body + ways)
    with pytest.raises(Refusal, match="打转"):
        walk.does("a", x=1)
    assert walk.does("a", x=2).ended


def test_a_join_that_can_never_fire_is_refused_when_nothing_else_waits():
    body = ENDS + nodes("exclusiveGateway", "g") + nodes("parallelGateway", "j")
    body += nodes("userTask", "a", "b") + flows("s > g", "g > a: x = 1", "g > b: x = 2")
    walk = Walk(body + flows("a > j", "b > j > e"), {"x": 1})
    with pytest.raises(Refusal, match="没有出路") as refused:
        walk.does("a")
    assert "j" in refused.value.where


def test_a_timer_is_no_step_and_a_step_is_no_timer():
    body = ENDS + nodes("userTask", "a") + timer("t", on="a") + flows("s > a > e", "t > e")
    walk = Walk(body)
    with pytest.raises(Refusal):
        engine.complete(walk.program, walk.moved.tokens, walk.one("t").token, {})
    with pytest.raises(Refusal):
        engine.fire(walk.program, walk.moved.tokens, walk.one("a").token)


def test_only_the_engine_imports_the_library():
    found = subprocess.run(
        ["grep", "-rlE", "^ *(from|import) SpiffWorkflow", "guotu", "--include=*.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found
    assert all(name.startswith("guotu/core/cases/engine/") for name in found)
    code = "import sys; import guotu.lib.flow; sys.exit('SpiffWorkflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
