#!/usr/bin/env python3
"""Holds an exported journal against its own hashes and signatures, with nothing but Python itself.

    python3 verify_journal.py FILE [EARLIER]

FILE is what `guotu journal export` wrote. EARLIER is a checkpoint kept from before (what
`guotu journal checkpoint` printed, or an earlier export): it must lie in FILE's past. Prints the
root and leaves with 0; or prints the first entry that is wrong, and why, and leaves with 1.

It shares no code with the program that wrote the file. Sources: RFC 6962 section 2 (Merkle tree),
RFC 8032 section 5.1 (Ed25519), RFC 8259 (JSON).
"""

import hashlib
import json
import sys

FORMAT = "guotu-journal/1"
SIGNED, ENDED = b"guotu journal checkpoint 1\n", b"guotu journal export 1\n"
ENTRY = {
    "sequence": (int,), "at": (str,), "verb": (str,), "subject": (str,),
    "actor": (int, type(None)), "post": (int, type(None)), "substitution": (int, type(None)),
    "reason": (str,), "outcome": (dict,), "effects": (list,), "simulated": (bool,), "key": (str,),
}  # fmt: skip
CHECKPOINT = {"size": (int,), "root": (str,), "signed_at": (str,), "key": (str,),
              "signature": (str,)}  # fmt: skip


