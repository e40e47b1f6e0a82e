"""What held on a day, as known at an act: a thousand random histories against a plain replay.

The model knows days one by one and keeps a whole copy of what it knew after every act.
"""

import contextlib
import copy
import datetime
import json
import random
import time
from collections.abc import Iterator
from typing import Any

from trials import _stores
from trials._planted import changed
from trials.harness import Figure, Scale

TITLE = "两个时钟：任一天、任一时刻所知"
TIMED = True
FAULTS = {
    "closing_day": "失效日期当天仍算有效",
    "closing_act": "被取代的那一行为之后仍算已知",
}
_SOURCES = {
    "closing_day": ("as_of", "valid_to__gt=", "valid_to__gte="),
    "closing_act": ("known", "superseded_sequence__gt=", "superseded_sequence__gte="),
}
DAYS, STEPS, TRIES, NEW_YEAR = 40, 14, 60, datetime.date(2026, 1, 1)
Model = dict[str, list[Any]]  # a code's content on each day, the last day standing for ever


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Hold every pair of day and act at which anything turns, on both stores."""
    histories = scale.count(1_000, least=10)
    versions = 20_000 if scale.short else 200_000
    for store, title in _stores.NAMES.items():
        if why := _stores.absent(store):
            yield Figure(f"随机历史（{title}）", "—", why, None)
            continue
        with _stores.place(store) as place:
            got = place.apart("trials.as_of:work", histories=histories, fault=fault)
            grown = None if fault else place.apart("trials.as_of:growth", versions=versions)
        line = f"{got['pairs']:,} 对，{got['wrong']} 处不同；记载 {json.dumps(got['done'])}"
        met = not got["wrong"] and min(got["done"].values()) >= histories / 20
        yield Figure(f"随机历史 {histories:,} 部（{title}）", "每一对（日期，时刻）与重演相同",
                     line, met)  # fmt: skip
        if grown is not None:
            times, told = max(grown.values()), json.dumps(grown, ensure_ascii=False)
            yield Figure(f"版本增至 10 倍、{versions:,} 个（{title}）", "同样的答案不慢于 4 倍",
                         f"最多 {times} 倍 {told}", times <= 4)  # fmt: skip


def work(histories: int, fault: str | None) -> dict[str, Any]:
    """Make the histories in the store at hand and hold them against the model."""
    _stores.begin()
    got: dict[str, Any] = {"pairs": 0, "wrong": 0, "done": {}}
    planted: Any = contextlib.nullcontext()
    if fault:
        planted = changed("guotu.core.register.queries", *_SOURCES[fault])
    with planted:
        for number in range(histories):
            _History(number, got).live()
    return got


class _History:
    """The things of one village, what was done to them, and what was known after each act."""

    def __init__(self, number: int, got: dict[str, Any]) -> None:
        self.dice, self.got = random.Random(number), got
        self.village = f"430626{100 + number // 899}{101 + number % 899}"
        self.known: list[tuple[int, Model]] = [(-1, {})]
        self.model: Model = {}
        self.things: dict[str, Any] = {}
        self.made = 0

    def live(self) -> None:
        """Do random things, one after another, and compare all there is to compare."""
        from django.db import transaction

        from guotu.lib.refusal import Refusal

        with transaction.atomic():
            for attempt in range(TRIES):
                if len(self.known) > STEPS:
                    break
                verb = "begin" if attempt < 2 else self.dice.choice(_DRAWN)
                with contextlib.suppress(Refusal, LookupError):
                    sequence = _VERBS[verb](self)
                    self.got["done"][verb] = self.got["done"].get(verb, 0) + 1
                    self.known.append((sequence, copy.deepcopy(self.model)))
            self._compare()

    def _compare(self) -> None:
        from guotu.core.register.queries import as_of

        for sequence, model in self.known:
            for number in self._days(model):
                day = NEW_YEAR + datetime.timedelta(days=number)
                found = as_of("landuse", valid_on=day, known_at=sequence, areas={self.village})
                told = {one.code: (one.facts["DLBM"], one.west, one.east) for one in found}
                held = {code: days[number] for code, days in model.items() if days[number]}
                self.got["pairs"] += 1
                self.got["wrong"] += told != held

    def _days(self, model: Model) -> list[int]:
        turns = {0, DAYS - 1}
        for days in model.values():
            turns |= {n for n in range(1, DAYS) if days[n] != days[n - 1]}
        return sorted({n for turn in turns for n in (turn - 1, turn) if n >= 0})

    def perform(self, verb: str, **told: Any) -> Any:
        """Perform an act; what was thought of it is thought only if it was not refused."""
        from guotu.core.journal.actions import COUNTY, perform

        return perform(f"register.{verb}", COUNTY, **told)

    def any_thing(self) -> str:
        """Return the code of a thing, or raise IndexError."""
        return self.dice.choice(sorted(self.things))

    def any_day(self, least: int = 1) -> int:
        """Return a day, not the last, which stands for ever."""
        return self.dice.randrange(least, DAYS - 2)

    def new_code(self) -> str:
        """Return a code not used before."""
        self.made += 1
        return f"{self.village}-{self.made}"

    def fill(self, code: str, first: int, last: int, content: Any) -> None:
        """Have the model think so of a thing over [first, last)."""
        days = self.model.setdefault(code, [None] * DAYS)
        for number in range(first, last):
            days[number] = content

    def reclass(self, code: str, first: int, last: int, dlbm: str) -> None:
        """Have the model think of another class where the thing is."""
        days = self.model[code]
        for number in range(first, last):
            days[number] = days[number] and (dlbm, *days[number][1:])


def _day(number: int) -> datetime.date:
    return NEW_YEAR + datetime.timedelta(days=number)


def _strip(west: float, east: float) -> Any:
    import shapely

    return shapely.box(west, 3_176_000.0, east, 3_176_010.0)


def _child(history: _History, west: float, east: float) -> Any:
    from guotu.core.register.lineage import Child

    facts = {"DLBM": _dlbm(history)}
    return Child(history.new_code(), _strip(west, east), facts, history.village)


def _dlbm(history: _History) -> str:
    return f"{history.dice.randrange(101, 1299):04d}"


def _begin(history: _History) -> int:
    code, on, dlbm = history.new_code(), history.dice.randrange(1, 9), _dlbm(history)
    west = 460_000.0 + 1_000 * history.made
    done = history.perform("begin", kind="landuse", code=code, on=_day(on), facts={"DLBM": dlbm},
                           geometry=_strip(west, west + 64), division=history.village)  # fmt: skip
    history.things[code] = done.answer
    history.fill(code, on, DAYS, (dlbm, west, west + 64))
    return int(done.sequence)


def _change(history: _History) -> int:
    code, on, dlbm = history.any_thing(), history.any_day(), _dlbm(history)
    thing = history.things[code]
    done = history.perform("change", thing=thing, on=_day(on), facts={"DLBM": dlbm})
    history.reclass(code, on, DAYS, dlbm)
    return int(done.sequence)


def _correct(history: _History) -> int:
    code, first, dlbm = history.any_thing(), history.any_day(), _dlbm(history)
    last = history.dice.choice([None, history.any_day()])
    done = history.perform("correct", thing=history.things[code], valid_from=_day(first),
                           valid_to=None if last is None else _day(last),
                           facts={"DLBM": dlbm})  # fmt: skip
    history.reclass(code, first, DAYS if last is None else last, dlbm)
    return int(done.sequence)


def _correct_begun(history: _History) -> int:
    code, begun = history.any_thing(), history.any_day()
    done = history.perform("correct_life", thing=history.things[code], begun=_day(begun))
    days = history.model[code]
    first = next(number for number, held in enumerate(days) if held)
    history.fill(code, begun, max(begun, first), days[first])
    history.fill(code, 0, begun, None)
    return int(done.sequence)


def _correct_ended(history: _History) -> int:
    code = history.any_thing()
    ended = history.dice.choice([None, history.any_day()])
    told = None if ended is None else _day(ended)
    done = history.perform("correct_life", thing=history.things[code], ended=told)
    days = history.model[code]
    last = max(number for number, held in enumerate(days) if held)
    history.fill(code, last + 1, DAYS if ended is None else max(last + 1, ended), days[last])
    history.fill(code, DAYS if ended is None else ended, DAYS, None)
    return int(done.sequence)


def _end(history: _History) -> int:
    code, on = history.any_thing(), history.any_day()
    done = history.perform("end", thing=history.things[code], on=_day(on))
    history.fill(code, on, DAYS, None)
    return int(done.sequence)


def _split(history: _History) -> int:
    code, on = history.any_thing(), history.any_day()
    _dlbm_before, west, east = history.model[code][DAYS - 1] or (None, 0.0, 0.0)
    middle = (west + east) / 2
    children = [_child(history, west, middle), _child(history, middle, east)]
    thing = history.things[code]
    done = history.perform("split", parent=thing, on=_day(on), children=children)
    return _succeeded(history, [code], on, done, children)


def _merge(history: _History) -> int:
    held = {code: days[DAYS - 1] for code, days in history.model.items() if days[DAYS - 1]}
    pairs = [(a, b) for a in held for b in held if held[a][2] == held[b][1]]
    one, other = history.dice.choice(pairs)
    on, child = history.any_day(), _child(history, held[one][1], held[other][2])
    parents = [history.things[one], history.things[other]]
    done = history.perform("merge", parents=parents, on=_day(on), child=child)
    return _succeeded(history, [one, other], on, done, [child])


def _succeeded(history: _History, codes: list[str], on: int, done: Any, children: Any) -> int:
    for code in codes:
        history.fill(code, on, DAYS, None)
    for thing, child in zip(done.answer, children, strict=True):
        history.things[thing.code] = thing
        west, _south, east, _north = child.geometry.bounds
        history.fill(thing.code, on, DAYS, (child.facts["DLBM"], west, east))
    return int(done.sequence)


_VERBS = {
    "begin": _begin,
    "change": _change,
    "correct": _correct,
    "correct_begun": _correct_begun,
    "correct_ended": _correct_ended,
    "end": _end,
    "split": _split,
    "merge": _merge,
}

# Beginning is seldom refused, and what comes late in a life often.
_DRAWN = ["begin", *[verb for verb in _VERBS if verb != "begin" for _often in range(4)]]


def growth(versions: int) -> dict[str, float]:
    """Return how many times longer the same answers take when ten times as much is registered."""
    from django.db import connection

    told: dict[str, float] = {}
    before: dict[str, float] = {}
    for have, want in ((0, versions // 10), (versions // 10, versions)):
        _fill(have, want)
        if connection.vendor == "postgresql":
            # Its autovacuum does so before long; SQLite is never told.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        for name, ask in _QUESTIONS.items():
            seconds = min(_timed(ask) for _ in range(7))
            if have:
                told[name] = round(seconds / before[name], 2)
            before[name] = seconds
    return told


def _timed(ask: Any) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def _fill(have: int, want: int) -> None:
    """Register things of ten versions each, four superseded and six that follow one another."""
    from guotu.core.register.geometry import placed
    from guotu.core.register.models import Thing, Version

    for first in range(have // 10, want // 10, 500):
        numbers = range(first, min(first + 500, want // 10))
        things = Thing.objects.bulk_create(
            Thing(kind="grown", code=f"430626200200-{n:06d}", sequence=n) for n in numbers
        )
        made = []
        for n, thing in zip(numbers, things, strict=True):
            west = 500_000.0 + 10 * (n % 200)
            place = placed(_strip(west, west + 10.0 + n // 200 / 100))
            made += [
                Version(thing=thing, kind="grown", code=thing.code, valid_from=_day(30 * turn),
                        valid_to=_day(30 * turn + 30) if turn < 5 else None,
                        sequence=n + (step >= 4), stated_sequence=n, facts={"DLBM": "0101"},
                        superseded_sequence=n + 1 if step < 4 else None,
                        division=f"4306262{n // 200 + 1:05d}", area_dm2=10_000, **place)
                for step in range(10)
                for turn in [step if step < 4 else step - 4]
            ]  # fmt: skip
        Version.objects.bulk_create(made, batch_size=500)


def _ask_page() -> None:
    from guotu.core.register.queries import as_of

    assert len(as_of("grown", valid_on=_day(70))[:50]) == 50


def _ask_known() -> None:
    from guotu.core.register.queries import as_of

    assert len(as_of("grown", valid_on=_day(70), known_at=150)[:50]) == 50


def _ask_late() -> None:
    from guotu.core.register.queries import as_of

    assert len(as_of("grown", valid_on=_day(70), known_at=2**40)[:50]) == 50


def _ask_village() -> None:
    from guotu.core.register.queries import as_of

    assert len(as_of("grown", valid_on=_day(70), areas={"430626200001"})[:50]) == 50


def _ask_history() -> None:
    from guotu.core.register.queries import history, needed

    assert len(history(needed("grown", "430626200200-000150"))) == 6


def _ask_changes() -> None:
    from guotu.core.register.queries import changes_between

    assert changes_between("grown", 150, 160).recorded


_QUESTIONS = {
    "清单一页": _ask_page,
    "起初所知一页": _ask_known,
    "最近所知一页": _ask_late,
    "一村一页": _ask_village,
    "一宗的历史": _ask_history,
    "几件行为之间": _ask_changes,
}
