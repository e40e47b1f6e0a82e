"""Tiles: byte ranges, caching, power and secrecy class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guotu.core.atlas.tiles import RangeBeyondEnd, byte_range
from tests.site.conftest import signed_in

BODY = bytes(range(256)) * 40


def with_tiles(release, home):
    """Give a release some tiles, and return their address."""
    (home / "tiles").mkdir(exist_ok=True)
    (home / "tiles" / "landuse.pmtiles").write_bytes(BODY)
    release.tiles_path = "tiles/landuse.pmtiles"
    release.save(update_fields=["tiles_path"])
    return f"/tiles/{release.pk}.pmtiles"


@pytest.fixture
def tiled(landuse, home):
    """Give the parcels some tiles."""
    return with_tiles(landuse, home)


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_whole_file_is_sent_with_its_length(clerk, tiled):
    answer = clerk.get(tiled)
    assert (answer.status_code, body(answer)) == (200, BODY)
    assert answer["Content-Length"] == str(len(BODY))
    assert answer["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-126", 0, 126), ("bytes=100-", 100, 10239), ("bytes=-5", 10235, 10239),
     ("bytes=10200-99999", 10200, 10239), ("bytes=-99999", 0, 10239)],
)  # fmt: skip
def test_a_range_is_sent_as_asked(clerk, tiled, asked, first, last):
    answer = clerk.get(tiled, HTTP_RANGE=asked)
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(BODY)}"
    assert body(answer) == BODY[first : last + 1]
    assert answer["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=20-10", "bytes=-0"])
def test_a_range_that_cannot_be_is_416(clerk, tiled, asked):
    answer = clerk.get(tiled, HTTP_RANGE=asked)
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(BODY)}")


@pytest.mark.parametrize("asked", ["bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=--5"])
def test_a_range_not_understood_is_answered_whole(clerk, tiled, asked):
    assert clerk.get(tiled, HTTP_RANGE=asked).status_code == 200


def test_the_same_bytes_are_not_sent_twice(clerk, tiled):
    first = clerk.get(tiled, HTTP_RANGE="bytes=0-10")
    assert "immutable" in first["Cache-Control"]
    assert "private" in first["Cache-Control"]
    again = clerk.get(tiled, HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 304
    other = clerk.get(tiled, HTTP_RANGE="bytes=0-10", HTTP_IF_RANGE='"another"')
    assert other.status_code == 200


def test_head_has_the_length_and_no_body(clerk, tiled):
    answer = clerk.head(tiled)
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(BODY)))
    assert answer.content == b""


def test_no_tiles_is_404(clerk, landuse):
    assert clerk.get(f"/tiles/{landuse.pk}.pmtiles").status_code == 404
    assert clerk.get("/tiles/999999.pmtiles").status_code == 404


def test_secret_tiles_are_for_those_with_the_power(clerk, secret_landuse, home):
    tiled = with_tiles(secret_landuse, home)
    assert clerk.get(tiled).status_code == 403
    keeper = signed_in("keeper", ["atlas.read", "atlas.read_secret"])
    assert keeper.get(tiled).status_code == 200


def test_without_power_no_tiles(nobody, tiled):
    assert nobody.get(tiled).status_code == 403


@given(st.text(max_size=30), st.integers(1, 10**12))
def test_any_header_gives_a_span_within_the_file_or_the_whole_or_416(header, size):
    for text in (header, f"bytes={header}"):
        try:
            span = byte_range(text, size)
        except RangeBeyondEnd:
            continue
        assert span is None or 0 <= span[0] <= span[1] < size


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_first_and_last_are_kept(first, last, size):
    header = f"bytes={first}-{last}"
    if first > min(last, size - 1):
        with pytest.raises(RangeBeyondEnd):
            byte_range(header, size)
    else:
        assert byte_range(header, size) == (first, min(last, size - 1))
