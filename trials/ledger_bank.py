"""The bank test: random transfers, and readers who must always see the same total."""

import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials._ledger_store import begin, on_each_store, open_accounts
from trials.harness import Figure, Scale

TITLE = "ledger bank test"
FAULTS = {"two_transactions": "a batch is posted in two transactions"}
TRANSFERS, PURSES, START, READERS = 200_000, 100, 10_000, 2


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield bad reads, accounts below their limit, and the reckoning from zero, for both stores."""
    told = {"count": scale.count(TRANSFERS, least=8_000), "fault": fault}
    yield from on_each_store("trials.ledger_bank", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(
        f"{store}: {got['transfers']:,} random transfers ({got['refused']:,} more refused), "
        f"{READERS} readers beside them: reads with another total, or half a transfer",
        "0",
        f"{got['bad']:,} of {got['reads']:,} reads ({got['seconds']:.0f} s)",
        got["bad"] == 0 and got["reads"] > 20,
    )
    yield Figure(
        f"{store}: accounts seen below their limit", "0", str(got["below"]), got["below"] == 0
    )
    yield Figure(
        f"{store}: the ledger reckoned again from zero",
        "ok",
        "; ".join(got["faults"][:2]) or "ok",
        not got["faults"],
    )


def _read(purses: list[int], stop: Any, seen: Any) -> None:
    """Read all balances again and again, until told to stop; put the counts into `seen`."""
    from django.db import connection

    from guotu.core.ledger.models import Account, Balance
    from guotu.core.ledger.queries import balances
    from guotu.core.ledger.queries.loading import next_number

    connection.close()
    names = ("debit_posted", "credit_posted", "debit_pending", "credit_pending")
    accounts = list(Account.objects.filter(pk__in=purses))
    reads = bad = below = 0
    while not stop.is_set():
        rows = Balance.objects.filter(account__in=purses).values_list(*names)
        rows = list(rows)
        sums = [sum(column) for column in zip(*rows, strict=True)]
        bad += sums[0] - sums[1] != PURSES * START or sums[2] != sums[3]
        below += sum(row[0] - row[1] - row[3] < 0 for row in rows)
        reads += 1
        if reads % 200 == 0 and next_number() > PURSES:
            # The same as of some act: the transfers of the accounts, summed.
            at = random.Random(reads).randrange(2 * PURSES + 2, 2 * PURSES + 2 + reads)
            then = balances(accounts, at_sequence=at).values()
            bad += sum(one.balance for one in then) != PURSES * START
            below += sum(one.free < 0 for one in then)
    seen.put((reads, bad, below))


def _in_two_transactions() -> Any:
    """Write one half of the balances, commit, and begin again for the other."""
    from django.db import connection

    from guotu.core.ledger.actions import writing

    whole = writing.balances

    def halves(standings: dict[int, Any]) -> None:
        order = sorted(standings)
        whole({one: standings[one] for one in order[::2]})
        with connection.cursor() as cursor:
            cursor.execute("COMMIT")
            time.sleep(0.002)
            cursor.execute("BEGIN")
        whole({one: standings[one] for one in order[1::2]})

    return mock.patch.object(writing, "balances", halves)


class _Spending:
    """Makes random postings: at once, reserved, settled, voided."""

    def __init__(self, purses: list[int]) -> None:
        self.rng = random.Random(3)
        self.purses = purses
        self.open: list[int] = []

    def one(self) -> Any:
        from guotu.core.ledger.posting import Posting

        rng = self.rng
        if self.open and rng.random() < 0.2:
            number = self.open.pop(rng.randrange(len(self.open)))
            kind = rng.choice(["post", "void"])
            return Posting(amount=1, kind=kind, pending_id=number)
        debit, credit = rng.sample(self.purses, 2)
        kind = "pending" if rng.random() < 0.15 else "immediate"
        return Posting(debit, credit, rng.randrange(1, 4_000), kind=kind)

    def keep(self, postings: list[Any], replies: list[Any]) -> None:
        for wanted, reply in zip(postings, replies, strict=True):
            if reply.number and wanted.kind == "pending":
                self.open.append(reply.number)


def main() -> None:
    """Transfer at random beside the readers, and print what they saw."""
    told = begin()
    from django.db import connection

    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.ledger.posting import Posting
    from guotu.core.ledger.verifying import verify

    purses = open_accounts(PURSES, "purse", least=0)
    [source] = open_accounts(1, "source", normal="credit", least=None)
    perform("ledger.post", COUNTY, postings=[Posting(one, source, START) for one in purses])
    connection.close()
    forking = multiprocessing.get_context("fork")
    stop, seen = forking.Event(), forking.Queue()
    readers = [
        forking.Process(target=_read, args=(purses, stop, seen), daemon=True)
        for _ in range(READERS)
    ]
    for reader in readers:
        reader.start()
    spending, entered, refused = _Spending(purses), 0, 0
    began = time.perf_counter()
    with _in_two_transactions() if told["fault"] else mock.MagicMock():
        while entered < told["count"]:
            postings = [spending.one() for _ in range(spending.rng.randrange(1, 200))]
            replies = perform("ledger.post", COUNTY, postings=postings, each=True).answer
            spending.keep(postings, replies)
            entered += sum(one.number is not None for one in replies)
            refused += sum(one.number is None for one in replies)
    stop.set()
    counts = [seen.get(timeout=60) for _ in readers]
    reads, bad, below = (sum(column) for column in zip(*counts, strict=True))
    seconds = time.perf_counter() - began
    faults = verify()["faults"]
    print(
        json.dumps(
            {
                "transfers": entered,
                "refused": refused,
                "reads": reads,
                "bad": bad,
                "below": below,
                "seconds": seconds,
                "faults": faults,
            }
        )
    )


if __name__ == "__main__":
    main()
