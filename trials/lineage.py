"""Bad splits and merges are refused and good ones taken; fifty generations are traced both ways."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy as np
import shapely

from trials import _stores
from trials._bands import Bands, bands, bent, line_at, moved, placed_wrong
from trials.harness import Figure, Scale

TITLE = "沿革：分割、合并、界线调整、互换"
FAULTS = {"tolerance": "不计容差：部分与整体之差多大都接受"}
GENERATIONS, ABREAST = 50, 6
VILLAGE = "430626100200"
_FACTS = {"DLBM": "0101"}

Shapes = list[shapely.Polygon]
Case = tuple[str, Shapes, Shapes]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Try good and bad changes, then generations upon generations, on both stores."""
    cases = scale.count(1_000, least=60)
    for store, title in _stores.NAMES.items():
        if why := _stores.absent(store):
            yield Figure(f"沿革（{title}）", "—", why, None)
            continue
        with _stores.place(store) as place:
            got = place.apart("trials.lineage:work", cases=cases, fault=fault)
        refused = f"拒绝 {got['refused']:,}，误收 {json.dumps(got['let'], ensure_ascii=False)}"
        yield Figure(f"坏的变更（{title}）", f"{cases:,} 件全拒绝，都说出位置", refused,
                     got["refused"] == cases and got["placed"] == cases)  # fmt: skip
        taken = f"接受 {got['taken']:,}，面积两边合计不符 {got['unequal']}"
        yield Figure(f"好的变更（{title}）", f"{cases:,} 件全接受，面积分毫不差", taken,
                     got["taken"] == cases and not got["unequal"])  # fmt: skip
        line = f"{got['generations']} 代 {got['things']:,} 宗，与逐代推算不符 {got['astray']}"
        yield Figure(f"上下追溯（{title}）", f"{GENERATIONS} 代，0 处不符", line,
                     got["generations"] == GENERATIONS and not got["astray"])  # fmt: skip


def work(cases: int, fault: str | None) -> dict[str, Any]:
    """Run the whole trial in the store at hand."""
    _stores.begin()
    with _planted(fault):
        return _changes(cases) | _generations()


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    from guotu.lib.geo.lineage import Tolerance

    if fault != "tolerance":
        yield
        return
    blind = Tolerance(1e9, 1e9, "")
    with mock.patch("guotu.core.register.catalogue.tolerance", return_value=blind):
        yield


def _good(rng: np.random.Generator) -> tuple[Case, Bands]:
    count = int(rng.integers(2, 5))
    land = bands(rng, count)
    verb = str(rng.choice(["split", "merge", "reshape", "exchange"]))
    if verb in ("split", "merge"):
        sides: tuple[Shapes, Shapes] = ([land.band(0, count)], land.all())
        return (verb, *(sides if verb == "split" else sides[::-1])), land
    if verb == "reshape":
        other = _rebanded(rng, land)
        return (verb, land.all(), other.all()), other
    two = Bands(land.lines[:3])
    other = two.with_line(1, _crossing(two.lines[1]))
    return (verb, two.all(), other.all()), other


def _rebanded(rng: np.random.Generator, land: Bands) -> Bands:
    other = land
    for place in range(1, len(land.lines) - 1):
        line = land.lines[place].copy()
        line[:, 0] += np.r_[0.0, rng.uniform(0.5, 6, len(line) - 2), 0.0]
        other = other.with_line(place, moved(line, 0.0))
    return other


def _crossing(line: np.ndarray) -> np.ndarray:
    # West of the old line in the south, east of it in the north: both give and both get.
    middle = (line[0] + line[-1]) / 2
    far = np.array([20.0, 12.0])
    south, north = middle - far, middle + far
    return moved(np.stack([line[0], south, north, line[-1]]), 0.0)


def _bad(rng: np.random.Generator) -> tuple[str, Case]:
    (verb, parents, children), land = _good(rng)
    if verb == "merge":
        children = [land.band(0, len(land.lines) - 1)]
    fault = str(rng.choice(list(_SPOILED)))
    return fault, (verb, parents, _SPOILED[fault](rng, land, children))


