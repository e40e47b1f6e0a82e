"""A small county with one layer on it, and people who may and may not look at it."""

import datetime

import numpy as np
import pyogrio
import pytest
import shapely
from django.test import Client

from guotu.core.atlas.models import Release
from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.people.catalogue import second_factor_powers
from guotu.core.people.models import Person

EAST, NORTH, SIDE, EPSG = 460_000.0, 3_176_000.0, 60.0, 4547
PASSWORD = "a-long-password"
CLERK = ["atlas.read", "approval.read", "approval.review"]


@pytest.fixture
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir(mode=0o700)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return settings.GUOTU_HOME


@pytest.fixture
def county(db, home):
    """Begin a fictional county."""
    facts = {"code": "430999", "name": "云溪县", "epsg": EPSG, "fictional": True}
    return perform("atlas.begin_county", COUNTY, **facts).answer


@pytest.fixture
def landuse_file(county, tmp_path):
    """Write six parcels in two rows of three, the last of them with a code that is not one."""
    west = np.array([EAST + SIDE * column for _ in range(2) for column in range(3)])
    south = np.array([NORTH + SIDE * row for row in range(2) for _ in range(3)])
    squares = shapely.box(west, south, west + SIDE, south + SIDE)
    fields = {
        "TBBH": [f"{number:04d}" for number in range(1, 7)],
        "DLBM": ["0101", "0101", "0301", "0702", "1104", "9999"],
        "ZLDWMC": ["双桥村"] * 6,
    }
    path = tmp_path / "landuse.gpkg"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(squares),
        field_data=[np.array(values, object) for values in fields.values()],
        fields=np.array(list(fields), object),
        geometry_type="Polygon",
        crs=f"EPSG:{EPSG}",
        driver="GPKG",
    )
    return path


def published(path, **options):
    """Publish a file of parcels."""
    day = datetime.date(2025, 12, 31)
    import_layer("landuse", path, released=day, tiles=False, topology=False, **options)
    return Release.objects.get(layer__name="landuse")


@pytest.fixture
def landuse(landuse_file):
    """Publish the parcels."""
    return published(landuse_file)


@pytest.fixture
def secret_landuse(landuse_file):
    """Publish the parcels as secret."""
    return published(landuse_file, secrecy="secret")


def signed_in(username, powers, areas=None):
    """Return a client of somebody with these powers, the second factor given where one is asked."""
    post = {"name": "用地审批岗", "tag": "support", "powers": powers, "areas": areas}
    perform(
        "people.open_account",
        COUNTY,
        username=username,
        name="林知远",
        password=PASSWORD,
        post_code=username,
        post=post,
    )
    client = Client(HTTP_HOST="localhost")
    assert client.login(username=username, password=PASSWORD)
    if second_factor_powers() & set(powers):
        give_second_factor(client, username)
    return client


def give_second_factor(client, username):
    """Let the session of a client have given its second factor."""
    Person.objects.filter(username=username).update(enrolled_sequence=1)
    session = client.session
    session["second_factor"] = 1
    session.save()


@pytest.fixture
def clerk(county):
    """Give the client of a clerk."""
    return signed_in("clerk", CLERK)


@pytest.fixture
def nobody(county):
    """Give the client of somebody whose post carries no power."""
    return signed_in("nobody", [])


@pytest.fixture
def stranger(county):
    """Give the client of somebody who has not signed in."""
    return Client(HTTP_HOST="localhost")
