"""Three townships side by side, and what of each every address shows to whom: one committed table.

Whatever stands in a township bears its mark (PLACEA, PLACEB, PLACEC). A is one's own, B the
neighbour, C another; `AB` is a parcel across the boundary of A and B, shown to both, each its part.
"""

import datetime
import gzip
import io
import json
import re
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import shapely

from guotu.apps.approval import queries as reviews
from guotu.core.atlas.models import Release
from guotu.core.atlas.publishing import import_layer
from guotu.core.cases import actions as _acts  # noqa: F401 - registers the verbs
from guotu.core.cases.rules.tasking import Row
from guotu.core.journal import clock
from guotu.core.journal.actions import COUNTY, perform
from guotu.core.ledger.posting import Plot, Posting
from guotu.core.people.queries import actor_of
from guotu.lib.geo.area import legal_area_dm2
from guotu.lib.geo.crs import LONLAT, frame_of, transform
from tests.site import area_cases

EAST, NORTH, EPSG, WIDE = 460_000.0, 3_176_000.0, 4547, 600.0
CODES = {"A": "430999101", "B": "430999102", "C": "430999103"}
WEST = {"A": EAST, "B": EAST + WIDE, "C": EAST + 3 * WIDE}
POWERS = ["atlas.read", "approval.read", "approval.review", "register.read", "ledger.read"]
POWERS += ["tasks.read", "cases.read", "cases.handle"]
# reader -> the divisions of the post, and the marks that may be seen
READERS = {
    "whole": (None, "ABC"),
    "own": (["430999101"], "A"),
    "neighbour": (["430999102"], "B"),
    "other": (["430999103"], "C"),
    "both": (["430999101", "430999102"], "AB"),
    "nowhere": (["430999109"], ""),  # a code that no outline bears
}
# address name -> (address, form). With {lon}, {lat} or {review} it is asked for each place in turn;
# without, one answer must hold the marks that may be seen, and no other.
SHOWS = {
    "search": ("/search/?q=PLACE", "page"),
    "atlas-search": ("/api/atlas/search?q=PLACE", "search hit"),
    "atlas-at": ("/api/atlas/at?lon={lon}&lat={lat}", "JSON"),
    "atlas-labels": ("/api/atlas/labels/{redline}", "GeoJSON"),
    "conflicts": ("/conflicts/", "page"),
    "conflicts-csv": ("/conflicts.csv", "CSV"),
    "conflicts-geojson": ("/conflicts.geojson", "GeoJSON"),
    "tiles": ("/tiles/{landuse}.pmtiles", "tile"),
    "layer-export": ("/layers/landuse/export.{kind}", "file"),
    "review": ("/review/", "page"),
    "review-list-export": ("/review/list.{list}", "list"),
    "review-page": ("/review/{review}/", "page"),
    "review-json": ("/review/{review}.json", "JSON"),
    "review-geojson": ("/review/{review}.geojson", "shape"),
    "review-docx": ("/review/{review}.docx", "docx"),
    "review-xlsx": ("/review/{review}.xlsx", "xlsx"),
    "life": ("/life/?lon={lon}&lat={lat}", "page"),
    "life-panel": ("/life/panel/?lon={lon}&lat={lat}", "page"),
    "life-print": ("/life/print/?lon={lon}&lat={lat}", "page"),
    "life-geojson": ("/life/place.geojson?lon={lon}&lat={lat}", "shape"),
    "life-csv": ("/life.csv?lon={lon}&lat={lat}", "CSV"),
    "atlas-life": ("/api/atlas/life?lon={lon}&lat={lat}", "JSON"),
    "review-remedy": ("/review/{review}/remedy.geojson", "found"),
    "register-kind": ("/register/landuse/", "page"),
    "register-export": ("/register/landuse/list.{form}", "list"),
    "register-thing": ("/register/landuse/{thing}/", "page"),
    "register-geojson": ("/register/landuse/{thing}.geojson", "GeoJSON"),
    "ledger": ("/ledger/", "page"),
    "ledger-accounts-csv": ("/ledger/accounts.csv", "CSV"),
    "ledger-account": ("/ledger/accounts/{account}/", "page"),
    "ledger-account-csv": ("/ledger/accounts/{account}.csv", "CSV"),
    "ledger-account-xlsx": ("/ledger/accounts/{account}.xlsx", "xlsx"),
    "ledger-account-geojson": ("/ledger/accounts/{account}.geojson", "GeoJSON"),
    "ledger-transfer": ("/ledger/transfers/{transfer}/", "page"),
    "ledger-transfer-geojson": ("/ledger/transfers/{transfer}.geojson", "GeoJSON"),
    "tasks": ("/tasks/", "page"),
    "tasks-geojson": ("/tasks/map.geojson", "GeoJSON"),
    "tasks-export": ("/tasks/export.{sheet}", "list"),
    "tasks-sources": ("/tasks/sources/", "page"),
    "tasks-source": ("/tasks/sources/{source}/", "page"),
    "task": ("/tasks/{task}/", "page"),
    "task-evidence": ("/tasks/{task}/evidence/{feedback}/", "file"),
    **area_cases.SHOWS,
    "ogc-items": ("/ogc/collections/landuse/items?limit=1000", "GeoJSON"),
    "ogc-item": ("/ogc/collections/landuse/items/{feature}", "GeoJSON"),
}
# Addresses with something named in them that no division bounds, each with the reason.
NOT_BY_AREA = {
    "layer": "tells of a layer's releases; no place stands on it",
    "layer-findings-csv": "what an import rejected, told by feature number to who reads layers",
    "ogc-collection": "tells of a layer, in the box of the reader's own divisions",
    "ogc-schema": "tells of a layer's fields",
    "ogc-queryables": "tells of a layer's fields",
    **area_cases.NOT_BY_AREA,
    "atlas-frame": "turns degrees into the county's coordinates; shows nothing of the place",
    "documents-export": "papers go by a power of their own; a paper has no division",
    "document-page": "papers go by a power of their own; a paper has no division",
    "file-page": "a kept file goes by its own division, which tests/core/files proves",
    "file-download": "papers go by a power of their own; a paper has no division",
    "journal-entry": "the journal goes by a power of its own, and an entry holds no place",
    "journal-entry-json": "the journal goes by a power of its own, and an entry holds no place",
    "people-export": "people belong to units; a power of its own opens them",
    "person": "people belong to units; a power of its own opens them",
    "post": "people belong to units; a power of its own opens them",
}
VARIANTS = {
    "{form}": ("csv", "geojson", "gpkg"),
    "{kind}": ("gpkg", "parquet", "geojson", "zip", "csv"),
    "{list}": ("xlsx", "csv", "geojson"),
    "{sheet}": ("csv", "xlsx"),
}
# how many parcels each reader counts: two of its own in each township, and the one across
COUNTS = {"whole": 7, "own": 3, "neighbour": 3, "other": 2, "both": 5, "nowhere": 0}
_DAY = datetime.date(2025, 12, 31)


