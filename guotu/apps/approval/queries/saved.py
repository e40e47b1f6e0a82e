"""Reads about saved reviews: the list, one of them, and what of it is still open."""

from typing import Any

from django.db.models import Q, QuerySet

from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.apps.approval.rules.facts import worst
from guotu.core.atlas.models import SECRECY
from guotu.core.atlas.reader import Reader
from guotu.core.journal.actions import Actor
from guotu.core.journal.models import Entry
from guotu.core.people.scope import prefixes
from guotu.lib.refusal import Refusal


def saved(review_id: int) -> SiteReview:
    """Return a saved review; a Refusal where there is none."""
    found = SiteReview.objects.select_related("source").filter(pk=review_id).first()
    if found is None:
        raise Refusal("没有这份审查", where=f"审查 {review_id}", remedy="从审查列表进入")
    return found


def saved_for(reader: Reader, review_id: int) -> SiteReview | None:
    """Return a saved review that a reader may see, or None, as where there is none."""
    return seen(reader).filter(pk=review_id).first()


def seen(reader: Reader) -> QuerySet[SiteReview]:
    """Return the reviews whose site lies wholly in a reader's divisions, of classes one may see."""
    found = SiteReview.objects.select_related("source")
    found = found.filter(secrecy__in=[name for name, _ in SECRECY if reader.sees(name)])
    if reader.areas is None:
        return found
    here = Q(pk__in=[])
    for prefix in prefixes(reader.areas):
        here |= Q(division_code__startswith=prefix)
    return found.filter(here)


def listed(
    reader: Reader, *, verdict: str = "", text: str = "", since: Any = None, until: Any = None
) -> QuerySet[SiteReview]:
    """Return the reviews one may see, the latest first, by verdict, words in the name, and days."""
    found = seen(reader).order_by("-pk")
    if verdict:
        found = found.filter(verdict=verdict)
    if text:
        found = found.filter(name__icontains=text)
    if since:
        found = found.filter(reviewed_at__date__gte=since)
    if until:
        found = found.filter(reviewed_at__date__lte=until)
    return found


def by_key(key: str, actor: Actor) -> int | None:
    """Return the id of the review that this actor made with this idempotency key, if any."""
    entry = Entry.objects.filter(
        idempotency_key=key, verb="approval.review_site", actor_id=actor.person_id
    ).first()
    return int(entry.outcome["review"]) if entry else None


def resolutions(review: SiteReview) -> list[BlockResolution]:
    """Return what was resolved of a review, in order."""
    return list(review.resolved.order_by("pk"))


def open_blocks(review: SiteReview) -> list[dict[str, Any]]:
    """Return the findings that still stand against the site: blocks without a resolution."""
    settled = {done.rule for done in resolutions(review)}
    return [
        found
        for found in review.data["findings"]
        if found["verdict"] == "block" and found["rule"] not in settled
    ]


def current_verdict(review: SiteReview) -> str:
    """Return the verdict as it stands: a resolved block weighs as a warning."""
    if review.verdict != "block":
        return review.verdict
    settled = {done.rule for done in resolutions(review)}
    told = [
        "warn" if found["verdict"] == "block" and found["rule"] in settled else found["verdict"]
        for found in review.data["findings"]
    ]
    return worst([*told, *([] if review.data["complete"] else ["warn"])])
