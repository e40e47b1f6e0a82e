"""The tree against its definition in RFC 6962 and the vectors of Certificate Transparency."""

import hashlib
import itertools

import pytest

from guotu.lib.chain import (
    EMPTY,
    Peaks,
    consistency,
    has_consistency,
    has_inclusion,
    inclusion,
    leaf_hash,
    node_hash,
    root_of,
    subtree_at,
)

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
LEAVES = [leaf_hash(data) for data in INPUTS]
MANY = [leaf_hash(bytes([number])) for number in range(70)]
GROWN = list(itertools.accumulate(MANY, Peaks.append, initial=Peaks()))


def read(level: int, index: int) -> bytes:
    last = ((index + 1) << level) - 1
    return subtree_at(GROWN[last], MANY[last], level)


def defined(leaves: list[bytes]) -> bytes:
    """Return MTH(D[n]) word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(2**k for k in range(len(leaves)) if 2**k < len(leaves))
    left, right = defined(leaves[:split]), defined(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_vectors(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(len(MANY) + 1))
def test_every_way_to_the_root_is_the_definition(size: int) -> None:
    root = defined(MANY[:size])
    assert root_of(MANY[:size]) == GROWN[size].root == root
    assert Peaks.unpacked(size, GROWN[size].packed()) == GROWN[size]


@pytest.mark.parametrize("size", range(1, len(MANY) + 1))
def test_every_leaf_is_proved_and_nothing_else(size: int) -> None:
    root = GROWN[size].root
    for index in range(size):
        proof = inclusion(read, index, size)
        leaf = MANY[index]
        assert has_inclusion(leaf, index, size, root, proof)
        assert not has_inclusion(leaf, index, size, root, [*proof, EMPTY])
        assert not has_inclusion(node_hash(leaf, leaf), index, size, root, proof)
        assert not proof or not has_inclusion(leaf, index, size, root, proof[:-1])
    assert not has_inclusion(MANY[0], size, size, root, [])
    assert not has_inclusion(MANY[0], -1, size, root, [])


@pytest.mark.parametrize("size", range(len(MANY) + 1))
def test_every_beginning_is_proved_and_nothing_else(size: int) -> None:
    root = GROWN[size].root
    for old in range(size + 1):
        before, proof = GROWN[old].root, consistency(read, old, size)
        assert has_consistency(old, before, size, root, proof)
        assert not has_consistency(old, before, size, root, [*proof, EMPTY])
        assert not has_consistency(old, MANY[0][::-1], size, root, proof)
        assert not proof or not has_consistency(old, before, size, root, proof[:-1])
    assert not has_consistency(size + 1, root, size, root, [])


def test_an_empty_proof_proves_no_growth() -> None:
    assert not has_consistency(3, GROWN[3].root, 5, GROWN[5].root, [])
    assert not has_consistency(0, EMPTY, 0, MANY[0], [])


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion(read, index, size)


@pytest.mark.parametrize(("old", "size"), [(4, 3), (-1, 3)])
def test_a_tree_that_is_no_beginning_has_no_proof(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="no beginning"):
        consistency(read, old, size)


@pytest.mark.parametrize(("size", "count"), [(3, 1), (0, 1), (-1, 1)])
def test_peaks_fit_their_size(size: int, count: int) -> None:
    with pytest.raises(ValueError, match="peaks"):
        Peaks(size, (EMPTY,) * count)


@pytest.mark.parametrize("level", [-1, 2])
def test_a_leaf_completes_only_so_much(level: int) -> None:
    with pytest.raises(ValueError, match="completes no subtree"):
        subtree_at(GROWN[1], MANY[1], level)