def make_county() -> dict:
    """Publish the townships with all that bears their marks; return what addresses name."""
    with tempfile.TemporaryDirectory() as folder:
        towns = [(shapely.box(WEST[p], NORTH, WEST[p] + WIDE, NORTH + WIDE), p) for p in CODES]
        _publish(
            folder,
            "divisions",
            [shape for shape, _ in towns],
            {"XZQDM": list(CODES.values()), "XZQMC": [f"{p}乡" for p in CODES]},
        )
        parcels = [(_box(p, 60 + 120 * n), f"PLACE{p}{n}") for p in CODES for n in (1, 2)]
        parcels.append((shapely.box(WEST["B"] - 50, NORTH, WEST["B"] + 50, NORTH + 50), "ACROSS"))
        landuse = _publish(
            folder,
            "landuse",
            [shape for shape, _ in parcels],
            {
                "TBBH": [name for _, name in parcels],
                "DLBM": ["0301"] * len(parcels),
                "ZLDWMC": [f"{name[:6]}村" for _, name in parcels],
                "QSDWMC": [f"{name[:6]}村" for _, name in parcels],
            },
            tiles=True,
        )
        lines = [(_box(p, 400), f"PLACE{p}") for p in CODES]
        _publish_line(folder, "basic_farmland", lines, "YJJBNTTBBH")
        redline = _publish_line(folder, "eco_redline", lines, "HXMC")
        made = {place: {"review": _reviewed(folder, place), **_entered(place)} for place in CODES}
    return {"landuse": landuse.pk, "redline": redline.pk, "named": made}


