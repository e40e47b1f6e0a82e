"""The data service: it holds to the standard's schemas, to the release, and to the reader."""

import base64
import json

import numpy as np
import pytest
import shapely
from django.test import Client

from guotu.core.atlas import queries
from guotu.core.journal.models import Entry
from guotu.site.ogc.models import AccessToken, Use
from tests.site.conftest import EAST, EPSG, NORTH, SIDE
from tests.site.ogc_schemas import validator

ZONE = f"http://www.opengis.net/def/crs/EPSG/0/{EPSG}"
ITEMS = "/ogc/collections/landuse/items"


@pytest.mark.real_data
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "schema"),
    [
        ("/ogc/", "landingPage.yaml"),
        ("/ogc/conformance", "confClasses.yaml"),
        ("/ogc/collections", "collections.yaml"),
        ("/ogc/collections/landuse", "collection.yaml"),
        (ITEMS, "featureCollectionGeoJSON.yaml"),
    ],
)
def test_answers_hold_to_the_standard(clerk, landuse, address, schema):
    answer = clerk.get(address)
    assert answer.status_code == 200
    validator(schema).validate(answer.json())
    assert "text/html" not in answer.content.decode()


@pytest.mark.django_db
def test_pages_follow_one_another_and_hold_the_release(clerk, landuse):
    found, address = [], f"{ITEMS}?limit=4&crs={ZONE}"
    while address:
        told = clerk.get(address).json()
        found += told["features"]
        address = next((one["href"] for one in told["links"] if one["rel"] == "next"), None)
    rows = queries.rows_of(landuse)
    assert [one["id"] for one in found] == rows.feature
    shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in found])
    turned = shapely.transform(np.asarray(shapes), lambda xy: xy[:, ::-1])
    assert shapely.equals_exact(turned, rows.geometry, 1e-3, normalize=True).all()
    one = clerk.get(f"{ITEMS}/{rows.feature[0]}").json()
    assert one["properties"]["TBBH"] == found[0]["properties"]["TBBH"]


@pytest.mark.django_db
def test_a_box_of_the_zone_a_filter_and_an_unknown_parameter(clerk, landuse):
    low, high = (NORTH + 5, EAST + 5), (NORTH + SIDE - 5, EAST + SIDE - 5)
    box = ",".join(map(str, (*low, *high)))
    told = clerk.get(f"{ITEMS}?bbox={box}&bbox-crs={ZONE}").json()
    assert [one["properties"]["TBBH"] for one in told["features"]] == ["0001"]
    told = clerk.get(f"{ITEMS}?TBBH=0004").json()
    assert told["numberMatched"] == 1
    assert clerk.get(f"{ITEMS}?nonsense=1").status_code == 400
    assert clerk.get(f"{ITEMS}?datetime=2020-01-01").status_code == 404


@pytest.mark.django_db
def test_a_token_opens_until_it_is_revoked_and_its_use_is_told(clerk, landuse):
    secret = clerk.post("/ogc/tokens/", {"name": "QGIS"}).context["secret"]
    basic = base64.b64encode(f"clerk:{secret}".encode()).decode()
    program = Client(HTTP_HOST="localhost", HTTP_AUTHORIZATION=f"Basic {basic}")
    assert program.get(ITEMS).json()["numberMatched"] == len(queries.rows_of(landuse))
    program.get(ITEMS)
    used = Use.objects.get()
    assert (used.requests, used.features) == (2, 2 * len(queries.rows_of(landuse)))
    assert Entry.objects.filter(verb="ogc.begin_day").count() == 1
    assert secret not in str(list(AccessToken.objects.values()))
    clerk.post(f"/ogc/tokens/{AccessToken.objects.get().pk}/revoke/")
    refused = program.get(ITEMS)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.django_db
def test_a_token_reads_nothing_secret_and_is_not_sent_in_the_clear(clerk, secret_landuse):
    secret = clerk.post("/ogc/tokens/", {"name": "QGIS"}).context["secret"]
    program = Client(HTTP_HOST="localhost", HTTP_X_GUOTU_TOKEN=secret)
    assert program.get(ITEMS).status_code == 404
    assert program.get("/ogc/", REMOTE_ADDR="10.0.0.8").status_code == 422
