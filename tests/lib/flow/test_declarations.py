"""What is missing, unknown or said twice in our vocabulary, and in conditions, is told."""

import pytest

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

WORK = straight(step("work"))


def declared(text: str) -> list[str]:
    """Return what is said of a process that declares this, but for the file's own."""
    return [one.removeprefix("trial：") for one in told(WORK, text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<guotu:case title='a'/><guotu:case title='b'/>", ["guotu:case 写了不止一个"]),
        ("<guotu:case limit='fixture.handling'/>", []),
        ("<guotu:case limit='nobody'/>", ["期限 nobody 不在期限表中"]),
        ("<guotu:magic/>", ["不认识 guotu:magic"]),
        ("<guotu:step/>", ["guotu:step 不能写在 process 上"]),
        (variable("1a", "text"), ["变量名 1a 不能用"]),
        (variable("", "text"), ["变量名 （空） 不能用"]),
        (variable("and", "text"), ["变量名 and 不能用"]),
        (variable("a", "text") * 2, ["变量 a 声明了两次"]),
        (variable("a", "colour"), ["变量 a 的类型 colour 不认识"]),
        (variable("a", ""), ["变量 a 的类型 （空） 不认识"]),
        (variable("a", "choice"), ["变量 a 没有可选的值"]),
        (variable("a", "choice", "x x"), ["变量 a 的可选值有重复"]),
        (variable("a", "text", required="maybe"), ["变量 a 的 required 不是真假值"]),
        ("<guotu:apart steps='work'/>", ["guotu:apart 没有名称", "“”须写两个以上的步骤"]),
        ("<guotu:apart name='甲' steps='work gone'/>", ["“甲”所指的步骤 gone 不在图中"]),
        ("<guotu:apart name='甲' steps='work wor'/>", ["“甲”所指的步骤 wor 不在图中"]),
    ],
)
def test_processes(text: str, said: list[str]) -> None:
    assert declared(text) == said


def test_an_apart_may_name_a_whole_call() -> None:
    call = '<callActivity id="call" calledElement="other"/>'
    other = drawing(WORK, key="other")
    aparts = "<guotu:apart name='甲' steps='first call'/><guotu:apart name='乙' steps='first {}'/>"
    body = straight(step("first"), call)
    assert told(body, aparts.format("call/work"), other=other) == []
    assert told(body, aparts.format("call/gone"), other=other) == [
        "trial：“乙”所指的步骤 call/gone 不在图中"
    ]


def human(own: str) -> list[str]:
    body = straight(f'<userTask id="work"><extensionElements>{own}</extensionElements></userTask>')
    return [one.removeprefix("work：用户任务") for one in told(body, variable("a", "text"))]


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("", ["没有写由谁办"]),
        ("<guotu:step role='a' tag='execute' writes='a' reads='a'/>", []),
        ("<guotu:step role='a' tag='support'/>" * 2, ["的 guotu:step 写了不止一个"]),
        ("<guotu:step/>", ["没有写角色", "的性质 （空） 不认识"]),
        ("<guotu:step role='a' tag='rule'/>", ["的性质 rule 不认识"]),
        (
            "<guotu:step role='a' tag='decide' writes='x' reads='x y'/>",
            ["用到没有声明的变量 x", "用到没有声明的变量 y"],
        ),
        ("<guotu:step role='a' tag='decide' limit='x'/>", ["work：期限 x 不在期限表中"]),
        (
            "<guotu:step role='a' tag='decide'/><guotu:risk evidence='note'/>",
            ["的风险点没有名称，或与另一个同名"],
        ),
        (
            "<guotu:step role='a' tag='decide'/>" + "<guotu:risk title='x' evidence='note'/>" * 2,
            ["的风险点没有名称，或与另一个同名"],
        ),
        (
            "<guotu:step role='a' tag='decide'/><guotu:risk title='x'/>",
            ["的风险点没有写要什么证据"],
        ),
        (
            "<guotu:step role='a' tag='decide'/><guotu:action name='x'/>",
            ["work：guotu:action 不能写在 userTask 上"],
        ),
    ],
)
def test_steps(own: str, said: list[str]) -> None:
    assert human(own) == said


def service(own: str) -> list[str]:
    inner = f"<extensionElements>{own}</extensionElements>"
    body = straight(step("first"), f'<serviceTask id="act">{inner}</serviceTask>')
    return [one.removeprefix("act：服务任务") for one in told(body, variable("a", "integer"))]


