"""Opening a book and an account, inside an act."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date

from guotu.core.journal import clock
from guotu.core.journal.actions import Act
from guotu.core.ledger.models import Account, Balance, Book
from guotu.core.ledger.rules import (
    BookDeclared,
    declared_books,
    key_of,
    new_account_fault,
    valid_dimensions,
)
from guotu.core.ledger.rules.books import declared
from guotu.lib.entries import is_plain
from guotu.lib.refusal import Refusal


def open_book(act: Act, told: BookDeclared) -> Book:
    """Open a book as it is declared; raises `Refusal` when there is one of that code."""
    told = declared(asdict(told))
    if Book.objects.filter(code=told.code).exists():
        raise Refusal("已有这个账册", where=told.code, remedy="换一个代码")
    if told.effective_from > clock.today():
        raise Refusal(
            "账册尚未启用",
            where=f"{told.title}：{told.effective_from}",
            rule=told.article,
            remedy="待启用之日再开",
        )
    book = Book.objects.create(**asdict(told), sequence=act.sequence)
    act.tell("change", book=book.code, unit=book.unit, opened=True)
    return book


def open_account(
    act: Act,
    *,
    book: str,
    code: str,
    title: str,
    dimensions: Mapping[str, object],
    normal: str = "debit",
    least: int | None = 0,
    most: int | None = None,
    holds_land: bool = False,
    line: str = "",
    on: date | None = None,
) -> Account:
    """Open an account; the first of a declared book opens the book.

    `least` and `most` bound its balance, in whole units, what is reserved included; None is no
    bound. Raises `Refusal` for a book or dimension that is not declared, a limit that a balance of
    nothing breaks, or an account that is already there.
    """
    kept = Book.objects.filter(code=book).first() or open_book(act, _declaration(book))
    fault = new_account_fault(code, normal, least, most, holds_land=holds_land)
    if fault is not None:
        raise fault
    if not is_plain(line) or len(line) > 32:
        raise Refusal("地块账目不合格式", where=line, remedy="用不超过 32 个字的一行文字")
    valid = valid_dimensions(dimensions, kept.dimensions, kept.required)
    key = key_of(code, valid)
    if Account.objects.filter(book=kept, key=key).exists():
        raise Refusal(
            "这个账户已经开立",
            where=f"{kept.title} {key}",
            rule="账户由账册、账目和维度唯一确定",
            remedy="直接使用，或换一个账目",
        )
    account = Account.objects.create(
        book=kept,
        code=code,
        title=title,
        dimensions=valid,
        key=key,
        division=valid.get("division", ""),
        normal=normal,
        least=least,
        most=most,
        holds_land=holds_land,
        line=line,
        opened_on=on or clock.today(),
        sequence=act.sequence,
    )
    Balance.objects.create(account=account)
    act.tell("change", book=kept.code, account=account.pk, key=key, least=least, most=most)
    return account


def _declaration(code: str) -> BookDeclared:
    found = declared_books().get(code)
    if found is None:
        raise Refusal(
            "没有这个账册",
            where=code,
            rule="账册须先声明单位和依据",
            remedy="可用：" + "、".join(declared_books()) + "，或先开立账册",
        )
    return found
