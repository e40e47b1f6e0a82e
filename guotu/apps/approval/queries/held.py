"""What lies near a site: the current release of each layer, read by place, in parallel."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from guotu.apps.approval.rules.facts import HeldLayer, Occasion
from guotu.apps.approval.rules.protections import in_force, reach_m
from guotu.core.atlas import queries as atlas
from guotu.core.atlas.models import SECRECY, Layer, Release
from guotu.core.atlas.reader import WHOLE, Reader
from guotu.core.atlas.stored import Bounds
from guotu.lib.rules import RuleBook

# What a review asks of the survey; other layers are read with the fields their rules name.
SURVEY_FIELDS = (
    *("DLBM", "DLMC", "QSXZ", "QSDWDM", "QSDWMC", "ZLDWDM", "ZLDWMC"),
    *("KCXS", "GDDB", "TBBH", "BSM"),
)
NAME_FIELDS = ("MC", "XMMC", "KSMC", "HXMC", "BH", "TBBH", "LX", "JB")
_READERS = 4
_CLASSES = [name for name, _ in SECRECY]


def held_layers(
    bounds: Bounds,
    rules: RuleBook,
    occasion: Occasion,
    on: datetime.date | None = None,
    reader: Reader = WHOLE,
) -> dict[str, HeldLayer]:
    """Return the part of each layer near `bounds` (county frame, m), by layer name.

    Read are the survey and every layer that a rule in force names or that the county protects;
    of each the release that holds on the day `on` (today). A layer without a release is absent,
    and so is one above the reader's secrecy class: it is told as not checked. What lies within a
    rule's distance beyond the reader's divisions is read: the law asks it of the site.
    """
    wanted = _wanted(rules, occasion)
    releases = atlas.seen_releases(reader, on)
    chosen = [
        (release, wanted.get(release.layer.name, ()), _reach(release.layer, rules, occasion))
        for release in releases
        if release.layer.name in wanted or release.layer.protection.get("verdict")
    ]
    with ThreadPoolExecutor(_READERS) as readers:
        held = list(readers.map(lambda one: _held(one[0], one[1], one[2], bounds), chosen))
    return {layer.name: layer for layer in held}


def _wanted(rules: RuleBook, occasion: Occasion) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {"landuse": SURVEY_FIELDS}
    for rule in [*in_force(rules, occasion), *in_force(rules, occasion, "plan.")]:
        values: Any = rule.values
        own = (*values.get("field", ()), values.get("expires_field"), values.get("settled_field"))
        fields[values["layer"]] = tuple(name for name in own if name)
    return fields


def _reach(layer: Layer, rules: RuleBook, occasion: Occasion) -> float:
    named = [r for r in in_force(rules, occasion) if r.values["layer"] == layer.name]
    return max((reach_m(rule, layer.protection) for rule in named), default=0.0)


def _held(
    release: Release, fields: tuple[str, ...], distance_m: float, bounds: Bounds
) -> HeldLayer:
    layer = release.layer
    own = (layer.label_field,) if layer.label_field else ()
    columns = list(dict.fromkeys([*fields, *own, *NAME_FIELDS]))
    rows = atlas.read_near(release, bounds, distance_m, columns)
    return HeldLayer(
        name=layer.name,
        title=layer.title,
        release=release.name,
        sha256=release.sha256,
        geometry=rows.geometry,
        fields=rows.fields,
        feature=rows.feature,
        code_system=release.code_system,
        label_field=layer.label_field,
        protection=layer.protection,
        secrecy=max(release.secrecy, layer.secrecy, key=_CLASSES.index),
    )
