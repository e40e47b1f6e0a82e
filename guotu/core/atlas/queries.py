"""Reads about the map: the county, its layers and releases, and what stands near a place."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import shapely
from django.conf import settings
from django.db.models import QuerySet
from numpy.typing import NDArray

from guotu.core.atlas import places
from guotu.core.atlas.models import County, Layer, Release
from guotu.core.atlas.reader import PLAIN, Reader
from guotu.core.atlas.stored import Bounds, stored
from guotu.core.atlas.within import Outline, held, outline_of
from guotu.lib.refusal import Refusal

if TYPE_CHECKING:
    from guotu.lib.geo.crs import Frame


@dataclass(frozen=True)
class LayerRows:
    """Features of a release in the county's frame: `geometry` object[n], `fields` with n rows.

    `feature` names each one; `fields` holds `area_dm2` (legal area) and the file's own fields.
    """

    geometry: NDArray[np.object_]
    fields: pa.Table
    feature: list[str]
    release: Release

    def __len__(self) -> int:
        return len(self.feature)


def county() -> County:
    """Return the county of this store; a Refusal when none has been begun."""
    found = County.objects.first()
    if found is None:
        raise Refusal(
            "还没有建立县",
            where=str(settings.GUOTU_HOME),
            remedy="先运行 guotu init --code 代码 --name 名称 --crs 坐标系，或 guotu demo",
        )
    return found


def county_frame() -> Frame:
    """Return the county's CGCS2000 3-degree zone."""
    from guotu.lib.geo.crs import frame_of

    return frame_of(county().epsg)


def layers() -> list[Layer]:
    """Return every layer of the county, in the order of the legend."""
    return list(Layer.objects.all())


def layer(name: str) -> Layer:
    """Return the layer of this name; a Refusal that lists the names there are."""
    found = Layer.objects.filter(name=name).first()
    if found is None:
        names = "、".join(Layer.objects.values_list("name", flat=True))
        raise Refusal(
            "没有这个图层",
            where=name,
            remedy=f"现有图层：{names}；新增用 guotu layer add" if names else "先建立县",
        )
    return found


def releases(
    layer_name: str | None = None, *, withdrawn: bool = False, on: datetime.date | None = None
) -> QuerySet[Release]:
    """Return releases, the latest first: of one layer, up to a date, with or without withdrawn."""
    found = Release.objects.select_related("layer").order_by("layer__order", "-released", "-id")
    if layer_name is not None:
        found = found.filter(layer__name=layer_name)
    if on is not None:
        found = found.filter(released__lte=on)
    return found if withdrawn else found.filter(withdrawn_at=None)


def current_release(layer_name: str, on: datetime.date | None = None) -> Release | None:
    """Return the release of a layer that holds today, or on a date; None when there is none."""
    return releases(layer_name, on=on).first()


def current_releases(on: datetime.date | None = None) -> list[Release]:
    """Return the release that holds for each layer that has one, in the order of the legend."""
    # Ids first: a release's row carries its report, and a layer has many releases.
    latest: dict[int, int] = {}
    for layer_id, release_id in releases(on=on).values_list("layer_id", "id"):
        latest.setdefault(layer_id, release_id)
    return list(releases().filter(pk__in=latest.values()))


def seen_releases(reader: Reader, on: datetime.date | None = None) -> list[Release]:
    """Return the release that holds for each layer, of those whose class the reader may see."""
    return [
        release
        for release in current_releases(on)
        if reader.sees(release.secrecy) and reader.sees(release.layer.secrecy)
    ]


def open_columns(release: Release, reader: Reader) -> list[str] | None:
    """Return the stored columns of a release that somebody sees; None for all of them."""
    hidden = reader.hidden(release.layer.field_secrecy)
    if not hidden:
        return None
    names: list[str] = stored(path_of(release)).schema.names
    return [name for name in names if name != "bbox" and name not in hidden]


def path_of(release: Release) -> Path:
    """Return where a release's GeoParquet file stands; a Refusal when it is gone."""
    path: Path = settings.GUOTU_HOME / release.path
    if not path.exists():
        raise Refusal("图层版本的数据文件不在库中", where=release.path, remedy="从备份恢复")
    return path


def tiles_path_of(release: Release) -> Path | None:
    """Return where a release's PMTiles file stands, if it has one."""
    if not release.tiles_path:
        return None
    path: Path = settings.GUOTU_HOME / release.tiles_path
    return path if path.exists() else None


