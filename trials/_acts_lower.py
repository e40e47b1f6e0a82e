"""Makers for the acts of atlas, approval and backup."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

from guotu.core.atlas.actions import Prepared
from guotu.core.atlas.models import County, Release
from guotu.core.atlas.publishing import import_layer
from guotu.core.atlas.publishing.staging import _root as staging_root
from guotu.core.files import store
from guotu.lib.geo import formats
from guotu.lib.geo.crs import frame_of
from trials._kernel_acts import Given, World, makes, simply

_DAY = datetime.date(2026, 1, 2)
_EAST, _NORTH, _EPSG = 460_000.0, 3_176_000.0, 4547


def layer(world: World) -> str:
    """Add a layer and return its name."""
    name = world.name("layer")
    world.do("atlas.add_layer", name=name, title=name, group="其他", kind="protected")
    return name


def parquet(world: World) -> tuple[Path, dict[str, Any]]:
    """Write a release's file where an import stages it; return it and the facts of its row."""
    from guotu.core.atlas.publishing import layout

    west = _EAST + 10.0 * world.chance.randint(0, 50)
    geometry = np.array([shapely.box(west, _NORTH, west + 10, _NORTH + 10)], object)
    table = layout.table_of(geometry, ["1"], np.array([1000]), pa.table({"MC": [world.name()]}))
    path = _staged(world, "release.parquet")
    bounds = layout.write(table, path, frame_of(_EPSG), {})
    report = {"read": 1, "accepted": 1, "rejected": [], "rejected_count": 0, "quarantined": []}
    facts = {
        "features": 1,
        "epsg": _EPSG,
        "secrecy": "open",
        "fields": [{"name": "MC", "type": "string"}],
        "bounds": bounds,
        "report": {**report, "quarantined_count": 0, "changes": {}, "notes": []},
    }
    return path, facts


def _staged(world: World, name: str) -> Path:
    folder = staging_root()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{world.name()}-{name}"


def prepared(world: World, held: bool = False) -> Prepared:
    """Make a release ready, with a source, a record and, where asked for, a feature held back."""
    path, facts = parquet(world)
    source, record = _staged(world, "source"), _staged(world, "record")
    source.write_bytes(world.data())
    record.write_bytes(world.data())
    one = {"feature": "2", "rule": "valid", "reason": "自相交", "geometry": b"\0", "fields": {}}
    return Prepared(
        parquet=path,
        sha256=store.hash_of(path),
        source=(source, store.hash_of(source), "source.gpkg"),
        record=(record, store.hash_of(record), "record.jsonl"),
        tiles=None,
        facts=facts,
        quarantined=[{**one, "proposal": b"\1"}] if held else [],
    )


def release(world: World, held: bool = False) -> Release:
    """Publish a release and return it."""
    done: Release = world.do(
        "atlas.publish", layer=layer(world), released=_DAY, prepared=prepared(world, held)
    )
    return done


@makes("atlas.begin_county")
def _begin_county(world: World) -> Given | None:
    if County.objects.exists():
        return None
    return simply(code="430626", name="平江县", epsg=_EPSG)


@makes("atlas.add_layer")
def _add_layer(world: World) -> Given:
    name = world.name("layer")
    return simply(name=name, title="图层", group="其他", kind="protected")


@makes("atlas.publish")
def _publish(world: World) -> Given:
    name = layer(world)
    return Given(lambda: {"layer": name, "released": _DAY, "prepared": prepared(world, held=True)})


@makes("atlas.attach_tiles")
def _attach_tiles(world: World) -> Given:
    published = release(world)

    def arguments() -> dict[str, Any]:
        tiles = _staged(world, "tiles.pmtiles")
        tiles.write_bytes(b"PMTiles")
        return {"layer": published.layer.name, "name": published.name, "tiles": tiles}

    return Given(arguments)


@makes("atlas.withdraw")
def _withdraw(world: World) -> Given:
    published = release(world)
    return simply(layer=published.layer.name, name=published.name)


