"""`guotu backup --check`: holds a set against its manifest, file by file and table by table."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from guotu.lib.refusal import Refusal
from guotu.site.backup import keys, manifest, postgresql, sets, sqlite
from guotu.site.backup.digests import differing

STORES: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgresql}
Progress = Callable[[str, float], None]


def check(folder: Path, say: Progress = lambda doing, share: None) -> dict[str, Any]:
    """Return the manifest of the set in `folder` that was made last, or that `folder` is.

    Raises Refusal naming what is missing, changed or too much.
    """
    place = sets.chosen(folder)
    facts = manifest.read(place)
    check_whole(place, facts, say)
    return facts


def check_whole(place: Path, facts: dict[str, Any], say: Progress) -> None:
    """Raise a Refusal when a set is not what its manifest says."""
    wrong = manifest.faults(place, facts, lambda share: say("核对文件", share))
    wrong += [f"混入密钥文件 {name}" for name in keys.lying_in(place)]
    if not wrong:
        say("核对数据库", 0.0)
        wrong = _tables(place, facts)
    if wrong:
        more = f"……共 {len(wrong)} 处" if len(wrong) > _SHOWN else ""
        raise Refusal(
            "这份备份与清单不符",
            where="；".join(wrong[:_SHOWN]) + more,
            rule="备份须与作出时一字不差，且不含密钥",
            remedy="不要用它恢复；换一份备份",
        )
    say("核对数据库", 1.0)


_SHOWN = 5


def _tables(place: Path, facts: dict[str, Any]) -> list[str]:
    store = STORES[facts["store"]]
    there = store.contents(place / store.DUMP)
    left_out = keys.left_out()
    secret = [name for name in left_out if there.get(name, [0])[0]]
    expected = facts["tables"]
    there = {name: one for name, one in there.items() if name not in left_out}
    empty = [name for name, one in expected.items() if not one[0] and name not in there]
    changed = [name for name in differing(expected, there) if name not in empty]
    changed += set(facts["left_out"]) - set(left_out)
    return [
        *(f"数据表 {name} 不应在备份里" for name in secret),
        *(f"数据表 {name} 缺失或不符" for name in changed),
    ]
