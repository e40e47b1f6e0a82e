"""差在哪: the least change that would pass, held against the same layers before it is offered.

Three ways are tried: trim away all that blocks; keep the boundary and bring the papers that lift
every block; trim what no paper lifts and bring papers for the rest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from guotu.apps.approval.rules.facts import Finding, Occasion, Remedy
from guotu.apps.approval.rules.site import GRID_M, Site
from guotu.apps.approval.rules.touch import polygons
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.rules import Rule

# Says whether a changed site, with some papers, would still be blocked.
Blocked = Callable[[NDArray[Any], frozenset[str]], bool]


@dataclass(frozen=True)
class Trim:
    """How a boundary is trimmed (rule `remedy.trim`): what is too small, how far to stand back."""

    least_part_m2: float
    least_width_m: float
    margins_m: tuple[float, ...]

    @classmethod
    def from_rule(cls, rule: Rule) -> "Trim":
        """Read the rule."""
        values = rule.values
        return cls(values["least_part_m2"], values["least_width_m"], tuple(values["margins_m"]))


def remedies(
    site: Site, blocks: Sequence[Finding], occasion: Occasion, trim: Trim, blocked: Blocked
) -> list[Remedy]:
    """Return the remedies that pass, the cheapest in land first; none where nothing can help.

    A block without a piece of land (a forbidden trade) is lifted by neither boundary nor paper.
    """
    if not blocks or any(not finding.blockers for finding in blocks):
        return []
    by_paper = [finding for finding in blocks if _has_paper(finding)]
    by_trim = [finding for finding in blocks if not _has_paper(finding)]
    found = [_trimmed(site, "trim", list(blocks), [], occasion, trim, blocked)]
    if by_paper and not by_trim:
        found.append(_papers_only(site, by_paper, occasion, blocked))
    if by_paper and by_trim:
        found.append(_trimmed(site, "trim_and_papers", by_trim, by_paper, occasion, trim, blocked))
    return [remedy for remedy in found if remedy is not None]


def without_remedy(blocks: Sequence[Finding], found: Sequence[Remedy]) -> str:
    """Say what is left when no remedy passes; "" otherwise."""
    if not blocks or found:
        return ""
    if any(not finding.blockers for finding in blocks):
        return "项目所属产业在禁止之列，调整边界或补件都不能通过，须更换项目"
    return "项目范围全部或几乎全部落在不得占用的范围内，且无可补的批准文件，须另行选址"


def _has_paper(finding: Finding) -> bool:
    return bool(finding.paper) and finding.paper_can_lift


def _papers(findings: Sequence[Finding]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((finding.paper, finding.paper_title) for finding in findings))


def _clauses(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.clause for finding in findings))


def _papers_only(
    site: Site, findings: list[Finding], occasion: Occasion, blocked: Blocked
) -> Remedy | None:
    papers = _papers(findings)
    if blocked(site.plots, occasion.papers | {name for name, _ in papers}):
        return None
    titles = "；".join(title for _, title in papers)
    return Remedy(
        id="papers",
        kind="papers",
        title="边界不变，补齐批准文件",
        text=f"须取得：{titles}",
        lost_dm2=0,
        left_dm2=site.total_dm2,
        papers=papers,
        clauses=_clauses(findings),
    )


def _trimmed(
    site: Site,
    kind: str,
    off: list[Finding],
    on_paper: list[Finding],
    occasion: Occasion,
    trim: Trim,
    blocked: Blocked,
) -> Remedy | None:
    papers = _papers(on_paper)
    held = occasion.papers | {name for name, _ in papers}
    for plots in _boundaries(site, off, trim):
        if len(plots) and not blocked(plots, held):
            return _trim_remedy(site, kind, plots, off, papers)
    return None


def _trim_remedy(
    site: Site,
    kind: str,
    plots: NDArray[Any],
    off: list[Finding],
    papers: tuple[tuple[str, str], ...],
) -> Remedy:
    left = int(legal_area_dm2(plots, site.frame).sum())
    lost = max(site.total_dm2 - left, 0)
    names = "、".join(dict.fromkeys(finding.title for finding in off))
    text = f"裁去涉及「{names}」的部分，减少 {lost / 100:.2f} 平方米，余 {left / 100:.2f} 平方米"
    if papers:
        text += "；并取得：" + "；".join(title for _, title in papers)
    return Remedy(
        id=kind,
        kind=kind,
        title="调整项目边界" if not papers else "调整项目边界并补齐批准文件",
        text=text,
        lost_dm2=lost,
        left_dm2=left,
        geometry=plots,
        papers=papers,
        clauses=_clauses(off),
    )


def _boundaries(site: Site, off: list[Finding], trim: Trim) -> Iterator[NDArray[Any]]:
    blockers = _clipped(site, [shape for finding in off for shape in finding.blockers])
    for margin_m in trim.margins_m:
        taken = blockers
        if margin_m:
            taken = shapely.buffer(blockers, margin_m, join_style="mitre", quad_segs=1)
        yield _usable(shapely.difference(site.plots, taken), trim)


def _clipped(site: Site, blockers: list[shapely.Geometry]) -> shapely.Geometry:
    # A red line of a hundred thousand vertices is met only where the site is. The box is wide
    # enough that its own edge never comes near the site.
    west, south, east, north = site.bounds
    around = shapely.box(west - 50, south - 50, east + 50, north + 50)
    near = shapely.intersection(np.array(blockers, dtype=object), around)
    return shapely.union_all(near)


def _usable(cut: NDArray[Any], trim: Trim) -> NDArray[Any]:
    """Return what is left as single polygons on the 0.1 mm grid, without unusable parts.

    Parts that meet in a point stand as plots of their own: as one multipolygon they would cross
    one another once their coordinates are rounded again.
    """
    snapped = shapely.set_precision(cut, GRID_M)
    parts, _ = polygons(snapped)
    area, length = shapely.area(parts), shapely.length(parts)
    width = np.divide(2 * area, length, out=np.zeros_like(area), where=length > 0)
    usable: NDArray[Any] = parts[(area >= trim.least_part_m2) & (width >= trim.least_width_m)]
    return usable
