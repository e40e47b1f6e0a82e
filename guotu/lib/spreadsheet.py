"""What a spreadsheet must not take for a formula."""

from typing import TypeVar

_Cell = TypeVar("_Cell")
_FORMULA = tuple("=+-@\t\r")


def plain_cell(value: _Cell) -> _Cell | str:
    """Return a cell that is text, whatever a spreadsheet thinks of how it begins."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
