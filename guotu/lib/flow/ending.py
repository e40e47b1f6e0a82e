"""Whether a scope always comes to its end: no join waits in vain, nothing goes on for ever.

The token game is explored with every activity as one move; conditions that can never hold
together are never tried together.
"""

from collections import deque
from dataclasses import dataclass, field

from guotu.lib.flow.tokens import Net, State

MOST_STATES = 20_000


@dataclass(frozen=True)
class Stuck:
    """Where a scope does not come to its end.

    `why` is deadlock (joins wait for tokens that cannot come), crowded (one flow brings a token
    to a join twice, or ever more tokens arise), endless (no end can be reached) or vast (more
    states than are tried); `places` are the nodes concerned.
    """

    why: str
    places: tuple[str, ...]


@dataclass
class _Explored:
    before: dict[State, list[State]] = field(default_factory=dict)
    final: list[State] = field(default_factory=list)


def stuck(net: Net, most: int = MOST_STATES) -> Stuck | None:
    """Return where a scope's token game does not come to its end, None where it always can."""
    explored = _Explored({net.begin: []})
    rest = deque([net.begin])
    while rest:
        state = rest.popleft()
        after = _after(net, state)
        if isinstance(after, Stuck):
            return after
        if not state:
            explored.final.append(state)
        for left in after:
            if left not in explored.before:
                explored.before[left] = []
                rest.append(left)
            explored.before[left].append(state)
        if len(explored.before) > most:
            return Stuck("vast", tuple(net.waiting(state)))
    return _endless(net, explored)


def _after(net: Net, state: State) -> list[State] | Stuck:
    crowded = net.crowded(state)
    if crowded:
        return Stuck("crowded", (crowded,))
    after = net.moves(state)
    if after is None:
        after = [left for _place, left in net.happenings(state)]
    return after if after or not state else Stuck("deadlock", tuple(net.waiting(state)))


def _endless(net: Net, explored: _Explored) -> Stuck | None:
    """Return a state from which the end cannot be reached."""
    ending, rest = set(explored.final), list(explored.final)
    while rest:
        for earlier in explored.before[rest.pop()]:
            if earlier not in ending:
                ending.add(earlier)
                rest.append(earlier)
    lost = next((state for state in explored.before if state not in ending), None)
    return Stuck("endless", tuple(net.waiting(lost))) if lost is not None else None
