"""Text that begins like a formula stays text; all else is as it was."""

import pytest

from guotu.lib.spreadsheet import plain_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\ta", "\ra"])
def test_what_begins_like_a_formula_is_marked_as_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "平江", "a=1", 3, None])
def test_all_else_is_left_alone(value: object) -> None:
    assert plain_cell(value) == value
