"""The peers of the overlay, each given the same layers beforehand and asked for the same answer.

What is timed is the overlay alone: all pieces are built and their planar area is summed; reading,
loading and indexing the two layers are done before. Each runs on both cores as it does by default.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from trials import _postgres

Layer = NDArray[np.object_]
SUBDIVIDE_VERTICES = 256


@dataclass(frozen=True)
class Answer:
    """Pieces of positive area (-1: not countable) and their planar area in all."""

    pieces: int
    area_m2: float


Overlay = Callable[[], Answer]


@contextlib.contextmanager
def geopandas_overlay(subject: Layer, other: Layer) -> Iterator[Overlay]:
    """`geopandas.overlay(how="intersection")`."""
    import geopandas

    one = geopandas.GeoDataFrame({"i": np.arange(len(subject))}, geometry=subject)
    two = geopandas.GeoDataFrame({"j": np.arange(len(other))}, geometry=other)

    def run() -> Answer:
        found = geopandas.overlay(one, two, how="intersection", keep_geom_type=True)
        return Answer(len(found), float(found.area.sum()))

    yield run


_JOIN = """
SELECT count(*) FILTER (WHERE area > 0), sum(area) FROM (
    SELECT ST_Area(ST_Intersection(one.geom, two.geom)) AS area
    FROM one JOIN two ON ST_Intersects(one.geom, two.geom)) AS pieces
"""


@contextlib.contextmanager
def duckdb_overlay(subject: Layer, other: Layer) -> Iterator[Overlay]:
    """DuckDB spatial: a spatial join in memory."""
    import duckdb
    import duckdb_extension_spatial
    import pyarrow as pa

    folder = Path(duckdb_extension_spatial.__file__).parent
    extension = next(folder.rglob("spatial.duckdb_extension"))
    with duckdb.connect() as connection:
        connection.execute(f"LOAD '{extension}'")
        for name, layer in (("one", subject), ("two", other)):
            arrow = pa.table({"wkb": pa.array(shapely.to_wkb(layer), pa.binary())})
            connection.register("arriving", arrow)
            connection.execute(
                f"CREATE TABLE {name} AS SELECT ST_GeomFromWKB(wkb) AS geom FROM arriving"
            )
            connection.unregister("arriving")
        yield lambda: Answer(*connection.execute(_JOIN).fetchone())


@contextlib.contextmanager
def sedona_overlay(subject: Layer, other: Layer) -> Iterator[Overlay]:
    """SedonaDB: a spatial join over Arrow tables in memory."""
    import geopandas
    import sedonadb

    engine = sedonadb.connect()
    for name, layer in (("one", subject), ("two", other)):
        frame = geopandas.GeoDataFrame({"geom": layer}, geometry="geom")
        engine.create_data_frame(frame).to_memtable().to_view(name, overwrite=True)

    def run() -> Answer:
        row = engine.sql(_JOIN).to_pandas().iloc[0]
        return Answer(int(row.iloc[0]), float(row.iloc[1]))

    yield run


@contextlib.contextmanager
def postgis_tables(connection: psycopg.Connection, subject: Layer, other: Layer) -> Iterator[None]:
    """Hold both layers in tables with spatial indexes and statistics."""
    for name, layer in (("one", subject), ("two", other)):
        connection.execute(f"CREATE UNLOGGED TABLE {name} (id int, geom geometry)")
        with connection.cursor().copy(f"COPY {name} FROM STDIN") as copy:
            for number, text in enumerate(shapely.to_wkb(layer, hex=True)):
                copy.write_row((number, text))
        connection.execute(f"CREATE INDEX ON {name} USING gist (geom)")
        connection.execute(f"VACUUM ANALYZE {name}")
    try:
        yield
    finally:
        connection.execute("DROP TABLE one, two")


def postgis_plain(connection: psycopg.Connection) -> Answer:
    """PostGIS: ST_Intersection of the whole features."""
    return Answer(*connection.execute(_JOIN).fetchone())


def subdivide(connection: psycopg.Connection) -> None:
    """Cut the other layer by ST_Subdivide into an indexed table `parts`."""
    connection.execute("DROP TABLE IF EXISTS parts")
    connection.execute(
        "CREATE UNLOGGED TABLE parts AS "
        f"SELECT id, ST_Subdivide(geom, {SUBDIVIDE_VERTICES}) AS geom FROM two"
    )
    connection.execute("CREATE INDEX ON parts USING gist (geom)")
    connection.execute("ANALYZE parts")


def postgis_parts(connection: psycopg.Connection) -> Answer:
    """PostGIS: ST_Intersection with the parts of `subdivide`."""
    found = connection.execute(_JOIN.replace("two", "parts")).fetchone()
    return Answer(-1, found[1])


def postgis_subdivided(connection: psycopg.Connection) -> Answer:
    """PostGIS with ST_Subdivide, cutting and indexing the parts included."""
    subdivide(connection)
    return postgis_parts(connection)


IN_PROCESS = {
    "geopandas.overlay": geopandas_overlay,
    "DuckDB spatial": duckdb_overlay,
    "SedonaDB": sedona_overlay,
}
IN_POSTGRES = {
    "PostGIS": postgis_plain,
    "PostGIS + ST_Subdivide": postgis_subdivided,
}


@contextlib.contextmanager
def all_peers(
    subject: Layer, other: Layer, connection: psycopg.Connection | None, names: list[str]
) -> Iterator[dict[str, Overlay]]:
    """Yield the peers `names` (PostGIS where there is a connection), loaded and ready."""
    with contextlib.ExitStack() as stack:
        found = {
            name: stack.enter_context(IN_PROCESS[name](subject, other))
            for name in names
            if name in IN_PROCESS
        }
        if connection is not None:
            stack.enter_context(postgis_tables(connection, subject, other))
            for name in names:
                if name in IN_POSTGRES:
                    found[name] = _bound(IN_POSTGRES[name], connection)
        yield found


def _bound(work: Callable[[psycopg.Connection], Answer], connection: psycopg.Connection) -> Overlay:
    return lambda: work(connection)


@contextlib.contextmanager
def postgres_if_any() -> Iterator[psycopg.Connection | None]:
    """Yield a connection to a private cluster, or None where there is no PostGIS."""
    if _postgres.absent():
        yield None
        return
    with _postgres.cluster() as connection:
        yield connection