def read_all(release: Release, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a release's whole table as stored, `geometry` as WKB in the county's frame."""
    return stored(path_of(release)).whole(columns)


def read_near(
    release: Release,
    bounds: Bounds,
    distance_m: float = 0,
    columns: Sequence[str] | None = None,
    *,
    where: Outline | None = None,
) -> LayerRows:
    """Return the features whose box comes within `distance_m` of `bounds` (county frame, m).

    Boxes only: whoever asks tests the geometry itself. `columns` names the fields wanted (default
    all); `area_dm2` always comes along. `where` leaves out, and cuts off, what lies beyond it.
    """
    file = stored(path_of(release))
    west, south, east, north = bounds
    rows = file.rows_within(
        (west - distance_m, south - distance_m, east + distance_m, north + distance_m)
    )
    if where is not None:
        rows = rows[held(release, where).among(rows)]
    table = file.take(rows, _with_own(file.schema, columns))
    return as_rows(_trimmed(table, rows, release, where), release)


def rows_of(
    release: Release, columns: Sequence[str] | None = None, *, where: Outline | None = None
) -> LayerRows:
    """Return every feature of a release, or those `where`, its geometry ready to compute on."""
    return as_rows(table_of(release, columns, where=where), release)


def table_of(
    release: Release, columns: Sequence[str] | None = None, *, where: Outline | None = None
) -> pa.Table:
    """Return a release's stored rows, `geometry` as WKB, or those that lie `where`, cut there."""
    file = stored(path_of(release))
    wanted = _with_own(file.schema, columns)
    if where is None:
        return file.whole(wanted)
    rows = held(release, where).rows
    return _trimmed(file.take(rows, wanted), rows, release, where)


def _trimmed(
    table: pa.Table, rows: NDArray[np.int64], release: Release, where: Outline | None
) -> pa.Table:
    return table if where is None else held(release, where).trimmed(table, rows)


def features_of(release: Release, reader: Reader) -> int:
    """Return how many features of a release somebody sees."""
    where = outline_of(reader)
    return release.features if where is None else len(held(release, where).rows)


def as_rows(table: pa.Table, release: Release) -> LayerRows:
    """Turn rows of a stored table into features."""
    wkb = table.column("geometry").to_numpy(zero_copy_only=False)
    return LayerRows(
        geometry=np.atleast_1d(shapely.from_wkb(wkb)),
        fields=table.drop_columns(["feature", "geometry"]),
        feature=table.column("feature").to_pylist(),
        release=release,
    )


def _with_own(schema: pa.Schema, columns: Sequence[str] | None) -> list[str]:
    wanted = [name for name in schema.names if name != "bbox"] if columns is None else columns
    own = ["feature", "geometry", "area_dm2"]
    return own + [name for name in wanted if name not in own and name in schema.names]


def facts_at(
    lon: float,
    lat: float,
    *,
    reader: Reader = PLAIN,
    tolerance_m: float = 15,
    on: datetime.date | None = None,
) -> list[dict[str, Any]]:
    """Return what stands at a place (degrees, CGCS2000), in the order of the legend.

    A point or a line is found within `tolerance_m`; an area only where the place is on it. What
    is secret, or lies beyond the reader's divisions, is left out.
    """
    place = _in_county(lon, lat)
    where = outline_of(reader)
    found = []
    for release in seen_releases(reader, on):
        columns = open_columns(release, reader)
        rows = read_near(release, place.bounds, tolerance_m, columns, where=where)
        reach = np.where(shapely.get_dimensions(rows.geometry) == 2, 0.0, tolerance_m)
        here = np.flatnonzero(shapely.distance(rows.geometry, place) <= reach)
        fields = rows.fields.take(here).to_pylist()
        found += [
            places.fact(release, rows.feature[row], one)
            for row, one in zip(here, fields, strict=True)
        ]
    return found


def search(text: str, limit: int = 20, *, reader: Reader = PLAIN) -> list[dict[str, Any]]:
    """Return features by parcel number or name, the best first; two characters are enough.

    Several words narrow one another (a village and a number). Shorter texts find nothing; nor is
    anything found by a field that is not shown, or beyond the reader's divisions.
    """
    terms = text.split()
    if len("".join(terms)) < places.SHORTEST_SEARCH:
        return []
    where = outline_of(reader)
    current = [one for one in seen_releases(reader) if one.layer.search_fields]
    ranked = [
        (rank, at, row, texts)
        for at, release in enumerate(current)
        for rank, row, texts in _found(release, terms, limit, reader, where)
    ]
    ranked.sort(key=lambda one: one[:2])
    return _hits(current, ranked[:limit], reader, where)


def _found(
    release: Release, terms: list[str], limit: int, reader: Reader, where: Outline | None
) -> list[tuple[int, int, dict[str, str]]]:
    hidden = reader.hidden(release.layer.field_secrecy)
    rows = None if where is None else held(release, where).rows
    return places.find(path_of(release), release, terms, limit, hidden=hidden, rows=rows)


def _hits(
    current: list[Release],
    ranked: list[tuple[int, int, int, dict[str, str]]],
    reader: Reader,
    where: Outline | None,
) -> list[dict[str, Any]]:
    answered: list[dict[str, Any]] = [{} for _ in ranked]
    for at in {one[1] for one in ranked}:
        mine = [place for place, one in enumerate(ranked) if one[1] == at]
        found = [(ranked[place][2], ranked[place][3]) for place in mine]
        file = stored(path_of(current[at]))
        hidden = reader.hidden(current[at].layer.field_secrecy)
        cut = {} if where is None else held(current[at], where).cut
        hits = places.hits(file, current[at], found, county_frame(), hidden=hidden, cut=cut)
        for place, hit in zip(mine, hits, strict=True):
            answered[place] = hit
    return answered


def county_bounds() -> Bounds | None:
    """Return the box (county frame, m) around every current release; None for an empty county."""
    boxes = [release.bounds for release in current_releases() if release.bounds]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def unpublished_files() -> list[str]:
    """Return the release and tile files (relative to GUOTU_HOME) that no release names."""
    home: Path = settings.GUOTU_HOME
    there = [
        path.relative_to(home).as_posix()
        for pattern in ("releases/*.parquet", "tiles/*.pmtiles")
        for path in sorted(home.glob(pattern))
    ]
    if not there:
        return []
    pairs = Release.objects.values_list("path", "tiles_path")
    named = {path for pair in pairs for path in pair}
    return [path for path in there if path not in named]


def _in_county(lon: float, lat: float) -> shapely.Point:
    from guotu.lib.geo.crs import frame_of, transform

    point = transform(np.array([shapely.Point(lon, lat)]), frame_of(4490), county_frame())[0]
    if not np.isfinite(shapely.get_coordinates(point)).all():
        raise Refusal("这个经纬度不在县的坐标带内", where=f"{lon}, {lat}")
    return point
