"""Other tools' drawings say why they do not run; ours run, and what is sound never gets stuck."""

import contextlib
import random
import traceback
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from unittest import mock

from trials import _drawings
from trials.harness import PROJECT_ROOT, SHARED_DATA, Figure, Scale

TITLE = "BPMN 2.0 流程图：能运行的走到底，不能的说明元素、行和办法"
FAULTS = {
    "tokens": "不查标记游戏：永远等不齐的合并也放行",
    "conditions": "不查条件：可能都不成立的网关也放行",
    "lines": "问题不写行号",
    "kinds": "脚本任务也算支持",
}
MIWG = SHARED_DATA / "standards" / "bpmn_miwg" / "Reference"
FIXTURES = PROJECT_ROOT / "tests" / "lib" / "flow" / "fixtures"
ACTIONS = {"fixture.reserve": ("amount", "title")}
LIMITS = frozenset(["fixture.handling"])
PARTIES = {"parties": ["甲", "乙", "丙"], "area_dm2": 5, "decision": "agree"}
_WALKS, _UNSOUND_WALKS = 6, 40


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Check the reference files, our fixtures, planted faults, spoilt files and random ones."""
    with _planted(fault):
        yield _reference()
        yield from _fixtures()
        yield _faults()
        yield _spoilt(scale.count(20_000, least=300))
        yield from _random(scale.count(1_000, least=60))


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    from guotu.lib.flow import elements, parts, problems

    lineless = {"element": "start", "line": 0, "problem": "事", "remedy": "办法"}
    patches = {
        "tokens": mock.patch("guotu.lib.flow.checking.stuck", return_value=None),
        "conditions": mock.patch("guotu.lib.flow.conditions.outcomes", return_value=frozenset()),
        "lines": mock.patch.object(problems.Problem, "as_dict", return_value=lineless),
        "kinds": mock.patch.object(parts, "SUPPORTED", frozenset(elements.WORDS)),
    }
    with patches[fault] if fault else contextlib.nullcontext():
        yield


def _check(raw: bytes, called: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    from guotu.lib.flow import check, read

    drawing = read("试件.bpmn", raw)
    found = check(drawing, actions=ACTIONS, limits=LIMITS, called=called or {})
    return [one.as_dict() for one in found]


def _is_told(problem: dict[str, Any], raw: bytes) -> bool:
    """Say whether a problem names an element of the file, a line in it, and a remedy."""
    named = problem["element"].encode() in raw or problem["element"] == "文件"
    in_file = 1 <= problem["line"] <= raw.count(b"\n") + 1
    return bool(named and in_file and problem["problem"] and problem["remedy"])


def _reference() -> Figure:
    what = "别的工具画的 21 个流程图（BPMN MIWG）：能运行，或说明元素、行、问题和办法"
    files = sorted(MIWG.glob("*.bpmn"))
    if not files:
        return Figure(what, "21 / 21", f"没有 {MIWG}", None)
    good = broken = told = runs = 0
    for path in files:
        try:
            found = _check(path.read_bytes())
        except Exception:  # noqa: BLE001 - what this trial counts
            traceback.print_exc()
            broken += 1
            continue
        runs += not found
        told += len(found)
        good += all(_is_told(one, path.read_bytes()) for one in found)
    got = f"{good} / {len(files)}（{runs} 个可运行，共 {told} 处问题），异常 {broken} 次"
    return Figure(what, "21 / 21，异常 0 次", got, good == len(files) == 21 and not broken)


def _called() -> dict[str, Any]:
    from guotu.lib.flow import read

    found = (read(path.name, path.read_bytes()) for path in _fixture_files())
    return {one.id: one for one in found}


def _fixture_files() -> list[Path]:
    return sorted(FIXTURES.glob("*.bpmn"))


def _fixtures() -> Iterator[Figure]:
    """Check each fixture of ours, and walk cases through it to the end."""
    from guotu.core.cases import engine
    from guotu.lib.flow import SUPPORTED

    called, files = _called(), _fixture_files()
    texts = {path.name: path.read_bytes() for path in files}
    clean = [path.stem for path in files if not _check(path.read_bytes(), called)]
    drawn = {one.kind for found in called.values() for one in found.elements.values()}
    ended = []
    for path in files:
        program = engine.compile_process(texts, path.stem)
        walks = [_drawings.walked(program, PARTIES, random.Random(seed)) for seed in range(_WALKS)]
        ended.append(all(walks))
    yield Figure(
        "本程序的示例：所列每种元素都有，检查都通过",
        f"{len(files)} / {len(files)} 个，{len(SUPPORTED)} 种元素",
        f"{len(clean)} / {len(files)} 个，{len(drawn & SUPPORTED)} 种元素",
        len(clean) == len(files) and drawn >= SUPPORTED,
    )
    yield Figure(
        f"每个示例由引擎走 {_WALKS} 遍，都走到结束",
        f"{len(files)} / {len(files)}",
        f"{sum(ended)} / {len(files)}",
        all(ended),
    )


# What is changed in a fixture: the file, what stands there, what is put in its place, and a word
# of what must be said of it.
_PLANTED = (
    ("user_task", "userTask", "scriptTask", "不支持脚本任务"),
    ("user_task", 'role="undertaker"', "", "没有写角色"),
    ("user_task", 'targetRef="end"', 'targetRef="nowhere"', "终点 nowhere 不在图中"),
    ("user_task", '<endEvent id="end"', '<endEvent id="start"', "重复"),
    ("user_task", "<definitions", "<!DOCTYPE x>\n<definitions", "DOCTYPE"),
    ("service_task", "fixture.reserve", "people.appoint", "不准流程调用"),
    ("service_task", 'name="amount"', 'name="sum"', "不是这个动作的参数"),
    ("service_task", 'value="area_dm2"', 'value="area"', "没有声明变量 area"),
    ("boundary_timer_interrupting", "fixture.handling", "fixture.gone", "不在期限表中"),
    ("boundary_timer_continuing", "timeDuration", "timeCycle", "不支持 timeCycle"),
    ("message_catch", 'messageRef="paid_message"', 'messageRef="gone"', "没有定义"),
    ("exclusive_gateway", 'decision = "reject"', 'decision = "x"', "没有选项 x"),
    ("exclusive_gateway", 'decision = "agree"', "exec('x')", "表达式在第"),
    ("exclusive_gateway", 'exclusiveGateway id="merge"', 'parallelGateway id="merge"', "一直等"),
    ("inclusive_gateway", ' default="flow_fork_plain"', "", "没有条件"),
    ("exclusive_default", ' default="flow_large_end"', "", "没有条件"),
    ("exclusive_default", 'type="date"', 'type="text"', "不能比较"),
    ("multi_instance_parallel", 'name="parties" type="list"', 'name="parties" type="text"', "列表"),
    ("separate_hands", 'steps="undertake deliver"', 'steps="undertake x"', "步骤 x 不在图中"),
    ("separate_hands", 'targetRef="undertake"', 'targetRef="sent_back"', "没有人办的步骤"),
    ("call_activity", 'calledElement="called"', 'calledElement="gone"', "找不到"),
)


def _faults() -> Figure:
    called, missed = _called(), []
    for stem, there, instead, word in _PLANTED:
        text = (FIXTURES / f"{stem}.bpmn").read_text("utf-8")
        raw = text.replace(there, instead).encode()
        found = _check(raw, called)
        is_said = any(word in one["problem"] for one in found)
        if there not in text or not is_said or not all(_is_told(one, raw) for one in found):
            missed.append(f"{stem}：{word}")
    whole = len(_PLANTED)
    got = f"{whole - len(missed)} / {whole}" + "".join(f"，漏 {one}" for one in missed)
    what = "示例里埋下的错误，都说明元素、行和办法"
    return Figure(what, f"{whole} / {whole}", got, not missed)


def _spoilt(count: int) -> Figure:
    """Spoil files of ours and of others; whatever comes of it, nothing is raised."""
    rng, called = random.Random(4), _called()
    raws = [path.read_bytes() for path in (*_fixture_files(), *sorted(MIWG.glob("A*.bpmn")))]
    broken = untold = 0
    for raw in islice(_drawings.spoilt(raws, rng), count):
        try:
            found = _check(raw, called)
        except Exception:  # noqa: BLE001 - what this trial counts
            traceback.print_exc()
            broken += 1
            continue
        untold += not all(one["line"] > 0 and one["element"] and one["remedy"] for one in found)
    got = f"异常 {broken} 次，没说清 {untold} 个"
    return Figure(f"改坏的文件 {count:,} 个", "异常 0 次，没说清 0 个", got, not broken + untold)


def _random(count: int) -> Iterator[Figure]:
    """Draw at random: what the check lets pass never gets stuck in the engine."""
    rng = random.Random(2019)
    sound = stuck = unsound = proved = 0
    for _turn in range(count):
        raw = _drawings.file_of(_drawings.Drawer(rng).body(rng.choice([1, 2, 3])))
        if _check(raw):
            unsound += 1
            proved += _gets_stuck(raw, rng, _UNSOUND_WALKS)
        else:
            sound += 1
            stuck += _gets_stuck(raw, rng, _WALKS)
    yield Figure(
        f"随意画的流程图 {count:,} 个：检查通过的由引擎各走 {_WALKS} 遍，卡住的",
        "0 个",
        f"{stuck} 个（通过 {sound} 个）",
        not stuck and sound > 0,
    )
    yield Figure(
        "检查不通过的，引擎也走得到卡住处的（对照：有的缺口要有空值才显出来）",
        "—",
        f"{proved} / {unsound}",
        None,
    )


def _gets_stuck(raw: bytes, rng: random.Random, times: int) -> bool:
    from guotu.core.cases import engine
    from guotu.lib.refusal import Refusal

    program = engine.compile_process({"trial.bpmn": raw}, "trial")
    try:
        return not all(_drawings.walked(program, {}, rng) for _turn in range(times))
    except Refusal:
        return True
