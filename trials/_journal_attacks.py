"""What somebody might do to an exported journal: with an editor, with a program, with the key.

Each attack takes the sound export and a chance, and gives what is shown to the verifier: the file,
the checkpoint kept from before, and the first entry that is wrong where only one answer is right.
"""

import copy
import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    """A file for the verifier, what was kept from before, and the entry it should name."""

    data: bytes
    earlier: dict[str, Any] | None = None
    first: int | None = None


Attack = Callable[["Export", random.Random], Shown]


class Export:
    """A sound export, its entries, and the county's private key for those who stole it."""

    def __init__(self, data: bytes, key: str) -> None:
        self.data = data
        self.lines: Lines = [json.loads(line) for line in data.splitlines()]
        self.private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key))
        self.entries = [line["entry"] for line in self.lines if "entry" in line]
        self.sizes = [line["checkpoint"]["size"] for line in self.lines if "checkpoint" in line]

    def places(self) -> list[int]:
        """Return the numbers of the lines with an entry."""
        return [at for at, line in enumerate(self.lines) if "entry" in line]

    def checkpoints(self) -> list[dict[str, Any]]:
        """Return the signed heads."""
        return [line["checkpoint"] for line in self.lines if "checkpoint" in line]


def text(lines: Lines) -> bytes:
    """Return lines as an export writes them."""
    return b"".join(canonical(line) + b"\n" for line in lines)


def canonical(value: Any) -> bytes:
    """Return a value as an export writes it."""
    said = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return said.encode()


def roots(entries: Lines) -> list[str]:
    """Return the root after each entry, by the definition of RFC 6962."""
    leaves = [hashlib.sha256(b"\0" + canonical(entry)).digest() for entry in entries]
    known: dict[tuple[int, int], bytes] = {}

    def root(begin: int, end: int) -> bytes:
        if end - begin == 1:
            return leaves[begin]
        if (begin, end) not in known:
            split = begin + (1 << (end - begin - 1).bit_length() - 1)
            sides = root(begin, split) + root(split, end)
            known[begin, end] = hashlib.sha256(b"\1" + sides).digest()
        return known[begin, end]

    return [root(0, end).hex() for end in range(1, len(entries) + 1)]


def numbered(entries: Lines) -> Lines:
    """Return entries with numbers that follow one another."""
    return [{**entry, "sequence": number} for number, entry in enumerate(entries)]


def rebuilt(export: Export, entries: Lines, *, signed: bool) -> bytes:
    """Return a whole export over other entries, all hashes right; with the key, signatures too."""
    after = roots(entries)
    old = {line["size"]: line for line in export.checkpoints()}
    lines: Lines = [export.lines[0]]
    for number, entry in enumerate(entries):
        lines.append({"entry": entry, "root": after[number]})
        size = number + 1
        if size in old or size == len(entries):
            found = {**old.get(size, export.checkpoints()[-1]), "size": size}
            lines.append({"checkpoint": _signed(export, found, after[number], signed)})
    body = text(lines)
    sha256 = hashlib.sha256(body).hexdigest()
    end = {**export.lines[-1]["end"], "sha256": sha256}
    if signed:
        said = b"guotu journal export 1\n" + sha256.encode()
        end["signature"] = export.private.sign(said).hex()
    return body + text([{"end": end}])


def _signed(export: Export, found: dict[str, Any], root: str, signed: bool) -> dict[str, Any]:
    found = {**found, "root": root}
    if signed:
        said = {name: found[name] for name in ("key", "root", "signed_at", "size")}
        data = b"guotu journal checkpoint 1\n" + canonical(said)
        found["signature"] = export.private.sign(data).hex()
    return found


