"""A county, and the register's verbs as acts of the county itself."""

import datetime

import pytest
import shapely

from guotu.core.journal.actions import COUNTY, perform
from guotu.core.register.models import Thing

EAST, NORTH = 460_000.0, 3_176_000.0
VILLAGE, OTHER = "430999100200", "430999101200"
DLBM = {"DLBM": "0101"}


def day(number: int) -> datetime.date:
    """Return a day of 2026, counted from the first of January."""
    return datetime.date(2026, 1, 1) + datetime.timedelta(number)


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle in metres from the south-west corner of the tests' land."""
    return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)


def did(verb: str, actor=COUNTY, **told: object):
    """Perform a verb of the register and return its answer."""
    return perform(f"register.{verb}", actor, **told).answer


def begun(number: str, shape=None, on=0, facts=DLBM, village=VILLAGE, **told: object) -> Thing:
    """Begin a parcel."""
    shape = box(0, 0, 100, 100) if shape is None else shape
    code = f"{village}-{number}"
    return did(
        "begin", kind="landuse", code=code, on=day(on), facts=facts, geometry=shape,
        division=village, **told,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def county(db):
    """Begin a fictional county."""
    facts = {"code": "430999", "name": "云溪县", "epsg": 4547, "fictional": True}
    return perform("atlas.begin_county", COUNTY, **facts).answer
