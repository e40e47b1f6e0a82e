"""What is offered to a blocked site is handed in again as it is downloaded: it must pass."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from trials import _brute
from trials._county import home_of, releases
from trials._reviewer import Reviewer
from trials._sites import sites
from trials.harness import Figure, Scale

TITLE = "remedies of blocked sites, reviewed again"
FAULTS = {
    "no_trim": "the boundary is handed back as it came",
    "unproved": "half of what blocks is forgotten, and nobody reviews the remedy",
}
BLOCKED, PARCELS = 1_000, 200_000


@dataclass
class _Seen:
    blocked: int = 0
    without: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Yield the remedies that did not pass, and how much land a trimmed boundary loses."""
    home = home_of(scale.count(PARCELS, least=20_000))
    survey = _brute.Layer.read(releases(home)["landuse"])
    west, south, east, north = shapely.total_bounds(survey.geometry)
    seen, wanted = _Seen(), scale.count(BLOCKED, least=20)
    with Reviewer(home, fault) as reviewer:
        for plot in sites(np.random.default_rng(17), shapely.box(west, south, east, north)):
            result = reviewer.review([plot])
            if result.get("verdict") == "block":
                _try(reviewer, plot, result, seen)
            if seen.blocked >= wanted:
                break
    yield from _figures(seen)


def _figures(seen: _Seen) -> Iterator[Figure]:
    kinds = "，".join(f"{kind} {count:,}" for kind, count in sorted(seen.by_kind.items()))
    failing = "：" + "；".join(seen.failing[:3]) if seen.failing else ""
    yield Figure(
        f"{seen.blocked:,} blocked sites: remedies that fail when reviewed again",
        "0",
        f"{len(seen.failing)} of {sum(seen.by_kind.values()):,}（{kinds}）{failing}",
        not seen.failing and bool(seen.by_kind),
    )
    lost = statistics.median(seen.lost) if seen.lost else 0.0
    yield Figure(
        "land lost by a trimmed boundary beyond what blocks (median); sites that nothing helps",
        "none",
        f"{lost:.2f} m²; {seen.without:,}",
        None,
    )


def _try(reviewer: Reviewer, plot: shapely.Polygon, result: dict[str, Any], seen: _Seen) -> None:
    seen.blocked += 1
    seen.without += not result["remedies"]
    if bool(result["remedies"]) == bool(result["no_remedy"]):
        seen.failing.append("neither a remedy nor a reason why there is none")
    blocking = sum(f["area_m2"] for f in result["findings"] if f["verdict"] == "block")
    for remedy in result["remedies"]:
        seen.by_kind[remedy["kind"]] = seen.by_kind.get(remedy["kind"], 0) + 1
        papers = [paper["paper"] for paper in remedy["papers"]]
        if remedy["geometry"] is None:
            again = reviewer.review([plot], papers=papers)
        else:
            again = reviewer.review_again(remedy["geometry"], papers=papers)
        if again.get("verdict", "block") == "block":
            why = again.get("refused") or [
                f["rule"] for f in again["findings"] if f["verdict"] == "block"
            ]
            seen.failing.append(f"{remedy['kind']} {why}")
        if remedy["kind"] == "trim":
            seen.lost.append(max(remedy["lost_m2"] - blocking, 0.0))
