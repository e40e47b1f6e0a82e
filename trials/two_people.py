"""Two people complete one step at one moment: exactly one of them does, the other is told so."""

import contextlib
import json
import multiprocessing
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials._ledger_store import begin, on_each_store
from trials.harness import Figure, Scale

TITLE = "two people complete one step at once"
FAULTS = {"no_lock": "the lock, the row's lock and the check of the revision are removed"}
TRIES = 1_000
_PATIENCE_SECONDS = 1_800


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield, for both stores, how often not exactly one of two won, and what the loser was told."""
    told = {"tries": scale.count(TRIES, least=40), "fault": fault}
    yield from on_each_store("trials.two_people", told, _figures)


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    yield Figure(
        f"{store}：两人同时办同一步，{got['tries']:,} 次：不是恰有一人办成的次数",
        "0",
        f"{got['not_one']}（甲先 {got['first']}，乙先 {got['second']}）",
        got["not_one"] == 0 and got["first"] + got["second"] == got["tries"],
    )
    errors = f"（{got['errors'][0]}）" if got["errors"] else ""
    yield Figure(
        f"{store}：未办成的人没有得到说明（报错而非告知）",
        "0",
        f"{got['unanswered']}{errors}",
        got["unanswered"] == 0,
    )
    yield Figure(
        f"{store}：每步恰有一次经手、一条记录、一个下一步",
        "0 处不符",
        f"{got['wrong_rows']} 处不符",
        got["wrong_rows"] == 0,
    )


def _one_of_two(who: str, steps: list[int], barrier: Any, seen: Any, fault: str | None) -> None:
    from guotu.core.journal.actions import perform
    from guotu.core.people.models import Person
    from guotu.core.people.queries import actor_of
    from guotu.lib.refusal import Refusal
    from tests.core.cases.handling import GIVES

    actor = actor_of(Person.objects.get(username=who))
    got = []
    with _unlocked() if fault else contextlib.nullcontext():
        for step in steps:
            barrier.wait(_PATIENCE_SECONDS)
            try:
                perform("cases.complete", actor, step=step, data=GIVES["intake"])
                got.append("won")
            except Refusal:
                got.append("refused")
            except Exception as wrong:  # noqa: BLE001 - counted: whatever it is, it is no answer
                got.append(f"{type(wrong).__name__}: {wrong}"[:200])
    seen.put((who, got))


@contextlib.contextmanager
def _unlocked() -> Iterator[None]:
    """Let two acts overlap, and let neither look whether the other has moved the case."""
    from django.db import connection, models, transaction

    from guotu.core.cases.actions import moving
    from guotu.core.journal import actions

    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["transaction_mode"] = "DEFERRED"
        connection.close()

    def keep(standing: Any, moved: Any) -> None:
        kept = {"tokens": moved.tokens, "data": moved.data, "revision": standing.revision + 1}
        type(standing).objects.filter(pk=standing.pk).update(**kept)

    def unlocked(rows: Any, *_: Any, **__: Any) -> Any:
        return rows

    with (
        mock.patch.object(actions, "one_writer", transaction.atomic),
        mock.patch.object(models.QuerySet, "select_for_update", unlocked),
        mock.patch.object(moving, "_keep", keep),
    ):
        yield


def _steps(tries: int) -> list[int]:
    """Open cases whose first step either of two may take; return these steps."""
    from guotu.core.cases.models import Step
    from tests.core.cases.handling import bureau

    county = bureau()
    for _ in range(tries):
        case = county.opened()
        step = county.step(case, "intake")
        has = county.name(step.person_id)
        county.act(has, "cases.give_back", "两人都可以办", step=step.pk)
    found = Step.objects.filter(element="intake").order_by("pk")
    return list(found.values_list("pk", flat=True))


def _wrong_rows(steps: list[int]) -> int:
    """Count the steps that do not have exactly one hand, one entry and one step after them."""
    from guotu.core.cases.models import Hand, Step
    from guotu.core.journal.models import Entry

    wrong = 0
    for step in Step.objects.filter(pk__in=steps):
        hands = Hand.objects.filter(step=step, manner="completed")
        entries = Entry.objects.filter(verb="cases.complete", subject=f"case:{step.case_id}")
        after = Step.objects.filter(case=step.case, element="undertake")
        wrong += [hands.count(), entries.count(), after.count(), step.state] != [1, 1, 1, "done"]
    return wrong


def main() -> None:
    """Let the two race for every step, and print who won."""
    told = begin()
    from django.db import connection

    steps = _steps(told["tries"])
    connection.close()
    forking = multiprocessing.get_context("fork")
    barrier, seen = forking.Barrier(2), forking.Queue()
    racing = [
        forking.Process(target=_one_of_two, args=(who, steps, barrier, seen, told["fault"]))
        for who in ("wang", "wei")
    ]
    for one in racing:
        one.start()
    got = dict(seen.get(timeout=_PATIENCE_SECONDS) for _ in racing)
    pairs = list(zip(got["wang"], got["wei"], strict=True))
    errors = [one for pair in pairs for one in pair if one not in ("won", "refused")]
    print(
        json.dumps(
            {
                "tries": len(steps),
                "not_one": sum(pair.count("won") != 1 for pair in pairs),
                "first": got["wang"].count("won"),
                "second": got["wei"].count("won"),
                "unanswered": len(errors),
                "errors": errors[:2],
                "wrong_rows": _wrong_rows(steps),
            }
        )
    )


if __name__ == "__main__":
    main()
