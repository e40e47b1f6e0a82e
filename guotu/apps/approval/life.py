"""What site review adds to the ribbon of a place: reviews that met it, and rules by date."""

import datetime
from collections.abc import Callable, Iterator

import numpy as np
import shapely
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guotu.apps.approval.models import BlockResolution, SiteReview
from guotu.apps.approval.queries.book import book
from guotu.apps.approval.queries.saved import seen
from guotu.core.atlas.life import (
    LifeEvent,
    LifePaper,
    LifePlace,
    LifeRule,
    life_rules,
    life_source,
)
from guotu.core.atlas.life.reading import day_of
from guotu.core.atlas.reader import reader_in
from guotu.core.files.models import File
from guotu.core.files.queries import may_read
from guotu.core.journal.actions import Actor
from guotu.core.journal.models import Entry
from guotu.lib.rules import Rule

_READERS = ("approval.read", "approval.review")
# Always shown: by which article land here could be converted, taken, or kept as basic farmland.
_ALWAYS = ("approval.conversion", "approval.expropriation", "protection.basic_farmland")
_MOST_RULES = 12

# A review never changes, so what box it covers is kept; id and hash together name it.
_boxes: dict[tuple[int, str], tuple[float, float, float, float]] = {}


@life_source(order=40, title=gettext_lazy("用地审查"), powers=_READERS)
def reviews_at(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield each kept review whose site covers the place, and each block lifted of it."""
    met = _met(place, viewer)
    if not met:
        return
    kept = _sequences("approval.review_site", "review", [one.pk for one in met])
    for one in met:
        day = day_of(one.reviewed_at)
        file = one.source if one.source and may_read(viewer, one.source) else None
        yield LifeEvent(
            day,
            day,
            _("用地审查"),
            f"{one.name}：{_verdict(one.verdict)}",
            detail=_("所依图层版本到 %(day)s 为止") % {"day": one.held_on},
            paper=_paper(file),
            rule=_rules_of(one),
            address=reverse("review-page", args=[one.pk]),
            sequence=kept.get(str(one.pk)),
            kind="act",
            recorded=day,
        )
    yield from _resolved(met, viewer)


def _resolved(met: list[SiteReview], viewer: Actor) -> Iterator[LifeEvent]:
    done = BlockResolution.objects.filter(review__in=met).select_related("review", "document")
    numbers = {
        int(outcome["resolution"]): sequence
        for sequence, outcome in Entry.objects.filter(
            verb="approval.resolve_block", subject__in=[f"review:{one.pk}" for one in met]
        ).values_list("sequence", "outcome")
        if "resolution" in outcome
    }
    for one in done:
        day = day_of(one.resolved_at)
        file = one.document if one.document and may_read(viewer, one.document) else None
        address = reverse("file-download", args=[file.pk]) if file else ""
        yield LifeEvent(
            day,
            day,
            _("用地审查"),
            _("%(name)s：阻断已处理") % {"name": one.review.name},
            detail=one.reason,
            paper=LifePaper(one.paper, one.number, address),
            address=reverse("review-page", args=[one.review_id]),
            sequence=numbers.get(one.pk),
            kind="act",
            recorded=day,
        )


@life_source(order=90, title=gettext_lazy("当时规则"))
def rules_over(place: LifePlace, viewer: Actor) -> Iterator[LifeEvent]:
    """Yield the rules on conversion, expropriation and basic farmland, each for its time."""
    for rule in sorted(book().rules, key=lambda one: (one.kind, one.effective_from)):
        if rule.kind in _ALWAYS and place.county.startswith(rule.place):
            last = rule.effective_to - datetime.timedelta(days=1) if rule.effective_to else None
            yield LifeEvent(
                rule.effective_from,
                last,
                _("规则：%(title)s") % {"title": _heading(rule)},
                rule.article,
                rule=(_told(rule),),
                secrecy="open",
                kind="rule",
            )


def _heading(rule: Rule) -> str:
    words = {
        "approval.conversion": _("农用地转用"),
        "approval.expropriation": _("土地征收"),
        "protection.basic_farmland": _("永久基本农田"),
    }
    return words[rule.kind]


@life_rules
def rules_there(place: LifePlace) -> Callable[[str, datetime.date], Iterator[LifeRule]]:
    """Return the rules in force on a day about a layer, about conversion or expropriation."""
    rules = book()

    def found(subject: str, day: datetime.date) -> Iterator[LifeRule]:
        for kind in sorted({rule.kind for rule in rules.rules if _is_about(rule, subject)}):
            rule = rules.find(kind, day, day, place.county)
            if rule is not None:
                yield _told(rule)

    return found


def _is_about(rule: Rule, subject: str) -> bool:
    group, _dot, about = rule.kind.partition(".")
    if group == "approval":
        return about == subject
    return group in ("protection", "plan") and rule.values.get("layer") == subject


def _told(rule: Rule) -> LifeRule:
    return LifeRule(rule.title, rule.article, rule.source, rule.certainty)


def _rules_of(review: SiteReview) -> tuple[LifeRule, ...]:
    """Return the clauses that the review itself was decided by, as it kept them."""
    found = [
        LifeRule(one["title"], one["clause"], "", "unsure" if one["mark"] == "U" else "sure")
        for one in review.data["findings"]
    ]
    found += [
        LifeRule(one["act"], one["clause"], "", "unsure" if one["mark"] == "U" else "sure")
        for one in review.data["approvals"]
    ]
    return tuple(dict.fromkeys(found))[:_MOST_RULES]


def _verdict(verdict: str) -> str:
    words = {"block": _("不通过"), "warn": _("有提示"), "note": _("有说明"), "pass": _("通过")}
    return words[verdict]


def _paper(file: File | None) -> LifePaper | None:
    return LifePaper(file.name, "", reverse("file-download", args=[file.pk])) if file else None


def _met(place: LifePlace, viewer: Actor) -> list[SiteReview]:
    """Return the reviews that somebody may see whose site covers the place, the oldest first."""
    open_to = seen(reader_in(viewer))
    keys = list(open_to.values_list("pk", "sha256").order_by("pk"))
    _learn([key for key in keys if key not in _boxes])
    near = [key[0] for key in keys if _in_box(_boxes[key], place)]
    found = open_to.filter(pk__in=near, epsg=place.epsg)
    return [
        one
        for one in found.order_by("pk")
        if shapely.intersects(shapely.from_wkb(bytes(one.site)), place.point)
    ]


def _learn(fresh: list[tuple[int, str]]) -> None:
    for first in range(0, len(fresh), 500):
        part = dict(fresh[first : first + 500])
        sites = SiteReview.objects.filter(pk__in=part).values_list("pk", "site")
        for pk, site in sites.iterator():
            west, south, east, north = shapely.bounds(shapely.from_wkb(bytes(site)))
            _boxes[(pk, part[pk])] = (float(west), float(south), float(east), float(north))


def _in_box(box: tuple[float, float, float, float], place: LifePlace) -> bool:
    west, south, east, north = box
    return bool(np.isfinite(west)) and west <= place.x <= east and south <= place.y <= north


def _sequences(verb: str, kind: str, ids: list[int]) -> dict[str, int]:
    found = Entry.objects.filter(verb=verb, subject__in=[f"{kind}:{one}" for one in ids])
    pairs = found.values_list("subject", "sequence")
    return {subject.partition(":")[2]: sequence for subject, sequence in pairs}
