"""What a preview showed is what then happened, and the preview itself left nothing behind."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

from trials import _stores
from trials.harness import Figure, Scale

TITLE = "a preview shows what happens, and writes nothing"
FAULTS = {
    "hidden_write": "an action leaves a file when it is only previewed",
    "not_rolled_back": "a preview is not rolled back",
}
_ACTS = 1_000
_SHOWN = 6


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Preview and perform acts of chance on both stores."""
    for store in ["sqlite"] if scale.faulty else _stores.NAMES:
        acts = scale.count(_ACTS, least=40)
        name = _stores.NAMES[store]
        goals = f"{name}：{acts} 个随机行为，预演与实办不同", f"{name}：预演留下的写入"
        if why := _stores.absent(store):
            yield from (Figure(what, "0", why, None) for what in goals)
            continue
        with _stores.place(store) as place:
            told = place.apart("trials.preview:work", fault=fault, acts=acts)
        verbs = f"{told['verbs']} 种行为"
        yield _figure(goals[0], [*told["different"], *told["uncovered"]], verbs)
        yield _figure(goals[1], told["written"], verbs)


def _figure(what: str, bad: list[str], beside: str) -> Figure:
    counted = Counter(bad)
    most = [f"{one} ×{n}" for one, n in counted.most_common(_SHOWN)]
    got = f"{len(bad)}（{beside}）" + (f"：{'；'.join(most)}" if bad else "")
    return Figure(what, "0", got, not bad)


def work(fault: str | None, acts: int) -> dict[str, Any]:
    """Act in a county of one's own; return where preview and act differ, and what was written."""
    from guotu.site.cli.django_ready import ready

    ready()
    from trials import _kernel_acts

    world = _kernel_acts.World()
    told: dict[str, Any] = {"different": [], "written": [], "uncovered": _kernel_acts.uncovered()}
    makers = dict(_kernel_acts.covered())
    with _planted(fault):
        _both(world, "atlas.begin_county", makers.pop("atlas.begin_county"), told)
        # Each verb once, then by chance: what is rare is tried as well.
        order = [*makers, *world.chance.choices(list(makers), k=acts)][: max(acts, len(makers))]
        for verb in order:
            _both(world, verb, makers[verb], told)
    return {**told, "verbs": len(set(order)) + 1}


def _both(world: Any, verb: str, maker: Any, told: dict[str, Any]) -> None:
    from django.utils import timezone

    from guotu.core.journal.actions import perform, preview
    from guotu.core.journal.models import Entry
    from trials import _digests

    try:
        given = maker(world)
    except Exception as broken:  # noqa: BLE001 - a maker that fits no more is a miss like none
        told["uncovered"].append(f"{verb}（{type(broken).__name__}: {broken}）")
        return
    if given is None:
        return
    arguments = given.arguments()
    # One moment for both: what an outcome says of the clock is not what differs.
    moment = mock.patch.object(timezone, "now", return_value=timezone.now())
    before, stood = (_digests.tables(), _digests.files()), _digests.identities()
    with moment:
        shown = preview(verb, given.actor, reason=given.reason, **arguments)
    _digests.put_back(stood)
    after = _digests.tables(), _digests.files()
    left = [*_digests.changed(before[0], after[0]), *_digests.changed(before[1], after[1])]
    told["written"] += [f"{verb} 写了 {_folder(one)}" for one in left]
    try:
        with moment:
            done = perform(verb, given.actor, reason=given.reason, **arguments)
    except Exception as broken:  # noqa: BLE001 - what was shown can then not be done
        told["different"].append(f"{verb} 预演之后办不成（{type(broken).__name__}）")
        return
    subject = Entry.objects.get(sequence=done.sequence).subject
    pairs = {
        "对象": (shown.subject.split(":")[0], subject.split(":")[0]),
        "结果": (shown.outcome, done.outcome),
        "后果": (shown.effects, done.effects),
    }
    told["different"] += [f"{verb} 的{what}" for what, (one, two) in pairs.items() if one != two]


def _folder(name: str) -> str:
    return f"{name.split('/')[0]}/" if "/" in name else name


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Change the product in this process alone, as a careless hand would."""
    from django.conf import settings

    from guotu.core.journal import actions

    if fault is None:
        yield
    elif fault == "not_rolled_back":
        with mock.patch.object(actions.transaction, "set_rollback", return_value=None):
            yield
    else:
        verb = "atlas.add_layer"
        sound = actions._registered[verb]

        def writing(act: Any, **arguments: Any) -> Any:
            if act.previewing:
                (settings.GUOTU_HOME / "files").mkdir(exist_ok=True)
                (settings.GUOTU_HOME / "files" / arguments["name"]).write_text("hidden")
            return sound.run(act, **arguments)

        changed = actions._Action(verb, sound.power, writing)
        with mock.patch.dict(actions._registered, {verb: changed}):
            yield
