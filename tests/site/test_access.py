"""Who may open what: every address against every kind of reader, in one committed table.

An address that is missing from the table fails the build. `yes` opens (2xx, 3xx onwards, or 4xx
for want of a proper form), `no` is 403, `in` sends the stranger to the sign-in page (401 for JSON).
"""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from guotu.core.people.models import Person
from tests.site.conftest import signed_in

READERS = {
    "stranger": None,
    "no power": [],
    "atlas": ["atlas.read"],
    "results": ["approval.read"],
    "clerk": ["atlas.read", "approval.read", "approval.review"],
}
ANYBODY = dict.fromkeys(READERS, "yes")
SIGNED_IN = {**ANYBODY, "stranger": "in"}
ATLAS = {**SIGNED_IN, "no power": "no", "results": "no"}
RESULTS = {**SIGNED_IN, "no power": "no", "atlas": "no"}
REVIEWERS = {**RESULTS, "results": "no"}

# address name -> (method, an address that exists or not, who may)
TABLE = {
    "sign-in": ("get", "/sign-in/", ANYBODY),
    "sign-out": ("post", "/sign-out/", ANYBODY),
    "language": ("post", "/language/", ANYBODY),
    "day": ("post", "/day/", SIGNED_IN),
    "search": ("get", "/search/?q=0101", ATLAS),
    "map": ("get", "/", ATLAS),
    "print": ("get", "/print/", ATLAS),
    "layers": ("get", "/layers/", ATLAS),
    "layers-csv": ("get", "/layers.csv", ATLAS),
    "layer": ("get", "/layers/landuse/", ATLAS),
    "layer-findings-csv": ("get", "/layers/landuse/findings.csv", ATLAS),
    "conflicts": ("get", "/conflicts/", ATLAS),
    "conflicts-csv": ("get", "/conflicts.csv", ATLAS),
    "conflicts-geojson": ("get", "/conflicts.geojson", ATLAS),
    "tiles": ("get", "/tiles/{release}.pmtiles", ATLAS),
    "atlas-layers": ("get", "/api/atlas/layers", ATLAS),
    "atlas-labels": ("get", "/api/atlas/labels/{release}", ATLAS),
    "atlas-at": ("get", "/api/atlas/at?lon=113.6&lat=28.7", ATLAS),
    "atlas-search": ("get", "/api/atlas/search?q=0001", ATLAS),
    "atlas-frame": ("get", "/api/atlas/frame?lon=113.6&lat=28.7", ATLAS),
    "atlas-measure": ("post", "/api/atlas/measure", ATLAS),
    "review": ("get", "/review/", RESULTS),
    "review-new": ("get", "/review/new/", REVIEWERS),
    "review-list-export": ("get", "/review/list.csv", RESULTS),
    "review-page": ("get", "/review/1/", RESULTS),
    "review-json": ("get", "/review/1.json", RESULTS),
    "review-geojson": ("get", "/review/1.geojson", RESULTS),
    "review-docx": ("get", "/review/1.docx", RESULTS),
    "review-xlsx": ("get", "/review/1.xlsx", RESULTS),
    "review-remedy": ("get", "/review/1/remedy.geojson", RESULTS),
    "review-resolve": ("post", "/review/1/resolve/", REVIEWERS),
}


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            yield str(pattern.name)


def test_no_address_is_missing_from_the_table() -> None:
    assert set(names(get_resolver().url_patterns)) == set(TABLE)


@pytest.fixture
def clients(county: object) -> dict[str, Client]:
    found = {}
    for number, (reader, powers) in enumerate(READERS.items()):
        if powers is None:
            found[reader] = Client(HTTP_HOST="localhost")
        else:
            found[reader] = signed_in(f"reader{number}", powers)
    return found


@pytest.mark.django_db
def test_each_address_opens_to_those_and_only_those(clients, landuse):
    wrong = []
    for name, (method, address, allowed) in TABLE.items():
        where = address.format(release=landuse.pk)
        for reader in READERS:
            if name == "sign-out":
                continue
            answer = getattr(clients[reader], method)(where)
            seen = said(answer.status_code, answer.headers.get("Location", ""))
            if seen != allowed[reader]:
                wrong.append((name, reader, allowed[reader], answer.status_code))
    assert wrong == []


def said(status: int, location: str) -> str:
    if status == 401 or (status == 302 and "/sign-in/" in location):
        return "in"
    return "no" if status == 403 else "yes"


@pytest.mark.django_db
def test_what_is_secret_is_not_shown_by_any_address(secret_landuse, clerk):
    tiles = f"/tiles/{secret_landuse.pk}.pmtiles"
    assert clerk.get(tiles).status_code in (403, 404)
    for address in ("/api/atlas/at?lon=113.5906&lat=28.6999", "/api/atlas/search?q=0001"):
        assert b"0101" not in clerk.get(address).content
    listed = clerk.get("/api/atlas/layers").content.decode()
    assert tiles not in listed
    assert secret_landuse.sha256 not in listed


@pytest.mark.django_db
def test_a_person_out_of_use_is_shut_out_at_once(clerk):
    assert clerk.get("/").status_code == 200
    Person.objects.filter(username="clerk").update(is_active=False)
    assert clerk.get("/").status_code in (302, 403)
