"""A small county in a folder of its own, and files to import into it."""

import numpy as np
import pyogrio
import pytest
import shapely

from guotu.core.atlas.publishing import import_layer
from guotu.core.journal.actions import COUNTY, perform

EAST, NORTH = 460_000.0, 3_176_000.0
EPSG = 4547


@pytest.fixture
def home(settings, tmp_path):
    """Give a GUOTU_HOME of the test's own."""
    settings.GUOTU_HOME = tmp_path / "home"
    settings.GUOTU_HOME.mkdir(mode=0o700)
    return settings.GUOTU_HOME


@pytest.fixture
def county(db, home):
    """Begin the county."""
    return perform("atlas.begin_county", COUNTY, code="430626", name="平江县", epsg=EPSG).answer


def squares(rows, columns, side=60.0):
    """Return rows * columns squares beside one another, row by row from the south-west."""
    column, row = np.meshgrid(np.arange(columns), np.arange(rows))
    west = (EAST + column * side).ravel()
    south = (NORTH + row * side).ravel()
    return shapely.box(west, south, west + side, south + side)


def write_file(path, geometry, fields, epsg=EPSG, **options):
    """Write features to a file by its suffix, with a reader's library that is not ours."""
    drivers = {".gpkg": "GPKG", ".shp": "ESRI Shapefile", ".geojson": "GeoJSON"}
    pyogrio.raw.write(
        path,
        geometry=np.array([None if one is None else shapely.to_wkb(one) for one in geometry]),
        field_data=[
            np.array(values, object if isinstance(values[0], (str, type(None))) else None)
            for values in fields.values()
        ],
        fields=np.array(list(fields), object),
        geometry_type=options.pop("geometry_type", "Polygon"),
        crs=f"EPSG:{epsg}" if epsg else None,
        driver=drivers[path.suffix],
        **options,
    )
    return path


@pytest.fixture
def landuse_file(tmp_path):
    """Give a maker of land-use files: `landuse_file(geometry, DLBM=[...], name=...)`."""

    def make(geometry, name="landuse.gpkg", epsg=EPSG, **fields):
        count = len(geometry)
        fields.setdefault("TBBH", [f"{number:04d}" for number in range(1, count + 1)])
        fields.setdefault("DLBM", ["0101"] * count)
        return write_file(tmp_path / name, geometry, fields, epsg)

    return make


@pytest.fixture
def bring_in(county):
    """Give the import without tiles and topology, which have tests of their own."""

    def run(layer, path, **options):
        options = {"tiles": False, "topology": False, **options}
        return import_layer(layer, path, **options)

    return run
