"""The fifteen kinds of official document, as dated data, and the measures of their page."""

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any


def _data(name: str) -> dict[str, Any]:
    text = resources.files("guotu.lib.gongwen").joinpath(name).read_text("utf-8")
    return tomllib.loads(text)


@lru_cache
def layout() -> dict[str, Any]:
    """Return the measures of GB/T 9704-2012: millimetres, points, counts."""
    return _data("layout.toml")


_KINDS = _data("kinds.toml")
KINDS: tuple[str, ...] = tuple(_KINDS["kinds"])
# Those that go up carry who signed; those made public go to everybody.
UPWARD: frozenset[str] = frozenset(_KINDS["upward"])
PUBLIC: frozenset[str] = frozenset(_KINDS["public"])
# The special form of a kind, where it has one; the general form is everybody's.
FORM_OF: dict[str, str] = _KINDS["form"]
FORMS: tuple[str, ...] = tuple(_KINDS["head"])


def head_of(organ: str, form: str) -> str:
    """Return the red head (发文机关标志) of an organ in a form."""
    return f"{organ}{_KINDS['head'][form]}"
