"""Whether one person can come to hold two steps that must be apart, found by trying every way.

The token game of the whole drawing, with its subprocesses, calls, loops, events and instances, is
explored together with a few persons. A person is told from another only by the steps they hold,
so that persons are interchangeable; whoever else there may be counts as a stranger with no hands.
That is exact for a rule that looks at nothing but a person's own hands.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guotu.lib.flow.declared import ApartDeclared, Declared, declared
from guotu.lib.flow.elements import Drawing
from guotu.lib.flow.nets import whole_net
from guotu.lib.flow.tokens import Net, State, Take
from guotu.lib.refusal import Refusal

MOST_STATES = 400_000
SEPARATE = frozenset(["decide", "execute", "supervise"])
STRANGER = 0


@dataclass(frozen=True)
class Hand:
    """A step that a person has taken: its place, its tag, and the process of the case."""

    person: int
    place: str
    tag: str
    process: str


# person, place, tag, hands so far -> why not, or None where they may.
MayTake = Callable[[int, str, str, tuple[Hand, ...]], str | None]
Hands = tuple[frozenset[str], ...]
Position = tuple[State, Hands]


@dataclass(frozen=True)
class Move:
    """One move of a trace: who takes which place; person 0 is a stranger, or an event fired."""

    place: str
    person: int = STRANGER
    event: bool = False

    def __str__(self) -> str:
        if self.event:
            return f"{self.place} 触发"
        return f"{'另一人' if self.person == STRANGER else f'第 {self.person} 人'}办 {self.place}"


@dataclass(frozen=True)
class Trace:
    """How it comes about: the moves, and at the end what should not have been."""

    moves: tuple[Move, ...]
    ends: str

    def __str__(self) -> str:
        return "，".join(map(str, self.moves)) + f"；{self.ends}"


def way_round(
    drawing: Drawing,
    called: Mapping[str, Drawing],
    may_take: MayTake,
    *,
    persons: int = 1,
    opening: str = "",
    most: int = MOST_STATES,
) -> Trace | None:
    """Return a shortest way by which one person comes to hold two steps that must be apart.

    `may_take` is the rule that guards each step; None where it leaves no way round. `persons` are
    told apart, beside any number of strangers. A step that was begun and broken off is held too.
    `opening` is the tag of the hand that opening a case gives, at the place ""; "" for none.
    Raises `Refusal` beyond `most` positions.
    """
    game = _Game(drawing, called, may_take, persons, opening, most)
    strange: Position = (game.net.begin, (frozenset[str](),) * persons)
    before: dict[Position, tuple[Position, Move] | None] = {strange: None, game.first: None}
    rest = deque(before)
    while rest:
        position = rest.popleft()
        for move, after in game.moves(position):
            if after in before:
                continue
            before[after] = (position, move) if move else before[position]
            both = game.joined(after[1])
            if both:
                return Trace(
                    _named(_way(before, after), game.first), f"同一人办了 {both[0]} 和 {both[1]}"
                )
            rest.append(after)
            game.check_size(len(before))
    return None


def dead_end(
    drawing: Drawing,
    called: Mapping[str, Drawing],
    may_take: MayTake,
    persons: int,
    *,
    opening: str = "",
    most: int = MOST_STATES,
) -> Trace | None:
    """Return how a case gets stuck with so few persons, whoever takes what; None if it need not.

    Events, gateways and the order of steps go as badly as they can; persons are chosen as well as
    they can be, and a step that comes back goes to who had it. The trace ends at a step that none
    of the `persons` may take. Raises `Refusal` beyond `most` positions.
    """
    return _Staffing(_Game(drawing, called, may_take, persons, opening, most)).stuck()


def people_needed(
    drawing: Drawing,
    called: Mapping[str, Drawing],
    may_take: MayTake,
    *,
    opening: str = "",
    largest: int = 6,
    most: int = MOST_STATES,
) -> int | None:
    """Return the least number of persons with whom no case can get stuck; None above `largest`.

    Raises `Refusal` beyond `most` positions.
    """
    for persons in range(1, largest + 1):
        if dead_end(drawing, called, may_take, persons, opening=opening, most=most) is None:
            return persons
    return None


def conflicts(told: Declared, opening: str = "") -> frozenset[tuple[str, str]]:
    """Return the pairs of places that one person may not both hold, by what a drawing declares.

    Of each pair both orders are given; the place "" is that of opening the case. Steps of one side
    of an apart (the same step, or steps within one call) are not apart from one another.
    """
    tags = {place: step.tag for place, step in told.steps.items()} | {"": opening}
    found = set()
    for one in tags:
        for other in tags:
            apart = len({tags[one], tags[other]} & SEPARATE) == 2
            if apart or any(_apart(group, one, other) for group in told.aparts):
                found.add((one, other))
    return frozenset(found)


def _apart(group: ApartDeclared, one: str, other: str) -> bool:
    sides = {_side(group, one), _side(group, other)}
    return len(sides) == 2 and "" not in sides


def _side(group: ApartDeclared, place: str) -> str:
    return next((one for one in group.steps if f"{place}/".startswith(f"{one}/")), "")


class _Game:
    """The positions of a drawing: where its tokens stand, and who holds which steps."""

    def __init__(
        self,
        drawing: Drawing,
        called: Mapping[str, Drawing],
        may_take: MayTake,
        persons: int,
        opening: str,
        most: int,
    ) -> None:
        told = declared(drawing, called)
        self.name = drawing.name
        self.process = drawing.id
        self.tags = {place: step.tag for place, step in told.steps.items()} | {"": opening}
        self.conflicts = conflicts(told, opening)
        watched = {one for one, _other in self.conflicts}
        self.net: Net = whole_net(drawing, called, watched - {""})
        opener = frozenset([""]) if opening else frozenset[str]()
        others = (frozenset[str](),) * (persons - 1)
        self.first: Position = (self.net.begin, (*others, opener))
        self.may_take = may_take
        self.persons = persons
        self.most = most
        self._onward: dict[State, tuple[list[tuple[Move | None, State]], list[Take]]] = {}
        self._takers: dict[tuple[str, Hands], list[tuple[int, Hands]]] = {}
        self._joined: dict[Hands, tuple[str, str] | None] = {}

    def check_size(self, count: int) -> None:
        """Raise `Refusal` where there are too many positions to try."""
        if count > self.most:
            raise Refusal(
                f"流程的走法超过 {self.most} 种，不能断定",
                where=self.name,
                remedy="把并行的部分拆成几个流程，用调用活动连接",
            )

    def moves(self, position: Position) -> Iterator[tuple[Move | None, Position]]:
        """Return what can come next, strangers taking part; None is a move that needs nobody."""
        state, hands = position
        itself, takes = self.onward(state)
        for move, after in itself:
            yield move, (after, hands)
        for take in takes:
            takers = self.takers(take.place, hands)
            # Who only began a step has had a hand in it.
            for after in dict.fromkeys((*take.after, state)):
                yield Move(take.place), (after, hands)
                yield from ((Move(take.place, who), (after, held)) for who, held in takers)

    def onward(self, state: State) -> tuple[list[tuple[Move | None, State]], list[Take]]:
        """Return what happens of itself where tokens stand so, and which steps wait."""
        if state not in self._onward:
            moves = self.net.moves(state)
            if moves is not None:
                self._onward[state] = [(None, after) for after in moves], []
            else:
                events = self.net.happenings(state)
                itself = [(Move(place, event=True), after) for place, after in events]
                self._onward[state] = list(itself), self.net.takes(state)
        return self._onward[state]

    def takers(self, place: str, hands: Hands) -> list[tuple[int, Hands]]:
        """Return who may take a step, and the hands then; of persons alike only the first."""
        if (place, hands) not in self._takers:
            found = []
            for index, own in enumerate(hands):
                if own not in hands[:index] and self._may(place, hands, index):
                    held = (*hands[:index], own | {place}, *hands[index + 1 :])
                    found.append((index + 1, tuple(sorted(held, key=sorted))))
            self._takers[place, hands] = found
        return self._takers[place, hands]

    def joined(self, hands: Hands) -> tuple[str, str] | None:
        """Return two steps in one hand that must be apart."""
        if hands not in self._joined:
            pairs = ((one, other) for own in hands for one in sorted(own) for other in sorted(own))
            found = (pair for pair in pairs if pair in self.conflicts)
            self._joined[hands] = next(found, None)
        return self._joined[hands]

    def _may(self, place: str, hands: Hands, index: int) -> bool:
        taken = tuple(
            Hand(person, one, self.tags[one], self.process)
            for person, own in enumerate(hands, 1)
            for one in sorted(own)
        )
        return self.may_take(index + 1, place, self.tags[place], taken) is None


def _way(before: Mapping[Position, tuple[Position, Move] | None], at: Position) -> tuple[Move, ...]:
    moves = []
    step = before[at]
    while step is not None:
        moves.append(step[1])
        step = before[step[0]]
    return tuple(reversed(moves))


def _named(moves: Sequence[Move], first: Position) -> tuple[Move, ...]:
    """Return moves whose persons are named once for all: positions put persons into an order."""
    standing = [(own, name) for name, own in enumerate(first[1], 1)]
    named = []
    for move in moves:
        if move.person == STRANGER:
            named.append(move)
            continue
        own, name = standing[move.person - 1]
        named.append(Move(move.place, name))
        standing[move.person - 1] = (own | {move.place}, name)
        standing.sort(key=lambda one: sorted(one[0]))
    return tuple(named)


_Group = tuple[Move | None, list[tuple[Move | None, Position]]]


@dataclass
class _Choice:
    """What a position asks for: each group must have one way on that is not lost."""

    groups: list[_Group]
    lost: int | None = None
    before: list[Position] = field(default_factory=list)


class _Staffing:
    """Plays persons as well as can be against a course of things as bad as can be."""

    def __init__(self, game: _Game) -> None:
        self.game = game
        self.first = game.first
        self.seen: dict[Position, _Choice] = {}

    def stuck(self) -> Trace | None:
        """Return the trace to a step that nobody may take, None where it can be avoided."""
        self._explore()
        self._lose()
        return self._trace() if self.seen[self.first].lost is not None else None

    def _explore(self) -> None:
        rest = [self.first]
        self.seen[self.first] = _Choice(self._groups(self.first))
        while rest:
            position = rest.pop()
            for _move, ways in self.seen[position].groups:
                for _person, after in ways:
                    if after not in self.seen:
                        self.seen[after] = _Choice(self._groups(after))
                        self.game.check_size(len(self.seen))
                        rest.append(after)
                    self.seen[after].before.append(position)

    def _groups(self, position: Position) -> list[_Group]:
        """Return what can happen, each with the ways that we may choose among."""
        state, hands = position
        itself, takes = self.game.onward(state)
        found: list[_Group] = [(move, [(move, (after, hands))]) for move, after in itself]
        for take in takes:
            takers = self.game.takers(take.place, hands)
            same = [one for one in takers if one[1] == hands]
            for after in take.after:
                ways = [(Move(take.place, who), (after, held)) for who, held in same or takers]
                found.append((Move(take.place), list(ways)))
        return found

    def _lose(self) -> None:
        """Mark, by rounds, the positions from which a case can be forced to get stuck."""
        rest = deque(self.seen)
        while rest:
            position = rest.popleft()
            choice = self.seen[position]
            if choice.lost is None:
                ranks = [self._rank(ways) for _move, ways in choice.groups]
                found = [rank for rank in ranks if rank is not None]
                if found:
                    choice.lost = min(found) + 1
                    rest.extend(choice.before)

    def _rank(self, ways: list[tuple[Move | None, Position]]) -> int | None:
        """Return how soon all ways are lost; 0 where there is none, None where one is not."""
        ranks = [self.seen[after].lost for _move, after in ways]
        lost = [rank for rank in ranks if rank is not None]
        return None if len(lost) < len(ranks) else max(lost, default=0)

    def _trace(self) -> Trace:
        moves: list[Move] = []
        position = self.first
        while True:
            ranked = [
                (rank, index)
                for index, (_move, ways) in enumerate(self.seen[position].groups)
                if (rank := self._rank(ways)) is not None
            ]
            move, ways = self.seen[position].groups[min(ranked)[1]]
            if not ways:
                place = move.place if move else ""
                named = _named(moves, self.first)
                return Trace(named, f"{self.game.persons} 人中没有人可以办 {place}")
            move, position = ways[0]
            if move is not None:
                moves.append(move)
