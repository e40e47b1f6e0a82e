"""What a collection is made of: a release of the atlas, or a kind of the register, as seen."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from guotu.core.atlas import queries as atlas
from guotu.core.atlas.models import Layer, Release
from guotu.core.atlas.reader import Reader
from guotu.core.atlas.stored import stored
from guotu.core.atlas.within import held, outline_of
from guotu.core.journal import clock
from guotu.core.register import catalogue
from guotu.core.register import queries as register

Equal = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Page:
    """Some features of a collection in the county's frame, and how many match in all."""

    ids: list[str]
    geometry: NDArray[Any]
    properties: list[dict[str, Any]]
    matched: int


class Source(Protocol):
    """A collection's data; `fields` maps a property to its JSON Schema type."""

    @property
    def fields(self) -> dict[str, dict[str, str]]: ...

    def page(self, region: Any, equal: Equal, offset: int, limit: int) -> Page: ...

    def one(self, identifier: str) -> Page: ...


@dataclass(frozen=True)
class ReleaseSource:
    """A release of the atlas, cut to the reader's divisions, without fields that are not shown."""

    release: Release
    reader: Reader

    @property
    def fields(self) -> dict[str, dict[str, str]]:
        """Return the properties that are shown."""
        schema = stored(atlas.path_of(self.release)).schema
        return {name: _json_type(schema.field(name).type) for name in self._names}

    def page(self, region: Any, equal: Equal, offset: int, limit: int) -> Page:
        """Return the features that meet `region` and carry every value of `equal`."""
        rows = self._among(self._rows(region), equal)
        found = self._of(rows[offset : offset + limit])
        return Page(found.ids, found.geometry, found.properties, len(rows))

    def one(self, identifier: str) -> Page:
        """Return the feature of this id, or none."""
        return self._of(self._among(self._rows(None), [("feature", identifier)])[:1])

    @property
    def _names(self) -> list[str]:
        hidden = self.reader.hidden(self.release.layer.field_secrecy)
        names: list[str] = stored(atlas.path_of(self.release)).schema.names
        return [
            one for one in names if one not in ("feature", "geometry", "bbox") and one not in hidden
        ]

    def _rows(self, region: Any) -> NDArray[np.int64]:
        file, where = stored(atlas.path_of(self.release)), outline_of(self.reader)
        if region is None:
            every: NDArray[np.int64] = np.arange(self.release.features, dtype=np.int64)
            return every if where is None else held(self.release, where).rows
        rows = file.rows_within(tuple(shapely.bounds(region).tolist()))
        if where is not None:
            rows = rows[held(self.release, where).among(rows)]
        shapes = self._table(rows, ["geometry"])
        meets = shapely.intersects(_shapes(shapes), region)
        return rows[np.asarray(meets, bool)]

    def _among(self, rows: NDArray[np.int64], equal: Equal) -> NDArray[np.int64]:
        known = {"feature", *self._names}
        for name, value in equal:
            if name not in known:
                return rows[:0]
            texts = self._table(rows, [name]).column(name).cast(pa.string())
            same = pc.fill_null(pc.equal(texts, value), False).to_numpy(zero_copy_only=False)
            rows = rows[np.asarray(same, bool)]
        return rows

    def _of(self, rows: NDArray[np.int64]) -> Page:
        table = self._table(rows, ["feature", "geometry", *self._names])
        properties = table.select(self._names).to_pylist()
        ids = table.column("feature").to_pylist()
        return Page(ids, _shapes(table), properties, len(rows))

    def _table(self, rows: NDArray[np.int64], names: list[str]) -> pa.Table:
        wanted = list(dict.fromkeys(["feature", *names]))
        table = stored(atlas.path_of(self.release)).take(rows, wanted)
        where = outline_of(self.reader)
        return table if where is None else held(self.release, where).trimmed(table, rows)


@dataclass(frozen=True)
class RegisterSource:
    """A kind of the register as it stood on a day; personal facts are never served."""

    kind: str
    reader: Reader
    day: datetime.date

    @property
    def fields(self) -> dict[str, dict[str, str]]:
        """Return the facts that are shown."""
        own = {"division": {"type": "string"}, "area_dm2": {"type": "integer"}}
        return own | {name: {"type": _TYPES.get(kind, "string")} for name, kind in self._facts}

    def page(self, region: Any, equal: Equal, offset: int, limit: int) -> Page:
        """Return the things that meet `region` and carry every value of `equal`."""
        found = register.as_of(self.kind, valid_on=self.day, areas=self.reader.areas)
        if region is not None:
            found = found.filter(geometry__meets=region.bounds)
        rows = [
            one
            for one in found
            if region is None
            or (one.geometry is not None and shapely.intersects(one.geometry, region))
        ]
        kept = [one for one in rows if self._has(one, equal)]
        return self._of(kept[offset : offset + limit], len(kept))

    def one(self, identifier: str) -> Page:
        """Return the thing of this code, or none."""
        found = register.as_of(self.kind, valid_on=self.day, areas=self.reader.areas)
        return self._of(list(found.filter(code=identifier)[:1]), 1)

    @property
    def _facts(self) -> list[tuple[str, str]]:
        facts = catalogue.kind(self.kind).facts.values()
        return [
            (one.name, one.type)
            for one in facts
            if not one.personal and self.reader.sees(one.secrecy)
        ]

    def _told(self, one: Any) -> dict[str, Any]:
        facts = {name: one.facts.get(name) for name, _ in self._facts}
        return {"division": one.division, "area_dm2": one.area_dm2, **facts}

    def _has(self, one: Any, equal: Equal) -> bool:
        told = self._told(one)
        return all(name in told and str(told[name]) == value for name, value in equal)

    def _of(self, rows: list[Any], matched: int) -> Page:
        shapes = np.empty(len(rows), object)
        shapes[:] = [one.geometry for one in rows]
        ids = [one.code for one in rows]
        return Page(ids, shapes, [self._told(one) for one in rows], matched)


@dataclass(frozen=True)
class Offered:
    """A collection as it is described: `source` is what it is made of."""

    title: str
    description: str
    source: Source
    since: datetime.date | None
    keywords: list[str] = field(default_factory=list)


def offered(reader: Reader, day: datetime.date | None) -> dict[str, Offered]:
    """Return every collection that a reader may see, as of a day (today), by its id."""
    found = {one.layer.name: _of_release(one, reader) for one in atlas.seen_releases(reader, day)}
    for kind in catalogue.kinds().values():
        if kind.geometry != "none":
            source = RegisterSource(kind.name, reader, day or clock.today())
            found[f"register.{kind.name}"] = Offered(
                f"{kind.title}（登记）", kind.source, source, None, ["登记"]
            )
    return found


def _of_release(release: Release, reader: Reader) -> Offered:
    layer: Layer = release.layer
    told = f"{layer.group}，版本 {release.name}"
    return Offered(
        layer.title, told, ReleaseSource(release, reader), release.released, [layer.group]
    )


def _shapes(table: pa.Table) -> NDArray[Any]:
    wkb = table.column("geometry").to_numpy(zero_copy_only=False)
    return np.atleast_1d(shapely.from_wkb(wkb)) if len(wkb) else np.empty(0, object)


_TYPES = {"integer": "integer", "number": "number", "yes_no": "boolean"}


def _json_type(kind: pa.DataType) -> dict[str, str]:
    if pa.types.is_integer(kind):
        return {"type": "integer"}
    return {"type": "number" if pa.types.is_floating(kind) else "string"}
