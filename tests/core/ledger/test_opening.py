"""Books and accounts: declared, dated, keyed once, with limits that a new account keeps."""

import datetime

import pytest

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger import queries
from guotu.core.ledger.models import Account, Book
from guotu.core.ledger.posting import BookDeclared
from guotu.core.ledger.rules import declared_books, figure_text, unit_title
from guotu.lib.entries import MOST
from guotu.lib.refusal import Refusal
from tests.core.ledger.conftest import opened

pytestmark = pytest.mark.django_db

OWN = {
    "code": "trees",
    "title": "古树名木",
    "unit": "pieces",
    "effective_from": datetime.date(2020, 1, 1),
    "article": "城市古树名木保护管理办法",
    "source": "建城〔2000〕192号",
    "dimensions": ("division",),
    "required": (),
}


def test_every_declared_book_is_dated_and_has_its_source():
    for code, book in declared_books().items():
        assert (book.code, bool(book.article), bool(book.source)) == (code, True, True)
        assert unit_title(book.unit)


def test_the_first_account_opens_its_book():
    account = opened("quota", "plan-quota", dimensions={"year": 2026, "division": "430999"})
    assert account.book.unit == "dm2"
    assert account.key == '["quota",{"division":"430999","year":"2026"}]'
    assert account.division == "430999"
    assert queries.account("plan-quota", "quota", division="430999", year=2026) == account
    with pytest.raises(Refusal, match="没有这个账户"):
        queries.account("plan-quota", "quota", division="430999", year=2025)


def test_an_account_is_opened_once():
    opened("quota", "plan-quota")
    with pytest.raises(Refusal, match="已经开立"):
        opened("quota", "plan-quota")
    assert (Book.objects.count(), Account.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"dimensions": {"year": "2026", "colour": "red"}}, "没有这个维度"),
        ({"dimensions": {"project": "p"}}, "缺少必填"),
        ({"dimensions": {"year": "26"}}, "不合格式"),
        ({"code": "Ünfit"}, "代码不合格式"),
        ({"normal": "left"}, "余额方向"),
        ({"least": MOST + 1}, "限额超出"),
        ({"least": 5}, "不在限额之内"),
        ({"most": -1, "least": None}, "不在限额之内"),
        ({"normal": "credit", "holds_land": True}, "在借方"),
        ({"line": "a\nb"}, "地块账目"),
        ({"book": "nothing"}, "没有这个账册"),
    ],
)
def test_what_an_account_may_not_be(told, said):
    facts = {"code": "purse", "book": "money", **told}
    with pytest.raises(Refusal, match=said):
        opened(**facts)
    assert not Account.objects.exists()


def test_the_county_declares_a_book_of_its_own():
    book = perform("ledger.open_book", COUNTY, book=BookDeclared(**OWN)).answer
    assert (book.unit, list(queries.books())) == ("pieces", [book])
    with pytest.raises(Refusal, match="已有"):
        perform("ledger.open_book", COUNTY, book=BookDeclared(**OWN))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"unit": "bushels"}, "没有这个计量单位"),
        ({"dimensions": ("colour",)}, "维度没有定义"),
        ({"required": ("year",)}, "维度没有定义"),
        ({"effective_from": datetime.date(2999, 1, 1)}, "尚未启用"),
    ],
)
def test_what_a_book_may_not_be(told, said):
    with pytest.raises(Refusal, match=said):
        perform("ledger.open_book", COUNTY, book=BookDeclared(**{**OWN, **told}))


def test_figures_are_said_exactly():
    assert figure_text(123456, "dm2") == "1,234.56"
    assert figure_text(-5, "fen") == "-0.05"
    assert figure_text(1234, "pieces") == "1,234"
