"""Reads about versions of processes: which cases lag behind, which were taken over, what fails."""

from typing import Any

from django.db.models import Count, F, QuerySet

from guotu.core.cases import limits
from guotu.core.cases.models import Case, Migration, Process
from guotu.core.cases.queries.marks import LIVE
from guotu.core.journal.actions import callable_by_process
from guotu.lib import flow


def behind(version: Process) -> QuerySet[Case]:
    """Return the cases under way that stand on an earlier version of a process; one query."""
    standing = Case.objects.filter(standing__process__key=version.key, state__in=LIVE)
    return standing.exclude(standing__process=version).order_by("pk")


def taken_over(version: Process) -> QuerySet[Case]:
    """Return the cases under way that were taken over to a version, and not back; one query."""
    standing = Case.objects.filter(standing__process=version, state__in=LIVE)
    return standing.filter(
        pk__in=Migration.objects.filter(
            to_process=version, taken_back_sequence__isnull=True
        ).values("case")
    ).order_by("pk")


def last_migration(case: Case) -> Migration | None:
    """Return by what a case came to stand on its version, where that was a migration; one query."""
    last = Migration.objects.filter(case=case, taken_back_sequence__isnull=True)
    found = last.select_related("from_process").order_by("-id").first()
    return found if found and found.to_process_id == case.standing.process_id else None


def listing() -> list[dict[str, Any]]:
    """Return each version of each process with the cases under way on it; two queries."""
    live = Case.objects.filter(state__in=LIVE).order_by().values_list("standing__process_id")
    counted = dict(live.annotate(number=Count("pk")))
    found = Process.objects.defer("files", "program", "declared").order_by("key", "-sequence")
    ordered = found.order_by("key", F("retired_sequence").desc(nulls_first=True), "-sequence")
    return [
        {
            "process": one.pk,
            "key": one.key,
            "title": one.title,
            "digest": one.digest,
            "in_use": one.retired_sequence is None,
            "sequence": one.sequence,
            "cases": counted.get(one.pk, 0),
        }
        for one in ordered
    ]


def problems(version: Process) -> list[dict[str, str | int]]:
    """Return what would keep a version from being deployed today: a limit or action now gone.

    One more query where `files` was deferred.
    """
    drawings = {one.id: one for one in (flow.read(*file) for file in _files(version))}
    main = drawings[version.key]
    actions, known = callable_by_process(), limits.keys()
    return [
        one.as_dict() for one in flow.check(main, actions=actions, limits=known, called=drawings)
    ]


def _files(version: Process) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in version.files.items()]
