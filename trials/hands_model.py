"""The model checker over each shipped process finds no way round separate hands, and every hole."""

import random
from collections.abc import Callable, Iterator
from typing import Any

from trials import _drawings
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "经手分离的模型检查：每个随附的流程，每种走法"
FAULTS = {
    "last_hand": "规则只看最后一次经手",
    "tags": "规则不看决策、执行、监督",
    "groups": "规则不看流程声明的分离",
    "calls": "规则看不见被调用流程里的步骤",
}
OPENING = "execute"
_TAGS = ("execute", "decide", "supervise", "support")
_PEOPLE, _WALKS = 4, 30

Rule = Callable[[int, str, str, tuple[Any, ...]], str | None]


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Check each process by the rule as it is, by each broken rule, and against walked cases."""
    shipped = _drawings_of("guotu/core/cases/processes") or _drawings_of("tests/lib/flow/fixtures")
    persons = (1,) if scale.short else (1, 2)
    yield from _shipped(shipped, persons, fault)
    if not scale.faulty:
        yield _holes(shipped)
        yield _against_walks(scale.count(400, least=40))


def _drawings_of(folder: str) -> dict[str, Any]:
    from guotu.lib.flow import read

    files = sorted((PROJECT_ROOT / folder).glob("*.bpmn"))
    return {one.id: one for one in (read(path.name, path.read_bytes()) for path in files)}


def _rule_of(drawing: Any, called: dict[str, Any], fault: str | None) -> Rule:
    """Return the rule by which cases let somebody take a step, with a flaw planted in it."""
    from guotu.core.cases.rules.hands import Apart, may_take
    from guotu.lib.flow import declared

    told = declared(drawing, called)
    aparts = [Apart(one.name, one.steps, one.article) for one in told.aparts]
    shown = [] if fault == "groups" else aparts

    def rule(person: int, place: str, tag: str, hands: tuple[Any, ...]) -> str | None:
        if fault == "last_hand":
            hands = hands[-1:]
        if fault == "calls":
            hands = tuple(one for one in hands if "/" not in one.place)
            place = "" if "/" in place else place
        tag = "" if fault == "tags" else tag
        return may_take(person, place, tag, hands, shown, told.id)

    return rule


def _shipped(
    shipped: dict[str, Any], persons: tuple[int, ...], fault: str | None
) -> Iterator[Figure]:
    from guotu.lib.flow.hands import people_needed, way_round

    for key, drawing in shipped.items():
        rule = _rule_of(drawing, shipped, fault)
        ways = [
            found
            for count in persons
            for opening in ("", OPENING)
            if (found := way_round(drawing, shipped, rule, persons=count, opening=opening))
        ]
        needed = people_needed(drawing, shipped, rule, opening=OPENING)
        got = f"{len(ways)} 条" + (f"：{ways[0]}" if ways else "") + f"；至少须 {needed} 人"
        what = f"{key}：能使同一人经手须分离步骤的走法（连同循环、调用、事件、半途而止）"
        yield Figure(what, "0 条，且说得出至少须几人", got, not ways and needed is not None)


def _holes(shipped: dict[str, Any]) -> Figure:
    """Plant each flaw in the rule; each must be found in some process, with the way to it."""
    from guotu.lib.flow.hands import way_round

    told = []
    for fault, meaning in FAULTS.items():
        found = None
        for drawing in shipped.values():
            rule = _rule_of(drawing, shipped, fault)
            found = found or way_round(drawing, shipped, rule, opening=OPENING)
        told.append((meaning, found))
    missed = [meaning for meaning, found in told if found is None]
    got = f"{len(told) - len(missed)} / {len(told)}" + "".join(f"，漏：{one}" for one in missed)
    return Figure(
        "规则里埋下的漏洞，每个都找得到走法", f"{len(told)} / {len(told)}", got, not missed
    )


def _against_walks(count: int) -> Figure:
    """Walk cases of random processes under a leaky rule: whatever slips through was foretold."""
    from guotu.core.cases import engine
    from guotu.lib.flow import check, read
    from guotu.lib.flow.hands import way_round

    rng = random.Random(57)
    slipped = foretold = unforetold = 0
    while slipped < count:
        raw = _drawings.file_of(_drawings.Drawer(rng, _TAGS).body(rng.choice([1, 2, 3])))
        drawing = read("试件.bpmn", raw)
        if check(drawing, actions={}, limits=(), called={}):
            continue
        leaky = _Leaky(drawing, rng)
        found = way_round(drawing, {}, leaky.may_take, persons=1)
        program = engine.compile_process({"trial.bpmn": raw}, "trial")
        broken = any(leaky.walks(program) for _turn in range(_WALKS))
        slipped += 1
        foretold += found is not None
        unforetold += broken and found is None
    return Figure(
        f"随意画的流程 {count:,} 个、有漏洞的规则：引擎里走出了同一人经手，模型检查却没有找到的",
        "0 个",
        f"{unforetold} 个（模型检查找到走法的 {foretold} 个）",
        not unforetold and foretold > 0,
    )


class _Leaky:
    """A rule that forgets some of the pairs which must be apart, and people who act under it."""

    def __init__(self, drawing: Any, rng: random.Random) -> None:
        from guotu.lib.flow import declared
        from guotu.lib.flow.hands import conflicts

        self.rng = rng
        self.tags = {place: step.tag for place, step in declared(drawing).steps.items()}
        self.pairs = conflicts(declared(drawing))
        forgotten = {tuple(sorted(pair)) for pair in self.pairs if rng.random() < 0.2}
        self.kept = {pair for pair in self.pairs if tuple(sorted(pair)) not in forgotten}

    def may_take(self, person: int, place: str, _tag: str, hands: tuple[Any, ...]) -> str | None:
        """Refuse what is remembered of the pairs."""
        own = [hand.place for hand in hands if hand.person == person]
        return next((held for held in own if (held, place) in self.kept), None)

    def walks(self, program: bytes) -> bool:
        """Walk one case with a few people; say whether one came to hold what must be apart."""
        held: dict[int, set[str]] = {person: set() for person in range(_PEOPLE)}

        def taken(place: str) -> bool:
            person = self.rng.randrange(_PEOPLE)
            if any((one, place) in self.kept for one in held[person]):
                return False
            held[person].add(place)
            return True

        _drawings.walked(program, {}, self.rng, taken)
        return any(
            (one, other) in self.pairs for own in held.values() for one in own for other in own
        )