ARGUMENT = "<guotu:argument name='{}' value='{}'/>"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (ARGUMENT.format("amount", "a"), []),
        (ARGUMENT.format("amount", "3") + ARGUMENT.format("title", '"x"'), []),
        (ARGUMENT.format("area", "3"), ["的参数 area 不是这个动作的参数"]),
        (ARGUMENT.format("", "3"), ["的参数 （空） 不是这个动作的参数"]),
        (ARGUMENT.format("amount", "3") * 2, ["的参数 amount 写了两次"]),
        (ARGUMENT.format("amount", "b"), ["的参数 amount：没有声明变量 b"]),
        (ARGUMENT.format("amount", "f(1)"), ["的参数 amount：表达式在第 2 个字符处多出了 ("]),
    ],
)
def test_arguments(arguments: str, said: list[str]) -> None:
    assert service(f"<guotu:action name='fixture.reserve'>{arguments}</guotu:action>") == said


def test_services() -> None:
    plain = "<guotu:action name='fixture.nothing'/>"
    assert service("") == ["没有写调用哪个动作"]
    assert service(plain * 2) == ["的 guotu:action 写了不止一个"]
    assert service("<guotu:action name='people.appoint'/>") == [
        "调用的动作 people.appoint 没有登记，或不准流程调用"
    ]
    extra = plain.replace("/>", "><guotu:argument name='x' value='1'/></guotu:action>")
    assert service(extra) == ["的参数 x 不是这个动作的参数"]
    assert service(f"{plain}<guotu:stores variable='a' from='x'/>") == []
    assert service(f"{plain}<guotu:stores variable='b' from='x'/>") == [
        "的结果要存入没有声明的变量 b"
    ]
    assert service(f"{plain}<guotu:stores from='x'/>") == ["的结果要存入没有声明的变量 （空）"]
    assert service(f"{plain}<guotu:stores variable='a'/>") == ["没有写存入结果的哪一项"]


def test_no_action_at_all_is_registered() -> None:
    from guotu.lib.flow import check

    own = "<extensionElements><guotu:action name='a.b'/></extensionElements>"
    body = straight(f'<serviceTask id="act">{own}</serviceTask>')
    found = check(drawing(body), actions={}, limits=(), called={})
    assert found[0].remedy == "流程可调用的动作：（没有）"


DECIDE = variable("decision", "choice", "agree reject", "true") + variable("a", "integer")


def split(
    *conditions: str, kind: str = "exclusiveGateway", default: str = "", writes: str = "decision"
) -> list[str]:
    """Return what is said of a gateway whose flows go, by these conditions, to steps w0, w1, ..."""
    keys = [f"w{number}" for number in range(len(conditions))]
    marks = f'default="{default}"' if default else ""
    body = START + step("first", writes=writes) + f'<{kind} id="gate" {marks}/>'
    body += (
        "".join(map(step, keys)) + f'<{kind} id="merge"/>' + END + chain("start", "first", "gate")
    )
    for key, condition in zip(keys, conditions, strict=True):
        body += flow("gate", key, condition) + flow(key, "merge")
    return told(body + flow("merge", "end"), DECIDE)


AGREE, REJECT = 'decision = "agree"', 'decision = "reject"'


def test_conditions_that_are_whole() -> None:
    assert split(AGREE, REJECT) == []
    assert split(AGREE, "", default="gate_w1") == []
    assert split("a &gt; 3", "a is empty or a &lt;= 3") == []
    assert split(AGREE, REJECT, kind="inclusiveGateway") == []
    assert split("a &gt; 3", "a &gt; 5", "", kind="inclusiveGateway", default="gate_w2") == []
    assert split("") == []
    assert split("", "", kind="parallelGateway") == []


