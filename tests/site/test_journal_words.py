"""Every fact that an act leaves in the record has a Chinese word on the page of the record."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from guotu.site.journal.words import lines_of, said, words

SOURCE = Path(__file__).parents[2] / "guotu"
# Facts that a rule makes whole: of posts (ledger), and of what was taken in (register).
MADE = {"first", "last", "digest", "lines", "debit", "credit", "amount"} | {
    *("read", "begun", "changed", "unchanged", "ended", "absent", "refused", "reasons"),
    "refused_features",
}


def keys_in_use() -> set[str]:
    """Return the keys that acts write into outcomes and effects, as the source spells them."""
    found = set(MADE)
    for path in SOURCE.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found |= set(_keys_of(function))
    return found


def _keys_of(function: ast.FunctionDef) -> Iterator[str]:
    named = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                told = ast.unparse(target)
                if told == "act.outcome":
                    yield from _keys(node.value, named)
                elif key := re.fullmatch(r"act\.outcome\['(\w+)'\]", told):
                    yield key[1]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "act.tell":
            for keyword in node.keywords:
                yield from [keyword.arg] if keyword.arg else _keys(keyword.value, named)


def _keys(value: ast.expr, named: dict[str, ast.Dict]) -> Iterator[str]:
    if isinstance(value, ast.BinOp):
        yield from _keys(value.left, named)
        yield from _keys(value.right, named)
    elif isinstance(value, ast.Name) and value.id in named:
        yield from _keys(named[value.id], named)
    elif isinstance(value, ast.Dict):
        for key, inner in zip(value.keys, value.values, strict=True):
            if key is None:
                yield from _keys(inner, named)
            elif isinstance(key, ast.Constant):
                yield str(key.value)
            if isinstance(inner, ast.Dict):
                yield from _keys(inner, named)


def test_every_key_in_use_has_a_word() -> None:
    keys = keys_in_use()
    assert {"sha256", "what", "transfers", "restored", "case"} <= keys
    assert sorted(keys - set(words())) == []


def test_words_are_chinese() -> None:
    assert [word for word in words().values() if not re.search(r"[\u4e00-\u9fff]", word)] == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "—"),
        ([], "—"),
        ("", "—"),
        (True, "是"),
        (False, "否"),
        (0, "0"),
        (2.5, "2.5"),
        ("internal", "内部"),
        ("files.keep", "收存材料"),
        ("自然资批〔2026〕1号", "自然资批〔2026〕1号"),
        (["a", "b"], "a、b"),
        ({"number": 3, "kind": "immediate"}, "编号 3，种类 即时"),
        ([{"number": 1}, {"number": 2}], "编号 1；编号 2"),
    ],
)
def test_values_are_said_in_words(value: object, told: str) -> None:
    assert said(value) == told


def test_what_has_no_word_keeps_its_own() -> None:
    assert lines_of({"TBBH": "secret", "size": 7}) == [("TBBH", "涉密"), ("字节数", "7")]
