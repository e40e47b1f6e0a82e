"""A hundred concurrent spenders of one quota and of one piece of land."""

import contextlib
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import shapely

from trials._ledger_store import begin, on_each_store
from trials.harness import Figure, Scale

TITLE = "ledger spenders"
TIMED = True
FAULTS = {"no_lock": "the one-writer lock is removed"}
SPENDERS, PROCESSES, TRIES = 100, 4, 20
PATIENCE_SECONDS = 20


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield overdrafts, double spending and starvation, for both stores."""
    told = {"tries": scale.count(TRIES, least=4), "fault": fault}
    yield from on_each_store("trials.ledger_spenders", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(
        f"{store}: {SPENDERS} spenders, {got['wanted']:,} wanted of a quota of {got['quota']:,}: "
        "overdrawn by, left unspent",
        "0, 0",
        f"{max(0, got['spent'] - got['quota'])}, {max(0, got['quota'] - got['spent'])}",
        got["spent"] == got["quota"] and got["balance"] == 0,
    )
    yield Figure(
        f"{store}: the one piece of land was spent",
        "1 time",
        f"{got['land']} of {SPENDERS} tries",
        got["land"] == 1 and got["held"] == 1,
    )
    waits = got["waits"]
    worst, middle = max(waits), statistics.median(waits)
    yield Figure(
        f"{store}: spenders without an answer, or who never got anything; the worst wait",
        f"0, 0; < {PATIENCE_SECONDS} s",
        f"{got['unanswered']}, {got['starved']}; worst {worst:.2f} s, median {middle:.2f} s"
        + (f" ({got['errors'][0]})" if got["errors"] else ""),
        got["unanswered"] == 0 and got["starved"] == 0 and worst < PATIENCE_SECONDS,
    )


class _Spender(threading.Thread):
    """Spends one unit of the quota after another, and the piece once."""

    def __init__(self, tries: int, quota: Any, land: Any) -> None:
        super().__init__()
        self.tries, self.quota, self.land = tries, quota, land
        self.waits: list[float] = []
        self.spent = self.lands = 0
        self.errors: list[str] = []

    def run(self) -> None:
        from django.db import connection

        for number in range(self.tries):
            self.spent += self._spend(self.quota)
            if number == self.tries // 2:
                self.lands += self._spend(self.land)
        connection.close()

    def _spend(self, wanted: Any) -> int:
        from guotu.core.journal.actions import COUNTY, perform
        from guotu.lib.refusal import Refusal

        began = time.perf_counter()
        try:
            perform("ledger.post", COUNTY, postings=[wanted])
        except Refusal:
            return 0
        except Exception as fault:  # noqa: BLE001 - counted: whatever it was, it is no answer
            self.errors.append(f"{type(fault).__name__}: {fault}"[:200])
            return 0
        finally:
            self.waits.append(time.perf_counter() - began)
        return 1


def _spend(tries: int, quota: Any, land: Any, start: Any, seen: Any) -> None:
    start.wait()
    spenders = [_Spender(tries, quota, land) for _ in range(SPENDERS // PROCESSES)]
    for one in spenders:
        one.start()
    for one in spenders:
        one.join()
    seen.put([(one.spent, one.lands, one.waits, one.errors) for one in spenders])


@contextlib.contextmanager
def _without_lock() -> Iterator[None]:
    """Let writers overlap: neither queue nor lock before or in the transaction."""
    from django.db import connection, transaction

    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["transaction_mode"] = "DEFERRED"
    with mock.patch("guotu.core.journal.actions.one_writer", transaction.atomic):
        yield


def main() -> None:
    """Let them spend, and print what each got and how long each waited."""
    told = begin()
    from django.db import connection

    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.ledger import queries
    from guotu.core.ledger.models import Account
    from guotu.core.ledger.posting import Plot, Posting

    def opened(code: str, **facts: Any) -> Account:
        told = {"book": "supplement", "code": code, "title": code, **facts}
        dimensions = {"division": "430999"}
        found: Account = perform(
            "ledger.open_account", COUNTY, dimensions=dimensions, **told
        ).answer
        return found

    quota = SPENDERS * told["tries"] * 3 // 4
    source = opened("source", normal="credit", least=None)
    purse, spent = opened("purse"), opened("spent")
    bank, used = opened("bank", holds_land=True), opened("used", holds_land=True)
    piece = (Plot(shapely.box(460_000, 3_176_000, 460_010, 3_176_010), 10_000, "1"),)
    begun = [
        Posting(purse.pk, source.pk, quota),
        Posting(bank.pk, source.pk, 10_000, pieces=piece),
    ]
    perform("ledger.post", COUNTY, postings=begun)
    connection.close()
    forking = multiprocessing.get_context("fork")
    start, seen = forking.Event(), forking.Queue()
    wanted = Posting(spent.pk, purse.pk, 1), Posting(used.pk, bank.pk, 10_000, pieces=piece)
    with _without_lock() if told["fault"] else contextlib.nullcontext():
        processes = [
            forking.Process(target=_spend, args=(told["tries"], *wanted, start, seen))
            for _ in range(PROCESSES)
        ]
        for one in processes:
            one.start()
        start.set()
        got = [each for _ in processes for each in seen.get(timeout=1_800)]
    errors = [error for one in got for error in one[3]]
    print(
        json.dumps(
            {
                "wanted": SPENDERS * told["tries"],
                "quota": quota,
                "errors": errors[:3],
                "spent": sum(one[0] for one in got),
                "land": sum(one[1] for one in got),
                "starved": sum(one[0] == 0 for one in got),
                "unanswered": len(errors),
                "waits": [wait for one in got for wait in one[2]],
                "balance": queries.balance(purse).balance,
                "held": queries.pieces_held(used).count(),
            }
        )
    )


if __name__ == "__main__":
    main()
