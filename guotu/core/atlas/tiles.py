"""Sends a release's PMTiles by byte range, to those who may see it.

A release never changes, so its tiles may be kept by the browser for ever; the ETag is the
release's hash. Who may not see all of it gets an archive cut for that, under an address of its own.
Ranges follow RFC 9110 section 14; one range at a time, which is what readers of
PMTiles ask for.
"""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from guotu.core.atlas.cutting import WAIT_SECONDS, cut_archive, cut_key, needs_cut
from guotu.core.atlas.models import Release
from guotu.core.atlas.queries import features_of
from guotu.core.atlas.reader import Reader, reader_of
from guotu.core.atlas.within import outline_of
from guotu.core.people.doors import needs_power

_CHUNK_BYTES = 256 * 1024


def tiles_for(release: Release, reader: Reader) -> str:
    """Return the address of what a reader sees of a release's tiles: each cut has its own."""
    address = reverse("tiles", args=[release.pk])
    if not needs_cut(release, reader):
        return address
    return f"{address}?cut={cut_key(release, outline_of(reader))}"


@require_safe
@needs_power("atlas.read")
def tiles(request: HttpRequest, release_id: int) -> HttpResponseBase:
    """Answer 200, 206, 304 or 416; 403 above one's secrecy class; 404 without tiles.

    503 with Retry-After while an archive is cut for the reader's divisions.
    """
    release = Release.objects.select_related("layer").filter(pk=release_id).first()
    reader = reader_of(request)
    if release is None or not release.tiles_path:
        raise Http404
    if not (reader.sees(release.secrecy) and reader.sees(release.layer.secrecy)):
        raise PermissionDenied
    if not needs_cut(release, reader):
        path = Path(settings.GUOTU_HOME) / release.tiles_path
        return _sent(request, path, release.sha256[:32], "private, max-age=31536000, immutable")
    if not features_of(release, reader):
        raise Http404
    cut = cut_archive(release, reader)
    if cut is None:
        told = _("正在为您的辖区切片，请稍候")
        after = {"Retry-After": str(int(WAIT_SECONDS))}
        return HttpResponse(
            told, status=503, content_type="text/plain; charset=utf-8", headers=after
        )
    return _sent(request, cut, cut.stem, "private, no-cache")


def _sent(request: HttpRequest, path: Path, mark: str, kept: str) -> HttpResponseBase:
    if not path.is_file():
        raise Http404
    size = path.stat().st_size
    etag = f'"{mark}-{size:x}"'
    response = _answer(request, path, size, etag)
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = kept
    return response


def _answer(request: HttpRequest, path: Path, size: int, etag: str) -> HttpResponseBase:
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    try:
        span = byte_range(wanted, size)
    except RangeBeyondEnd:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(_read(path, first, last))
    response["Content-Type"] = "application/vnd.pmtiles"
    response["Content-Length"] = str(last - first + 1)
    if span is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


class RangeBeyondEnd(ValueError):
    """A byte range that lies wholly past the end of the file, or is empty."""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the (first, last) byte asked for, or None where the whole is to be sent.

    A header that is not understood asks for the whole. Raises `RangeBeyondEnd`.
    """
    first_text, dash, last_text = header.removeprefix("bytes=").strip().partition("-")
    digits = first_text + last_text
    if not header.startswith("bytes=") or not dash or not (digits.isascii() and digits.isdigit()):
        return None
    if not first_text:
        first, last = max(0, size - int(last_text)), size - 1
    else:
        first = int(first_text)
        last = min(int(last_text), size - 1) if last_text else size - 1
    if first > last:
        raise RangeBeyondEnd(header)
    return first, last


def _read(path: Path, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    with path.open("rb") as handle:
        handle.seek(first)
        while left > 0:
            chunk = handle.read(min(_CHUNK_BYTES, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
