"""Hands a layer over as a file, and journals who took what, how much and what for."""

import tempfile
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_GET

from guotu.core.atlas import exporting, queries
from guotu.core.atlas.models import Layer
from guotu.core.atlas.reader import reader_of
from guotu.core.journal.actions import perform
from guotu.core.people.doors import needs_power
from guotu.core.people.queries import actor_of_request

_TYPES = {
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
    "zip": "application/zip",
    "csv": "text/csv; charset=utf-8",
}


@require_GET
@needs_power("atlas.read")
def layer_export(request: HttpRequest, name: str, kind: str) -> FileResponse:
    """The release of the day as a file (`?bbox=`, `?purpose=`), streamed from a passing folder."""
    reader = reader_of(request)
    layer = Layer.objects.filter(name=name).first()
    if layer is None or not reader.sees(layer.secrecy):
        raise Http404
    release = queries.current_release(name, getattr(request, "day", None))
    if release is not None and not reader.sees(release.secrecy):
        raise Http404
    asked = exporting.wanted(release, kind, reader, request.GET.get("bbox", ""))
    purpose = request.GET.get("purpose", "").strip()[:200]
    rows = exporting.rows_wanted(asked)
    exporting.check_purpose(len(rows), purpose)
    fictional = queries.county().fictional
    # The folder goes at once; the open file lives on until it is sent.
    with tempfile.TemporaryDirectory(dir=settings.GUOTU_HOME, prefix=".export-") as folder:
        path = Path(folder) / f"{name}-{asked.release.name}.{kind}"
        taken = exporting.export(asked, rows, path, fictional, lambda doing, share: None)
        perform(
            "atlas.take",
            actor_of_request(request),
            reason=purpose,
            layer=name,
            release=asked.release.name,
            kind=kind,
            features=taken.features,
            areas=None if reader.areas is None else sorted(reader.areas),
            box=asked.box,
        )
        handle = path.open("rb")
    response = FileResponse(handle, content_type=_TYPES[kind])
    marked = f"{'虚构-' if fictional else ''}{path.name}"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(marked)}"
    response["Cache-Control"] = "private, no-store"
    return response
