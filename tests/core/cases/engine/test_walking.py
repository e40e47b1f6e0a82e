"""Processes of chance, built of nested blocks, come to their end with every step done once."""

import itertools
import random
from collections import Counter

import pytest

from guotu.core.cases import engine
from tests.core.cases.engine.drawn import Walk, drawing, flows, nodes, timer

ENDS = nodes("startEvent", "s") + nodes("endEvent", "e")
_TRUTH = ["true", "false"]


class _Maker:
    """Draws a process of nested blocks, and says how often each step must be done.

    A block has one way in and one way out. `case` gives the variables that decide its ways.
    """

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.names = (f"n{number}" for number in itertools.count())
        self.case = {"units": [1, 2, 3]}
        self.done = {}
        self.called = {}
        self.many_deep = 0

    def block(self, depth, times=1):
        """Return (elements, first, last) of a block that runs `times` times."""
        kinds = [self.step, self.step, self.row, self.parallel, self.inclusive, self.choice]
        kinds += [self.within, self.many, self.call] + [self.loop] * (not self.many_deep)
        made = self.chance.choice(kinds if depth else kinds[:2])
        return made(depth - 1, times)

    def step(self, _depth, times):
        name = next(self.names)
        self.done[name] = self.done.get(name, 0) + times
        element = nodes("userTask", name)
        if self.chance.random() < 0.3:
            late, end = next(self.names), next(self.names)
            element += timer(late, on=name, interrupting=False) + nodes("endEvent", end)
            element += flows(f"{late} > {end}")
        return element, name, name

    def row(self, depth, times):
        one, two = self.block(depth, times), self.block(depth, times)
        return one[0] + two[0] + flows(f"{one[2]} > {two[1]}"), one[1], two[2]

    def parallel(self, depth, times):
        branches = [self.block(depth, times) for _ in range(self.chance.randint(2, 3))]
        return self._between("parallelGateway", branches, ["", "", ""])

    def inclusive(self, depth, times):
        name = next(self.names)
        self.case[name] = self.chance.randint(1, 3)
        branches = [
            self.block(depth, times if number <= self.case[name] else 0) for number in (1, 2, 3)
        ]
        conditions = [f": {name} >= {number}" for number in (1, 2, 3)]
        return self._between("inclusiveGateway", branches, conditions)

    def choice(self, depth, times):
        name = next(self.names)
        self.case[name] = self.chance.randint(1, 2)
        branches = [
            self.block(depth, times if number == self.case[name] else 0) for number in (1, 2)
        ]
        conditions = [f": {name} = {number}" for number in (1, 2)]
        return self._between("exclusiveGateway", branches, conditions)

    def _between(self, kind, branches, conditions):
        first, last = next(self.names), next(self.names)
        drawn = nodes(kind, first, last) + "".join(branch[0] for branch in branches)
        for branch, condition in zip(branches, conditions, strict=False):
            drawn += flows(f"{first} > {branch[1]}{condition}", f"{branch[2]} > {last}")
        return drawn, first, last

    def loop(self, depth, times):
        name, first, last, out = (next(self.names) for _ in range(4))
        rounds = self.chance.randint(1, 3)
        begins, turns = _service(next(self.names), name, rounds), _service(next(self.names), name)
        inner = self.block(depth, times * rounds)
        drawn = inner[0] + begins[0] + turns[0] + nodes("exclusiveGateway", first, out)
        drawn += nodes("exclusiveGateway", last, default=f"{last}_{out}")
        drawn += flows(f"{begins[1]} > {first} > {inner[1]}", f"{inner[2]} > {turns[1]} > {last}")
        drawn += flows(f"{last} > {first}: {name} > 0", f"{last} > {out}")
        return drawn, begins[1], out

    def _scope(self, depth, times):
        start, end = next(self.names), next(self.names)
        inner = self.block(depth, times)
        ends = nodes("startEvent", start) + nodes("endEvent", end)
        return ends + inner[0] + flows(f"{start} > {inner[1]}", f"{inner[2]} > {end}")

    def within(self, depth, times):
        name = next(self.names)
        return f'<subProcess id="{name}">{self._scope(depth, times)}</subProcess>', name, name

    def many(self, depth, times):
        name = next(self.names)
        mark = f'<multiInstanceLoopCharacteristics isSequential="{self.chance.choice(_TRUTH)}">'
        mark += "<loopDataInputRef>units</loopDataInputRef></multiInstanceLoopCharacteristics>"
        # Rounds are counted in the case: a loop within instances would count for all of them.
        self.many_deep += 1
        inner = self._scope(depth, times * 3)
        self.many_deep -= 1
        return f'<subProcess id="{name}">{inner}{mark}</subProcess>', name, name

    def call(self, depth, times):
        name, key = next(self.names), next(self.names)
        self.called[f"{key}.bpmn"] = drawing(self._scope(depth, times), key)
        return f'<callActivity id="{name}" calledElement="{key}"/>', name, name


def _service(name, counter, start=None):
    """Return a service task that counts rounds down, or begins with `start` of them."""
    value = counter if start is None else start + 1
    action = f'<guotu:action name="turn"><guotu:argument name="left" value="{value}"/>'
    own = f'{action}</guotu:action><guotu:stores variable="{counter}" from="left"/>'
    inner = f"<extensionElements>{own}</extensionElements>"
    return f'<serviceTask id="{name}">{inner}</serviceTask>', name


def _turn(_element, _path, _action, arguments):
    return {"left": arguments["left"] - 1}


@pytest.mark.parametrize("seed", range(80))
def test_a_process_of_chance_comes_to_its_end(seed):
    maker = _Maker(seed)
    body, first, last = maker.block(4)
    drawn = ENDS + body + flows(f"s > {first}", f"{last} > e")
    walk = Walk(drawn, maker.case, called=maker.called, service=_turn)
    done: Counter[str] = Counter()
    while not walk.ended:
        one = maker.chance.choice(walk.moved.waiting)
        if one.kind == "timer":
            walk.now(engine.fire(walk.program, walk.moved.tokens, one.token, _turn))
        else:
            walk.does(one.element, token=one.token)
            done[one.element] += 1
    assert done == {name: times for name, times in maker.done.items() if times}
    assert walk.largest < 16_000
