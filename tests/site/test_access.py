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
    "ledger": ["ledger.read"],
    "register": ["register.read"],
    "papers": ["files.read"],
    "keeper": ["files.read", "files.keep", "files.attach"],
    "registrar": ["register.read", "register.write"],
    "records": ["journal.read"],
    "cases": ["cases.read"],
    "window": ["cases.read", "cases.handle", "cases.open", "cases.allot"],
    "register of interventions": ["cases.read", "cases.read_interventions"],
    "tasks": ["tasks.read"],
    "tasks office": ["tasks.read", "tasks.assign"],
    "people": ["people.read"],
    "administrator": ["people.read", "people.administer", "people.look"],
}
STAFF = ["people", "administrator"]
ANYBODY = dict.fromkeys(READERS, "yes")
SIGNED_IN = {**ANYBODY, "stranger": "in"}


def _only(*readers: str) -> dict[str, str]:
    return {**dict.fromkeys(READERS, "no"), "stranger": "in", **dict.fromkeys(readers, "yes")}


ATLAS = _only("atlas", "clerk")
RESULTS = _only("results", "clerk")
REVIEWERS = _only("clerk")
REGISTER = _only("register", "registrar")
REGISTRARS = _only("registrar")
LEDGER = _only("ledger")
RECORDS = _only("records")
WINDOW = _only("window")
INTERVENTIONS = _only("register of interventions")
CASES = _only("cases", "window", "register of interventions")
TASKS = _only("tasks", "tasks office")
TASKS_OFFICE = _only("tasks office")
PAPERS = _only("papers", "keeper")
KEEPERS = _only("keeper")
PEOPLE = _only(*STAFF)
ADMINISTRATORS = _only("administrator")

