"""The same work on several threads, with the same answer however many there are."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

# Stretches a thread, so that a slow one does not keep the other waiting; and the least worth one.
_STRETCHES = 4
_LEAST = 32


def stretches(count: int, threads: int) -> Iterator[slice]:
    """Yield slices that together cover `count` things."""
    number = max(1, min(threads * _STRETCHES, count // _LEAST)) if threads > 1 else 1
    for n in range(number):
        yield slice(count * n // number, count * (n + 1) // number)


def share_out(work: Callable[[slice], T], count: int, threads: int) -> list[T]:
    """Return `work(stretch)` for each stretch, in order."""
    parts = list(stretches(count, threads))
    if len(parts) == 1:
        return [work(parts[0])]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
