"""The line that a fictional county's papers carry; handed in, for files know no county."""

from collections.abc import Callable

_said: list[Callable[[], str]] = [lambda: ""]


def use_mark(say: Callable[[], str]) -> None:
    """Set what every paper is marked with; called once, at wiring."""
    _said[0] = say


def mark() -> str:
    """Return the line, in Chinese; an empty string in a real county."""
    return _said[0]()