class Wrong(Exception):
    """What is wrong, and with which entry."""

    def __init__(self, entry: int, what: str) -> None:
        super().__init__(f"第 {entry} 条不对：{what}")


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one: tuple, other: tuple) -> tuple:
    """Add two points (RFC 8032 section 5.1.4)."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: tuple) -> tuple:
    """Multiply a point."""
    found = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = add(found, point)
        point, scalar = add(point, point), scalar >> 1
    return found


def x_of(y: int, sign: int) -> int | None:
    """Return the x of a point from its y (RFC 8032 section 5.1.3), or None."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def point_of(data: bytes) -> tuple | None:
    """Return the point that 32 bytes stand for, or None."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


GROUND_Y = 4 * pow(5, P - 2, P) % P
GROUND_X = x_of(GROUND_Y, 0)
GROUND = (GROUND_X, GROUND_Y, 1, GROUND_X * GROUND_Y % P)


def is_signed(key: str, data: bytes, signature: str) -> bool:
    """Say whether `signature` over `data` is that of the holder of `key` (both hexadecimal)."""
    public, signed = bytes_of(key, 32), bytes_of(signature, 64)
    if public is None or signed is None:
        return False
    a, r = point_of(public), point_of(signed[:32])
    s = int.from_bytes(signed[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signed[:32] + public + data).digest(), "little") % L
    one, other = times(s, GROUND), add(r, times(k, a))
    return not (
        (one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P
    )


def bytes_of(text: str, length: int) -> bytes | None:
    """Return the bytes of lower-case hexadecimal of one length, or None."""
    if len(text) != 2 * length or set(text) - set("0123456789abcdef"):
        return None
    return bytes.fromhex(text)


class Tree:
    """The tree of RFC 6962 as it grows: whole subtrees, each with its number of leaves."""

    def __init__(self) -> None:
        self.size = 0
        self.whole: list[tuple[int, bytes]] = []

    def add(self, data: bytes) -> None:
        """Add one leaf."""
        leaves, found = 1, hashlib.sha256(b"\x00" + data).digest()
        while self.whole and self.whole[-1][0] == leaves:
            found = hashlib.sha256(b"\x01" + self.whole.pop()[1] + found).digest()
            leaves *= 2
        self.whole.append((leaves, found))
        self.size += 1

    def root(self) -> str:
        """Return the root, hexadecimal."""
        if not self.whole:
            return hashlib.sha256(b"").hexdigest()
        found = self.whole[-1][1]
        for _, left in self.whole[-2::-1]:
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found.hex()


def canonical(value: object) -> bytes:
    """Return the one way in which the file may write a value."""
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()


def has_shape(value: object, shape: dict) -> bool:
    """Say whether a value has just these members, of these types."""
    return (
        isinstance(value, dict)
        and value.keys() == shape.keys()
        and all(type(value[name]) in types for name, types in shape.items())
    )


class Journal:
    """What has been read of a file so far; each part is held against all before it."""

    def __init__(self, earlier: dict | None) -> None:
        self.tree = Tree()
        self.key: str | None = None
        self.earlier = earlier
        self.last = ""
        self.keys: set[str] = set()
        self.signed: int | None = None
        self.sure = 0
        self.ended = False
        self.digest = hashlib.sha256()

    def fail(self, what: str) -> Wrong:
        """Return what is wrong with the entry that should come now."""
        return Wrong(self.tree.size, what)

    def read(self, line: bytes) -> None:
        """Take one line, with its end."""
        if self.ended:
            raise self.fail("结束行之后还有内容")
        try:
            value = json.loads(line)
            is_canonical = canonical(value) + b"\n" == line
        except (ValueError, RecursionError):
            raise self.fail("这一行读不出来") from None
        if not is_canonical or not isinstance(value, dict):
            raise self.fail("这一行不是规范写法")
        kind = "+".join(value)
        takes = {"header": self.header, "entry+root": self.entry,
                 "checkpoint": self.checkpoint, "end": self.end}  # fmt: skip
        if kind not in takes or (kind == "header") != (self.key is None):
            raise self.fail("这里不该有这一行")
        takes[kind](value)
        self.digest.update(line)

    def header(self, value: dict) -> None:
        """Take the first line."""
        header = value["header"]
        if not has_shape(header, {"format": (str,), "key": (str,)}) or header["format"] != FORMAT:
            raise self.fail("首行不是国土行为记录")
        if self.earlier and self.earlier["key"] != header["key"]:
            raise self.fail("与先前的检查点不是同一把签名钥匙")
        self.key = header["key"]
        self.past()

    def entry(self, value: dict) -> None:
        """Take an entry and the root after it."""
        entry = value["entry"]
        if not has_shape(entry, ENTRY) or type(value["root"]) is not str:
            raise self.fail("缺项、多项或类型不对")
        if entry["sequence"] != self.tree.size:
            raise self.fail(f"编号是 {entry['sequence']}，前后不连续")
        if entry["at"] < self.last:
            raise self.fail("时间早于前一条")
        if entry["key"] in self.keys:
            raise self.fail("与前面某一条是同一次行为（幂等键重复）")
        self.tree.add(canonical(entry))
        if self.tree.root() != value["root"]:
            raise Wrong(entry["sequence"], "内容与根不符")
        self.last = entry["at"]
        self.keys.add(entry["key"])
        self.past()

    def checkpoint(self, value: dict) -> None:
        """Take a signed head."""
        found = value["checkpoint"]
        if not has_shape(found, CHECKPOINT) or found["size"] != self.tree.size:
            raise self.fail("检查点不在它该在的地方")
        if self.signed == self.tree.size:
            raise self.fail("同一处有两个检查点")
        self.check(found)
        self.signed = self.sure = found["size"]

    def check(self, found: dict) -> None:
        """Hold a signed head of this very size against the tree."""
        if found["root"] != self.tree.root():
            raise Wrong(self.sure, f"此条到第 {self.tree.size - 1} 条之间，与签名的根不符")
        said = canonical({name: found[name] for name in CHECKPOINT if name != "signature"})
        if found["key"] != self.key or not is_signed(found["key"], SIGNED + said,
                                                     found["signature"]):  # fmt: skip
            raise Wrong(self.sure, f"到 {self.tree.size} 条为止的检查点，签名不对")

    def past(self) -> None:
        """Hold the checkpoint kept from before against the tree, where it falls."""
        if self.earlier and self.earlier["size"] == self.tree.size:
            self.check(self.earlier)

    def end(self, value: dict) -> None:
        """Take the last line, which signs all before it."""
        end = value["end"]
        if not has_shape(end, {"sha256": (str,), "signature": (str,)}):
            raise self.fail("结束行不对")
        if self.signed != self.tree.size:
            raise self.fail("末尾没有签名检查点，后面可能被截去")
        if end["sha256"] != self.digest.hexdigest():
            raise Wrong(0, "各行与结束行的散列不符")
        if not is_signed(self.key or "", ENDED + end["sha256"].encode(), end["signature"]):
            raise Wrong(0, "结束行的签名不对")
        self.ended = True

    def finish(self) -> None:
        """Say whether all has come."""
        if self.earlier and self.earlier["size"] > self.tree.size:
            raise self.fail(f"先前已有 {self.earlier['size']} 条，后面被截去")
        if not self.ended:
            raise self.fail("没有结束行，后面被截去")


def earlier_of(path: str) -> dict:
    """Return the last checkpoint in a file: one alone, or an export's."""
    found = None
    with open(path, "rb") as handle:
        for line in handle:
            value = json.loads(line)
            value = value.get("checkpoint", value)
            found = value if has_shape(value, CHECKPOINT) else found
    if found is None:
        raise ValueError("其中没有检查点")
    return found


def main(arguments: list[str]) -> int:
    """Verify a file; return the exit status."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        journal = Journal(earlier_of(arguments[1]) if arguments[1:] else None)
        with open(arguments[0], "rb") as handle:
            for line in handle:
                journal.read(line)
        journal.finish()
    except Wrong as wrong:
        print(wrong)
        return 1
    except (OSError, ValueError, AttributeError) as fault:
        print(f"读不出来：{fault}", file=sys.stderr)
        return 2
    print(journal.tree.root())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
