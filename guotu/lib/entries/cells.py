"""A square of a grid for every box, so that what lies near a box is found by whole numbers.

The grid's step is the least power of two, in metres, that is no shorter than the box: whatever
meets a box then lies in a square beside its own, for every step in use.
"""

from collections.abc import Iterable, Iterator

Box = tuple[float, float, float, float]
Cell = tuple[int, int, int]


def cell_of(box: Box) -> Cell:
    """Return step (in metres, a power of two), column and row of the square of `box`."""
    west, south, east, north = box
    step = 1
    while step < max(east - west, north - south):
        step *= 2
    return step, int(west // step), int(south // step)


def ranges_near(box: Box, steps: Iterable[int]) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield, for each step in use, the step and the first and last column and row to look in."""
    west, south, east, north = box
    for step in steps:
        yield (
            step,
            int(west // step) - 1,
            int(east // step),
            int(south // step) - 1,
            int(north // step),
        )


def boxes_meet(one: Box, other: Box) -> bool:
    """Say whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
