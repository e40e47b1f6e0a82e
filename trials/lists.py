"""A hundred thousand cases and an ordinary user: desk, list, search, map, and the leader's page.

The bare query asks the store the same question in plain SQL, and makes nothing of the answer.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from trials._ledger_store import begin, on_each_store
from trials.harness import Figure, Scale

TITLE = "lists of cases"
TIMED = True
FAULTS = {
    "n_plus_one": "each row of the list asks for its process and its steps by itself",
    "no_index": "the indexes behind desk and list are gone",
}
CASES = 100_000
MOST_TIMES = 3.0
# A page that fills takes one query fewer, a full map one more: the bound is what is constant.
MOST_QUERIES = {
    "desk": 4,
    "list": 4,
    "list, the thirtieth page": 4,
    "search": 1,
    "map": 2,
    "leader": 4,
}
RUNS = 15


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield query counts, the ratio to the bare query and the plans, for both stores."""
    told = {"cases": scale.count(CASES, least=10_000), "fault": fault}
    if scale.faulty:
        told["cases"] = 10_000
    yield from on_each_store("trials.lists", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    many = f"{got['cases']:,} cases"
    for name, one in got["pages"].items():
        few, full = one["few"], one["full"]
        yield Figure(
            f"{store}: {name}: queries with {got['few']:,} cases, with {many}",
            f"≤ {MOST_QUERIES[name]} with either",
            f"{few}, {full}",
            max(few, full) <= MOST_QUERIES[name],
        )
        times = one["ours"] / one["bare"]
        yield Figure(
            f"{store}: {name}: against the bare query, {many}",
            f"≤ {MOST_TIMES:g} times",
            f"{times:.2f} times ({one['ours'] * 1000:.1f} ms, bare {one['bare'] * 1000:.1f} ms)",
            times <= MOST_TIMES,
        )
    yield Figure(
        f"{store}: desk and list are found by an index, {many}",
        "no table read whole",
        "; ".join(got["scans"]) or "none",
        not got["scans"],
    )


def main() -> None:
    """Fill the store, ask each page before and after, and print what it took."""
    told = begin()
    from trials import _lists_county as county

    made = county.begin_county()
    few = 1_000
    county.fill(made, 0, few)
    with county.planted(told["fault"]):
        pages = _pages(made)
        county.page_on(made)
        before = {name: county.queries(ours) for name, (ours, _bare) in pages.items()}
        county.fill(made, few, told["cases"])
        county.page_on(made)
        found = {
            name: {
                "few": before[name],
                "full": county.queries(ours),
                **_paired(ours, bare),
            }
            for name, (ours, bare) in pages.items()
        }
        scans = county.scans(made)
    got = {"cases": told["cases"], "few": few, "pages": found, "scans": scans}
    print(json.dumps(got))


def _paired(ours: Callable[[], object], bare: Callable[[], object]) -> dict[str, float]:
    """Return the median time of each, taken turn by turn so that both meet the same machine."""
    ours(), bare()
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(RUNS):
        for name, work in (("ours", ours), ("bare", bare)):
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(each) for name, each in times.items()}


def _pages(made: Any) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    from trials import _lists_county as county

    return {
        "desk": (lambda: county.desk(made), lambda: county.bare_desk(made)),
        "list": (lambda: county.listed(made), lambda: county.bare_list(made)),
        "list, the thirtieth page": (
            lambda: county.listed(made, made.after),
            lambda: county.bare_list(made, made.after),
        ),
        "search": (lambda: county.found(made), lambda: county.bare_search(made)),
        "map": (lambda: county.mapped(made), lambda: county.bare_map(made)),
        "leader": (lambda: county.glance(made), lambda: county.bare_leader(made)),
    }


if __name__ == "__main__":
    main()
