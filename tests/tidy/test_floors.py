"""What import-linter cannot see (strings, signals, stray writes), and that it bites."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.test_limits import ROOT, name_of, tracked

PYTHON = [path for path in tracked(".py") if path.relative_to(ROOT).parts[0] == "guotu"]
FLOOR = {"lib": 1, "core": 2, "apps": 3, "site": 4}
STACK = {
    name: place
    for place, name in enumerate(
        ["journal", "people", "files", "atlas", "register", "ledger", "cases"], start=1
    )
}


def place(path: Path) -> tuple[int, str]:
    parts = path.relative_to(ROOT / "guotu").parts
    return FLOOR.get(parts[0], 5), parts[1] if len(parts) > 2 else ""


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_no_signals_carry_control(path: Path) -> None:
    text = path.read_text()
    if path.name == "apps.py":
        # What a migration drops is put back after it: upkeep of the tables, no control of an act.
        text = text.replace("from django.db.models.signals import post_migrate\n", "")
    assert "django.db.models.signals" not in text
    assert "django.dispatch" not in text


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_foreign_keys_by_name_look_down(path: Path) -> None:
    floor, folder = place(path)
    for app in re.findall(
        r"(?:ForeignKey|OneToOneField|ManyToManyField)\(\s*\"(\w+)\.", path.read_text()
    ):
        if floor == FLOOR["core"]:
            assert STACK[app] <= STACK[folder]
        else:
            assert app in STACK or app == folder


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_duties_do_not_reverse_one_another(path: Path) -> None:
    floor, folder = place(path)
    for app in re.findall(r"(?:reverse|redirect)\(\s*[\"'](\w+):", path.read_text()):
        assert floor == FLOOR["site"] or app in (folder, *STACK)


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_writes_stand_in_actions(path: Path) -> None:
    if (
        path.name in ("actions.py", "models.py")
        or name_of(path) in _OF_THE_RUNNER
        or "actions" in path.parts
        or "migrations" in path.parts
    ):
        return
    writes = [
        f"{name_of(path)}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr
            in {"bulk_create", "bulk_update", "get_or_create", "update_or_create"}
        )
        or _is_manager_write(node)
    ]
    assert writes == []


# What the runner itself writes beside an act: the keys of seals, the checkpoints of the tree.
_OF_THE_RUNNER = {"guotu/core/journal/sealing.py", "guotu/core/journal/signing.py"}


def _is_manager_write(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"create", "update", "delete"}
        and isinstance(node.func.value, ast.Attribute)
        and node.func.value.attr == "objects"
    )


def lint(tree: Path) -> str:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


PLANTED = {
    "Four floors": ("guotu/lib/planted.py", "import guotu.core.journal.models\n"),
    "core is a stack": ("guotu/core/journal/planted.py", "import guotu.core.people.models\n"),
    "lib is pure": ("guotu/lib/planted.py", "import django\n"),
    "only formats and guard": ("guotu/lib/geo/overlay/planted.py", "import os\n"),
    "duties never import": ("guotu/apps/planted.py", "import guotu.apps.approval.models\n"),
    "rules are free of Django": ("guotu/apps/approval/rules/planted.py", "import django\n"),
    "one inner shape": (
        "guotu/core/people/queries.py",
        "import guotu.core.people.actions\n",
    ),
}


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_each_contract_breaks_under_a_planted_fault(contract: str, tmp_path: Path) -> None:
    copied = subprocess.run(
        ["cp", "-r", str(ROOT / "guotu"), str(ROOT / "pyproject.toml"), str(tmp_path)], check=True
    )
    assert copied.returncode == 0
    target, fault = PLANTED[contract]
    path = tmp_path / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else '"""Planted."""\n') + fault)
    said = lint(tmp_path)
    broken = [line for line in said.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), said
