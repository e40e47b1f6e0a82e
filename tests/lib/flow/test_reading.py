"""A stranger's file is read with lines, or refused in Chinese; nothing is ever raised."""

import random
from pathlib import Path

import pytest

from guotu.lib.flow import Problem, read, refusal_of
from guotu.lib.flow.reading import BPMN
from tests.lib.flow.drawings import (
    END,
    START,
    chain,
    drawing,
    flow,
    problems,
    step,
    straight,
    text,
    told,
)

MIWG = Path(__file__).resolve().parents[4] / "shared/data/standards/bpmn_miwg/Reference"


def only(raw: bytes) -> Problem:
    found = problems(read("a.bpmn", raw))
    assert len(found) == 1
    return found[0]


def test_elements_keep_lines_names_and_scopes() -> None:
    inner = '<startEvent id="in"/>' + step("deep") + '<endEvent id="out"/>'
    sub = f'<subProcess id="sub">{inner}{chain("in", "deep", "out")}</subProcess>'
    one = drawing(f"{START}\n{sub}\n{END}{chain('start', 'sub', 'end')}")
    assert (one.id, one.scopes) == ("trial", ["trial", "sub"])
    assert (one.elements["start"].line, one.elements["sub"].line) == (4, 5)
    assert one.elements["deep"].scope == "sub"
    assert [held.id for held in one.elements["deep"].outgoing] == ["deep_out"]
    assert problems(one) == []


def test_lanes_deep_ones_too() -> None:
    lanes = (
        '<laneSet id="set"><documentation/><lane id="all" name="全局"><childLaneSet id="inner">'
        '<lane id="office" name="科室"><flowNodeRef>work</flowNodeRef></lane>'
        "</childLaneSet><flowNodeRef>gone</flowNodeRef></lane></laneSet>"
    )
    one = drawing(lanes + straight(step("work")))
    assert one.lanes["work"] == "科室"
    assert [held.problem for held in one.problems] == ["泳道里的 gone 不在图中"]


BILLION = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<definitions>&lol2;</definitions>"""


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"", 1, "文件是空的"),
        (b" \n ", 1, "文件是空的"),
        (BILLION, 2, "DOCTYPE"),
        (BILLION.decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"), 2, "DOCTYPE"),
        (b'\n\n<!ENTITY x "y"><a/>', 1, "ENTITY"),
        (b"x" * (5 << 20), 1, "4 MB"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', 1, "utf-7"),
        ('<?xml version="1.0" encoding="UTF-8"?>\n<a>中</a>'.encode("gbk"), 2, "不是合格的 XML"),
        (b"PK\x03\x04 not at all", 1, "不是合格的 XML"),
        (b"<a>\n<b></a>", 2, "不是合格的 XML"),
        (b"<a>&nothing;</a>", 1, "不是合格的 XML"),
        (b"<html/>", 1, "definitions"),
        (b"<a>" * 200 + b"</a>" * 200, 1, "嵌套"),
        (b"<a>" * 5000 + b"</a>" * 5000, 1, "不是合格的 XML"),
        (b"<a>" + b"<b/>" * 50_000 + b"</a>", 1, "元素太多"),
        (f'<definitions xmlns="{BPMN}"/>'.encode(), 1, "没有流程"),
    ],
)
def test_hostile_files_are_refused_in_words(raw: bytes, line: int, what: str) -> None:
    found = only(raw)
    assert found.line == line
    assert what in found.problem


def test_what_is_cut_or_flipped_never_raises() -> None:
    rng = random.Random(4)
    raw = text(straight(step("work")))
    for _turn in range(300):
        spoilt = bytearray(raw)
        for _ in range(rng.randint(1, 4)):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        problems(read("a.bpmn", bytes(spoilt)))
        problems(read("a.bpmn", raw[: rng.randrange(len(raw))]))


def test_other_encodings_are_read() -> None:
    raw = text(straight(step("work"))).decode().replace("UTF-8", "GB18030")
    assert problems(read("a.bpmn", raw.encode("gb18030"))) == []
    assert problems(read("a.bpmn", raw.replace("GB18030", "UTF-16").encode("utf-16"))) == []


def test_comments_instructions_and_strangers_are_left_aside() -> None:
    more = '<!-- a --><?go now?><x:y xmlns:x="urn:x"><x:z/></x:y>'
    one = drawing(more + straight(step("work", more)))
    assert problems(one) == []
    assert [part.kind for part in one.elements["work"].part.parts] == ["extensionElements"]


def test_ids_are_needed_and_stand_once() -> None:
    body = '<userTask/><sequenceFlow sourceRef="start" targetRef="end"/>'
    assert told(body + straight(step("work"))) == [
        "sequenceFlow：顺序流没有 id",
        "userTask：用户任务没有 id",
    ]
    assert told('<group id="work"/>' + straight(step("work"))) == ["work：id 与第 4 行重复"]
    found = problems(drawing(straight(step("work")), key=""))
    assert found[0].problem == "流程没有 id"


def test_definitions_and_parts_that_do_not_run() -> None:
    head = '<import location="x"/><signal id="s"/><message id="m"/><message id="n" name="好"/>'
    assert told(
        '<dataObject id="d"/><callConversation id="c"/>' + straight(step("a")), "", head
    ) == [
        "import：引用了别的文件",
        "m：消息没有 id 或名称",
        "s：不支持 signal 定义",
        "c：不支持 callConversation",
        "d：不支持 dataObject",
    ]
    second = '<process id="a"/>'
    found = problems(drawing(straight(step("work")), head=second))
    assert (found[-1].element, found[-1].problem) == ("trial", "一个文件里有不止一个流程")


def test_shapes_that_are_no_numbers() -> None:
    raw = text(straight(step("work"))).decode()
    bounds = '<d:Bounds xmlns:d="http://www.omg.org/spec/DD/20100524/DC" x="{}" y="1.5"/>'
    tail = "</definitions>"
    good = raw.replace(tail, bounds.format("-2E-3") + tail)
    bad = raw.replace(tail, bounds.format("nan") + tail)
    assert problems(read("a.bpmn", good.encode())) == []
    assert only(bad.encode()).element == "Bounds"


def test_a_refusal_names_the_first_few() -> None:
    found = [Problem(line, "x", f"事{line}", f"办{line}") for line in range(1, 8)]
    assert str(found[0]) == "第 1 行 x：事1；办法：办1"
    assert found[0].as_dict() == {"element": "x", "line": 1, "problem": "事1", "remedy": "办1"}
    assert "等 7 处" in str(refusal_of("a.bpmn", found))
    assert refusal_of("a.bpmn", found[:1]).remedy == "办1"


@pytest.mark.real_data
@pytest.mark.skipif(not MIWG.exists(), reason="needs ../shared/data")
def test_drawings_of_other_tools() -> None:
    files = sorted(MIWG.glob("*.bpmn"))
    assert len(files) == 21
    assert all(problems(read(path.name, path.read_bytes())) for path in files)


def test_a_flow_of_a_stranger_flow_node_is_dangling() -> None:
    assert told(straight(step("work")) + flow("work", "nowhere")) == [
        "work：用户任务引出了不止一条线",
        "work_nowhere：顺序流的终点 nowhere 不在图中",
    ]
