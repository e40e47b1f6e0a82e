"""Nothing shows beyond the post: every address, reader, place and form, by one table."""

import json

import pytest
from django.urls import get_resolver

from guotu.core.journal.actions import COUNTY, perform
from tests.site import area_table
from tests.site.area_table import (
    COUNTS,
    NOT_BY_AREA,
    POWERS,
    READERS,
    SHOWS,
    make_county,
    marks,
    wrong_cells,
)
from tests.site.conftest import signed_in
from tests.site.test_access import TABLE, names, routes


@pytest.fixture
def made(county):
    """Publish three townships."""
    return make_county()


@pytest.fixture
def readers(made):
    """Give a client for every reader of the table."""
    found = {
        name: signed_in(f"reads-{name}", POWERS, areas=areas)
        for name, (areas, _) in READERS.items()
    }
    made["features"] = area_table.features_by_mark(found["whole"])
    return found


def test_every_line_is_an_address() -> None:
    assert set(SHOWS) <= set(names(get_resolver().url_patterns))


def test_every_address_that_names_something_is_in_the_table_or_says_why_not() -> None:
    told = {
        name
        for name, route in routes(get_resolver().url_patterns)
        if TABLE[name][0] == "get" and ("<" in route or "lon=" in TABLE[name][1])
    }
    assert told <= set(SHOWS) | set(NOT_BY_AREA)
    assert set(NOT_BY_AREA) <= told - set(SHOWS)


@pytest.mark.django_db
def test_each_address_shows_the_places_of_the_post_and_no_other(readers, made):
    wrong = [cell for name in SHOWS for cell in wrong_cells(name, readers, made)[1]]
    assert not wrong, " ".join(sorted({"/".join(cell[:3]) for cell in wrong}))


@pytest.mark.django_db
def test_no_address_at_all_shows_a_place_beyond_the_post(readers, made):
    """Every address of the table of access, those with and those without a place on them."""
    wrong = []
    for name, (method, address, _) in TABLE.items():
        if method != "get" or name in SHOWS:
            continue
        where = address.replace("{release}", str(made["landuse"]))
        if "{" in where:
            continue
        for reader, client in readers.items():
            if beyond := marks(client.get(where)) - set(READERS[reader][1]):
                wrong.append((name, reader, beyond))
    assert wrong == []


@pytest.mark.django_db
def test_counts_are_of_the_post_s_divisions(readers):
    for reader, count in COUNTS.items():
        told = readers[reader].get("/api/atlas/layers").json()["layers"]
        layer = next(one for one in told if one["layer"] == "landuse")
        assert (reader, layer["features"]) == (reader, count)
        table = readers[reader].get("/layers.csv").content.decode()
        line = next(line for line in table.splitlines() if line.startswith("landuse,"))
        assert f",{count},{count},{count},0,0," in line
        hits = readers[reader].get("/ogc/collections/landuse/items").json()
        assert hits["numberMatched"] == count


@pytest.mark.django_db
def test_what_crosses_is_cut_at_the_boundary(readers):
    areas_dm2 = {}
    for name in ("own", "whole"):
        answer = readers[name].get("/layers/landuse/export.geojson")
        told = [
            one["properties"] for one in json.loads(b"".join(answer.streaming_content))["features"]
        ]
        areas_dm2[name] = next(one["area_dm2"] for one in told if one["TBBH"] == "ACROSS")
    assert abs(areas_dm2["own"] * 2 - areas_dm2["whole"]) <= 2


@pytest.mark.django_db
def test_a_field_above_the_reader_is_nowhere(readers, made):
    perform("atlas.classify", COUNTY, layer="landuse", fields={"TBBH": "secret"})
    assert area_table.secrets_shown(readers["whole"], made) == []
