"""Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2), made and checked.

A proof is made from whole subtrees alone, through a reader `read(level, index)` that gives the root
of the subtree over the leaves [index * 2**level, (index + 1) * 2**level): O(log n) of them. It is
checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 do, from sizes and hashes.
"""

from collections.abc import Callable, Sequence

from guotu.lib.chain.tree import EMPTY, node_hash

Read = Callable[[int, int], bytes]


def inclusion(read: Read, index: int, size: int) -> list[bytes]:
    """Return the proof that leaf `index` lies in the tree of `size` leaves, from the leaf up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return _path(read, index, 0, size)


def consistency(read: Read, old: int, size: int) -> list[bytes]:
    """Return the proof that the tree of `size` leaves begins with the tree of `old` leaves."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {size}")
    return _subproof(read, old, 0, size, True) if 0 < old < size else []


def has_inclusion(leaf: bytes, index: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether `proof` shows that a leaf hash is number `index` of the tree with this root."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for side in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(side, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, side)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def has_consistency(
    old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> bool:
    """Say whether `proof` shows that the tree with `root` begins with the one with `old_root`."""
    if old == 0 or old >= size:
        return not proof and _is_trivial(old, old_root, size, root)
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for side in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(side, before), node_hash(side, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, side)
        at, last = at >> 1, last >> 1
    return last == 0 and (before, after) == (old_root, root)


def _is_trivial(old: int, old_root: bytes, size: int, root: bytes) -> bool:
    if old == 0:
        return old_root == EMPTY and (size > 0 or root == EMPTY)
    return old == size and old_root == root


def _split(count: int) -> int:
    """Return the largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _root(read: Read, begin: int, count: int) -> bytes:
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return read(level, begin >> level)
    left = _split(count)
    return node_hash(_root(read, begin, left), _root(read, begin + left, count - left))


def _path(read: Read, index: int, begin: int, count: int) -> list[bytes]:
    if count == 1:
        return []
    left = _split(count)
    if index < left:
        return [*_path(read, index, begin, left), _root(read, begin + left, count - left)]
    beyond = _path(read, index - left, begin + left, count - left)
    return [*beyond, _root(read, begin, left)]


def _subproof(read: Read, old: int, begin: int, count: int, whole: bool) -> list[bytes]:
    if old == count:
        return [] if whole else [_root(read, begin, count)]
    left = _split(count)
    if old <= left:
        inner = _subproof(read, old, begin, left, whole)
        return [*inner, _root(read, begin + left, count - left)]
    beyond = _subproof(read, old - left, begin + left, count - left, False)
    return [*beyond, _root(read, begin, left)]
