"""Whatever the check of drawings passes, the engine runs: our fixtures and those of other tools."""

import random
from pathlib import Path

import pytest

from guotu.core.cases import engine
from guotu.lib import flow
from guotu.lib.refusal import Refusal
from tests.conftest import SHARED_DATA

_OURS = Path(__file__).resolve().parents[3] / "lib" / "flow" / "fixtures"
_THEIRS = SHARED_DATA / "standards" / "bpmn_miwg" / "Reference"
FIXTURES = sorted(_OURS.glob("*.bpmn"))


class _Known(dict):
    """Takes every action for registered, with whatever arguments."""

    def __contains__(self, key):
        return True

    def get(self, key, default=None):
        return _Names()

    __getitem__ = get


class _Names(tuple):
    def __contains__(self, key):
        return True


class _Any:
    def __contains__(self, key):
        return True

    def __iter__(self):
        return iter(())


def _folder(paths):
    return {(one := flow.read(path.name, path.read_bytes())).id: (path, one) for path in paths}


def _values(declared):
    """Return a value of its type for each declared variable."""
    kinds = {"integer": 2, "text": "t", "boolean": True, "date": "2026-01-05", "list": ["a", "b"]}
    return {
        name: one.values[0] if one.type == "choice" else kinds[one.type]
        for name, one in declared.variables.items()
    }


def _walked(files, key, declared, seed):
    """Walk a case to its end with values of chance; return how many moves that took."""
    chance, moves = random.Random(seed), 0
    program = engine.compile_process(files, key)

    def service(*_told):
        return {}

    moved = engine.begin(program, _values(declared), service)
    while not moved.ended and moves < 200:
        one = chance.choice(moved.waiting)
        if one.kind == "timer":
            moved = engine.fire(program, moved.tokens, one.token, service)
        elif one.kind == "message":
            moved = engine.catch(program, moved.tokens, one.message, {}, service)
        else:
            place = f"{one.path}/{one.element}".lstrip("/")
            told = declared.steps[place]
            fresh = {
                name: chance.choice(declared.variables[name].values)
                for name in told.writes
                if name in declared.variables and declared.variables[name].type == "choice"
            }
            moved = engine.complete(program, moved.tokens, one.token, fresh, service)
        moves += 1
    return moved, moves


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_fixture_runs_to_its_end(path):
    drawings = _folder(FIXTURES)
    drawing = flow.read(path.name, path.read_bytes())
    called = {key: one for key, (_path, one) in drawings.items() if key != drawing.id}
    called[drawing.id] = drawing
    assert flow.check(drawing, actions=_Known(), limits=_Any(), called=called) == []
    declared = flow.declared(drawing, called)
    needed = {drawing.id, *declared.calls.values()}
    files = {one.name: one.read_bytes() for key, (one, _read) in drawings.items() if key in needed}
    files[path.name] = path.read_bytes()
    for seed in range(5):
        moved, _moves = _walked(files, drawing.id, declared, seed)
        assert moved.ended


@pytest.mark.real_data
@pytest.mark.parametrize("path", sorted(_THEIRS.glob("*.bpmn")), ids=lambda path: path.stem)
def test_a_drawing_of_another_tool_that_passes_the_check_compiles(path):
    drawing = flow.read(path.name, path.read_bytes())
    problems = flow.check(drawing, actions={}, limits=(), called={})
    refused = ""
    try:
        engine.compile_process({path.name: path.read_bytes()}, drawing.id)
    except Refusal as refusal:
        refused = str(refusal)
    assert problems or not refused
