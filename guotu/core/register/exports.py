"""What is taken along of the register: an as-of cut as GeoJSON, CSV or GeoPackage, by area."""

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.utils.translation import gettext as _

from guotu.core.atlas.queries import county, county_frame
from guotu.core.atlas.wording import area_text, mark_said
from guotu.core.register.models import Version
from guotu.core.register.rules import Kind
from guotu.core.register.shown import bare_facts, facts_seen
from guotu.lib.geo.crs import LONLAT, transform
from guotu.lib.spreadsheet import plain_cell

MEDIA = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
}


def made(form: str, kind: Kind, found: Sequence[Version], powers: frozenset[str]) -> bytes:
    """Return versions of a kind in one of the forms of `MEDIA`, cut to what a reader may see."""
    return {"geojson": as_geojson, "csv": as_csv, "gpkg": as_geopackage}[form](kind, found, powers)


def as_geojson(kind: Kind, found: Sequence[Version], powers: frozenset[str]) -> bytes:
    """Return GeoJSON in longitude and latitude; what has no place has a null geometry."""
    shapes = iter(shapely.to_geojson(lonlat([one for one in found if one.geometry])))
    features = [
        {
            "type": "Feature",
            "id": one.code,
            "properties": {"verdict": "note", **_own(one), **bare_facts(kind, one.facts, powers)},
            "geometry": json.loads(next(shapes)) if one.geometry else None,
        }
        for one in found
    ]
    told: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if said := mark_said(county()):
        told["fictional"] = said
    return json.dumps(told, ensure_ascii=False).encode()


def lonlat(found: Sequence[Version]) -> Any:
    """Return the geometries of versions in longitude and latitude, object[n]."""
    shapes = np.empty(len(found), object)
    shapes[:] = [one.geometry for one in found]
    return transform(shapes, county_frame(), LONLAT) if len(shapes) else shapes


def _own(one: Version) -> dict[str, Any]:
    return {
        "code": one.code,
        "valid_from": one.valid_from.isoformat(),
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "division": one.division,
        "area_m2": None if one.area_dm2 is None else one.area_dm2 / 100,
        "source": one.source,
        "sequence": one.sequence,
    }


def as_csv(kind: Kind, found: Sequence[Version], powers: frozenset[str]) -> bytes:
    """Return a table that a spreadsheet opens as it stands."""
    facts = [fact for fact in facts_seen(kind, powers) if not fact.personal]
    out = io.StringIO()
    out.write("\ufeff")  # Excel reads UTF-8 only with the mark
    writer = csv.writer(out)
    head = [
        _("编码"),
        _("生效日期"),
        _("失效日期"),
        _("行政区"),
        _("面积（平方米）"),
        _("来源文件"),
    ]
    writer.writerow(head + [fact.title for fact in facts])
    if said := mark_said(county()):
        writer.writerow([said])
    for one in found:
        area = "" if one.area_dm2 is None else area_text(one.area_dm2).replace(",", "")
        own = [one.code, one.valid_from, one.valid_to or "", one.division, area, one.source]
        row = own + [one.facts.get(fact.name, "") for fact in facts]
        writer.writerow([plain_cell(value) for value in row])
    return out.getvalue().encode()


def as_geopackage(kind: Kind, found: Sequence[Version], powers: frozenset[str]) -> bytes:
    """Return a GeoPackage in the county's zone, the coordinates bit for bit."""
    import pyogrio.raw

    rows = [{**_own(one), **bare_facts(kind, one.facts, powers)} for one in found]
    facts = [fact.name for fact in facts_seen(kind, powers) if not fact.personal]
    names = ["code", "valid_from", "valid_to", "division", "area_m2", "source", "sequence", *facts]
    if said := mark_said(county()):
        names.append("fictional")
        rows = [row | {"fictional": said} for row in rows]
    columns = [_column([row.get(name) for row in rows]) for name in names]
    shapes = np.array([shapely.to_wkb(one.geometry) for one in found], object)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.gpkg"
        pyogrio.raw.write(
            path,
            geometry=shapes,
            field_data=columns,
            fields=np.array(names, object),
            geometry_type="Unknown",
            crs=f"EPSG:{county().epsg}",
            driver="GPKG",
            layer=kind.name,
        )
        return path.read_bytes()


def _column(values: list[Any]) -> Any:
    if values and all(isinstance(value, int) for value in values):
        return np.array(values, np.int64)
    if any(isinstance(value, float) for value in values):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    return np.array([None if value is None else str(value) for value in values], object)
