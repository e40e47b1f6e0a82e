"""`guotu process deploy|list|migrate` on a county: what ships is deployed once, told in words."""

import json

import click
import pytest
from click.testing import CliRunner

from guotu.core.cases.models import Process
from guotu.core.cases.shipped import shipped
from guotu.site.cli.process import command


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.output


def test_each_shipped_process_comes_with_what_it_calls():
    assert sorted(shipped()["general"]) == ["general.bpmn", "opinion.bpmn"]


@pytest.mark.django_db
def test_what_ships_is_deployed_once():
    first, again = _run("deploy", "--shipped"), _run("deploy", "--shipped")
    assert (first[0], again[0]) == (0, 0)
    assert "已部署" in first[1]
    assert "已在用，没有改动" in again[1]
    assert set(Process.objects.values_list("key", flat=True)) == set(shipped())


@pytest.mark.django_db
def test_a_file_is_deployed_listed_and_has_nobody_to_move(tmp_path):
    paths = []
    for name, text in shipped()["general"].items():
        (tmp_path / name).write_bytes(text)
        paths.append(str(tmp_path / name))
    code, output = _run("deploy", *paths, "--json")
    told = json.loads(output)
    assert (code, told["key"], told["already_there"]) == (0, "general", False)
    assert told["sequence"] == Process.objects.get().sequence
    assert "一般办件" in _run("list")[1]
    assert json.loads(_run("list", "--json")[1])[0]["cases"] == 0
    assert _run("migrate", "general", "--dry-run")[0] == 0


def test_neither_files_nor_ours_is_a_wrong_use():
    for wrong in ([], ["general.bpmn", "--shipped"]):
        with pytest.raises(click.UsageError):
            _run("deploy", *wrong)
