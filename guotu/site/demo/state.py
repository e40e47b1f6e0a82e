"""State: what a demo county was asked for and whether it is finished, so as to resume it."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings

FILE_NAME = "demo.json"


@dataclass(frozen=True)
class Asked:
    """What `guotu demo` was asked for; `done` once every layer stands."""

    parcels: int
    seed: int
    county: str | None
    done: bool = False


def read() -> Asked | None:
    """Return what this store's demo was asked for, or None."""
    path = _path()
    return Asked(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def keep(asked: Asked, *, done: bool) -> None:
    """Write it down."""
    fresh = _path().with_suffix(".new")
    fresh.write_text(json.dumps(asdict(replace(asked, done=done))), encoding="utf-8")
    os.replace(fresh, _path())


def _path() -> Path:
    return Path(settings.GUOTU_HOME) / FILE_NAME
