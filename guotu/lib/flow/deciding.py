"""Which conditions of a gateway can hold together, found by trying every value that matters.

A condition compares variables with constants and with one another, so that finitely many values
stand for all: every constant, and as many neighbours on either side as there are variables.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from math import prod
from typing import Any

from guotu.lib.flow.expression import Constant, Tree, holds, leaves, names
from guotu.lib.flow.fitting import Variables

# How often a name or constant may be looked at, for one gateway.
MOST_WORK = 400_000


def outcomes(
    conditions: Mapping[str, Tree],
    variables: Variables,
    given: Collection[str],
    most: int = MOST_WORK,
) -> frozenset[frozenset[str]] | None:
    """Return every set of conditions (by key) that can hold at once, all others failing.

    `conditions` fit `variables`; `given` are those that cannot be empty. None where names and
    constants would have to be looked at more than `most` times.
    """
    trees = list(conditions.values())
    asked = sorted(frozenset[str]().union(*(names(tree) for tree in trees)))
    pools = [_values(name, trees, variables, len(asked)) for name in asked]
    pools = [
        pool if name in given else [*pool, None] for name, pool in zip(asked, pools, strict=True)
    ]
    if prod(map(len, pools)) * sum(len(leaves(tree)) for tree in trees) > most:
        return None
    found = set()
    for values in product(*pools):
        standing = dict(zip(asked, values, strict=True))
        found.add(frozenset(key for key, tree in conditions.items() if holds(tree, standing)))
    return frozenset(found)


def _values(name: str, trees: Sequence[Tree], variables: Variables, width: int) -> list[Any]:
    """Return the values of a variable that stand for all of them, the empty one left out."""
    variable = variables[name]
    constants = {
        leaf.value for tree in trees for leaf in leaves(tree) if isinstance(leaf, Constant)
    }
    steps = range(-width, width + 1)
    match variable.type:
        case "boolean":
            return [True, False]
        case "choice":
            return list(variable.values)
        case "list":
            return [["1"]]
        case "integer":
            whole = {one for one in constants if type(one) is int} or {0}
            return sorted({one + step for one in whole for step in steps})
        case "date":
            days = {one for one in constants if isinstance(one, date)} or {date(2000, 1, 1)}
            return sorted({one + timedelta(days=step) for one in days for step in steps})
        case "text":
            return _texts(constants, variables, width)
    whole = {one for one in constants if type(one) is int}
    return [*_texts(constants, variables, width), *sorted(whole)]


def _texts(constants: set[Any], variables: Variables, width: int) -> list[Any]:
    """Return the texts that are named, and as many that are named nowhere."""
    named = {one for one in constants if isinstance(one, str) and one}
    named |= {value for one in variables.values() for value in one.values}
    return [*sorted(named), *(f"\0{number}" for number in range(width))]
