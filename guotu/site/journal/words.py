"""Says the facts of an entry in Chinese: their keys as kept are English, for they are hashed."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from guotu.core.people import catalogue


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


@cache
def words() -> dict[str, str]:
    """Return what the keys of facts are called: the platform's words, and the duties' own."""
    return _data()["words"] | catalogue.words()


def lines_of(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (name, value) of an entry's facts, in words, in their order."""
    return [(words().get(key, key), said(value)) for key, value in facts.items()]


def said(value: Any) -> str:
    """Return a value in words: lists joined, facts within facts named."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        inner = "；" if any(isinstance(one, (dict, list)) for one in value) else "、"
        return inner.join(map(said, value))
    if isinstance(value, dict):
        return "，".join(f"{name} {told}" for name, told in lines_of(value))
    if isinstance(value, str):
        return catalogue.verbs().get(value) or _data()["values"].get(value, value)
    return json.dumps(value)
