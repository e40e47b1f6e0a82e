"""A remedy's boundary as a file to hand back: GeoJSON, boundary points, GeoPackage."""

import tempfile
from pathlib import Path

import pyarrow as pa
import shapely

from guotu.apps.approval.models import SiteReview
from guotu.lib.geo import formats
from guotu.lib.geo.crs import frame_of
from guotu.lib.refusal import Refusal


def boundary_file(review: SiteReview, remedy: str, suffix: str, fictional: bool) -> bytes:
    """Return the trimmed boundary of a remedy as a file of the kind `suffix` (".txt").

    Raises Refusal where the remedy changes no boundary.
    """
    wkb = review.remedies.get(remedy)
    if wkb is None:
        raise Refusal(
            "这一办法没有调整后的边界",
            where=f"审查 {review.pk}",
            remedy="从审查页选择调整边界的办法",
        )
    plots = shapely.get_parts(shapely.from_wkb(wkb))
    count = len(plots)
    title = f"（虚构）{review.name}" if fictional else review.name
    fields = pa.table({"DKBH": [f"{n:02d}" for n in range(1, count + 1)], "DKMC": [title] * count})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"remedy{suffix}"
        formats.write(path, plots, fields, frame_of(review.epsg))
        return path.read_bytes()
