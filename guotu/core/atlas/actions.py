"""Writes about the map: begins the county, adds layers, publishes and withdraws releases."""

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from guotu.core.atlas import rules
from guotu.core.atlas.exporting import check_purpose
from guotu.core.atlas.models import SECRECY, County, Layer, Quarantined, Release
from guotu.core.atlas.queries import layer as layer_named
from guotu.core.atlas.queries import unpublished_files
from guotu.core.files import store
from guotu.core.files.actions import keep_staged
from guotu.core.files.models import File
from guotu.core.journal.actions import Act, action
from guotu.core.journal.guarding import check_guards
from guotu.lib.refusal import Refusal

Staged = tuple[Path, str, str] | File | None


@dataclass
class Prepared:
    """A release made ready to publish: its files lie staged, hashed and synced on the same disk.

    `source` and `record` are (staged path, sha256, name), or a file that is kept already; `facts`
    are the fields of `Release` that are not decided inside the lock.
    """

    parquet: Path
    sha256: str
    source: Staged
    record: Staged
    tiles: Path | None
    facts: dict[str, Any]
    quarantined: list[dict[str, Any]] = field(default_factory=list)


@action("atlas.begin_county", power="atlas.begin")
def begin_county(act: Act, *, code: str, name: str, epsg: int, fictional: bool = False) -> County:
    """Begin the county of this store, with the standard layers and nothing on them."""
    if begun := County.objects.first():
        raise Refusal(
            f"这里已经建立了{begun.name}（{begun.code}）",
            where=str(settings.GUOTU_HOME),
            rule="一个库只存一个县",
            remedy="换一个 GUOTU_HOME 再建",
        )
    rules.check_county(code, name, epsg)
    county = County.objects.create(code=code, name=name, epsg=epsg, fictional=fictional)
    for entry in rules.standard_layers():
        Layer.objects.create(**entry)
    act.subject = f"county:{code}"
    act.outcome = {"epsg": epsg, "fictional": fictional}
    return county


@action("atlas.add_layer", power="atlas.publish")
def add_layer(act: Act, *, name: str, title: str, **facts: Any) -> Layer:
    """Add a layer of the county's own; `facts` are further fields of `Layer`."""
    if Layer.objects.filter(name=name).exists():
        raise Refusal("已有同名图层", where=name, remedy="换一个名称")
    layer = Layer.objects.create(**rules.checked_layer(name, title, facts))
    act.subject = f"layer:{name}"
    act.outcome = {"kind": layer.kind, "protection": layer.protection}
    return layer


@action("atlas.publish", power="atlas.publish")
def publish(act: Act, *, layer: str, released: datetime.date, prepared: Prepared) -> Release:
    """Publish a prepared release: files to their places, one row, in one transaction.

    The staged files are moved in here, inside the lock; what a kill leaves without a row is swept
    at the next start.
    """
    check_guards()
    found = layer_named(layer)
    name = _free_name(found, released)
    source = _keep(act, prepared.source)
    record = _keep(act, prepared.record)
    path = _settle(act, prepared.parquet, f"releases/{layer}-{name}.parquet")
    tiles = ""
    if prepared.tiles:
        tiles = _settle(act, prepared.tiles, f"tiles/{layer}-{name}.pmtiles")
    release = Release.objects.create(
        layer=found,
        name=name,
        released=released,
        sha256=prepared.sha256,
        source=source,
        record=record,
        path=path,
        tiles_path=tiles,
        **prepared.facts,
    )
    Quarantined.objects.bulk_create(
        [Quarantined(release=release, **one) for one in prepared.quarantined], batch_size=500
    )
    act.subject = f"release:{layer}@{name}"
    act.outcome = {
        "sha256": release.sha256,
        "features": release.features,
        "source_sha256": source.sha256 if source else None,
        "record_sha256": record.sha256 if record else None,
    }
    return release


@action("atlas.attach_tiles", power="atlas.publish")
def attach_tiles(act: Act, *, layer: str, name: str, tiles: Path) -> Release:
    """Give a release that has none yet its tiles; they are drawn from its file and add nothing."""
    release = _release(layer, name)
    if release.tiles_path:
        raise Refusal("这个版本已有切片", where=str(release), remedy="无需重做")
    release.tiles_path = _settle(act, tiles, f"tiles/{layer}-{name}.pmtiles")
    release.save(update_fields=["tiles_path"])
    act.subject = f"release:{layer}@{name}"
    act.outcome = {"tiles": release.tiles_path}
    return release


