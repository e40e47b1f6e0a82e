"""The limits of the house: file 400 lines, function 70, line 100, names that say something."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc"}
FILE_LINES, FUNCTION_LINES, LINE_CHARACTERS = 400, 70, 100


def tracked(*suffixes: str) -> list[Path]:
    """Return the project's own files with one of these suffixes, migrations left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    found = [ROOT / name for name in listed if name.endswith(suffixes)]
    return [path for path in found if path.exists() and "migrations" not in path.parts]


CODE = tracked(".py")
FACE = tracked(".js", ".css", ".html")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", CODE + FACE, ids=name_of)
def test_a_file_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_python_file_opens_with_its_idea(path: Path) -> None:
    text = path.read_text()
    if not text.strip():
        return
    assert ast.get_docstring(ast.parse(text)), "the file says nothing of what it is for"


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_a_function_is_short_enough_to_read_at_once(path: Path) -> None:
    too_long = [
        f"{node.name} has {length} lines"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert too_long == []


@pytest.mark.parametrize("path", tracked(".py", ".js"), ids=name_of)
def test_a_line_fits(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if len(line) > LINE_CHARACTERS] == []


def test_names_say_something() -> None:
    bad = {
        name_of(path)
        for path in CODE
        if {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} & FORBIDDEN
    }
    assert bad == set()


def test_lib_and_core_functions_explain_themselves() -> None:
    silent = []
    for path in CODE:
        if path.relative_to(ROOT).parts[:2] not in {("guotu", "lib"), ("guotu", "core")}:
            continue
        for node in ast.parse(path.read_text()).body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            if public and not ast.get_docstring(node) and not _is_django_handle(node):
                silent.append(f"{name_of(path)}:{node.lineno} {node.name}")
    assert silent == []


def _is_django_handle(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and node.name.endswith("Config")
