"""The kinds of things that there are: each folder declares its own in its `kinds.toml`."""

import datetime
import tomllib
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from guotu.core.register.rules import Kind, kinds_of
from guotu.lib.geo.lineage import Tolerance
from guotu.lib.refusal import Refusal


@cache
def kinds() -> dict[str, Kind]:
    """Return every declared kind by its name. Raises ValueError where one is declared twice."""
    found: dict[str, Kind] = {}
    ours = Path(settings.PROJECT_ROOT) / "guotu"
    for folder in (Path(each.path) for each in apps.get_app_configs()):
        path = folder / "kinds.toml"
        if not folder.is_relative_to(ours) or not path.exists():
            continue
        for kind in kinds_of(tomllib.loads(path.read_text("utf-8"))):
            if kind.name in found:
                raise ValueError(f"{path}: {kind.name} is declared twice")
            found[kind.name] = kind
    return found


def kind(name: str) -> Kind:
    """Return the kind of this name; a Refusal that lists those there are."""
    found = kinds().get(name)
    if found is None:
        listed = "、".join(f"{one.name}（{one.title}）" for one in kinds().values())
        raise Refusal("没有这种登记对象", name, f"已声明：{listed}", "改用已声明的种类")
    return found


def tolerance(on: datetime.date) -> Tolerance:
    """Return what parts may miss of the whole on a day; before the first, the first."""
    path = Path(__file__).with_name("tolerances.toml")
    rows = tomllib.loads(path.read_text("utf-8"))["lineage"]
    rows.sort(key=lambda row: row["effective_from"])
    held = [row for row in rows if row["effective_from"] <= on]
    return Tolerance.parse(held[-1] if held else rows[0])
