"""Nothing shows beyond the post: every address by reader, place and form; each check removed."""

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from trials import _atlas
from trials.harness import Figure, Scale

TITLE = "what each post sees of each place"
_LINES = {
    "facts": ("atlas-at",),
    "search": ("search", "atlas-search"),
    "labels": ("atlas-labels",),
    "conflicts": ("conflicts", "conflicts-csv", "conflicts-geojson"),
    "tiles": ("tiles",),
    "exports": ("layer-export",),
    "reviews": ("review", "review-list-export", "review-page", "review-json", "review-docx"),
    "service": ("ogc-items", "ogc-item"),
}
FAULTS = {name: f"the check of divisions is removed: {name}" for name in _LINES} | {
    "power": "pages do not ask for a power",
    "sign-in": "pages do not ask for sign-in",
    "secrecy": "what is secret is shown to everybody",
}


def run(scale: Scale, fault: str | None) -> Iterator[Figure]:
    """Ask every address as every reader; the table is as large in the short form."""
    told = _atlas.apart("trials.access:work", fault)
    got = f"{told['wrong']} 格错（{told['cells']} 格，{told['lines']} 个地址）"
    if told["which"]:
        got += f"：{told['which']}"
    yield Figure("地址 × 岗位 × 本辖区、邻区、他区 × 形式", "0 格错", got, told["wrong"] == 0)
    for what, name in (("地址 × 权限：开与不开", "doors"), ("高于密级的字段", "secrets")):
        wrong = told[name]
        got = f"{len(wrong)} 处错" + (f"：{'；'.join(wrong[:3])}" if wrong else "")
        yield Figure(what, "0 处错", got, not wrong)


def work(folder: Path, fault: str | None) -> dict[str, Any]:
    """Make the townships and ask; return how many cells there are and which are wrong."""
    from django.conf import settings

    from guotu.core.journal.actions import COUNTY, perform
    from tests.site import area_table, test_access
    from tests.site.conftest import signed_in

    settings.ALLOWED_HOSTS = ["localhost"]
    made = area_table.make_county()
    readers = {
        name: signed_in(f"reads-{name}", area_table.POWERS, areas=areas)
        for name, (areas, _) in area_table.READERS.items()
    }
    made["features"] = area_table.features_by_mark(readers["whole"])
    lines = list(area_table.SHOWS) if fault is None else list(_LINES.get(fault, ()))
    cells, wrong, doors, secrets = 0, [], [], []
    with _planted(fault):
        for name in lines:
            count, bad = area_table.wrong_cells(name, readers, made)
            cells, wrong = cells + count, wrong + bad
        if fault in (None, "power", "sign-in"):
            doors = test_access.wrong_doors(test_access.make_clients(), made["landuse"])
        if fault in (None, "secrecy"):
            perform("atlas.classify", COUNTY, layer="landuse", fields={"TBBH": "secret"})
            secrets = area_table.secrets_shown(readers["whole"], made)
    which = "；".join(f"{one[0]} {one[1]} {one[2]}" for one in wrong[:4])
    told = {"cells": cells, "wrong": len(wrong), "lines": len(lines), "which": which}
    return told | {"doors": [f"{one[0]} {one[1]}" for one in doors], "secrets": secrets}


@contextlib.contextmanager
def _planted(fault: str | None) -> Iterator[None]:
    """Leave out one check, as a careless hand would."""
    from guotu.core.atlas import conflict_views, cutting, measuring, queries, tiles
    from guotu.core.atlas.reader import Reader
    from guotu.core.people import doors
    from guotu.site.doors import SignIn
    from guotu.site.ogc import sources

    saved = importlib.import_module("guotu.apps.approval.queries.saved")

    def none(*_: Any, **__: Any) -> None:
        return None

    places = {
        "facts": [(queries, "outline_of", none)],
        "search": [(queries, "outline_of", none)],
        "labels": [(measuring, "outline_of", none)],
        "conflicts": [(conflict_views, "outline_of", none)],
        "tiles": [(cutting, "outline_of", none), (tiles, "needs_cut", lambda *_: False)],
        "exports": [(_exporting(), "outline_of", none)],
        "reviews": [(saved, "prefixes", lambda areas: [""])],
        "power": [(doors, "has_power", lambda *_: True)],
        "sign-in": [(SignIn, "process_view", none)],
        "secrecy": [(Reader, "sees", lambda *_: True)],
        "service": [(sources, "outline_of", none)],
    }
    with contextlib.ExitStack() as stack:
        for module, name, instead in places.get(fault or "", []):
            stack.enter_context(mock.patch.object(module, name, instead))
        yield


def _exporting() -> Any:
    from guotu.core.atlas import exporting

    return exporting
