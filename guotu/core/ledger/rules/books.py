"""Books as dated data: what each counts, in which unit, since when, by which article."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from guotu.core.ledger.rules.figures import check_unit
from guotu.lib.refusal import Refusal

_DATA = Path(__file__).parents[1]


@dataclass(frozen=True)
class BookDeclared:
    """A book as it is declared: `dimensions` its accounts may have, `required` they must."""

    code: str
    title: str
    unit: str
    effective_from: date
    article: str
    source: str
    dimensions: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@cache
def declared_books() -> Mapping[str, BookDeclared]:
    """Return the books that ship with the platform (books.toml), by code."""
    told = tomllib.loads((_DATA / "books.toml").read_text())
    return {one["code"]: declared(one) for one in told["book"]}


@cache
def known_dimensions() -> Mapping[str, Mapping[str, str]]:
    """Return every dimension's title, pattern and source (dimensions.toml), by name."""
    return tomllib.loads((_DATA / "dimensions.toml").read_text())


def declared(told: Mapping[str, Any]) -> BookDeclared:
    """Return a declaration read and checked; raises `Refusal` for what it lacks."""
    lists = {name: tuple(told.get(name, ())) for name in ("dimensions", "required")}
    book = BookDeclared(**{**told, **lists})
    check_unit(book.unit)
    unknown = [name for name in book.dimensions if name not in known_dimensions()]
    if unknown or not set(book.required) <= set(book.dimensions):
        raise Refusal(
            "账册的维度没有定义",
            where=f"{book.code}：{'、'.join(unknown or book.required)}",
            rule="账册只用已定义的维度",
            remedy="检查账册声明中的维度",
        )
    return book
