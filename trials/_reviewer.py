"""A process apart that reviews sites in one county, a line of JSON a site; faults are planted here.

`Reviewer(home, fault)` speaks with it: `review(plots)` with shapely plots in the county's frame,
`review_again(geometry)` with a remedy's GeoJSON as it is downloaded.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from trials._county import environment
from trials.harness import PROJECT_ROOT


class Reviewer:
    """Reviews sites in the county at `home`; use it as a context."""

    def __init__(self, home: Path, fault: str | None = None) -> None:
        self._apart = subprocess.Popen(
            [sys.executable, "-m", "trials._reviewer", fault or ""],
            cwd=PROJECT_ROOT,
            env=environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Reviewer":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._apart.stdin is not None
        self._apart.stdin.close()
        self._apart.wait(timeout=60)

    def _ask(self, **job: Any) -> dict[str, Any]:
        assert self._apart.stdin is not None
        assert self._apart.stdout is not None
        self._apart.stdin.write(json.dumps(job) + "\n")
        self._apart.stdin.flush()
        answer: dict[str, Any] = json.loads(self._apart.stdout.readline())
        return answer

    def review(self, plots: list[shapely.Geometry], **occasion: Any) -> dict[str, Any]:
        """Return the result for plots in the county's frame, or `{"refused": why}`."""
        return self._ask(plots=[shapely.to_wkb(plot, hex=True) for plot in plots], **occasion)

    def review_again(self, geometry: dict[str, Any] | None, **occasion: Any) -> dict[str, Any]:
        """Return the result for a remedy's GeoJSON in lon/lat; None is the site as it was."""
        return self._ask(lonlat=json.dumps(geometry), **occasion)


def _plots(job: dict[str, Any], frame: Any) -> Any:
    from guotu.lib.geo.crs import frame_of, transform

    if "plots" in job:
        return shapely.from_wkb(np.array([bytes.fromhex(one) for one in job["plots"]], object))
    parts = shapely.get_parts(shapely.from_geojson(job["lonlat"]))
    return transform(np.atleast_1d(parts), frame_of(4490), frame)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    from guotu.apps.approval import queries
    from guotu.apps.approval.rules import site_of
    from guotu.apps.approval.rules.reviewing import touch_of
    from guotu.core.atlas.queries import county_frame
    from guotu.lib.refusal import Refusal

    frame = county_frame()
    occasion = queries.occasion_on(
        project=job.get("project", ""), papers=frozenset(job.get("papers", ()))
    )
    try:
        plots = _plots(job, frame)
        ids = [str(number) for number in range(1, len(plots) + 1)]
        site = site_of(plots, ids, frame, touch_of(queries.book(), occasion))
        return queries.review_site(site, occasion).result
    except Refusal as refusal:
        return {"refused": str(refusal)}


def _plant(fault: str) -> None:
    """Change the product in this process alone, as a careless hand would."""
    from guotu.apps.approval.rules import areas, protections, remedies

    planted = {
        "planar_area": (areas, "legal_area_m2", lambda g, frame: shapely.area(g) ** 1.00002),
        "planar_overlap": (protections, "legal_area_m2", lambda g, frame: shapely.area(g)),
        "whole_metres": (areas, "_shared", _whole_metres),
        "no_bank": (areas, "_bank_share", lambda s, row, codes, system: np.zeros(len(row))),
        "box_hits": (protections, "intersect", _by_box),
        "no_trim": (remedies, "_boundaries", lambda site, off, trim: iter([site.plots])),
        "unproved": (remedies, "_clipped", _half_of_it),
        "": None,
    }
    if change := planted[fault]:
        setattr(*change)
    if fault in ("no_trim", "unproved"):
        _take_on_trust(remedies)


def _whole_metres(weights: Any, keys: Any, total_dm2: int) -> Any:
    return np.floor(weights / 100 + 0.5).astype(np.int64) * 100


def _half_of_it(site: Any, blockers: Any) -> Any:
    return shapely.intersection(
        shapely.union_all(np.array(blockers, object)), shapely.box(*_lower(site.bounds))
    )


def _lower(bounds: Any) -> Any:
    west, south, east, north = bounds
    return west, south, east, (south + north) / 2


def _take_on_trust(remedies: Any) -> None:
    asked = remedies.remedies

    def trusting(site: Any, blocks: Any, occasion: Any, trim: Any, blocked: Any) -> Any:
        return asked(site, blocks, occasion, trim, lambda plots, papers: False)

    from guotu.apps.approval.rules import reviewing

    reviewing.remedies = trusting


def _by_box(subject: Any, other: Any, **_: Any) -> Any:
    from guotu.lib.geo.overlay import intersect

    return intersect(subject, shapely.envelope(other))


def main() -> None:
    """Answer jobs until there are no more."""
    from guotu.site.cli.django_ready import ready

    ready()
    _plant(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
