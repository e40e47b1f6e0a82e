"""Every act of cases, in every capacity: nobody gets a hand in two steps that must be apart."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials._ledger_store import begin, on_each_store
from trials.harness import Figure, Scale

TITLE = "separate hands"
FAULTS = {
    "substitutes_skipped": "who stands in for another is not held against their own hands",
    "by_post": "hands are counted by post and not by person",
    "drafts_forgotten": "who only drafted has no hand",
    "bulk_skipped": "steps taken in bulk are not checked",
    "matter_forgotten": "hands are counted by case and not by matter",
    "newest_version": "a case taken over to a looser version is judged by that alone",
}
_HOW = ("self", "substitute", "delegate", "drafted", "countersigned", "recalled")
_CAPACITIES = ("self", "substitute", "delegate", "administrator")
_SHOWN = 4
Setup = tuple[str, str, str, str]
# How X had a hand, and in which shape of the matter, for a hole that not every way shows.
_SHOWS = {
    "drafts_forgotten": ("drafted", "same"),
    "matter_forgotten": ("self", "part"),
    "newest_version": ("self", "migrated"),
}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield, for both stores, how many ways round were found, and how much was tried."""
    told = {"share": scale.share, "fault": fault}
    for figure in on_each_store("trials.separate_hands", told, _figures):
        yield figure
        if scale.faulty and figure.met is False:
            return


def _figures(store: str, got: dict[str, Any]) -> Iterator[Figure]:
    shown = "；".join(got["ways"][:_SHOWN])
    yield Figure(
        f"{store}：{got['pairs']} 对须分开的步骤 × 经手的方式 × {len(_CAPACITIES)} 种身份 × "
        f"{got['verbs']} 种行为，绕过分开经手的",
        "0 种",
        f"{len(got['ways'])} 种（共试 {got['tried']:,} 次）" + (f"：{shown}" if shown else ""),
        not got["ways"],
    )
    yield Figure(
        f"{store}：不必分开的步骤，同一人仍可办（对照：规则不是一概拒绝）",
        f"{got['free']} 对",
        f"{got['freely']} 对",
        got["freely"] == got["free"],
    )


def main() -> None:
    """Attack from every side, and print what was found."""
    told = begin()
    import random

    from trials import _hands_attack as attack

    setups = list(_setups(attack))
    core = [one for one in setups if one[:2] == ("undertake", "approve")]
    if told["fault"]:
        setups = [("undertake", "approve", *_SHOWS.get(told["fault"], ("self", "same")))]
    elif told["share"] < 1:
        others = [one for one in setups if one not in core]
        chosen = random.Random(7).sample(others, round(len(others) * told["share"]))
        setups = [*core[:2], *chosen]
    with _planted(told["fault"]):
        print(json.dumps(_attacked(attack, setups, told)))


def _setups(attack: Any) -> Iterator[Setup]:
    """Yield (what X had a hand in, what X is after, how, in which shape of the matter)."""
    for after, route in attack.ROUTES.items():
        before = {place for place, _ in route}
        if attack.clash(attack.OPENING, after):
            yield attack.OPENING, after, "opened", "same"
            yield attack.OPENING, after, "opened", "part"
        for own in attack.ROUTES:
            if attack.clash(own, after):
                yield from _ways_to(own, after, own in before)


def _ways_to(own: str, after: str, before: bool) -> Iterator[Setup]:
    yield own, after, "self", "part"
    if before:
        yield own, after, "self", "migrated"
        yield from ((own, after, how, "same") for how in _HOW)
    elif after == "undertake" and own in ("review", "approve"):
        yield own, after, "self", "loop"


def _every(told: dict[str, Any], number: int) -> int:
    """Return of how many doors one is tried: all at the first setup, then in turn."""
    if told["fault"]:
        return 1_000
    if told["share"] < 1:
        return 30
    return 1 if number == 0 else 12


def _attacked(attack: Any, setups: list[Any], told: dict[str, Any]) -> dict[str, Any]:
    from django.db import transaction

    from guotu.core.journal.actions import registered
    from tests.core.cases.handling import bureau

    county = bureau()
    _add_almighty(county)
    verbs = [verb for verb in registered() if verb.startswith("cases.")]
    found: set[str] = set()
    tried = 0
    for number, setup in enumerate(setups):
        with transaction.atomic():
            every = _every(told, number)
            more, ways = _one(attack, county, setup, verbs, number, every)
            transaction.set_rollback(True)
        tried += more
        found |= set(ways)
    free, freely = (0, 0) if told["fault"] else _controls(attack, county, told["share"] < 1)
    pairs = len({setup[:2] for setup in setups})
    counted = {"pairs": pairs, "verbs": len(verbs), "tried": tried}
    return {**counted, "ways": sorted(found), "free": free, "freely": freely}


