"""`guotu process check`: what it prints, what it returns, and where it looks for what is called."""

import json
import shutil
from pathlib import Path

import pytest

from guotu.site.cli import process
from guotu.site.cli.main import main
from tests.lib.flow.drawings import FIXTURES, step, straight, text


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["process", "check", *arguments])
    return int(str(left.value.code)), capsys.readouterr().out


def test_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(FIXTURES / "user_task.bpmn")
    assert run(capsys, file) == (0, "可以运行，至少须 1 人经手。\n")
    status, said = run(capsys, file, "--json")
    assert (status, json.loads(said)) == (0, {"runs": True, "problems": []})


def test_what_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(text(straight('<scriptTask id="act"/>')))
    status, said = run(capsys, str(file), "--json")
    remedy = "流程里不写脚本；改为服务任务，用 guotu:action 调用登记的动作"
    problem = {"element": "act", "line": 4, "problem": "不支持脚本任务", "remedy": remedy}
    assert (status, json.loads(said)) == (1, {"runs": False, "problems": [problem]})
    status, said = run(capsys, str(file))
    assert status == 1
    assert said == f"第 4 行  act  不支持脚本任务\n    办法：{remedy}\n不能运行：1 处问题。\n"


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 99, b"<!DOCTYPE a><a/>", b"a" * (6 << 20)])
def test_what_is_no_drawing(raw: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.bpmn"
    file.write_bytes(raw)
    status, said = run(capsys, str(file), "--json")
    assert (status, json.loads(said)["runs"]) == (1, False)


def test_what_is_called_stands_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "call_activity.bpmn"
    shutil.copy(FIXTURES / "call_activity.bpmn", file)
    assert run(capsys, str(file))[0] == 1
    (tmp_path / "x.bpmn").write_bytes(b"nothing")
    (tmp_path / "folder.bpmn").mkdir()
    (tmp_path / "a.bpmn").write_bytes(text(straight('<task id="consult"/>'), key="called"))
    assert run(capsys, str(file))[0] == 1
    # Of two files with the same process, the one named after it is meant.
    shutil.copy(FIXTURES / "called.bpmn", tmp_path / "called.bpmn")
    (tmp_path / "d.bpmn").write_bytes(text(straight(step("other")), key="called"))
    assert run(capsys, str(file)) == (0, "可以运行，至少须 2 人经手。\n")


def test_how_many_people_are_needed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(FIXTURES / "separate_hands.bpmn")
    assert run(capsys, file) == (0, "可以运行，至少须 3 人经手。\n")
    monkeypatch.setattr(process, "_MOST_PEOPLE", 2)
    assert run(capsys, file) == (0, "可以运行，须多于 2 人经手。\n")
    monkeypatch.setattr(process, "_MOST_POSITIONS", 2)
    assert "须几人经手未能算出" in run(capsys, file)[1]


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "nowhere.bpmn")[0] == 2
