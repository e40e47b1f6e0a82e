"""The rule book: the data that ships, with what the county has loaded put over it."""

import hashlib
import json
import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

from guotu.apps.approval.models import CountyRules
from guotu.lib.rules import RuleBook

_FILES = ("site.toml", "protection.toml", "approvals.toml", "makeup.toml", "trades.toml")


@lru_cache(maxsize=1)
def shipped() -> RuleBook:
    """Return the rules that ship with the program."""
    folder = resources.files("guotu.apps.approval").joinpath("data")
    rows: list[dict[str, Any]] = []
    for name in _FILES:
        rows += tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))["rule"]
    return RuleBook.from_dicts(rows)


def book() -> RuleBook:
    """Return the rules in use: what the county loaded last under each name comes over ours."""
    rows: list[dict[str, Any]] = []
    latest: dict[str, str] = {}
    for loaded in CountyRules.objects.order_by("pk"):
        latest[loaded.name] = loaded.text
    for text in latest.values():
        rows += tomllib.loads(text)["rule"]
    return shipped().with_rules(rows) if rows else shipped()


def fingerprint(rules: RuleBook) -> str:
    """Return the SHA-256 of a rule book, so that a saved review says by which data it was made."""
    plain = [
        {**rule.as_dict(), "values": dict(rule.values), "place": rule.place}
        for rule in sorted(rules.rules, key=lambda rule: rule.id)
    ]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
