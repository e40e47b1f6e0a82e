"""What the signed-in person of a request may see, by the powers of the post held."""

from django.http import HttpRequest

from guotu.core.atlas.reader import reader_of


def powers_of(request: HttpRequest) -> frozenset[str]:
    """Return the powers of the signed-in person's post."""
    return reader_of(request).powers


def may_see(request: HttpRequest, secrecy: str) -> bool:
    """Say whether the signed-in person may see something of this secrecy class."""
    return reader_of(request).sees(secrecy)
