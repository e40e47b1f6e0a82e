"""Every way in which a drawing cannot run is told by element, line, problem and remedy."""

import pytest

from guotu.lib.flow import SUPPORTED, read
from guotu.lib.flow.elements import WORDS
from tests.lib.flow.drawings import (
    END,
    START,
    chain,
    drawing,
    fixtures,
    flow,
    problems,
    step,
    straight,
    text,
    told,
    variable,
)

FIXTURES = fixtures()
TIMER = "<timerEventDefinition><timeDuration>{}</timeDuration></timerEventDefinition>"
CHOICE = variable("decision", "choice", "agree reject", "true")


@pytest.mark.parametrize("key", sorted(FIXTURES))
def test_every_fixture_runs(key: str) -> None:
    assert problems(FIXTURES[key], FIXTURES) == []


def test_every_element_that_is_supported_has_a_fixture() -> None:
    drawn = {one.kind for found in FIXTURES.values() for one in found.elements.values()}
    assert drawn == SUPPORTED


@pytest.mark.parametrize("kind", sorted(set(WORDS) - SUPPORTED - {"process"}))
def test_every_other_element_is_refused(kind: str) -> None:
    assert (
        told(straight(f'<{kind} id="odd" name="某  步"/>'))[0] == f"odd：不支持{WORDS[kind]}“某 步”"
    )


def activity(kind: str = "userTask", marks: str = "", inner: str = "") -> str:
    own = '<extensionElements><guotu:step role="a" tag="execute"/></extensionElements>'
    own = own if kind in ("userTask", "manualTask") else ""
    return f'<{kind} id="work" {marks}>{own}{inner}</{kind}>'


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (activity(marks='isForCompensation="true"'), "用户任务是补偿活动，不能运行"),
        (activity(marks='startQuantity="2"'), "用户任务的 startQuantity 不是 1"),
        (activity(inner="<standardLoopCharacteristics/>"), "用户任务带有循环标记"),
        (activity(inner="<potentialOwner/>"), "用户任务不支持 potentialOwner"),
        (activity(inner="<incoming>x</incoming>"), "用户任务引用的顺序流 x 不在图中"),
        (
            '<serviceTask id="work" operationRef="o"><extensionElements>'
            '<guotu:action name="fixture.nothing"/></extensionElements></serviceTask>',
            "服务任务引用了外部操作",
        ),
    ],
)
def test_parts_and_marks_that_do_not_run(inner: str, said: str) -> None:
    assert told(straight(inner)) == [f"work：{said}"]


def test_a_process_that_is_marked_or_has_no_name() -> None:
    marked = b'<process id="trial" isExecutable="false">'
    raw = text(straight(step("work"))).replace('<process id="trial" name="试件">'.encode(), marked)
    found = [one.problem for one in problems(read("a", raw))]
    assert sorted(found) == ["流程标明不可执行", "流程没有名称"]


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("", ["多实例要么写列表，要么写次数"]),
        ("<loopCardinality>0</loopCardinality>", ["次数 0 不是整数"]),
        ("<loopCardinality>names</loopCardinality>", ["次数 names 不是整数"]),
        ("<loopCardinality>count</loopCardinality>", []),
        (
            "<loopCardinality>3</loopCardinality><completionCondition/>",
            ["不支持 completionCondition"],
        ),
        (
            "<loopDataInputRef>count</loopDataInputRef><inputDataItem id='i'/>",
            ["count 不是列表变量"],
        ),
        (
            "<loopDataInputRef>names</loopDataInputRef>",
            ["须同时写 loopDataInputRef 和 inputDataItem"],
        ),
        ("<loopDataInputRef>names</loopDataInputRef><inputDataItem/>", ["须同时写"]),
        (
            "<loopCardinality>3</loopCardinality><outputDataItem id='new'/>",
            ["outputDataItem new 不是声明的变量", "须同时写 loopDataOutputRef 和 outputDataItem"],
        ),
    ],
)
def test_multi_instances(inner: str, said: list[str]) -> None:
    mark = f"<multiInstanceLoopCharacteristics>{inner}</multiInstanceLoopCharacteristics>"
    found = told(
        straight(step("work", mark)), variable("count", "integer") + variable("names", "list")
    )
    assert len(found) == len(said)
    assert all(any(part in one for one in found) for part in said)


def boundary(inner: str, marks: str = 'attachedToRef="work"') -> str:
    return f'<boundaryEvent id="late" {marks}>{inner}</boundaryEvent>'


def waiting(inner: str) -> list[str]:
    body = straight(step("work")) + boundary(inner) + flow("late", "end")
    return told(body, head='<message id="m" name="信"/>')


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (TIMER.format("P10D"), []),
        (TIMER.format("PT90M"), []),
        (TIMER.format("limit:fixture.handling"), []),
        ('<messageEventDefinition messageRef="m"/>', []),
        (TIMER.format("limit:nobody"), ["边界事件所用的期限 nobody 不在期限表中"]),
        (TIMER.format("P1DT2H"), ["边界事件的时长 P1DT2H 不能识别"]),
        (TIMER.format(""), ["边界事件的时长 （空） 不能识别"]),
        ("<timerEventDefinition/>", ["边界事件的定时器没有写时长"]),
        (
            "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>",
            ["边界事件的定时器不支持 timeCycle"],
        ),
        ('<messageEventDefinition messageRef="x"/>', ["边界事件的消息 x 没有定义"]),
        ("<messageEventDefinition/>", ["边界事件的消息 （空） 没有定义"]),
        ("", ["边界事件须有且只有一个定时器或消息"]),
        ("<errorEventDefinition/>", ["边界事件不支持 errorEventDefinition"]),
        (TIMER.format("P1D") * 2, ["边界事件须有且只有一个定时器或消息"]),
        ("<dataOutput/>" + TIMER.format("P1D"), ["边界事件不支持 dataOutput"]),
    ],
)
def test_events(inner: str, said: list[str]) -> None:
    assert waiting(inner) == [f"late：{one}" for one in said]


def test_starts_and_ends_are_plain() -> None:
    start = '<startEvent id="start"><timerEventDefinition/></startEvent>'
    end = '<endEvent id="end"><messageEventDefinition/></endEvent>'
    found = told(start + step("work") + end + chain("start", "work", "end"))
    assert "end：结束事件不支持 messageEventDefinition" in found
    assert "start：开始事件不支持 timerEventDefinition" in found


def test_boundary_events_hang_on_an_activity_of_their_scope() -> None:
    wait = TIMER.format("P1D")
    body = straight(step("work")) + flow("late", "end")
    assert "late：边界事件没有附在本层的活动上" in told(
        body + boundary(wait, 'attachedToRef="gone"')
    )
    assert "late：边界事件不能附在开始事件上" in told(
        body + boundary(wait, 'attachedToRef="start"')
    )
    gate = '<parallelGateway id="gate"/>'
    found = told(straight(gate) + flow("late", "end") + boundary(wait, 'attachedToRef="gate"'))
    assert found == ["late：边界事件不能附在并行网关上"]


def test_lines_that_lead_nowhere() -> None:
    assert told(START + step("work") + END + chain("start", "work")) == [
        "start：从开始事件走不到结束",
        "work：走到用户任务就没有下一步",
        "end：从开始事件走不到结束事件",
    ]
    assert told(START + step("work") + step("lost") + END + chain("start", "work", "end")) == [
        "lost：从开始事件走不到用户任务",
        "lost：走到用户任务就没有下一步",
    ]
    assert told(straight(step("work")) + flow("end", "work") + flow("work", "start")) == [
        "start：开始事件不能有进来的线",
        "work：用户任务引出了不止一条线",
        "end：结束事件不能有出去的线",
    ]
    body = straight(step("work")) + '<sequenceFlow id="f"/><sequenceFlow id="g" sourceRef="work"/>'
    assert "f：顺序流的起点 （空） 不在图中" in told(body)


def test_scopes_begin_once_and_end() -> None:
    assert told(step("work") + END + chain("work", "end")) == ["trial：没有开始事件"]
    assert told(START + step("work") + chain("start", "work"))[0] == "trial：没有结束事件"
    second = '<startEvent id="again"/>' + flow("again", "end")
    assert told(straight(step("work")) + second) == ["again：有不止一个开始事件"]
    assert told(straight('<subProcess id="sub"/>')) == ["sub：没有开始事件", "sub：没有结束事件"]
    inner = '<startEvent id="in"/><endEvent id="out"/>' + flow("in", "out") + flow("in", "end")
    assert "in_end：顺序流跨进或跨出了子流程" in told(
        straight(f'<subProcess id="sub">{inner}</subProcess>')
    )
    event = f'<subProcess id="sub" triggeredByEvent="true">{inner}</subProcess>'
    assert "sub：子流程由事件触发，不能运行" in told(straight(event))


