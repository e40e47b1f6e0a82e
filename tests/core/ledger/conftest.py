"""A book of banked land and a book of money, with a few accounts that the tests post between."""

import datetime

import pytest
import shapely

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger.models import Account
from guotu.core.ledger.posting import Plot, Posting

DAY = datetime.date(2026, 3, 1)
EAST, NORTH = 460_000.0, 3_176_000.0


def opened(code: str, book: str = "money", **told: object) -> Account:
    """Open an account of the year 2026, in a township."""
    dimensions = told.pop("dimensions", None) or {
        "money": {"year": "2026"},
        "supplement": {"division": "430999001"},
    }.get(book, {"division": "430999001", "year": "2026"})
    facts = {"book": book, "code": code, "title": f"{book} {code}", "on": DAY, **told}
    found: Account = perform("ledger.open_account", COUNTY, dimensions=dimensions, **facts).answer
    return found


def plot(column: int, row: int = 0, wide: int = 1, high: int = 1, label: str = "") -> Plot:
    """Give a block of 10 m squares, each of 10,000 dm2."""
    west, south = EAST + 10 * column, NORTH + 10 * row
    shape = shapely.box(west, south, west + 10 * wide, south + 10 * high)
    return Plot(shape, 10_000 * wide * high, label or f"{column}-{row}")


def posted(*postings: Posting, **told: object):
    """Enter postings and return their numbers."""
    return perform("ledger.post", COUNTY, postings=list(postings), **told).answer


@pytest.fixture
def purse(db: object) -> Account:
    """Give an account of 1,000 fen that may not be overdrawn."""
    source = opened("source", normal="credit", least=None)
    account = opened("purse")
    posted(Posting(account.pk, source.pk, 1000, DAY))
    return account


@pytest.fixture
def shop(purse: Account) -> Account:
    """Give an account that takes what the purse spends."""
    return opened("shop", most=5000)


@pytest.fixture
def bank(db: object) -> dict[str, Account]:
    """Give the accounts of banked land: made outside, held in the bank, used up."""
    return {
        "made": opened("made", "supplement", normal="credit", least=None),
        "bank": opened("bank", "supplement", holds_land=True),
        "used": opened("used", "supplement", holds_land=True),
        "quota": opened("quota", "supplement", least=None),
    }