def _with_edge(children: Shapes, land: Bands, east: Callable[[np.ndarray], np.ndarray]) -> Shapes:
    # The eastern edge of the first child alone moves: its neighbour keeps the old line.
    last = 1 if len(children) > 1 else len(land.lines) - 1
    spoiled = land.with_line(last, east(land.lines[last]))
    return [spoiled.band(0, last), *children[1:]]


def _lacking(children: Shapes, land: Bands) -> Shapes:
    if len(children) == 1:
        return [land.band(1, len(land.lines) - 1)]
    return children[:-1] if len(children) > 2 else [children[0], children[1].buffer(-2)]


def _elsewhere(rng: np.random.Generator, children: Shapes) -> Shapes:
    turn, far = rng.uniform(0, 2 * np.pi), rng.uniform(0.01, 5)
    return [placed_wrong(children[0], far * np.cos(turn), far * np.sin(turn)), *children[1:]]


_SPOILED: dict[str, Callable[[np.random.Generator, Bands, Shapes], Shapes]] = {
    "缝隙": lambda rng, land, kept: _with_edge(
        kept, land, lambda line: moved(line, -rng.uniform(0.05, 3))
    ),
    "重叠": lambda rng, land, kept: _with_edge(
        kept, land, lambda line: moved(line, rng.uniform(0.05, 3))
    ),
    "狭条": lambda rng, land, kept: _with_edge(
        kept, land, lambda line: moved(line, rng.choice([-1, 1]) * rng.uniform(0.002, 0.02))
    ),
    "移动折点": lambda rng, land, kept: _with_edge(
        kept, land, lambda line: bent(rng, line, rng.choice([-1, 1]) * rng.uniform(0.01, 1))
    ),
    "缺一块": lambda rng, land, kept: _lacking(kept, land),
    "面积对位置错": lambda rng, land, kept: _elsewhere(rng, kept),
}


def _changes(cases: int) -> dict[str, Any]:
    from guotu.lib.refusal import Refusal

    rng = np.random.default_rng(20260301)
    got: dict[str, Any] = {"refused": 0, "placed": 0, "taken": 0, "unequal": 0, "let": {}}
    for number in range(cases):
        fault, case = _bad(rng)
        case = (*case[:2], [_on_grid(shape) for shape in case[2]])
        try:
            _perform(f"B{number}", case)
            got["let"][fault] = got["let"].get(fault, 0) + 1
        except Refusal as refused:
            got["refused"] += 1
            got["placed"] += bool(refused.where and refused.remedy) or "宗数" in refused.what
    for number in range(cases):
        try:
            born = _perform(f"G{number}", _good(rng)[0])
            got["taken"] += 1
            got["unequal"] += _unequal(born)
        except Refusal:
            pass
    return got


def _on_grid(shape: shapely.Polygon) -> shapely.Polygon:
    from guotu.lib.geo.lineage import on_grid

    return on_grid(shape)


def _perform(mark: str, case: Case) -> list[Any]:
    import datetime

    from django.db import transaction

    from guotu.core.journal.actions import COUNTY, perform

    verb, before, after = case
    day = datetime.date(2026, 1, 1)
    with transaction.atomic():
        parents = [
            perform("register.begin", COUNTY, kind="landuse", code=f"{VILLAGE}-{mark}P{place}",
                    on=day, facts=_FACTS, geometry=shape, division=VILLAGE).answer
            for place, shape in enumerate(before)
        ]  # fmt: skip
        children = [_child(f"{mark}C{place}", shape) for place, shape in enumerate(after)]
        told: dict[str, Any] = {
            "split": {"parent": parents[0], "children": children},
            "merge": {"parents": parents, "child": children[0]},
        }.get(verb, {"parents": parents, "children": children})
        later = day + datetime.timedelta(days=9)
        born: list[Any] = perform(f"register.{verb}", COUNTY, on=later, **told).answer
    return born