def test_loops_need_a_person_and_a_way_out() -> None:
    back = straight(step("work"), step("again")).replace(
        flow("again", "end"), flow("again", "work")
    )
    found = told(back)
    assert "work：从用户任务走不到结束" in found
    gate = '<exclusiveGateway id="gate" default="gate_end"/>'
    act = (
        '<serviceTask id="act"><extensionElements><guotu:action name="fixture.nothing"/>'
        "</extensionElements></serviceTask>"
    )
    way_back = flow("gate", "act", 'decision = "agree"')
    assert told(straight(act, gate) + way_back, CHOICE) == [
        "act：经过服务任务的回路里没有人办的步骤，会不停地转"
    ]
    message = '<messageEventDefinition messageRef="m"/>'
    wait = f'<intermediateCatchEvent id="act">{message}</intermediateCatchEvent>'
    head = '<message id="m" name="信"/>'
    assert told(straight(wait, gate) + way_back, CHOICE, head) == []
    inner = (
        '<startEvent id="in"/>' + step("deep") + '<endEvent id="out"/>' + chain("in", "deep", "out")
    )
    assert (
        told(straight(f'<subProcess id="act">{inner}</subProcess>', gate) + way_back, CHOICE) == []
    )
    quiet = '<startEvent id="in"/><endEvent id="out"/>' + flow("in", "out")
    found = told(straight(f'<subProcess id="act">{quiet}</subProcess>', gate) + way_back, CHOICE)
    assert found == ["act：经过子流程的回路里没有人办的步骤，会不停地转"]
    call = '<callActivity id="act" calledElement="other"/>'
    silent = drawing(straight('<parallelGateway id="g"/>'), key="other")
    asked = drawing(straight(step("work")), key="other")
    assert told(straight(call, gate) + way_back, CHOICE, other=asked) == []
    assert told(straight(call, gate) + way_back, CHOICE, other=silent) == [
        "act：经过调用活动的回路里没有人办的步骤，会不停地转"
    ]


def test_calls() -> None:
    call = straight('<callActivity id="call" name="甲" calledElement="other"/>')
    assert told(call) == ["call：调用活动“甲”调用的流程 other 找不到"]
    assert told(straight('<callActivity id="call"/>')) == ["call：调用活动调用的流程 （空） 找不到"]
    assert told(call, other=drawing(straight(step("a")), key="other")) == []
    bad = drawing(straight('<task id="a"/>'), key="other")
    assert "不能运行：第 4 行 a：不支持未定类型的任务" in told(call, other=bad)[0]
    back = straight('<callActivity id="back" calledElement="trial"/>')
    one, other = drawing(call), drawing(back, key="other")
    found = problems(one, {"trial": one, "other": other})
    assert "又调用回来" in found[0].problem


def test_what_a_called_process_takes_for_given() -> None:
    call = '<callActivity id="call" calledElement="other"/>'
    gate = '<exclusiveGateway id="gate" default="gate_end"/>'
    back = flow("gate", "work", 'decision = "agree"')
    other = drawing(straight(step("work"), gate) + back, CHOICE, key="other")
    assert problems(other) == []
    said = ["call：调用活动调用的流程要用变量 decision，到这里时可能还没有填"]
    assert told(straight(call), other=other) == said
    assert told(straight(call), CHOICE, other=other) == []  # opening the case asks for it
    late = straight(step("first"), call, step("last", writes="decision"))
    assert told(late, CHOICE, other=other) == said
    early = straight(step("first", writes="decision"), call)
    assert told(early, CHOICE, other=other) == []


def test_calls_that_multiply_are_refused() -> None:
    """Ten files, each calling the next ten times, are ten thousand million steps."""
    files = {}
    for level in range(10):
        calls = [
            f'<callActivity id="c{turn}" calledElement="level{level + 1}"/>' for turn in range(10)
        ]
        files[f"level{level}"] = drawing(straight(*calls), key=f"level{level}")
    files["level10"] = drawing(straight(step("work")), key="level10")
    assert problems(files["level0"], files)[0].problem == "连同调用的流程，超过 5000 个元素"
    assert problems(files["level8"], files) == []


def test_a_drawing_that_is_too_large_is_refused() -> None:
    steps = [step(f"s{number}") for number in range(1000)]
    found = problems(drawing(straight(*steps)))
    assert [one.problem for one in found] == ["流程超过 2000 个元素和线"]
    assert problems(drawing(straight(*steps[:900]))) == []


def test_variables_mean_the_same_in_what_is_called() -> None:
    call = straight('<callActivity id="call" calledElement="other"/>')
    declared = variable("a", "integer") + variable("b", "choice", "x y") + variable("d", "text")
    same = variable("a", "integer") + variable("b", "choice", "y x") + variable("c", "date")
    other = variable("a", "text") + variable("b", "choice", "x")
    inner = straight(step("work"))
    assert told(call, declared, other=drawing(inner, same, key="other")) == []
    assert told(call, declared, other=drawing(inner, other, key="other")) == [
        "call：变量 a 在流程 other 中声明得不一样",
        "call：变量 b 在流程 other 中声明得不一样",
    ]