def addresses(name: str, made: dict) -> list[tuple[str, str]]:
    """Return (place, address) of a table's line; the place is "" where one answer holds all."""
    address = SHOWS[name][0]
    address = address.replace("{landuse}", str(made["landuse"]))
    address = address.replace("{redline}", str(made["redline"]))
    each = [address]
    for key, variants in VARIANTS.items():
        each = [one.replace(key, v) for one in each for v in (variants if key in one else [""])]
    if "{" not in each[0]:
        return [("", one) for one in each]
    return [
        (p, one.format(lon=lon, lat=lat, feature=made["features"][p], **made["named"][p]))
        for one in each
        for p, (lon, lat) in places().items()
    ]


def places() -> dict[str, tuple[float, float]]:
    """Return a point on each township's first parcel, in degrees."""
    spots = [shapely.centroid(_box(p, 180)) for p in CODES]
    moved = transform(np.array(spots, object), frame_of(EPSG), LONLAT)
    return {p: (spot.x, spot.y) for p, spot in zip(CODES, moved, strict=True)}


def features_by_mark(client) -> dict[str, str]:
    """Return the id of each township's first parcel, as the search tells it to the whole county."""
    told = client.get("/api/atlas/search?q=PLACE").json()["found"]
    return {p: next(one["feature"] for one in told if one["title"] == f"PLACE{p}1") for p in CODES}


def wrong_cells(name: str, readers: dict, made: dict) -> tuple[int, list]:
    """Return how many cells of a line were looked at, and those that are not as they should be."""
    count, wrong = 0, []
    for reader, client in readers.items():
        allowed = READERS[reader][1]
        for place, address in addresses(name, made):
            answer = asked(client, address)
            seen = marks(answer)
            if SHOWS[name][1] == "shape" and b'"coordinates"' in answer.content:
                seen = {place}  # shapes bear no name: that there are any tells the place
            if SHOWS[name][1] == "found" and answer.status_code != 404:
                seen = {place}  # that there is nothing to remedy tells the place too
            for mark in place or "ABC":
                count += 1
                if (mark in seen) != (mark in allowed):
                    wrong.append((name, reader, mark, address, answer.status_code))
    return count, wrong


def secrets_shown(client, made: dict) -> list[str]:
    """Return the addresses that show TBBH, which is classified above the reader."""
    shown = []
    for name in ("search", "atlas-search", "atlas-at", "tiles", "layer-export", "ogc-items"):
        for _, address in addresses(name, made):
            answer = asked(client, address)
            if name == "atlas-at":
                facts = answer.json()["facts"]
                seen = any("TBBH" in fact["fields"] for fact in facts)
            else:
                body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                seen = "PLACEA1" in _text(body)
            if seen:
                shown.append(address)
    return shown


def asked(client, address: str):
    """Ask for an address, waiting while tiles are drawn."""
    for _ in range(60):
        answer = client.get(address)
        if answer.status_code != 503:
            return answer
    raise AssertionError(f"{address} is never drawn")


def marks(answer) -> set[str]:
    """Return the marks of places that an answer holds, whatever its form."""
    if answer.status_code >= 400:
        return set()
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return set(re.findall(r"PLACE([ABC])", _text(body)))


def _text(body: bytes) -> str:
    if body[:4] == b"PAR1":
        return str(pq.read_table(io.BytesIO(body)).to_pylist())
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "".join(_decoded(archive.read(name)) for name in archive.namelist())
    if body[:7] == b"PMTiles":
        return "".join(_unpacked(body))
    return _decoded(body)


def _unpacked(body: bytes):
    for found in re.finditer(rb"\x1f\x8b\x08", body):
        try:
            yield _decoded(zlib.decompressobj(wbits=31).decompress(body[found.start() :]))
        except (zlib.error, gzip.BadGzipFile):
            continue


def _decoded(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _box(place: str, south: float):
    west = WEST[place] + 100
    return shapely.box(west, NORTH + south, west + 100, NORTH + south + 100)


def _publish(folder: str, layer: str, shapes: list, fields: dict, tiles: bool = False):
    path = Path(folder) / f"{layer}.gpkg"
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(shapes, object)),
        field_data=[np.array(values, object) for values in fields.values()],
        fields=np.array(list(fields), object),
        geometry_type="Polygon",
        crs=f"EPSG:{EPSG}",
        driver="GPKG",
    )
    import_layer(layer, path, released=_DAY, tiles=tiles, topology=False)
    return Release.objects.get(layer__name=layer)


