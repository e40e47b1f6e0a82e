"""Reads of hands: who had a hand in a matter, and why a person may not take a step of it."""

from collections.abc import Callable

from guotu.core.cases.models import Case, Hand, Migration, Process, Step
from guotu.core.cases.queries.drawn import Drawn, drawn, place_of
from guotu.core.cases.rules.hands import HandIn, may_take


def root_of(case: Case) -> int:
    """Return the case that the whole matter began with, by its number in the table."""
    return case.matter_id or case.pk


def hands_in(matter: int) -> list[HandIn]:
    """Return every hand in a matter."""
    rows = Hand.objects.filter(matter_id=matter).order_by("id")
    return [
        HandIn(person, place_of(element, path), tag, process)
        for person, element, path, tag, process in rows.values_list(
            "person_id", "element", "path", "tag", "case__process__key"
        )
    ]


def against(case: Case, place: str) -> Callable[[int], str | None]:
    """Return what says of a person why they may not take a place of a case.

    Judged by every version of the process that the case has stood on: whoever has a new version
    drawn, and takes the case over to it, loosens nothing for this case.
    """
    known, versions = hands_in(root_of(case)), _versions(case)

    def reason(person: int) -> str | None:
        told = (
            may_take(person, place, step.tag, known, version.aparts, version.key)
            for version in versions
            if (step := version.declared.steps.get(place)) is not None
        )
        return next((one for one in told if one is not None), None)

    return reason


def why_not(step: Step, person: int) -> str | None:
    """Return why a person may not take a step, in Chinese; None where they may."""
    return against(step.case, place_of(step.element, step.path))(person)


def _versions(case: Case) -> list[Drawn]:
    """Return the versions that a case stands on now and has stood on, what it stands on first."""
    moves = Migration.objects.filter(case=case)
    before = {pk for pair in moves.values_list("from_process", "to_process") for pk in pair}
    now: Process = case.standing.process
    return [drawn(now), *map(drawn, Process.objects.filter(pk__in=before - {now.pk}))]
