"""Cases taken over to another version: each whole or not, killed midway, back to the byte."""

import contextlib
import hashlib
import json
import multiprocessing
import os
import random
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials import _small_office as office
from trials import _stores
from trials.harness import Figure, Scale

TITLE = "migration of cases"
FAULTS = {
    "all_at_once": "one transaction holds the whole batch",
    "token_lost": "a token is lost on the way",
    "not_whole": "a case's version changes outside its act",
}
_CASES, _KILLS = 200, 5
KEY = "branching"


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield what came of the cases, killed midway and taken back, for both stores."""
    told = {
        "cases": 12 if scale.faulty else scale.count(_CASES, least=20),
        "kills": 3 if scale.faulty else _KILLS,
        "fault": fault,
    }
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        name = _stores.NAMES[store]
        if why := _stores.absent(store):
            yield Figure(f"{name}：办件迁移", "0", why, None)
            continue
        with _stores.place(store) as place:
            got = place.apart("trials.migration:work", **told)
        yield from _figures(name, got, told)


def _figures(name: str, got: dict[str, Any], told: dict[str, Any]) -> Iterator[Figure]:
    counted = f"{name}：{told['cases']} 件"
    yield Figure(
        f"{counted}，预演写入的；预演与实办不同的；与独立推断（该步是否还在）不同的",
        "0；0；0",
        f"{got['dry_writes']}；{got['dry_differs']}；{got['unforeseen']}"
        f"（{got['refused']} 件留下）",
        not (got["dry_writes"] or got["dry_differs"] or got["unforeseen"]),
    )
    yield Figure(
        f"{counted}，中途断 {got['kills']} 次：不全不缺的；已报转而未转的",
        "0；0",
        f"{got['torn']}；{got['lost']}（断前已报 {got['acknowledged']} 件）",
        not (got["torn"] or got["lost"]) and got["acknowledged"] > 0,
    )
    yield Figure(
        f"{counted}，转后在等的各步与转前不同的",
        "0",
        str(got["moved_wrong"]),
        got["moved_wrong"] == 0,
    )
    yield Figure(
        f"{counted}，取回后与原状有一字节不同的；取回 {got['taken_back']} 件",
        "0",
        str(got["not_back"]),
        got["not_back"] == 0 and got["taken_back"] == got["moved"] > 0,
    )


def _old() -> dict[str, str]:
    return _branching(("a", "b", "c", "d"), [("j", "d"), ("d", "e")], ("a", "b"))


def _new() -> dict[str, str]:
    """Return the version without step d, with another step and other timers."""
    return _branching(("a", "b", "c", "x"), [("j", "x"), ("x", "e")], ("b", "c"))


def _branching(
    steps: tuple[str, ...], ways: list[tuple[str, str]], timed: tuple[str, ...]
) -> dict[str, str]:
    gates = '<parallelGateway id="f"/><parallelGateway id="j"/>'
    common = [("s", "f"), ("f", "a"), ("a", "j"), ("f", "b"), ("b", "c"), ("c", "j")]
    timers = "".join(
        office._TIMER.format(name=f"t{one}", host=one)
        + f'<endEvent id="te{one}"/>'
        + office.flow(f"t{one}", f"te{one}")
        for one in timed
    )
    drawn = [office.ENDS, gates, *map(office.step, steps), timers]
    return office.drawing(KEY, "".join([*drawn, *(office.flow(*way) for way in common + ways)]))


def work(cases: int, kills: int, fault: str | None) -> dict[str, Any]:
    """Open cases, take them over with processes killed midway, and back."""
    actor = office.opened(_old())
    from guotu.core.cases.actions.migrating import migrate_all, take_back_all
    from guotu.core.journal.actions import COUNTY, perform

    numbers = _opened(actor, cases)
    perform("cases.deploy_process", COUNTY, files=_new())
    before = {number: _state(number) for number in numbers}
    with _planted(fault):
        stood = _all_rows()
        dry = migrate_all(COUNTY, KEY, dry_run=True)
        told = {"dry_writes": int(_all_rows() != stood)}
        killed = _killed(before, kills, fault)
        rest = migrate_all(COUNTY, KEY)
    foreseen = {number for number in numbers if "d" not in _steps(before[number])}
    moved = {number for number in numbers if _state(number) != before[number]}
    told |= {
        "dry_differs": len({row["case"] for row in dry if row["moves"]} ^ moved),
        "unforeseen": len(foreseen ^ moved),
        "refused": sum(not row["moves"] for row in rest),
        "moved": len(moved),
        "moved_wrong": sum(_steps(_state(one)) != _steps(before[one]) for one in sorted(moved)),
    }
    with _planted(fault):
        back = take_back_all(COUNTY, KEY)
    not_back = [number for number in numbers if _state(number) != before[number]]
    return (
        told
        | killed
        | {
            "not_back": len(not_back),
            "taken_back": sum(row["moves"] for row in back),
        }
    )


def _opened(actor: Any, cases: int) -> list[int]:
    """Open cases and let each go some steps of chance; return their numbers."""
    from guotu.core.cases.models import Step
    from guotu.core.journal.actions import perform

    chance, numbers = random.Random(4), []
    for number in range(cases):
        case = perform("cases.open", actor, process=KEY, title=f"第 {number} 件").answer
        numbers.append(case.pk)
        for _ in range(number % 4):
            waiting = Step.objects.filter(case=case, state="waiting").order_by("pk")
            perform("cases.complete", actor, step=chance.choice(list(waiting)).pk)
    return numbers


def _state(case: int) -> list[Any]:
    """Return all that stands of a case: version, tokens, data, steps, timers and dates."""
    from guotu.core.cases.models import Case, Clock, Standing, Step

    standing = Standing.objects.get(case_id=case)
    steps = Step.objects.filter(case_id=case).order_by("pk")
    clocks = Clock.objects.filter(case_id=case, state="running").order_by("pk")
    return [
        standing.process_id,
        Case.objects.get(pk=case).process_id,
        bytes(standing.tokens).hex(),
        standing.data,
        list(steps.values_list("token", "element", "state", "post_id", "person_id", "due_at")),
        list(clocks.values_list("token", "kind", "started_at", "due_at", "next_at")),
    ]


def _steps(state: list[Any]) -> list[str]:
    """Return the elements at which people are waited for."""
    return sorted(step[1] for step in state[4] if step[2] == "waiting")


def _all_rows() -> str:
    from trials import _digests

    told = json.dumps(_digests.tables(), sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _killed(before: dict[int, list[Any]], kills: int, fault: str | None) -> dict[str, int]:
    """Let processes take cases over that die at a statement of chance; look at what is left."""
    from django.db import connection

    forking = multiprocessing.get_context("fork")
    chance, torn, lost, acknowledged = random.Random(9), 0, 0, 0
    for _ in range(kills):
        connection.close()
        said, says = forking.Pipe(duplex=False)
        # Each case takes some forty statements: the last process dies in its third case at most.
        after = chance.randint(45, 130)
        child = forking.Process(target=_die_midway, args=(says, after, fault))
        child.start()
        says.close()
        done = _heard(said)
        child.join()
        acknowledged += len(done)
        whole = [_whole(number, before[number]) for number in before]
        torn += sum(one is None for one in whole)
        moved = {number for number, one in zip(before, whole, strict=True) if one}
        lost += len(done - moved)
    return {"torn": torn, "lost": lost, "acknowledged": acknowledged, "kills": kills}


def _heard(said: Any) -> set[int]:
    done: set[int] = set()
    with contextlib.suppress(EOFError):
        while True:
            done.add(said.recv())
    return done


def _whole(number: int, before: list[Any]) -> bool | None:
    """Return whether a case has moved: None where it stands between the versions."""
    from guotu.core.cases.models import Migration
    from guotu.core.journal.models import Entry

    found = Migration.objects.filter(case_id=number).values_list("sequence", flat=True)
    entered = Entry.objects.filter(subject=f"case:{number}", verb="cases.migrate")
    if not found and not entered.exists():
        return False if _state(number) == before else None
    after = _state(number)
    moved = after[0] == after[1] != before[0] and after[2] != ""
    return True if moved and list(found) == [one.sequence for one in entered] else None


def _die_midway(says: Any, after: int, fault: str | None) -> None:
    from django.db import connection

    from guotu.core.cases.actions import migrating
    from guotu.core.journal.actions import COUNTY

    left = after
    real = migrating._perform

    def dying(execute: Any, *told: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            os._exit(9)
        return execute(*told)

    def telling(verb: str, actor: Any, case: int) -> Any:
        answer = real(verb, actor, case)
        says.send(case)
        return answer

    with (
        connection.execute_wrapper(dying),
        mock.patch.object(migrating, "_perform", telling),
        _one_transaction() if fault == "all_at_once" else contextlib.nullcontext(),
    ):
        migrating.migrate_all(COUNTY, KEY)
    os._exit(0)


@contextlib.contextmanager
def _one_transaction() -> Iterator[None]:
    from guotu.core.journal.lock import one_writer

    with one_writer():
        yield


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    from guotu.core.cases.actions import migrating
    from guotu.core.cases.engine import migrating as inner

    real, stand_on = inner.unpack, migrating._stand_on

    def losing(tokens: bytes) -> Any:
        kept = real(tokens)
        if kept.root is not None and len(kept.root.children) > 1:
            kept.root.children.pop()
        return kept

    def outside(act: Any, case: Any, version: Any, moved: Any) -> Any:
        _elsewhere(case.pk, version.pk)
        return stand_on(act, case, version, moved)

    with contextlib.ExitStack() as stack:
        if fault == "token_lost":
            stack.enter_context(mock.patch.object(inner, "unpack", losing))
        if fault == "not_whole":
            stack.enter_context(mock.patch.object(migrating, "_stand_on", outside))
        yield


def _elsewhere(case: int, version: int) -> None:
    """Write a case's version down at once, whatever becomes of the act."""
    from django.db import connection

    from guotu.core.cases.models import Case

    Case.objects.filter(pk=case).update(process_id=version)
    connection.connection.commit()
    connection.connection.execute("BEGIN IMMEDIATE")