def _one(
    attack: Any, county: Any, setup: Setup, verbs: list[str], number: int, every: int
) -> tuple[int, list[str]]:
    """Let X have a hand in one step, then try the doors to the other; one in `every` of them."""
    from django.db import transaction

    from guotu.core.cases.models import Step

    own, after, how, shape = setup
    x = attack.Attack(county, county.open_person(f"x{number}"))
    step = _reached(attack, x, own, after, how, shape)
    tried, ways = 0, []
    for turn, capacity in enumerate(_CAPACITIES):
        with transaction.atomic():
            actor = x.placed(step, capacity)
            held = Step.objects.select_related("case").get(pk=step.pk)
            doors = [(verb, who) for verb in verbs for who in x.anybody(step, actor)]
            for verb, who in [("", actor), *doors[(number + turn) % every :: every]]:
                with transaction.atomic():
                    told = f"{capacity}，{how}/{shape}" + (f"，先 {verb}" if verb else "")
                    before = len(x.deeds)
                    if verb:
                        x.prepares(verb, who, held, actor)
                        x.placed(step, capacity)
                    tried += 1 + x.tries(held, actor, after, told)
                    ways += x.ways_round()
                    del x.deeds[before:]
                    transaction.set_rollback(True)
            transaction.set_rollback(True)
    return tried, ways


def _reached(attack: Any, x: Any, own: str, after: str, how: str, shape: str) -> Any:
    """Return the step X is after, in a matter in which X has a hand."""
    county = x.county
    who = county.name(x.x)
    if own == attack.OPENING:
        county.do("people.appoint", person_id=x.x, post_id=county.posts["window"])
        x.deeds.append((own, "opened"))
    opener = who if own == attack.OPENING else "wang"
    case = county.opened(opener)
    if shape == "part":
        if own != attack.OPENING:
            x.go(case, attack.ROUTES[own], "", how)
            x.take_part(case, own, {}, how)
        case = county.opened("wang", matter=case.pk)
        x.go(case, attack.ROUTES[after], "", how)
    else:
        x.go(case, attack.LOOP if shape == "loop" else attack.ROUTES[after], own, how)
    if shape == "migrated":
        county.do("cases.deploy_process", files=attack.loosened())
        county.do("cases.migrate", case=case.pk)
    return x.step(case, after)


def _controls(attack: Any, county: Any, briefly: bool) -> tuple[int, int]:
    """Return how many pairs need not be apart, and in how many one person did take both."""
    from django.db import transaction

    from guotu.core.journal.actions import perform
    from guotu.lib.refusal import Refusal

    free = freely = 0
    for after, route in attack.ROUTES.items():
        for own in sorted({place for place, _ in route}):
            if attack.clash(own, after) or (briefly and own != "intake"):
                continue
            free += 1
            with transaction.atomic():
                x = attack.Attack(county, county.open_person("free"))
                case = county.opened()
                x.go(case, route, own, "self")
                step = x.step(case, after)
                with contextlib.suppress(Refusal):
                    perform("cases.complete", x.placed(step, "self"), **x.told(step))
                    freely += 1
                transaction.set_rollback(True)
    return free, freely


def _add_almighty(county: Any) -> None:
    """Set up a post with every power there is: its rows are written, for no rule would let it."""
    from guotu.core.people.catalogue import catalogue
    from guotu.core.people.models import Post

    powers = sorted(catalogue())
    post = Post.objects.create(code="almighty", name="全权", tag="support", powers=powers)
    county.posts["almighty"] = post.pk
    # What may be refused for want of a power, or by the tag of a post, is not what is tried here.
    Post.objects.update(powers=powers)
    Post.objects.filter(tag="supervise").update(tag="support")


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Leave out one part of the check."""
    from trials._hands_holes import HOLES

    with contextlib.ExitStack() as stack:
        for target, name, careless in HOLES[fault]:
            stack.enter_context(mock.patch.object(target, name, careless))
        yield


if __name__ == "__main__":
    main()
