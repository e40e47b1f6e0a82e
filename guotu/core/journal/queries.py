"""Reads of the journal: entries by what, on what, in which post and when, and why."""

import datetime

from django.db.models import QuerySet
from django.utils import timezone

from guotu.core.journal import sealing
from guotu.core.journal.models import Entry


def entries(
    *,
    verb: str = "",
    subject: str = "",
    post_id: int | None = None,
    since: datetime.date | None = None,
    until: datetime.date | None = None,
) -> QuerySet[Entry]:
    """Return entries, the latest first; `subject` by its beginning, both days inclusive."""
    found = Entry.objects.order_by("-sequence")
    if verb:
        found = found.filter(verb=verb)
    if subject:
        found = found.filter(subject__startswith=subject)
    if post_id is not None:
        found = found.filter(post_id=post_id)
    if since:
        found = found.filter(recorded_at__gte=_begin_of(since))
    if until:
        found = found.filter(recorded_at__lt=_begin_of(until + datetime.timedelta(days=1)))
    return found


def verbs() -> list[str]:
    """Return the verbs that the journal knows."""
    return sorted(Entry.objects.order_by().values_list("verb", flat=True).distinct())


def reason_of(entry: Entry) -> str | None:
    """Return why an act was done, empty where nothing was said; None when it was erased."""
    if entry.sealed_reason is None:
        return ""
    salted = sealing.unseal(entry.reason_subject, bytes(entry.sealed_reason))
    return sealing.without_salt(salted)


def _begin_of(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), timezone.get_default_timezone())
