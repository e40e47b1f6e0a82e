"""Separate hands: the one rule by which a person may, or may not, take a step of a matter.

It looks at nothing but persons: in which post somebody acts, for whom they stand in, who handed
the step to them and what powers they hold makes no difference. 行政处罚法 art. 57 (who has looked
into a case is not who decides it) and 行政许可法 art. 34 are the nearest articles of law; the rule
itself is the county's (办理和监管分离、承办与审批分离、决策执行监督分离).
"""

from collections.abc import Iterable
from dataclasses import dataclass

SEPARATE = {"decide": "决策", "execute": "执行", "supervise": "监督"}
RULE = "同一件事的决策、执行、监督不由同一人经手"


@dataclass(frozen=True)
class HandIn:
    """A hand that a person has in a matter already.

    `place` is the step as drawn; one within a called process is `call/step`. `process` is the key
    of the process it was drawn in, `tag` its nature: decide, execute, supervise, support or empty.
    """

    person: int
    place: str
    tag: str = ""
    process: str = ""


@dataclass(frozen=True)
class Apart:
    """Steps that may not share a person, as a process declares them; a call stands for its own."""

    name: str
    steps: tuple[str, ...]
    article: str = ""

    def side(self, place: str) -> str:
        """Return which of the steps named a place is, or lies within; empty for none."""
        return next((one for one in self.steps if place == one or _within(place, one)), "")


def may_take(
    person: int,
    place: str,
    tag: str,
    hands: Iterable[HandIn],
    aparts: Iterable[Apart] = (),
    process: str = "",
) -> str | None:
    """Return why `person` may not take the step at `place`, in Chinese; None where they may.

    `hands` are all hands in the whole matter; `aparts` are what the process `process` declares.
    """
    own = [hand for hand in hands if hand.person == person]
    return _against_tags(tag, own) or _against_groups(place, own, aparts, process)


def _against_tags(tag: str, own: list[HandIn]) -> str | None:
    if tag not in SEPARATE:
        return None
    for hand in own:
        if hand.tag in SEPARATE and hand.tag != tag:
            return f"已在本件中办过{SEPARATE[hand.tag]}类步骤，不得再办{SEPARATE[tag]}类步骤"
    return None


def _against_groups(
    place: str, own: list[HandIn], aparts: Iterable[Apart], process: str
) -> str | None:
    places = [hand.place for hand in own if hand.process == process]
    for group in aparts:
        side = group.side(place)
        if side and any(group.side(one) not in ("", side) for one in places):
            return f"{group.name}：已办过须与此步分开的步骤" + _cited(group.article)
    return None


def _cited(article: str) -> str:
    return f"（{article}）" if article else ""


def _within(place: str, call: str) -> bool:
    return place.startswith(f"{call}/")