@action("atlas.withdraw", power="atlas.publish")
def withdraw(act: Act, *, layer: str, name: str) -> Release:
    """Withdraw a release for the act's reason; it stays readable and is never current again."""
    release = _release(layer, name)
    if not act.reason.strip():
        raise Refusal("撤回须写明原因", where=str(release), remedy="填写原因再提交")
    if release.withdrawn_at is not None:
        raise Refusal("这个版本已经撤回", where=str(release))
    release.withdrawn_at = timezone.now()
    release.withdrawn_reason = act.reason
    release.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    act.subject = f"release:{layer}@{name}"
    act.outcome = {"withdrawn": True}
    return release


@action("atlas.decide_repairs", power="atlas.publish")
def decide_repairs(
    act: Act, *, layer: str, name: str, features: list[str], confirm: bool
) -> list[Quarantined]:
    """Confirm or refuse the repairs proposed for features that a release held back.

    A confirmed repair stands in the next release that is published with repairs; a decision is
    made once.
    """
    release = _release(layer, name)
    held = list(
        Quarantined.objects.select_for_update().filter(
            release=release, feature__in=features, decision=""
        )
    )
    if unknown := sorted(set(features) - {one.feature for one in held}):
        raise Refusal(
            "没有这些待确认的图斑，或已经处理过",
            where=f"{release}：{'、'.join(unknown)}",
            remedy="用 guotu layer held 查看",
        )
    if bare := [one.feature for one in held if confirm and one.proposal is None]:
        raise Refusal(
            "这些图斑没有建议图形，不能确认",
            where=f"{release}：{'、'.join(bare)}",
            remedy="修改原数据后重新导入",
        )
    for one in held:
        one.decision = "confirmed" if confirm else "refused"
    Quarantined.objects.bulk_update(held, ["decision"])
    act.subject = f"release:{layer}@{name}"
    act.outcome = {"features": [one.feature for one in held], "confirmed": confirm}
    return held


@action("atlas.take", power="atlas.read")
def take(
    act: Act,
    *,
    layer: str,
    release: str,
    kind: str,
    features: int,
    areas: list[str] | None,
    box: tuple[float, float, float, float] | None = None,
) -> None:
    """Record that features of a release were taken as a file, for the act's reason.

    `areas` are the divisions it was cut to (None the whole county), `box` is in degrees. Data
    Security Law (数据安全法) article 27.
    """
    check_purpose(features, act.reason)
    act.subject = f"release:{layer}@{release}"
    act.outcome = {
        "kind": kind,
        "features": features,
        "areas": areas,
        "box": list(box) if box else None,
    }
    act.tell("send", what=f"{layer}@{release}", features=features)


@action("atlas.classify", power="atlas.publish")
def classify(act: Act, *, layer: str, fields: dict[str, str]) -> Layer:
    """Give fields of a layer a secrecy class above the layer's (`{field: class}`), or "" for none.

    What was drawn before is drawn anew without them; see `cutting`.
    """
    found = layer_named(layer)
    known = {name for name, _ in SECRECY}
    if wrong := sorted(set(fields.values()) - known - {""}):
        raise Refusal("没有这个密级", where="、".join(wrong), remedy=f"可用：{'、'.join(known)}")
    merged = {**found.field_secrecy, **fields}
    found.field_secrecy = {name: secrecy for name, secrecy in merged.items() if secrecy}
    found.save(update_fields=["field_secrecy"])
    act.subject = f"layer:{layer}"
    act.outcome = {"fields": found.field_secrecy}
    return found


@action("atlas.sweep", power="atlas.publish")
def sweep(act: Act) -> list[str]:
    """Remove release and tile files that no release names, under the lock that publishing takes."""
    left = unpublished_files()
    for relative in [] if act.previewing else left:
        (settings.GUOTU_HOME / relative).unlink(missing_ok=True)
    act.subject = "atlas"
    act.outcome = {"removed": left}
    return left


def _release(layer: str, name: str) -> Release:
    release = Release.objects.select_for_update().filter(layer__name=layer, name=name).first()
    if release is None:
        raise Refusal("没有这个版本", where=f"{layer}@{name}", remedy="用 guotu layers 查看版本")
    return release


def _free_name(layer: Layer, released: datetime.date) -> str:
    taken = set(Release.objects.filter(layer=layer).values_list("name", flat=True))
    name, turn = released.isoformat(), 1
    while name in taken:
        turn += 1
        name = f"{released.isoformat()}-{turn}"
    return name


def _keep(act: Act, staged: Staged) -> File | None:
    if staged is None or isinstance(staged, File):
        return staged
    path, sha256, name = staged
    return keep_staged(name=name, staged=path, sha256=sha256, act=act)


def _settle(act: Act, staged: Path, relative: str) -> str:
    if act.previewing:
        return relative
    place: Path = settings.GUOTU_HOME / relative
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged.chmod(0o600)
    staged.replace(place)
    store.sync_folder(place.parent)
    return relative
