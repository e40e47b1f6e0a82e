"""The data service against the county: what it serves is what is kept, and no more than is let."""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from trials import _atlas
from trials.harness import SHARED_DATA, Figure, Scale

TITLE = "the data service holds what the county holds, for each reader what that reader may see"
FAULTS = {
    "area": "the service does not ask which divisions a reader has",
    "secrecy": "the service serves fields above the reader's class",
    "page": "a page of every collection is skipped",
}
SCHEMAS = SHARED_DATA / "standards" / "ogcapi_features" / "core" / "openapi" / "schemas"
_PAGE = 3


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Compare every collection page by page; the county is as large in the short form."""
    told = _atlas.apart("trials.ogc:work", fault)
    same, beyond, faults = told["same"], told["beyond"], told["faults"]
    got = f"{len(same['wrong'])} 个不等（{same['count']} 个数据集，{same['features']} 个要素）"
    yield Figure(
        "各图层、各登记种类：件数、编号和图形的散列与库中相等",
        "0 个不等",
        got + _named(same["wrong"]),
        not same["wrong"] and same["features"] > 0,
    )
    got = f"{len(beyond['wrong'])} 处（{beyond['count']} 个要素，{beyond['readers']} 个岗位）"
    yield Figure(
        "超出辖区或密级的要素和字段", "0 处", got + _named(beyond["wrong"]), not beyond["wrong"]
    )
    if not SCHEMAS.is_dir():
        yield Figure("OGC API Features 第 1 部分的模式", "0 处不合", "没有标准的模式", None)
        return
    got = f"{len(faults['wrong'])} 处不合（{faults['count']} 个回答）"
    yield Figure(
        "OGC API Features 第 1 部分的模式和要求",
        "0 处不合",
        got + _named(faults["wrong"]),
        not faults["wrong"],
    )


def _named(wrong: list[str]) -> str:
    return f"：{'；'.join(wrong[:3])}" if wrong else ""


def work(folder: Path, fault: str | None) -> dict[str, Any]:
    """Make the townships and read them through the service."""
    from django.conf import settings

    from guotu.core.journal.actions import COUNTY, perform
    from tests.site import area_table
    from tests.site.conftest import signed_in

    settings.ALLOWED_HOSTS = ["localhost"]
    area_table.make_county()
    perform("atlas.classify", COUNTY, reason="试验", layer="landuse", fields={"QSDWMC": "secret"})
    clients = {
        name: signed_in(f"reads-{name}", area_table.POWERS, areas=areas)
        for name, (areas, _) in area_table.READERS.items()
    }
    with _planted(fault):
        return {
            "same": _sameness(clients["whole"]),
            "beyond": _beyond(clients),
            "faults": _conformance(clients["whole"]),
        }


def read_all(client: Any, address: str) -> list[dict[str, Any]]:
    """Return every feature of a collection, going from page to page by the `next` links."""
    found: list[dict[str, Any]] = []
    while address:
        told = client.get(address).json()
        found += told.get("features", [])
        address = next((one["href"] for one in told["links"] if one["rel"] == "next"), "")
    return found


def _sameness(client: Any) -> dict[str, Any]:
    wrong, features, kept = [], 0, _kept()
    told = {one["id"] for one in client.get("/ogc/collections").json()["collections"]}
    wrong += [f"{name} 只在一边" for name in sorted(told ^ set(kept))]
    for name, (count, digest, zone) in kept.items():
        address = f"/ogc/collections/{name}/items?limit={_PAGE}&crs={zone}"
        served = read_all(client, address)
        matched = client.get(address).json()["numberMatched"]
        features += len(served)
        pairs = [(one["id"], _turned(one["geometry"])) for one in served]
        if (len(served), matched, _digest(pairs)) != (count, count, digest):
            wrong.append(f"{name}：库中 {count}，服务 {len(served)}（称 {matched}）")
    return {"wrong": wrong, "features": features, "count": len(kept)}


def _kept() -> dict[str, tuple[int, str, str]]:
    """Return of every collection the count, the digest and its system, from the store itself."""
    from guotu.core.atlas import queries
    from guotu.core.journal import clock
    from guotu.core.register import catalogue
    from guotu.core.register.queries import as_of

    zone = f"http://www.opengis.net/def/crs/EPSG/0/{queries.county().epsg}"
    found = {}
    for release in queries.current_releases():
        rows = queries.rows_of(release)
        pairs = list(zip(rows.feature, rows.geometry, strict=True))
        found[release.layer.name] = (len(pairs), _digest(pairs), zone)
    for kind in catalogue.kinds().values():
        if kind.geometry != "none":
            things = as_of(kind.name, valid_on=clock.today())
            pairs = [(one.code, one.geometry) for one in things]
            found[f"register.{kind.name}"] = (len(pairs), _digest(pairs), zone)
    return found


def _digest(pairs: list[tuple[str, Any]]) -> str:
    """Return a hash of ids and geometries to a tenth of a millimetre, whatever their order."""
    import shapely

    lines = []
    for name, shape in pairs:
        fine = shapely.normalize(shapely.transform(shape, lambda xy: xy.round(4)))
        lines.append(f"{name} {shapely.to_wkt(fine, rounding_precision=4)}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _turned(geometry: dict[str, Any]) -> Any:
    import shapely

    shape = shapely.from_geojson(json.dumps(geometry))
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


def _beyond(clients: dict[str, Any]) -> dict[str, Any]:
    from tests.site import area_table

    wrong, count = [], 0
    for reader, client in clients.items():
        allowed = area_table.READERS[reader][1]
        for one in client.get("/ogc/collections").json()["collections"]:
            for feature in read_all(client, f"/ogc/collections/{one['id']}/items?limit={_PAGE}"):
                count += 1
                text = json.dumps(feature)
                marks = {mark for mark in "ABC" if f"PLACE{mark}" in text}
                if marks - set(allowed):
                    wrong.append(f"{reader} 见 {sorted(marks - set(allowed))}（{one['id']}）")
                if one["id"] == "landuse" and "QSDWMC" in feature["properties"]:
                    wrong.append(f"{reader} 见密级字段 QSDWMC")
    return {"wrong": wrong, "count": count, "readers": len(clients)}


def _conformance(client: Any) -> dict[str, Any]:
    if not SCHEMAS.is_dir():
        return {"wrong": [], "count": 0}
    from tests.site.ogc_schemas import validator

    items, wrong = "/ogc/collections/landuse/items", []
    first = client.get(items).json()["features"][0]["id"]
    answers = {
        "/ogc/": "landingPage.yaml",
        "/ogc/conformance": "confClasses.yaml",
        "/ogc/collections": "collections.yaml",
        "/ogc/collections/landuse": "collection.yaml",
        "/ogc/collections/register.landuse": "collection.yaml",
        items: "featureCollectionGeoJSON.yaml",
        "/ogc/collections/register.landuse/items": "featureCollectionGeoJSON.yaml",
        f"{items}/{first}": "featureGeoJSON.yaml",
        f"{items}?nonsense=1": "exception.yaml",
        "/ogc/collections/nonsense/items": "exception.yaml",
    }
    for address, schema in answers.items():
        told = client.get(address).json()
        wrong += [f"{address}：{one.message[:60]}" for one in validator(schema).iter_errors(told)]
    statuses = {
        f"{items}?nonsense=1": 400,
        f"{items}?limit=0": 400,
        f"{items}?bbox=1,2,3": 400,
        f"{items}?crs=http://example.invalid/crs": 400,
        "/ogc/collections/nonsense": 404,
        "/ogc/collections/nonsense/items": 404,
        f"{items}/nonsense": 404,
    }
    for address, status in statuses.items():
        if (got := client.get(address).status_code) != status:
            wrong.append(f"{address}：{got}，应为 {status}")
    return {"wrong": wrong, "count": len(answers) + len(statuses)}


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Leave out one check, or lose one page, as a careless hand would."""
    from guotu.core.atlas.reader import Reader
    from guotu.site.ogc import sources

    page = sources.ReleaseSource.page

    def skipping(self: Any, region: Any, equal: Any, offset: int, limit: int) -> Any:
        return page(self, region, equal, offset + _PAGE if offset else 0, limit)

    places = {
        "area": [(sources, "outline_of", lambda reader: None)],
        "secrecy": [(Reader, "hidden", lambda self, fields: frozenset())],
        "page": [(sources.ReleaseSource, "page", skipping)],
    }
    with contextlib.ExitStack() as stack:
        for owner, name, instead in places.get(fault or "", []):
            stack.enter_context(mock.patch.object(owner, name, instead))
        yield