def _child(mark: str, shape: shapely.Polygon) -> Any:
    from guotu.core.register.lineage import Child

    return Child(f"{VILLAGE}-{mark}", shape, _FACTS, VILLAGE)


def _unequal(born: list[Any]) -> int:
    """Count the parents and children of a change whose links do not sum to their area."""
    from django.db.models import Sum

    from guotu.core.register.models import Descent
    from guotu.core.register.queries import history

    links = Descent.objects.filter(child__in=born)
    wrong = 0
    for side in ("parent", "child"):
        for row in links.values(side).annotate(whole=Sum("area_dm2")).order_by(side):
            thing = getattr(links.filter(**{side: row[side]}).first(), side)
            life = history(thing)
            wrong += row["whole"] != life[-1 if side == "parent" else 0].area_dm2
    return wrong


def _generations() -> dict[str, Any]:
    """Move boundaries between neighbours, generation upon generation; trace them both ways."""
    import datetime

    from django.db import transaction

    from guotu.core.journal.actions import COUNTY, perform

    rng = np.random.default_rng(50)
    land, slope = bands(rng, ABREAST), np.zeros(2)
    land = Bands(tuple(line_at(rng, 40.0 * place, slope) for place in range(ABREAST + 1)))
    day = datetime.date(2026, 1, 1)
    edges: dict[str, set[str]] = {}
    with transaction.atomic():
        things = [
            perform("register.begin", COUNTY, kind="landuse", code=f"{VILLAGE}-Z0N{place}",
                    on=day, facts=_FACTS, geometry=shape, division=VILLAGE).answer
            for place, shape in enumerate(land.all())
        ]  # fmt: skip
        first = list(things)
        for generation in range(1, GENERATIONS + 1):
            day += datetime.timedelta(days=1)
            wide = 2 + generation % 2  # pairs, then threes: in the end all come of all
            for left in range(0, ABREAST, wide):
                for place in range(left + 1, left + wide):
                    line = line_at(rng, 40.0 * place, slope)
                    land = land.with_line(place, line)
                shapes = [land.band(place) for place in range(left, left + wide)]
                born = perform(
                    "register.reshape", COUNTY, parents=things[left : left + wide], on=day,
                    children=[
                        _child(f"Z{generation}N{left + place}", shape)
                        for place, shape in enumerate(shapes)
                    ],
                ).answer  # fmt: skip
                things[left : left + wide] = born
    for parent, child in _edges():
        edges.setdefault(parent, set()).add(child)
    reached, astray = _traced(first, things, edges)
    return {"generations": reached, "things": len(edges) + ABREAST, "astray": astray}


def _edges() -> list[tuple[str, str]]:
    from guotu.core.register.models import Descent

    found = Descent.objects.filter(parent__code__startswith=f"{VILLAGE}-Z")
    return list(found.values_list("parent__code", "child__code"))


def _traced(first: list[Any], last: list[Any], down: dict[str, set[str]]) -> tuple[int, int]:
    """Return the generations that the store traces, and how often it differs from plain walking."""
    from guotu.core.register.queries import ancestors, descendants

    up: dict[str, set[str]] = {}
    for parent, children in down.items():
        for child in children:
            up.setdefault(child, set()).add(parent)
    deepest, astray = 0, 0
    for things, edges, traced in ((first, down, descendants), (last, up, ancestors)):
        for thing in things:
            found = {one.thing.code: one.generation for one in traced(thing, GENERATIONS)}
            astray += found != _walked(thing.code, edges)
            deepest = max([deepest, *found.values()])
    return deepest, astray


def _walked(start: str, edges: dict[str, set[str]]) -> dict[str, int]:
    found, fresh, generation = {start: 0}, {start}, 0
    while fresh:
        generation += 1
        fresh = {code for one in fresh for code in edges.get(one, ())} - set(found)
        found |= dict.fromkeys(fresh, generation)
    found.pop(start)
    return found
