"""Text that begins like a formula stays text; all else is as it was."""

import re
from pathlib import Path

import pytest

from guotu.lib.spreadsheet import plain_cell

SOURCE = Path(__file__).parents[2] / "guotu"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-a", "-1+1", "--1", "-1,2;", "@a", "\ta", "\ra", "-", "-1\n"]
)
def test_what_begins_like_a_formula_is_marked_as_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "平江", "a=1", 3, -3, None, "-1", "-1,234.50"])
def test_all_else_is_left_alone(value: object) -> None:
    assert plain_cell(value) == value


def test_the_rule_stands_in_one_place() -> None:
    """No export keeps a list of such signs of its own."""
    kept = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"""tuple\(["']=|startswith\(\(?["']=["']""", path.read_text("utf-8"))
    ]
    assert kept == ["lib/spreadsheet.py"]
