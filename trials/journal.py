"""The journal against the RFC, against those who would change it, and against remembering."""

import contextlib
import itertools
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from guotu.lib import chain
from trials import _journal_attacks as attacks
from trials import _journal_subject as subject
from trials import _stores
from trials.harness import PROJECT_ROOT, Figure, Scale

TITLE = "journal: tree, outside verifier, erasure"
FAULTS = {
    "prefixes": "leaf and node prefixes are mixed up",
    "blind_verifier": "the verifier looks at no signature",
    "bare_reason": "an entry holds its reason bare",
    "kept_key": "an erasure leaves the key where it was",
}
_SIZES, _ACTS, _TRIES = 512, 1_200, 40
_VERIFIER = PROJECT_ROOT / "tools" / "verify_journal.py"
# The vectors of the Certificate Transparency project's own tests of RFC 6962.
_INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf, size) -> how each step of the proof begins
_PATHS = {
    (0, 1): [],
    (0, 8): ["96a296d2", "5f083f0a", "6b47aaf2"],
    (5, 8): ["bc1a0643", "ca854ea1", "d37ee418"],
    (2, 3): ["fac54203"],
    (1, 5): ["6e340b9c", "5f083f0a", "bc1a0643"],
}
_CONSISTENT = {
    (1, 1): [],
    (1, 8): ["96a296d2", "5f083f0a", "6b47aaf2"],
    (6, 8): ["0ebc5d34", "ca854ea1", "d37ee418"],
    (2, 5): ["5f083f0a", "bc1a0643"],
}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Hold the tree against the RFC, exports against attacks, and erasure against the bytes."""
    if fault in (None, "prefixes"):
        with _mixed_up(fault == "prefixes"):
            yield from _tree(scale)
    if fault in (None, "blind_verifier"):
        yield from _attacked(scale, fault)
    if fault in (None, "bare_reason", "kept_key"):
        yield from subject.run(scale, fault)


@contextlib.contextmanager
def _mixed_up(planted: bool) -> Iterator[None]:
    if not planted:
        yield
        return
    from guotu.lib.chain import tree

    with mock.patch.multiple(tree, _LEAF=tree._NODE, _NODE=tree._LEAF):
        yield


class _Grown:
    """A tree grown leaf by leaf by the product, with every peak kept."""

    def __init__(self, inputs: list[bytes]) -> None:
        self.leaves = [chain.leaf_hash(data) for data in inputs]
        self.peaks = list(
            itertools.accumulate(self.leaves, chain.Peaks.append, initial=chain.Peaks())
        )

    def read(self, level: int, index: int) -> bytes:
        """Return the root of a whole subtree."""
        last = ((index + 1) << level) - 1
        return chain.subtree_at(self.peaks[last], self.leaves[last], level)


def _tree(scale: Scale) -> Iterator[Figure]:
    grown = _Grown([bytes.fromhex(text) for text in _INPUTS])
    wrong = sum(grown.peaks[n].root.hex() != root for n, root in enumerate(_ROOTS))
    for (leaf, size), steps in _PATHS.items():
        wrong += [step.hex()[:8] for step in chain.inclusion(grown.read, leaf, size)] != steps
    for (old, size), steps in _CONSISTENT.items():
        wrong += [step.hex()[:8] for step in chain.consistency(grown.read, old, size)] != steps
    count = len(_ROOTS) + len(_PATHS) + len(_CONSISTENT)
    yield Figure("RFC 6962 测试向量", "0 个不符", f"{count} 个，不符 {wrong}", wrong == 0)
    most = scale.count(_SIZES, least=64)
    entries = [{"n": number} for number in range(most)]
    grown = _Grown([attacks.canonical(entry) for entry in entries])
    truth = [b"", *map(bytes.fromhex, attacks.roots(entries))]
    truth[0] = chain.EMPTY
    wrong = sum(grown.peaks[n].root != truth[n] for n in range(most + 1))
    proofs = 0
    for size in range(most + 1):
        for old in range(size + 1):
            proofs += 2
            wrong += not _is_right(grown, truth, old, size)
    got = f"{proofs:,} 份证明，不符 {wrong}"
    yield Figure(f"到 {most} 为止每一对大小的包含与一致证明", "0 份不符", got, wrong == 0)


def _is_right(grown: _Grown, truth: list[bytes], old: int, size: int) -> bool:
    """Say whether the proofs of a pair hold, and hold no more once one thing is changed."""
    proof = chain.consistency(grown.read, old, size)
    right = chain.has_consistency(old, truth[old], size, truth[size], proof)
    right &= not chain.has_consistency(old, truth[old], size, truth[size], [*proof, chain.EMPTY])
    if old:
        right &= not chain.has_consistency(old, truth[old - 1], size, truth[size], proof)
    if old < size:
        path = chain.inclusion(grown.read, old, size)
        leaf = grown.leaves[old]
        right &= chain.has_inclusion(leaf, old, size, truth[size], path)
        right &= not chain.has_inclusion(leaf, old, size, truth[size], [*path, chain.EMPTY])
        right &= not chain.has_inclusion(chain.node_hash(leaf, leaf), old, size, truth[size], path)
    return right


def _attacked(scale: Scale, fault: str | None) -> Iterator[Figure]:
    acts, tries = scale.count(_ACTS, least=60), scale.count(_TRIES, least=4)
    with _stores.place("sqlite") as county, tempfile.TemporaryDirectory() as folder:
        told = county.apart("trials.journal:fill", acts=acts)
        export = attacks.Export(Path(told["export"]).read_bytes(), told["key"])
        verifier = _verifier(Path(folder), fault)
        sound = _Verified(verifier, Path(folder), attacks.Shown(export.data))
        met = sound.status == 0 and sound.said == told["root"]
        yield Figure(
            f"{acts} 条的导出，原样核对", "0，根相同", f"{sound.status}，{sound.said}", met
        )
        chance = random.Random(1)
        for name, attack in attacks.ATTACKS.items():
            shown = [attack(export, chance) for _ in range(tries)]
            found = [_Verified(verifier, Path(folder), one) for one in shown]
            seen = sum(one.status == 1 for one in found)
            named = [(one, two.entry) for one, two in zip(shown, found, strict=True)]
            exact = [two == one.first for one, two in named if one.first is not None]
            got = f"发现 {seen} / {tries}" + (
                f"，指对 {sum(exact)} / {len(exact)}" if exact else ""
            )
            goal = "全部发现，指出第一条"
            yield Figure(f"核对程序：{name}", goal, got, seen == tries and all(exact))


class _Verified:
    """What the verifier, a process of its own, says of a file."""

    def __init__(self, verifier: Path, folder: Path, shown: attacks.Shown) -> None:
        path, kept = folder / "shown.jsonl", folder / "kept.json"
        path.write_bytes(shown.data)
        command = [sys.executable, "-I", str(verifier), str(path)]
        if shown.earlier is not None:
            kept.write_bytes(attacks.canonical(shown.earlier))
            command.append(str(kept))
        done = subprocess.run(command, capture_output=True, text=True)
        self.status, self.said = done.returncode, done.stdout.strip()
        number = re.search(r"第 (\d+) 条", self.said)
        self.entry = int(number[1]) if number else None


def _verifier(folder: Path, fault: str | None) -> Path:
    if fault != "blind_verifier":
        return _VERIFIER
    blind = folder / "verify_journal.py"
    source = _VERIFIER.read_text()
    changed = source.replace("    public, signed =", "    return True\n    public, signed =")
    assert changed != source
    blind.write_text(changed)
    return blind


def fill(acts: int) -> dict[str, Any]:
    """Act in a county of one's own, sign heads on the way, export; return where to."""
    from trials import _marking

    _marking.begin()
    from django.conf import settings

    from guotu.core.journal import signing
    from guotu.core.journal.actions import COUNTY, perform
    from guotu.core.journal.exporting import export
    from guotu.core.journal.models import Entry
    from guotu.core.journal.verifying import verify

    for number in range(Entry.objects.count(), acts):
        perform("trial.mark", COUNTY, reason="试验" if number % 3 else "", text=f"第 {number} 件")
        if number in (acts // 3, acts // 2):
            signing.checkpoint()
    path = settings.GUOTU_HOME / "journal.jsonl"
    export(path)
    key = (settings.GUOTU_HOME / signing.KEY_FILE).read_text()
    return {"export": str(path), "key": key, "root": verify()["root"]}