@makes("atlas.decide_repairs")
def _decide_repairs(world: World) -> Given:
    published = release(world, held=True)
    chosen = {"features": ["2"], "confirm": world.chance.random() < 0.5}
    return simply(layer=published.layer.name, name=published.name, **chosen)


@makes("atlas.sweep")
def _sweep(world: World) -> Given:
    return simply()


def reviewed(world: World) -> Any:
    """Review a site of chance and return all that is kept of it."""
    from guotu.apps.approval import queries
    from guotu.apps.approval.rules import site_of
    from guotu.apps.approval.rules.reviewing import touch_of

    survey(world)
    occasion = queries.occasion_on(_DAY)
    west = _EAST + world.chance.randint(0, 500)
    plot = np.array([shapely.box(west, _NORTH, west + 30, _NORTH + 30)], object)
    site = site_of(plot, ["1"], frame_of(_EPSG), touch_of(queries.book(), occasion))
    return queries.review_site(site, occasion)


def survey(world: World) -> Release:
    """Publish a survey for sites to be held against, once, and return it."""
    found = Release.objects.filter(layer__name="landuse").first()
    if found is not None:
        return found
    west = np.arange(_EAST, _EAST + 600, 60)
    geometry = shapely.box(west, _NORTH, west + 60, _NORTH + 60)
    each = {"DLBM": "0101", "ZLDWDM": "430626100200"}
    fields = {name: [value] * len(west) for name, value in each.items()}
    fields["TBBH"] = [f"S{number}" for number in range(len(west))]
    path = world.folder / "landuse.parquet"
    formats.write(path, geometry, pa.table(fields), frame_of(_EPSG))
    import_layer("landuse", path, released=_DAY, tiles=False, topology=False)
    return Release.objects.get(layer__name="landuse")


@makes("atlas.classify")
def _classify(world: World) -> Given:
    return simply(layer=layer(world), fields={"MC": "secret"})


@makes("atlas.take")
def _take(world: World) -> Given:
    published = release(world)
    told = {"kind": "gpkg", "features": world.chance.randint(1, 90), "areas": None}
    return simply(layer=published.layer.name, release=published.name, **told)


@makes("approval.review_site")
def _review_site(world: World) -> Given:
    held, data = reviewed(world), world.data()
    return simply(reviewed=held, name=world.name(), data=data)


@makes("approval.resolve_block")
def _resolve_block(world: World) -> Given:
    held = reviewed(world)
    kept = world.do("approval.review_site", reviewed=_blocked(held), name=world.name())
    rule = next(one["rule"] for one in kept.data["findings"] if one["verdict"] == "block")
    return simply(review_id=kept.pk, rule=rule, paper="批复", number=world.name("文号"))


def _blocked(held: Any) -> Any:
    """Return a review with one finding that blocks, as a site on a red line has."""
    import dataclasses
    import json

    finding = {"rule": "trial.block", "verdict": "block"}
    text = json.dumps({**held.result, "findings": [finding]}, ensure_ascii=False)
    return dataclasses.replace(held, text=text)


_RULES = """
[[rule]]
id = "{0}"
kind = "trial.{0}"
title = "试验"
article = "《试验办法》第一条"
source = "试验"
mark = "V"
effective_from = 2020-01-01
"""


@makes("approval.load_rules")
def _load_rules(world: World) -> Given:
    name = world.name("rule")
    return simply(name=name, text=_RULES.format(name))


@makes("backup.record_made")
def _record_made(world: World) -> Given:
    head = {"entries": 5, "sequence": 4}
    facts = {"name": world.name(), "store": "sqlite", "manifest_sha256": "0" * 64, "files": 3}
    return simply(head=head, **facts)


@makes("backup.record_restored")
def _record_restored(world: World) -> Given:
    head = {"entries": 5, "sequence": 4}
    return simply(name=world.name(), head=head, manifest_sha256="0" * 64, with_keys=True)
