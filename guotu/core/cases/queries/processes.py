"""Reads about processes as they are written: versions, the cases on each, who has each role."""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from guotu.core.cases.models import Assignment, Case, Process
from guotu.core.cases.queries.cases import visible
from guotu.core.cases.queries.marks import live
from guotu.core.journal import clock
from guotu.core.journal.actions import Actor


def versions(actor: Actor) -> list[dict[str, Any]]:
    """Return every version with how many cases an actor may see stand on it; two queries."""
    seen = Case.objects.filter(visible(actor), live()).order_by()
    counted = dict(seen.values_list("standing__process_id").annotate(number=Count("pk")))
    found = Process.objects.defer("files", "program", "declared").order_by("title", "-sequence")
    return [{"process": one, "cases": counted.get(one.pk, 0)} for one in found]


def main_file(process: Process) -> str:
    """Return the name of the drawing of the process itself, among those that it calls."""
    own = re.compile(rf"<(?:\w+:)?process\b[^>]*\bid=\"{re.escape(process.key)}\"")
    named = (name for name, text in process.files.items() if own.search(text))
    return next(named, next(iter(process.files), ""))


def roles_of(process: Process) -> dict[str, list[Assignment]]:
    """Return to which posts each role of a process falls today; one query."""
    roles = _named(process.declared)
    today = clock.today()
    rules = Assignment.objects.filter(role__in=roles, since__lte=today).select_related("post__unit")
    kept = [one for one in rules if one.until is None or one.until > today]
    kind = process.declared.get("kind", "")
    found: dict[str, list[Assignment]] = {str(role): [] for role in sorted(map(str, roles))}
    for one in kept:
        if one.kind in ("", kind):
            found[one.role].append(one)
    return found


def assignments() -> list[Assignment]:
    """Return the rules by which roles fall to posts that hold today or later; one query."""
    rules = Assignment.objects.select_related("post__unit").order_by("role", "kind", "division")
    today = clock.today()
    return [one for one in rules if one.until is None or one.until > today]


def roles() -> list[str]:
    """Return every role that a process in use names."""
    current = Process.objects.filter(retired_sequence__isnull=True).values_list(
        "declared", flat=True
    )
    return sorted({role for declared in current for role in _named(declared)})


def _named(declared: Mapping[str, Any]) -> set[str]:
    """Return the roles that rules give to posts; `unit:` takes a unit that the case names."""
    roles = {str(step.get("role") or "") for step in declared.get("steps", {}).values()}
    return {role for role in roles if role and not role.startswith("unit:")}
