"""`guotu process`: written processes on the command line; `check` says whether a drawing runs."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guotu.lib.refusal import Refusal
from guotu.site.cli.process_deploy import deploy, listing, migrate

if TYPE_CHECKING:
    from guotu.lib.flow import Drawing, Problem

_MOST_FILES = 500
_MOST_BYTES = 5 << 20
_MOST_PEOPLE, _MOST_POSITIONS = 6, 60_000
_OPENING = "execute"  # whoever opens a case has a hand in it of this nature


@click.group(help="办理流程：检查、部署、列出、转版本。")
def command() -> None:
    """Hold the verbs on processes together."""


@command.command("check", help="检查流程图能否运行；不能的，逐条说明元素、行、问题和办法。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def check_file(file: Path, as_json: bool) -> int:
    """Check a drawing with those that it calls, beside it; 0 it runs, 1 it does not."""
    drawing, called, problems = found(file)
    if as_json:
        told = {"runs": not problems, "problems": [one.as_dict() for one in problems]}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for one in problems:
            click.echo(f"第 {one.line} 行  {one.element}  {one.problem}\n    办法：{one.remedy}")
        failed = f"不能运行：{len(problems)} 处问题。"
        click.echo(failed if problems else f"可以运行，{hands_told(drawing, called)}。")
    return 1 if problems else 0


def found(file: Path) -> "tuple[Drawing, dict[str, Drawing], list[Problem]]":
    """Return a drawing, those beside it where it calls any, and what keeps it from running."""
    _load_actions()
    from guotu.core.cases import limits
    from guotu.core.journal.actions import callable_by_process
    from guotu.lib.flow import check

    drawing = _read(file)
    calls = any(one.kind == "callActivity" for one in drawing.elements.values())
    called = beside(file, drawing) if calls else {}
    actions, known = callable_by_process(), limits.keys()
    return drawing, called, check(drawing, actions=actions, limits=known, called=called)


def hands_told(drawing: "Drawing", called: "dict[str, Drawing]") -> str:
    """Return how many persons a process needs, the one who opens the case among them."""
    from guotu.core.cases.rules.hands import Apart, HandIn, may_take
    from guotu.lib.flow import declared, hands

    told = declared(drawing, called)
    aparts = [Apart(one.name, one.steps, one.article) for one in told.aparts]

    def rule(person: int, place: str, tag: str, taken: tuple[hands.Hand, ...]) -> str | None:
        known = [HandIn(one.person, one.place, one.tag, one.process) for one in taken]
        return may_take(person, place, tag, known, aparts, told.id)

    try:
        needed = hands.people_needed(
            drawing, called, rule, opening=_OPENING, largest=_MOST_PEOPLE, most=_MOST_POSITIONS
        )
    except Refusal as wide:
        return f"须几人经手未能算出（{wide.what}）"
    return f"至少须 {needed} 人经手" if needed else f"须多于 {_MOST_PEOPLE} 人经手"


def beside(file: Path, drawing: "Drawing") -> "dict[str, Drawing]":
    """Return the drawings of a file's folder by process id; of two alike, that in `id.bpmn`."""
    called: dict[str, Drawing] = {}
    others = sorted(file.absolute().parent.glob("*.bpmn"))[:_MOST_FILES]
    for other in others:
        if other.is_file() and other != file.absolute():
            read = _read(other)
            if read.id not in called or other.stem == read.id:
                called[read.id] = read
    return called | {drawing.id: drawing}


def _read(file: Path) -> "Drawing":
    from guotu.lib.flow import read

    with file.open("rb") as opened:
        return read(file.name, opened.read(_MOST_BYTES))


def _load_actions() -> None:
    """Load the register of actions; no table is opened."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guotu.site.settings")
    django.setup()


for _verb in (deploy, listing, migrate):
    command.add_command(_verb)