# address name -> (method, an address that exists or not, who may)
TABLE = {
    "sign-in": ("get", "/sign-in/", ANYBODY),
    "sign-in-code": ("get", "/sign-in/code/", ANYBODY),
    "sign-out": ("post", "/sign-out/", ANYBODY),
    "account": ("get", "/account/", SIGNED_IN),
    "act-as": ("post", "/account/act-as/", SIGNED_IN),
    "password": ("get", "/account/password/", SIGNED_IN),
    "second-factor": ("get", "/account/second-factor/", SIGNED_IN),
    "people": ("get", "/people/", PEOPLE),
    "people-export": ("get", "/people/list.csv", PEOPLE),
    "people-open": ("get", "/people/open/", ADMINISTRATORS),
    "person": ("get", "/people/1/", PEOPLE),
    "person-look": ("post", "/people/1/look/", ADMINISTRATORS),
    "person-act": ("post", "/people/1/unlock/", ADMINISTRATORS),
    "posts": ("get", "/people/posts/", PEOPLE),
    "post": ("get", "/people/posts/1/", PEOPLE),
    "units": ("get", "/people/units/", PEOPLE),
    "divisions": ("get", "/people/divisions/", PEOPLE),
    "language": ("post", "/language/", ANYBODY),
    "day": ("post", "/day/", SIGNED_IN),
    "search": ("get", "/search/?q=0101", ATLAS),
    "map": ("get", "/", ATLAS),
    "print": ("get", "/print/", ATLAS),
    "journal": ("get", "/journal/", RECORDS),
    "journal-csv": ("get", "/journal.csv", RECORDS),
    "journal-entry": ("get", "/journal/0/", RECORDS),
    "journal-entry-json": ("get", "/journal/0.json", RECORDS),
    "layers": ("get", "/layers/", ATLAS),
    "layers-csv": ("get", "/layers.csv", ATLAS),
    "layer": ("get", "/layers/landuse/", ATLAS),
    "layer-findings-csv": ("get", "/layers/landuse/findings.csv", ATLAS),
    "life": ("get", "/life/?lon=113.6&lat=28.7", ATLAS),
    "life-panel": ("get", "/life/panel/?lon=113.6&lat=28.7", ATLAS),
    "life-print": ("get", "/life/print/?lon=113.6&lat=28.7", ATLAS),
    "life-geojson": ("get", "/life/place.geojson?lon=113.6&lat=28.7", ATLAS),
    "life-csv": ("get", "/life.csv?lon=113.6&lat=28.7", ATLAS),
    "atlas-life": ("get", "/api/atlas/life?lon=113.6&lat=28.7", ATLAS),
    "documents": ("get", "/documents/", PAPERS),
    "documents-export": ("get", "/documents/list.csv", PAPERS),
    "document-page": ("get", "/documents/1/", PAPERS),
    "files": ("get", "/documents/files/", PAPERS),
    "file-new": ("get", "/documents/files/new/", KEEPERS),
    "file-page": ("get", "/documents/files/1/", PAPERS),
    "file-attach": ("post", "/documents/files/1/attach/", KEEPERS),
    "file-download": ("get", "/files/1/download", PAPERS),
    "conflicts": ("get", "/conflicts/", ATLAS),
    "conflicts-csv": ("get", "/conflicts.csv", ATLAS),
    "conflicts-geojson": ("get", "/conflicts.geojson", ATLAS),
    "layer-export": ("get", "/layers/landuse/export.csv", ATLAS),
    "tiles": ("get", "/tiles/{release}.pmtiles", ATLAS),
    "atlas-layers": ("get", "/api/atlas/layers", ATLAS),
    "atlas-labels": ("get", "/api/atlas/labels/{release}", ATLAS),
    "atlas-at": ("get", "/api/atlas/at?lon=113.6&lat=28.7", ATLAS),
    "atlas-search": ("get", "/api/atlas/search?q=0001", ATLAS),
    "atlas-frame": ("get", "/api/atlas/frame?lon=113.6&lat=28.7", ATLAS),
    "atlas-measure": ("post", "/api/atlas/measure", ATLAS),
    "tasks": ("get", "/tasks/", TASKS),
    "tasks-geojson": ("get", "/tasks/map.geojson", TASKS),
    "tasks-export": ("get", "/tasks/export.csv", TASKS),
    "tasks-units": ("get", "/tasks/units/", TASKS),
    "tasks-bulletin": ("get", "/tasks/bulletin.docx", TASKS),
    "tasks-missed": ("get", "/tasks/missed/", TASKS),
    "tasks-new": ("get", "/tasks/new/", TASKS_OFFICE),
    "tasks-sources": ("get", "/tasks/sources/", TASKS),
    "tasks-source": ("get", "/tasks/sources/1/", TASKS),
    "task": ("get", "/tasks/1/", TASKS),
    "task-act": ("post", "/tasks/0/act/receive/", TASKS),
    "task-evidence": ("get", "/tasks/1/evidence/1/", TASKS),
    "ledger": ("get", "/ledger/", LEDGER),
    "ledger-accounts-csv": ("get", "/ledger/accounts.csv", LEDGER),
    "ledger-account": ("get", "/ledger/accounts/1/", LEDGER),
    "ledger-account-csv": ("get", "/ledger/accounts/1.csv", LEDGER),
    "ledger-account-xlsx": ("get", "/ledger/accounts/1.xlsx", LEDGER),
    "ledger-account-geojson": ("get", "/ledger/accounts/1.geojson", LEDGER),
    "ledger-transfer": ("get", "/ledger/transfers/1/", LEDGER),
    "ledger-transfer-geojson": ("get", "/ledger/transfers/1.geojson", LEDGER),
    "desk": ("get", "/desk/", CASES),
    "notices-seen": ("post", "/desk/seen/", CASES),
    "cases": ("get", "/cases/", CASES),
    "cases-geojson": ("get", "/cases/map.geojson", CASES),
    "cases-export": ("get", "/cases/export.csv", CASES),
    "cases-views": ("post", "/cases/views/", CASES),
    "leader": ("get", "/cases/leader/", CASES),
    "leader-csv": ("get", "/cases/leader.csv", CASES),
    "case-new": ("get", "/cases/new/", WINDOW),
    "case": ("get", "/cases/1/", CASES),
    "case-geojson": ("get", "/cases/1/place.geojson", CASES),
    "case-act": ("post", "/cases/1/act/urge/", CASES),
    "step": ("get", "/cases/1/steps/1/", CASES),
    "step-draft": ("post", "/cases/1/steps/1/draft/", WINDOW),
    "processes": ("get", "/cases/processes/", CASES),
    "process": ("get", "/cases/processes/1/", CASES),
    "process-bpmn": ("get", "/cases/processes/1.bpmn", CASES),
    "assignments": ("get", "/cases/assignments/", CASES),
    "assignments-csv": ("get", "/cases/assignments.csv", CASES),
    "intervention": ("get", "/cases/1/intervention/", CASES),
    "interventions": ("get", "/cases/interventions/", CASES),
    "interventions-csv": ("get", "/cases/interventions.csv", CASES),
    "interventions-look": ("get", "/cases/interventions/look/?case=1", INTERVENTIONS),
    "intervention-reply": ("post", "/cases/interventions/1/reply/", CASES),
    "register": ("get", "/register/", REGISTER),
    "register-kind": ("get", "/register/landuse/", REGISTER),
    "register-take": ("post", "/register/landuse/take/", REGISTRARS),
    "register-export": ("get", "/register/landuse/list.csv", REGISTER),
    "register-thing": ("get", "/register/landuse/430999100200-1/", REGISTER),
    "register-geojson": ("get", "/register/landuse/430999100200-1.geojson", REGISTER),
    "ogc": ("get", "/ogc/", ATLAS),
    "ogc-bare": ("get", "/ogc", ATLAS),
    "ogc-conformance": ("get", "/ogc/conformance", ATLAS),
    "ogc-openapi": ("get", "/ogc/openapi", ATLAS),
    "ogc-collections": ("get", "/ogc/collections", ATLAS),
    "ogc-collection": ("get", "/ogc/collections/landuse", ATLAS),
    "ogc-schema": ("get", "/ogc/collections/landuse/schema", ATLAS),
    "ogc-queryables": ("get", "/ogc/collections/landuse/queryables", ATLAS),
    "ogc-items": ("get", "/ogc/collections/landuse/items", ATLAS),
    "ogc-item": ("get", "/ogc/collections/landuse/items/1", ATLAS),
    "ogc-tokens": ("get", "/ogc/tokens/", ATLAS),
    "ogc-revoke": ("post", "/ogc/tokens/1/revoke/", ATLAS),
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


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, str]]:
    """Yield (name, route) of every address."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns)
        else:
            yield str(pattern.name), str(pattern.pattern)


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for name, _ in routes(patterns):
        yield name


def test_no_address_is_missing_from_the_table() -> None:
    assert set(names(get_resolver().url_patterns)) == set(TABLE)


def make_clients() -> dict[str, Client]:
    """Return a client of every reader."""
    found = {}
    for number, (reader, powers) in enumerate(READERS.items()):
        if powers is None:
            found[reader] = Client(HTTP_HOST="localhost")
        else:
            found[reader] = signed_in(f"reader{number}", powers)
    return found


def wrong_doors(clients: dict[str, Client], release: int) -> list[tuple[str, str, str, int]]:
    """Return (address, reader, what should be, status) of every door that is not as it should."""
    wrong = []
    for name, (method, address, allowed) in TABLE.items():
        where = address.format(release=release)
        for reader in READERS:
            if name == "sign-out":
                continue
            answer = getattr(clients[reader], method)(where)
            seen = said(answer.status_code, answer.headers.get("Location", ""))
            if seen != allowed[reader]:
                wrong.append((name, reader, allowed[reader], answer.status_code))
    return wrong


@pytest.mark.django_db
def test_each_address_opens_to_those_and_only_those(landuse):
    assert wrong_doors(make_clients(), landuse.pk) == []


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
