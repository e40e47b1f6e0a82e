"""Sends a kept file as something to save, never to run: by byte range, in a sandbox."""

from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from guotu.core.files.checking.limits import kinds
from guotu.core.files.models import File
from guotu.core.files.queries import path_of

_CHUNK_BYTES = 256 * 1024
# Nothing in a kept file may load, run, send or frame anything, wherever a browser opens it.
_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def send(request: HttpRequest, file: File) -> HttpResponseBase:
    """Answer 200, 206, 304 or 416 (RFC 9110, 14). Raises Refusal when the bytes are gone."""
    path, etag = path_of(file), f'"{file.sha256}"'
    response = _answer(request, path, file.size, etag)
    media = kinds()[file.kind].media if file.kind in kinds() else "application/octet-stream"
    if response.status_code in (200, 206):
        response["Content-Type"] = media
        response["Content-Disposition"] = content_disposition_header(True, file.name) or ""
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # The right to read may end, so that a browser asks again each time.
    response["Cache-Control"] = "no-store" if file.secrecy == "secret" else "private, no-cache"
    return response


def _answer(request: HttpRequest, path: Path, size: int, etag: str) -> HttpResponseBase:
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    span = byte_range(wanted, size)
    if span is not None and span[0] > span[1]:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = span or (0, size - 1)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(_read(path, first, last))
    response["Content-Length"] = str(last - first + 1)
    if span is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the (first, last) byte asked for, or None where the whole is to be sent.

    What is not understood asks for the whole; first > last where nothing of it is there.
    """
    first_text, dash, last_text = header.removeprefix("bytes=").strip().partition("-")
    digits = first_text + last_text
    if not header.startswith("bytes=") or not dash or not (digits.isascii() and digits.isdigit()):
        return None
    if len(digits) > 30:
        return None
    if not first_text:
        return max(0, size - int(last_text)), size - 1
    return int(first_text), min(int(last_text), size - 1) if last_text else size - 1


def _read(path: Path, first: int, last: int) -> Iterator[bytes]:
    left = last - first + 1
    with path.open("rb") as handle:
        handle.seek(first)
        while left > 0 and (chunk := handle.read(min(_CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk
