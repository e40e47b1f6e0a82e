"""What a spreadsheet must not take for a formula."""

import re
from typing import TypeVar

_Cell = TypeVar("_Cell")
_FORMULA = tuple("=+-@\t\r")
# A negative figure is no formula, and is to be summed.
_NEGATIVE = re.compile(r"-[0-9][0-9,]*(\.[0-9]+)?")


def plain_cell(value: _Cell) -> _Cell | str:
    """Return a cell that is text, whatever a spreadsheet thinks of how it begins.

    By OWASP's CSV Injection: what begins with = + - @, a tab or a return is marked by an
    apostrophe, except a negative figure.
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    return value if _NEGATIVE.fullmatch(value) else f"'{value}"