def _publish_line(folder: str, layer: str, lines: list, field: str):
    """Publish a control line as GeoJSON, whose features keep their ids: conflicts tell these."""
    moved = transform(np.array([shape for shape, _ in lines], object), frame_of(EPSG), LONLAT)
    features = [
        {
            "type": "Feature",
            "id": name,
            "properties": {field: name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for shape, (_, name) in zip(moved, lines, strict=True)
    ]
    path = Path(folder) / f"{layer}.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    import_layer(layer, path, released=_DAY, tiles=False, topology=False)
    return Release.objects.get(layer__name=layer)


def _entered(place: str) -> dict[str, object]:
    """Enter a thing in the register and land in the books, all of one township."""
    code, on = CODES[place], datetime.date(2025, 1, 1)
    thing = f"{code}001-PLACE{place}"
    told = {"facts": {"DLBM": "0101"}, "division": f"{code}001", "geometry": _box(place, 180)}
    perform("register.begin", COUNTY, reason="表", kind="landuse", code=thing, on=on, **told)
    books = [
        perform(
            "ledger.open_account",
            COUNTY,
            reason="表",
            book="supplement",
            code=f"{place.lower()}{side}",
            title=f"PLACE{place}",
            on=on,
            dimensions={"division": code},
            **rest,
        ).answer.pk
        for side, rest in enumerate(({"holds_land": True}, {"normal": "credit", "least": None}))
    ]
    area_dm2 = int(legal_area_dm2(np.array([told["geometry"]], object), frame_of(EPSG))[0])
    plot = Plot(told["geometry"], area_dm2, f"PLACE{place}")
    posting = Posting(*books, area_dm2, on, pieces=(plot,))
    posted = perform("ledger.post", COUNTY, reason="表", postings=[posting]).answer
    made = {"thing": thing, "account": books[0], "transfer": posted[0]}
    return {**made, **_supervised(place, code), **area_cases.opened(place, code)}


def _supervised(place: str, code: str) -> dict[str, object]:
    """Give out a task of one township, reported on with a file."""
    row = Row(
        sentence=f"PLACE{place}",
        title=f"PLACE{place}",
        unit_id=perform("people.open_unit", COUNTY, name=f"{place}股").answer.pk,
        due_on=clock.today() + datetime.timedelta(30),
        wanted="报告",
        division=code,
        longitude=113.6,
        latitude=28.7,
    )
    source = {"kind": "meeting", "title": f"PLACE{place}", "on": clock.today()}
    task = perform("tasks.assign", COUNTY, rows=[row], source=source).answer[0]
    post = {"name": "股", "powers": ["tasks.report"], "unit_id": row.unit_id}
    told = {"username": f"reports-{place}", "name": "林知远", "password": "a-long-password"}
    told |= {"post_code": f"reports-{place}", "post": post}
    person = perform("people.open_account", COUNTY, **told).answer
    facts = {"name": "report.txt", "data": f"PLACE{place}\n".encode(), "power": "tasks.read"}
    file = perform("files.keep", COUNTY, division_code=code, **facts).answer
    said = {"task_id": task.pk, "text": "完成", "done": True, "file_id": file.pk}
    done = perform("tasks.report", actor_of(person), **said)
    return {"source": task.source_id, "task": task.pk, "feedback": done.outcome["feedback"]}


def _reviewed(folder: str, place: str) -> int:
    path = Path(folder) / f"{place}.geojson"
    shape = shapely.box(WEST[place] + 110, NORTH + 190, WEST[place] + 150, NORTH + 250)
    moved = transform(np.array([shape], object), frame_of(EPSG), LONLAT)[0]
    geometry = json.loads(shapely.to_geojson(moved))
    one = {"type": "Feature", "properties": {}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}))
    held = reviews.review_file(path, reviews.occasion_on())
    done = perform("approval.review_site", COUNTY, reviewed=held, name=f"PLACE{place}", path=path)
    return int(done.outcome["review"])
