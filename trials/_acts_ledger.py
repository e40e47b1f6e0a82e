"""Makers for the acts of the ledger: opening, posting, reserving, settling, undoing."""

import datetime
from typing import Any

import shapely

from guotu.core.journal import clock
from guotu.core.ledger.models import Account
from guotu.core.ledger.posting import Plot, Posting, Terms
from guotu.core.ledger.rules import BookDeclared
from trials._kernel_acts import Given, World, makes, simply

_DAY = datetime.date(2026, 3, 1)
_DIVISION = "430626100"


def account(world: World, book: str = "money", **told: Any) -> Account:
    """Open an account in a township and return it."""
    wanted = {"money": {"year": "2026"}, "supplement": {"division": _DIVISION}}[book]
    facts = {"book": book, "code": world.name("a"), "title": "账户", "on": _DAY, **told}
    done: Account = world.do("ledger.open_account", dimensions=wanted, **facts)
    return done


def purse(world: World) -> tuple[int, int]:
    """Return (debit, credit) of accounts between which an amount may go."""
    source = account(world, normal="credit", least=None)
    return account(world).pk, source.pk


def reserved(world: World, expires_on: datetime.date | None = None) -> int:
    """Reserve an amount and return the reservation's number."""
    debit, credit = purse(world)
    told = {"amount": 500, "terms": Terms(_DAY), "expires_on": expires_on}
    number: int = world.do("ledger.reserve", debit=debit, credit=credit, **told)
    return number


@makes("ledger.open_book")
def _open_book(world: World) -> Given:
    told = {"title": "试验", "unit": "fen", "effective_from": datetime.date(2020, 1, 1)}
    return simply(book=BookDeclared(world.name("book"), **told, article="试验", source="试验"))


@makes("ledger.open_account")
def _open_account(world: World) -> Given:
    facts = {"book": "money", "title": "账户", "dimensions": {"year": "2026"}, "on": _DAY}
    return simply(code=world.name("a"), **facts)


@makes("ledger.post")
def _post(world: World) -> Given:
    if world.chance.random() < 0.5:
        debit, credit = purse(world)
        amounts = [world.chance.randint(1, 900) for _ in range(world.chance.randint(1, 4))]
        return simply(postings=[Posting(debit, credit, amount, _DAY) for amount in amounts])
    made = account(world, "supplement", normal="credit", least=None)
    bank = account(world, "supplement", holds_land=True)
    world.taken += 1
    west = 460_000.0 + 10 * world.taken
    plot = Plot(shapely.box(west, 3_176_000.0, west + 10, 3_176_010.0), 10_000, "地块")
    return simply(postings=[Posting(bank.pk, made.pk, 10_000, _DAY, pieces=(plot,))])


@makes("ledger.reserve")
def _reserve(world: World) -> Given:
    debit, credit = purse(world)
    later = clock.today() + datetime.timedelta(days=30)
    told = {"amount": 300, "terms": Terms(_DAY), "expires_on": later}
    return simply(debit=debit, credit=credit, **told)


@makes("ledger.settle")
def _settle(world: World) -> Given:
    return simply(reservation=reserved(world), amount=200, terms=Terms(_DAY))


@makes("ledger.void")
def _void(world: World) -> Given:
    return simply(reservation=reserved(world), terms=Terms(_DAY))


@makes("ledger.reverse")
def _reverse(world: World) -> Given:
    debit, credit = purse(world)
    number = world.do("ledger.post", postings=[Posting(debit, credit, 100, _DAY)])[0]
    return simply(transfer=number, terms=Terms(_DAY))


@makes("ledger.expire")
def _expire(world: World) -> Given:
    reserved(world, expires_on=clock.today())
    return simply(today=clock.today() + datetime.timedelta(days=1))
