"""The reckoning from zero finds whatever is not as the journal has it."""

import datetime

import pytest
from django.db import connection

from guotu.core.journal.actions import COUNTY, Act, action, perform
from guotu.core.ledger import posting
from guotu.core.ledger.posting import Plot, Posting, Terms
from guotu.core.ledger.verifying import verify
from tests.core.ledger.conftest import DAY, plot

LATER = DAY + datetime.timedelta(days=3)
pytestmark = pytest.mark.django_db


@action("test.post_twice", power="ledger.post")
def post_twice(act: Act, *, postings):
    """Enter two batches in one act, and an empty one."""
    posting.post(act, postings[:1])
    posting.post(act, [])
    posting.post(act, postings[1:])
    act.tell("number", series="x")


@pytest.fixture
def busy(bank):
    """Give a ledger in which all kinds of things have happened."""

    def move(giver, receiver, *plots, **told):
        area = sum(one.area_dm2 for one in plots)
        return Posting(bank[receiver].pk, bank[giver].pk, area, DAY, pieces=plots, **told)

    perform(
        "test.post_twice",
        COUNTY,
        postings=[
            move("made", "bank", plot(0, wide=4)),
            Posting(bank["quota"].pk, bank["made"].pk, 90_000, DAY),
            move("bank", "used", plot(1)),
        ],
    )
    pending = {"kind": "pending", "expires_on": LATER}
    perform("ledger.post", COUNTY, postings=[move("bank", "used", plot(0), **pending)])
    perform("ledger.post", COUNTY, postings=[move("quota", "used", plot(9, wide=2), **pending)])
    perform("ledger.settle", COUNTY, reservation=4, terms=Terms(LATER))
    part = Terms(LATER, "", (Plot(plot(9).geometry, 10_000),))
    perform("ledger.settle", COUNTY, reservation=5, amount=10_000, terms=part)
    perform("ledger.reverse", COUNTY, transfer=7, terms=Terms(LATER))
    perform("ledger.post", COUNTY, postings=[move("bank", "used", plot(2), **pending)])
    return bank


def altered(*statements):
    """Change rows as somebody would who holds the database and took the guards away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            asked = "SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal"
            drop = 'DROP TRIGGER "{0}" ON {1}'
        else:
            asked = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
            drop = 'DROP TRIGGER "{0}"'
        cursor.execute(asked)
        for found in cursor.fetchall():
            cursor.execute(drop.format(*found))
        for statement in statements:
            cursor.execute(statement)


def test_an_empty_ledger_is_sound(db):
    assert verify() == {"transfers": 0, "ok": True, "trial_balance": {}, "faults": []}


def test_a_busy_ledger_is_sound_and_balances(busy):
    found = verify()
    assert found["faults"] == []
    assert found["ok"]
    assert found["transfers"] == 9
    sums = found["trial_balance"]["supplement"]
    assert sums["debit"] == sums["credit"] > 0


INSERT = (
    'INSERT INTO ledger_transfer (id, debit_id, credit_id, amount, settled, kind, "on", reason, '
    'sequence) SELECT 10, debit_id, credit_id, amount, settled, kind, "on", reason, sequence '
    "FROM ledger_transfer WHERE id = 2"
)
PIECE = (
    "INSERT INTO ledger_piece (id, transfer_id, book_id, line, account_id, moved, area_dm2, label, "
    'geometry, step, "column", "row") SELECT 99, transfer_id, book_id, line, account_id, moved, '
    'area_dm2, label, geometry, step, "column", "row" FROM ledger_piece WHERE id = 1'
)
ALTERATIONS = {
    "an amount": "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = 2",
    "an account": "UPDATE ledger_transfer SET debit_id = debit_id - 1 WHERE id = 2",
    "a reason": "UPDATE ledger_transfer SET reason = 'x' WHERE id = 2",
    "a day": "UPDATE ledger_transfer SET \"on\" = '2020-01-01' WHERE id = 2",
    "a number of an act": "UPDATE ledger_transfer SET sequence = 0 WHERE id = 2",
    "what was settled": "UPDATE ledger_transfer SET settled = 5 WHERE id = 2",
    "a transfer added": INSERT,
    "the last transfer gone": "DELETE FROM ledger_transfer WHERE id = 9",
    "a balance": "UPDATE ledger_balance SET debit_posted = debit_posted + 1",
    "a limit": "UPDATE ledger_account SET most = 1 WHERE code = 'bank'",
    "an area": "UPDATE ledger_piece SET area_dm2 = area_dm2 + 1 WHERE id = 2",
    "an end": "UPDATE ledger_piece SET ended_by_id = 9 WHERE id = 2",
    "a piece added": PIECE,
    "a piece made its own": "UPDATE ledger_piece SET account_id = NULL WHERE id = 2",
    "an account that holds": "UPDATE ledger_account SET holds_land = (1 = 1) WHERE code = 'quota'",
}


@pytest.mark.parametrize("what", sorted(ALTERATIONS))
def test_what_is_altered_is_found(busy, what):
    statements = [ALTERATIONS[what]]
    if what.startswith("the last"):
        undo = "UPDATE ledger_piece SET ended_by_id = NULL WHERE ended_by_id = 9"
        statements = [undo, "DELETE FROM ledger_piece WHERE transfer_id = 9", *statements]
    altered(*statements)
    found = verify()
    assert not found["ok"]
    assert found["faults"]


def test_an_entry_that_says_other_than_was_posted_is_found(busy):
    column = "effects" if connection.vendor == "sqlite" else "effects::text"
    cast = "" if connection.vendor == "sqlite" else "::jsonb"
    told = f"replace({column}, '\"first\": 2', '\"first\": 3'){cast}"
    altered(f"UPDATE journal_entry SET effects = {told}")
    assert verify()["faults"][0].endswith("不衔接")


def test_held_land_answers_for_the_balance(busy, monkeypatch):
    monkeypatch.setattr("guotu.lib.entries.land.Land.held", lambda self: iter(()))
    assert any(fault.endswith("余额不符") for fault in verify()["faults"])