def _edited(entry: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    changed = copy.deepcopy(entry)
    name = chance.choice(["verb", "subject", "actor", "outcome", "simulated", "reason"])
    other = {"actor": 999, "outcome": {"n": -1}, "simulated": not entry["simulated"]}
    changed[name] = other.get(name, entry[name] + "x" if isinstance(entry[name], str) else 0)
    return changed


def edit(export: Export, chance: random.Random) -> Shown:
    """Change a member of an entry."""
    lines = copy.deepcopy(export.lines)
    at = chance.choice(export.places())
    lines[at]["entry"] = _edited(lines[at]["entry"], chance)
    return Shown(text(lines), first=lines[at]["entry"]["sequence"])


def delete(export: Export, chance: random.Random) -> Shown:
    """Take an entry out."""
    lines = list(export.lines)
    gone = lines.pop(chance.choice(export.places()))
    return Shown(text(lines), first=gone["entry"]["sequence"])


def insert(export: Export, chance: random.Random) -> Shown:
    """Put an entry in."""
    lines = list(export.lines)
    at = chance.choice(export.places())
    made = copy.deepcopy(lines[at])
    made["entry"]["key"] += "x"
    lines.insert(at, made)
    return Shown(text(lines), first=made["entry"]["sequence"])


def reorder(export: Export, chance: random.Random) -> Shown:
    """Exchange two entries."""
    lines = list(export.lines)
    one, other = sorted(chance.sample(export.places(), 2))
    lines[one], lines[other] = lines[other], lines[one]
    return Shown(text(lines), first=export.lines[one]["entry"]["sequence"])


def truncate(export: Export, chance: random.Random) -> Shown:
    """Cut the file off, at a line or in the midst of one."""
    lines = text(export.lines[: chance.randint(1, len(export.lines) - 1)])
    return Shown(lines if chance.random() < 0.5 else lines[: -chance.randint(1, 30)])


def replay(export: Export, chance: random.Random) -> Shown:
    """Repeat an entry at the end under a new number, with every hash made to fit."""
    again = chance.choice(export.entries)
    entries = numbered([*export.entries, {**again, "at": export.entries[-1]["at"]}])
    return Shown(rebuilt(export, entries, signed=True), first=len(export.entries))


def byte(export: Export, chance: random.Random) -> Shown:
    """Change, add or take away one byte anywhere, a blank or the end of a line among them."""
    data = bytearray(export.data)
    at = chance.randrange(len(data))
    how = chance.randrange(4)
    if how == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif how == 1:
        del data[at]
    else:
        data.insert(at, chance.choice(b" \n\r\t") if how == 2 else chance.randrange(256))
    return Shown(bytes(data if bytes(data) != export.data else data + b" "))


def line_taken(export: Export, chance: random.Random) -> Shown:
    """Take out a line that is no entry."""
    lines = list(export.lines)
    others = [at for at, line in enumerate(lines) if "entry" not in line]
    lines.pop(chance.choice(others))
    return Shown(text(lines))


def rewritten(export: Export, chance: random.Random) -> Shown:
    """Edit, delete, insert or exchange, and make every number and hash fit; the key is missing."""
    return Shown(rebuilt(export, _other_past(export, chance), signed=False))


def forked(export: Export, chance: random.Random) -> Shown:
    """As before, and signed with the county's own key; somebody has kept an earlier checkpoint."""
    data = rebuilt(export, _other_past(export, chance), signed=True)
    return Shown(data, chance.choice(export.checkpoints()[-2:]))


def rolled_back(export: Export, chance: random.Random) -> Shown:
    """Show a journal that ends earlier, signed with the county's own key."""
    size = chance.randint(1, len(export.entries) - 1)
    data = rebuilt(export, export.entries[:size], signed=True)
    return Shown(data, export.checkpoints()[-1], first=size)


def _other_past(export: Export, chance: random.Random) -> Lines:
    entries = list(export.entries)
    at = chance.randrange(min(export.sizes[-2:]) - 1)
    how = chance.randrange(4)
    if how == 0:
        entries[at] = _edited(entries[at], chance)
    elif how == 1:
        del entries[at]
    elif how == 2:
        entries.insert(at, {**entries[at], "key": "made up"})
    else:
        entries[at], entries[at + 1] = (
            {**entries[at + 1], "at": entries[at]["at"]},
            {**entries[at], "at": entries[at + 1]["at"]},
        )
    return numbered(entries)


ATTACKS: dict[str, Attack] = {
    "修改": edit,
    "删除": delete,
    "插入": insert,
    "调换": reorder,
    "截去": truncate,
    "重放": replay,
    "改一个字节": byte,
    "抽去一行": line_taken,
    "改后重算散列": rewritten,
    "分叉（用本县钥匙重签）": forked,
    "回退（用本县钥匙重签）": rolled_back,
}
