"""Reviewing a file or a drawn site: read apart, held against releases, nothing written."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils import timezone
from numpy.typing import NDArray

from guotu.apps.approval.models import SiteReview
from guotu.apps.approval.queries.book import book, fingerprint
from guotu.apps.approval.queries.held import held_layers
from guotu.apps.approval.rules import Occasion, Review, Site, canonical, result_of, review, site_of
from guotu.apps.approval.rules.result import digest, pieces_of
from guotu.apps.approval.rules.reviewing import touch_of
from guotu.core.atlas import queries as atlas
from guotu.core.atlas.models import FICTION, SECRECY
from guotu.core.atlas.placing import division_code
from guotu.core.atlas.reader import WHOLE, Reader
from guotu.core.people.scope import covers
from guotu.lib.geo.crs import LONLAT_EPSG, Frame, frame_of, transform
from guotu.lib.geo.guard import Features, Limits, read_apart
from guotu.lib.refusal import Refusal

_CLASSES = [name for name, _ in SECRECY]


@dataclass(frozen=True)
class Reviewed:
    """A review and what is kept of it: the canonical result, its hash, the pieces, the releases."""

    review: Review
    occasion: Occasion
    on: datetime.date
    result: dict[str, Any]
    text: str
    sha256: str
    pieces: str
    rules_sha256: str
    division_code: str
    secrecy: str


def occasion_on(
    day: datetime.date | None = None,
    *,
    project: str = "",
    industry: str = "",
    papers: frozenset[str] = frozenset(),
) -> Occasion:
    """Return the occasion of a review on a day (today) in this county."""
    found = day or timezone.localdate()
    return Occasion(
        act_date=found,
        decision_date=found,
        place=atlas.county().code,
        project=project,
        industry=industry.strip(),
        papers=papers,
    )


def read_site(
    path: Path, occasion: Occasion, *, crs: Frame | None = None, filename: str | None = None
) -> Site:
    """Read a stranger's boundary file in a process apart and return it as a site.

    Raises Refusal for what cannot be read, and for a file of which a feature was not accepted: a
    site of which a part is missing is not the site.
    """
    frame = atlas.county_frame()
    features = read_apart(path, crs=crs, limits=Limits.site(), filename=filename, target=frame)
    _check_whole(features, filename or path.name)
    return site_of(features.geometry, features.ids, frame, touch_of(book(), occasion))


def _check_whole(features: Features, filename: str) -> None:
    if not features.rejected:
        return
    first = features.rejected[0]
    place = "" if first.x is None else f"，坐标 {first.x:.3f}, {first.y:.3f}"
    raise Refusal(
        f"文件中 {len(features.rejected)} 个图形不能采用：{first.reason}",
        where=f"{filename}，图形 {first.feature}{place}",
        rule="缺了一部分的范围不是项目范围，不能据以审查",
        remedy="改正这些图形后重新提交",
    )


def review_site(
    site: Site,
    occasion: Occasion,
    on: datetime.date | None = None,
    *,
    reader: Reader = WHOLE,
) -> Reviewed:
    """Hold a site against the releases that hold on a day (today) and return all that is kept.

    Raises Refusal where the site does not lie wholly in the reader's divisions.
    """
    rules = book()
    code = division_code(np.asarray(site.plots, dtype=object))
    if not covers(reader.areas, code):
        raise Refusal(
            "项目范围不全在您的辖区内，不能审查",
            where=f"所在行政区划 {code}" if code else "跨行政区划，或图上没有行政区界线",
            rule="岗位只看和只办辖区内的事",
            remedy="请由县级岗位审查",
        )
    layers = held_layers(site.bounds, rules, occasion, on, reader)
    done = review(site, layers, rules, occasion)
    lonlat = frame_of(LONLAT_EPSG)

    def to_lonlat(geometry: NDArray[Any]) -> NDArray[Any]:
        return transform(geometry, site.frame, lonlat)

    rules_sha256 = fingerprint(rules)
    result = {**result_of(done, to_lonlat), "rules_sha256": rules_sha256}
    result["fictional"] = fictional = atlas.county().fictional
    text = canonical(result)
    day = on or timezone.localdate()
    pieces = pieces_of(done, to_lonlat, FICTION if fictional else "")
    secrecy = max((one.secrecy for one in layers.values()), key=_CLASSES.index, default="internal")
    return Reviewed(
        done,
        occasion,
        day,
        result,
        text,
        digest(text),
        pieces,
        rules_sha256,
        code,
        max(secrecy, "internal", key=_CLASSES.index),
    )


def review_file(
    path: Path,
    occasion: Occasion,
    *,
    crs: Frame | None = None,
    filename: str | None = None,
    on: datetime.date | None = None,
    reader: Reader = WHOLE,
) -> Reviewed:
    """Read a boundary file and review it."""
    site = read_site(path, occasion, crs=crs, filename=filename)
    return review_site(site, occasion, on, reader=reader)


def drafted(reviewed: Reviewed, name: str) -> SiteReview:
    """Return the review as the row it would be kept as; nothing is written."""
    site = reviewed.review.site
    return SiteReview(
        name=name[:255],
        site=shapely.to_wkb(shapely.geometrycollections(site.plots), byte_order=1),
        epsg=site.frame.epsg,
        area_dm2=site.total_dm2,
        division_code=reviewed.division_code,
        secrecy=reviewed.secrecy,
        verdict=reviewed.review.verdict,
        result=reviewed.text,
        sha256=reviewed.sha256,
        pieces=reviewed.pieces,
        remedies=_boundaries(reviewed.review),
        releases=reviewed.result["releases"],
        occasion=_told(reviewed.occasion),
        held_on=reviewed.on,
        reviewed_at=timezone.now(),
    )


def _boundaries(done: Review) -> dict[str, str]:
    return {
        remedy.id: str(
            shapely.to_wkb(shapely.geometrycollections(remedy.geometry), hex=True, byte_order=1)
        )
        for remedy in done.remedies
        if remedy.geometry is not None
    }


def _told(occasion: Occasion) -> dict[str, Any]:
    return {
        "act_date": occasion.act_date.isoformat(),
        "decision_date": occasion.decision_date.isoformat(),
        "place": occasion.place,
        "project": occasion.project,
        "industry": occasion.industry,
        "papers": sorted(occasion.papers),
    }
