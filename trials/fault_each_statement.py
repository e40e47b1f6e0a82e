"""A fault at every n-th SQL statement of every action, and at its commit: all or nothing."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from trials import _stores
from trials.harness import Figure, Scale

TITLE = "a fault at every statement of every action"
FAULTS = {"swallowed": "an action swallows the exception of a statement"}
_SHOWN = 6
_SHORT_STEP = 10
Digests = dict[str, str]
_GOAL = "每一条语句出错都整件撤回，没有遗漏的行为"


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Let each statement of each action fail once, on both stores.

    The short form takes every action, its commit, its first statement and every tenth after it.
    """
    step = _SHORT_STEP if scale.short and not scale.faulty else 1
    which = "每条语句" if step == 1 else f"每 {step} 条语句中的一条（短表）"
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        what = f"{_stores.NAMES[store]}：每个行为的提交和{which}依次出错"
        if why := _stores.absent(store):
            yield Figure(what, _GOAL, why, None)
            continue
        with _stores.place(store) as place:
            told = place.apart("trials.fault_each_statement:work", fault=fault, step=step)
        bad = [*told["left"], *told["uncovered"]]
        got = f"{told['actions']} 个行为，{told['faults']} 次出错，留下痕迹 {len(told['left'])}"
        got += f"，未覆盖 {len(told['uncovered'])}"
        if bad:
            got += f"：{'；'.join(bad[:_SHOWN])}{'……' if len(bad) > _SHOWN else ''}"
        yield Figure(what, _GOAL, got, not bad)


class _Injected(Exception):
    """What a failing statement raises here; nothing of the product knows it."""


class _Fails:
    """Lets the n-th statement fail, and remembers that it did."""

    def __init__(self, nth: int) -> None:
        self.nth, self.seen, self.statement = nth, 0, ""

    @property
    def fired(self) -> bool:
        """Say whether there was an n-th statement."""
        return bool(self.statement)

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.seen += 1
        if self.seen == self.nth:
            self.statement = " ".join(sql.split())[:60]
            from django.db import OperationalError

            raise OperationalError("planted") from _Injected()
        return execute(sql, *rest)


def work(fault: str | None, step: int) -> dict[str, Any]:
    """Go through every action in a county of one's own; return what was left behind."""
    from guotu.site.cli.django_ready import ready

    ready()
    from trials import _kernel_acts

    world = _kernel_acts.World()
    left: list[str] = []
    actions = faults = 0
    uncovered = _kernel_acts.uncovered()
    _begin_first(world, left)
    for verb, maker in _kernel_acts.covered():
        if fault and verb != "atlas.add_layer":
            continue
        try:
            given = maker(world)
        except Exception as broken:  # noqa: BLE001 - a maker that fits no more is a miss like none
            uncovered.append(f"{verb}（{type(broken).__name__}: {broken}）")
            continue
        actions += 1
        with _planted(fault, verb):
            faults += 0 if given is None else _each(verb, given, step, left)
    return {"actions": actions, "faults": faults, "left": left, "uncovered": uncovered}


def _begin_first(world: Any, left: list[str]) -> None:
    # Only an empty store can be begun, and every other act needs one that has.
    from trials import _kernel_acts

    given = _kernel_acts.MAKERS["atlas.begin_county"](world)
    assert given is not None
    _each("atlas.begin_county", given, 1, left)


def _each(verb: str, given: Any, step: int, left: list[str]) -> int:
    """Let the commit fail, then statement after statement, until none is left to fail."""
    from trials import _digests

    _sweep()
    tables, files = _digests.tables(), _digests.files()
    commits = _digests.Commits()
    nth = tried = 0
    while True:
        failing = _Fails(nth)
        raised = _attempt(verb, given, failing)
        if raised is None and nth and not failing.fired:
            return tried
        found, tables, files = _remains(commits, tables, files)
        if raised is None:
            found.append("没有报错")
        if found:
            said = failing.statement or "提交"
            left.append(f"{verb} 第 {nth} 条（{said}）：{'、'.join(found[:3])}")
        nth, tried = nth + (1 if nth == 0 else step), tried + 1


def _attempt(verb: str, given: Any, failing: _Fails) -> str | None:
    """Perform once; return what was raised. Statement 0 is the commit."""
    from django.db import DatabaseError, connection

    from guotu.core.journal.actions import perform

    arguments = given.arguments()
    commit = mock.patch.object(type(connection), "_commit", side_effect=DatabaseError("planted"))
    try:
        with contextlib.ExitStack() as stack:
            if failing.nth == 0:
                stack.enter_context(commit)
            stack.enter_context(connection.execute_wrapper(failing))
            perform(verb, given.actor, reason=given.reason, **arguments)
    except Exception as raised:  # noqa: BLE001 - any will do, so long as nothing remains
        return type(raised).__name__
    return None


def _remains(commits: Any, tables: Digests, files: Digests) -> tuple[list[str], Digests, Digests]:
    """Return what is not as it was, once what a start sweeps away is swept, and what now stands.

    Tables are read again only where something was committed.
    """
    from trials import _digests

    now = _digests.tables() if commits.any() else tables
    found = _digests.changed(tables, now)
    if _sweep() and commits.any():
        # Sweeping is an act, which has an entry of its own.
        now = _digests.tables()
    swept = _digests.files()
    return found + _digests.changed(files, swept), now, swept


def _sweep() -> list[str]:
    """Do what a start does, and what `files.actions.sweep_away` does after its act."""
    from guotu.core.atlas.publishing import sweep
    from guotu.core.files.checkup import loose
    from guotu.core.files.queries import held

    for path in loose(held()):
        path.unlink()
    return sweep()


@contextlib.contextmanager
def _planted(fault: str | None, verb: str) -> Iterator[None]:
    """Have the action swallow what a statement of it raises."""
    from guotu.core.journal import actions

    if fault is None:
        yield
        return
    sound = actions._registered[verb]

    def swallowing(act: Any, **arguments: Any) -> Any:
        from django.db import DatabaseError

        with contextlib.suppress(DatabaseError):
            return sound.run(act, **arguments)

    changed = actions._Action(verb, sound.power, swallowing)
    with mock.patch.dict(actions._registered, {verb: changed}):
        yield