@pytest.mark.parametrize(
    ("conditions", "options", "said"),
    [
        ((AGREE, ""), {}, ["gate_w1：排他网关引出的线没有条件"]),
        ((AGREE, "x("), {}, ["gate_w1：表达式在第 2 个字符处多出了 ("]),
        ((AGREE, "a"), {}, ["gate_w1：条件不是真或假，而是整数"]),
        ((AGREE, REJECT), {"default": "gate_w1"}, ["gate_w1：排他网关的默认线上又写了条件"]),
        ((AGREE, REJECT), {"default": "x"}, ["gate：排他网关的默认线 x 不是它引出的线"]),
        (
            ("a &gt; 3", "a &lt;= 3"),
            {},
            ["gate：排他网关的条件可能都不成立（所用的变量：a）"],
        ),
        ((AGREE,), {}, ["gate：排他网关的条件可能都不成立（所用的变量：decision）"]),
        (
            (AGREE, REJECT),
            {"writes": "a"},
            ["gate：排他网关的条件可能都不成立（所用的变量：decision）"],
        ),
        (
            (AGREE, 'decision in ("agree", "reject")'),
            {},
            ["gate：排他网关的几条线可能同时成立：gate_w0、gate_w1"],
        ),
        (
            (AGREE, REJECT, "a &gt; 3 and a &lt; 3"),
            {},
            ["gate_w2：这条线的条件永远不成立"],
        ),
        (
            (AGREE, REJECT),
            {"kind": "parallelGateway"},
            ["gate_w0：并行网关引出的线上不能有条件"] * 2,
        ),
    ],
)
def test_conditions_that_are_not(
    conditions: tuple[str, ...], options: dict[str, str], said: list[str]
) -> None:
    found = split(*conditions, **options)
    if said == ["gate：排他网关的条件可能都不成立（所用的变量：decision）"] and options:
        # Nobody writes it: then it is given when the case is opened.
        said = []
    assert [one.replace("gate_w1：并", "gate_w0：并") for one in found] == said


def test_too_many_conditions_want_a_default() -> None:
    many = " or ".join(f"a{number} = 1" for number in range(9))
    declared = "".join(variable(f"a{number}", "integer") for number in range(9))
    gate = '<exclusiveGateway id="gate"/>'
    body = START + gate + step("w0") + step("w1") + END + flow("start", "gate")
    body += flow("gate", "w0", many) + flow("gate", "w1", "a0 = 2") + chain("w0", "end")
    assert told(body + chain("w1", "end"), declared) == [
        "gate：排他网关的条件太多，不能断定总有一条成立"
    ]
    body = body.replace(gate, '<exclusiveGateway id="gate" default="gate_w1"/>')
    body = body.replace("<conditionExpression>a0 = 2</conditionExpression>", "")
    assert told(body + chain("w1", "end"), declared) == []


def surely(inner: str, key: str, *links: str, called: str = "") -> bool:
    """Return whether a gateway after `inner` may rely on `decision`, written in it or not."""
    body = START + inner + '<exclusiveGateway id="gate"/>' + step("yes", writes="decision")
    body += step("no") + END + flow("start", key) + "".join(links)
    body += flow("gate", "yes", AGREE) + flow("gate", "no", REJECT) + chain("yes", "end")
    others = {"other": drawing(called, DECIDE, key="other")} if called else {}
    one = drawing(body + chain("no", "end"), DECIDE)
    found = [held.problem for held in problems(one, others)]
    assert all("可能" in held for held in found)
    return not found


def test_which_variables_are_surely_given() -> None:
    first = step("first", writes="decision")
    assert surely(first, "first", flow("first", "gate"))
    assert not surely(step("first"), "first", flow("first", "gate"))
    inner = '<startEvent id="in"/>' + first + '<endEvent id="out"/>' + chain("in", "first", "out")
    sub = f'<subProcess id="sub">{inner}</subProcess>'
    assert surely(sub, "sub", flow("sub", "gate"))
    call = '<callActivity id="call" calledElement="other"/>'
    assert surely(call, "call", flow("call", "gate"), called=straight(first))
    assert not surely(call, "call", flow("call", "gate"), called=straight(step("first")))
    fork = '<parallelGateway id="fork"/><parallelGateway id="join"/>' + first + step("second")
    links = [
        *map(
            flow,
            ("fork", "fork", "first", "second", "join"),
            ("first", "second", "join", "join", "gate"),
        )
    ]
    assert surely(fork, "fork", *links)
    timer = "<timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
    late = f'{first}<boundaryEvent id="late" attachedToRef="first">{timer}</boundaryEvent>'
    assert not surely(late, "first", flow("first", "gate"), flow("late", "gate"))
    mark = "multiInstanceLoopCharacteristics"
    each = step(
        "first", f"<{mark}><loopCardinality>2</loopCardinality></{mark}>", writes="decision"
    )
    assert not surely(each, "first", flow("first", "gate"))


def test_what_calls_itself_gives_nothing_new() -> None:
    body = straight('<callActivity id="call" calledElement="trial"/>')
    one = drawing(body)
    assert len(problems(one, {"trial": one})) == 1
