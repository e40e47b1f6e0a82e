"""Balances now and then, by dimension, and the statement of an account."""

import datetime
import random

import pytest

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger import queries
from guotu.core.ledger.models import Account, Piece, Transfer
from guotu.core.ledger.posting import Posting, Terms
from tests.core.ledger.conftest import DAY, opened, posted

pytestmark = pytest.mark.django_db


def day(number):
    return DAY + datetime.timedelta(days=number)


def test_a_balance_as_of_a_number_and_as_of_a_day(purse, shop):
    first = perform("ledger.post", COUNTY, postings=[Posting(shop.pk, purse.pk, 100, day(5))])
    told = {"debit": shop.pk, "credit": purse.pk, "amount": 50}
    held = perform("ledger.reserve", COUNTY, **told, terms=Terms(day(2)))
    perform("ledger.settle", COUNTY, reservation=held.answer, amount=30, terms=Terms(day(9)))

    def seen(**when):
        found = queries.balance(purse, **when)
        return found.balance, found.going

    assert seen() == (870, 0)
    assert seen(at_sequence=first.sequence) == (900, 0)
    assert seen(at_sequence=held.sequence) == (900, 50)
    assert seen(on=day(0)) == (1000, 0)
    assert seen(on=day(2)) == (1000, 50)
    assert seen(on=day(5)) == (900, 50)
    assert seen(on=day(9)) == (870, 0)
    assert seen(on=day(9), at_sequence=first.sequence) == (900, 0)


def test_every_moment_is_the_replay_of_what_came_before(purse, shop):
    rng = random.Random(4)
    accounts = [purse, shop, *(opened(f"a{n}", least=None) for n in range(3))]
    kept = {}
    for _ in range(60):
        one, other = rng.sample(accounts[2:], 2)
        done = perform(
            "ledger.post",
            COUNTY,
            postings=[Posting(one.pk, other.pk, rng.randrange(1, 9), day(rng.randrange(20)))],
        )
        kept[done.sequence] = queries.balances(accounts)
    for sequence, figures in kept.items():
        assert queries.balances(accounts, at_sequence=sequence) == figures


def test_balances_of_many_accounts_are_asked_for_at_once(purse, shop, monkeypatch):
    few = queries.balances([purse, shop])
    monkeypatch.setattr("guotu.core.ledger.queries.figures.MOST_NAMED", 1)
    assert queries.balances([purse, shop]) == few
    assert few[purse.pk].balance == 1000


def test_rows_say_what_they_are(purse):
    transfer = Transfer.objects.get()
    assert str(transfer) == "1 immediate 1000"
    assert [str(purse), str(purse.book)] == ["money purse", "土地收支"]
    assert str(purse.balance) == str(purse.pk)
    assert str(Piece(id=7, label="垦-1")) == "7 垦-1"


def test_balances_are_summed_by_dimension():
    accounts = []
    source = opened("made", "supplement", normal="credit", least=None)
    for division in ("430999001", "430999002"):
        for grade in ("7", "8"):
            told = {"division": division, "grade": grade}
            accounts.append(opened("bank", "supplement", dimensions=told))
    posted(*(Posting(one.pk, source.pk, 10 + n, DAY) for n, one in enumerate(accounts)))
    found = queries.balances_by(queries.accounts("supplement", {}), ["code", "division"])
    assert {group: one.balance for group, one in found.items()} == {
        ("bank", "430999001"): 21,
        ("bank", "430999002"): 25,
        ("made", "430999001"): 46,
    }
    of_grade = queries.accounts("supplement", {"grade": "8"})
    assert queries.balances_by(of_grade, ["grade", "year"])[("8", "")].balance == 24
    assert queries.balances_by(of_grade, [], on=day(-1))[()].balance == 0


def test_accounts_are_seen_within_ones_areas():
    one = opened("bank", "supplement", dimensions={"division": "430999001"})
    opened("bank", "supplement", dimensions={"division": "430999002"})
    opened("fund", "money")
    areas = frozenset({"430999001"})
    assert list(queries.accounts(areas=areas)) == [one]
    assert queries.accounts(areas=frozenset({"430999"})).count() == 2
    assert queries.accounts(areas=None).count() == 3
    assert queries.accounts(areas=frozenset()).count() == 0


def test_a_statement_opens_moves_and_closes(purse, shop):
    posted(Posting(shop.pk, purse.pk, 100, day(1)))
    told = {"debit": shop.pk, "credit": purse.pk, "amount": 50}
    held = perform("ledger.reserve", COUNTY, **told, terms=Terms(day(2))).answer
    perform("ledger.settle", COUNTY, reservation=held, amount=30, terms=Terms(day(3)))
    posted(Posting(purse.pk, shop.pk, 5, day(4)))
    found = queries.statement(purse, since=day(1), until=day(3))
    assert (found.opening.balance, found.closing.balance) == (1000, 870)
    assert [(one.change, one.after.balance, one.after.going) for one in found.movements] == [
        (-100, 900, 0),
        (0, 900, 50),
        (-30, 870, 0),
    ]
    assert {one.other for one in found.movements} == {shop}
    whole = queries.statement(purse)
    assert whole.opening.balance == 0
    assert [one.is_debit for one in whole.movements] == [True, False, False, False, True]
    assert whole.closing == queries.balance(purse)
    source = queries.statement(Account.objects.get(code="source"), until=day(0))
    assert source.closing.balance == 1000
