"""Where somebody reads and acts: the divisions of the post, and what lies within them."""

from collections.abc import Iterable

from django.http import HttpRequest

from guotu.core.people.queries import actor_of_request
from guotu.core.people.rules.codes import stem

__all__ = ["areas_of_request", "covers", "prefixes"]


def areas_of_request(request: HttpRequest) -> frozenset[str] | None:
    """Return the division codes the post acted in reads; None is the whole county.

    Somebody who has not signed in, or holds no post, reads nothing: the empty set.
    """
    actor = actor_of_request(request)
    return frozenset() if actor.post_id is None else actor.areas


def covers(areas: Iterable[str] | None, division_code: str) -> bool:
    """Say whether one of `areas` is, or holds, the division of this code.

    What names no division (an empty code) belongs to the county, so only None covers it.
    """
    if areas is None:
        return True
    wanted = stem(division_code)
    return bool(wanted) and wanted.startswith(tuple(prefixes(areas)))


def prefixes(areas: Iterable[str]) -> list[str]:
    """Return what a full code must begin with to lie in one of `areas`, for a filter in SQL."""
    return sorted(filter(None, map(stem, areas)))
