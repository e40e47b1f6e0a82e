"""Transfers a second through the action runner against a bare batched INSERT of the same rows."""

import json
import random
from collections.abc import Iterator
from typing import Any

from trials._ledger_store import begin, on_each_store, open_accounts
from trials.harness import Figure, Scale, timed

TITLE = "ledger throughput"
TIMED = True
FAULTS = {"row_by_row": "each transfer is an act of its own"}
TRANSFERS, BATCH, ACCOUNTS, ROUNDS = 200_000, 5_000, 1_000, 5
COLUMNS = (
    *("id", "debit_id", "credit_id", "amount", "settled", "kind", "pending_id"),
    *("expires_on", "on", "link", "reason", "sequence"),
)


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the ratio of the two rates, for both stores, in the same run."""
    told = {"count": scale.count(TRANSFERS, least=2_000) // ROUNDS, "fault": fault}
    yield from on_each_store("trials.ledger_throughput", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    ours, bare = got["ours"], got["bare"]
    ratios = sorted(one / other for one, other in zip(ours, bare, strict=True))
    middle = ratios[len(ratios) // 2]
    yield Figure(
        f"{store}: transfers a second over a bare batched INSERT of the same rows "
        f"(median of {len(ratios)} rounds, batches of {got['batch']:,})",
        "≥ 0.5",
        f"{middle:.2f} (ours {max(ours):,.0f}/s, bare {max(bare):,.0f}/s)",
        middle >= 0.5,
    )


def main() -> None:
    """Enter and insert in turn, and print both rates of every round."""
    told = begin()
    from django.db import connection, transaction

    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.ledger.models import Transfer
    from guotu.core.ledger.posting import Posting

    rng = random.Random(11)
    accounts = open_accounts(ACCOUNTS, "flow", least=-(10**12))
    count = told["count"]
    batch = 1 if told["fault"] == "row_by_row" else min(BATCH, count)
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    places = ", ".join(["%s"] * len(COLUMNS))

    def enter(postings: list[Posting]) -> None:
        for first in range(0, count, batch):
            perform("ledger.post", COUNTY, postings=postings[first : first + batch])

    def insert(rows: list[tuple[Any, ...]]) -> None:
        for first in range(0, count, min(BATCH, count)):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO ledger_transfer ({names}) VALUES ({places})",
                    rows[first : first + BATCH],
                )

    ours, bare = [], []
    for _ in range(ROUNDS):
        sides = [rng.sample(accounts, 2) for _ in range(count)]
        postings = [Posting(*pair, rng.randrange(1, 1_000)) for pair in sides]
        ours.append(count / timed(lambda: enter(postings)))  # noqa: B023
        kept = Transfer.objects.order_by("-id").values_list(*COLUMNS)[:count]
        rows = [(row[0] + count, *row[1:8], str(row[8]), *row[9:]) for row in reversed(kept)]
        bare.append(count / timed(lambda: insert(rows)))  # noqa: B023
    print(json.dumps({"ours": ours, "bare": bare, "batch": batch}))


if __name__ == "__main__":
    main()
