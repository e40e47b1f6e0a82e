"""Reads about saved reviews: the list, one of them, and what of it is still open."""

from typing import Any

from django.db.models import QuerySet

from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.apps.approval.rules.facts import worst
from guotu.core.journal.actions import Actor
from guotu.core.journal.models import Entry
from guotu.lib.refusal import Refusal


def saved(review_id: int) -> SiteReview:
    """Return a saved review; a Refusal where there is none."""
    found = SiteReview.objects.select_related("source").filter(pk=review_id).first()
    if found is None:
        raise Refusal("没有这份审查", where=f"审查 {review_id}", remedy="从审查列表进入")
    return found


def listed(
    *, verdict: str = "", text: str = "", since: Any = None, until: Any = None
) -> QuerySet[SiteReview]:
    """Return saved reviews, the latest first, by verdict, words in the name, and days."""
    found = SiteReview.objects.select_related("source").order_by("-pk")
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
