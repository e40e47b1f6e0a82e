"""The one geometry field: Shapely in Python, WKB with an R*Tree on SQLite, PostGIS on PostgreSQL.

Coordinates are those of the county's zone and come back bit for bit on both. The reference system
of the column is 0: the zone is a fact of the county, begun after the tables are made.
"""

from typing import Any

import shapely
from django.db import models
from django.db.models import Lookup

from guotu.core.register.spatial import index_name

SRID = 0
Bounds = tuple[float, float, float, float]


class GeometryField(models.Field):
    """A geometry of two dimensions, never empty: a Shapely object, or None where null."""

    description = "geometry"

    def db_type(self, connection: Any) -> str:
        """Return the column's type in this store."""
        return f"geometry(Geometry,{SRID})" if connection.vendor == "postgresql" else "BLOB"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Return how a value stands in SQL."""
        return f"ST_GeomFromWKB(%s, {SRID})" if connection.vendor == "postgresql" else "%s"

    def get_prep_value(self, value: Any) -> bytes | None:
        """Return the little-endian WKB of a geometry."""
        if value is None:
            return None
        made: bytes = shapely.to_wkb(value, byte_order=1)
        return made

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the geometry of what the store gives: WKB, or PostGIS's hexadecimal EWKB."""
        if value is None:
            return None
        found = shapely.from_wkb(value if isinstance(value, str) else bytes(value))
        return shapely.set_srid(found, 0) if shapely.get_srid(found) else found

    def get_lookup(self, lookup_name: str) -> Any:
        """Offer `meets` and `isnull` only: exact predicates are Shapely's."""
        return super().get_lookup(lookup_name) if lookup_name in ("meets", "isnull") else None


@GeometryField.register_lookup
class Meets(Lookup):
    """`geometry__meets=(west, south, east, north)`: those whose box meets this one, by the index.

    Both indexes hold boxes of 32-bit floats rounded outwards, so that they find too many and never
    too few; the plain box columns, held against the same figures, make both stores answer alike.
    """

    lookup_name = "meets"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return the condition on SQLite."""
        west, south, east, north = self.rhs
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        table = self.lhs.target.model._meta.db_table
        index = connection.ops.quote_name(index_name(table))
        found = (
            f"{alias}.id IN (SELECT id FROM {index}"  # noqa: S608 - names only
            " WHERE west <= %s AND east >= %s AND south <= %s AND north >= %s)"
        )
        return self._within(found, alias, [east, west, north, south])

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the condition on PostgreSQL."""
        west, south, east, north = self.rhs
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        column = connection.ops.quote_name(self.lhs.target.column)
        found = f"{alias}.{column} && ST_MakeEnvelope(%s, %s, %s, %s, {SRID})"
        sql, exact = self._within(found, alias, [east, west, north, south])
        return sql, [west, south, east, north, *exact[4:]]

    def _within(self, found: str, alias: str, sides: list[float]) -> tuple[str, list[Any]]:
        exact = (
            f" AND {alias}.west <= %s AND {alias}.east >= %s"
            f" AND {alias}.south <= %s AND {alias}.north >= %s"
        )
        return f"({found}{exact})", [*sides, *sides]


class Located(models.Model):
    """What has a place: a geometry and its box, set together by `placed`; rows are never moved."""

    geometry = GeometryField("图形", null=True)
    west = models.FloatField("西", null=True)
    south = models.FloatField("南", null=True)
    east = models.FloatField("东", null=True)
    north = models.FloatField("北", null=True)

    class Meta:
        abstract = True

    @property
    def bounds(self) -> Bounds | None:
        """Return west, south, east and north in metres of the county's zone."""
        if self.west is None or self.south is None or self.east is None or self.north is None:
            return None
        return self.west, self.south, self.east, self.north


def placed(geometry: Any) -> dict[str, Any]:
    """Return the columns of `Located` for a geometry, or for None."""
    sides = [None] * 4 if geometry is None else geometry.bounds
    return {
        "geometry": geometry,
        **dict(zip(("west", "south", "east", "north"), sides, strict=True)),
    }
